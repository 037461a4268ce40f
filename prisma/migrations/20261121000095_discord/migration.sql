-- What one process at a time does for a platform, e.g. hold a bot's connection. Falls to another when it is not kept.
CREATE TABLE "seat" (
    "name" TEXT NOT NULL,
    "holder" TEXT NOT NULL,
    "held_until" TIMESTAMPTZ(3) NOT NULL,
    "note" TEXT,

    CONSTRAINT "seat_pkey" PRIMARY KEY ("name")
);
