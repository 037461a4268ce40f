-- An account whose events come over one connection: one process holds it, and notes how far it has read.
CREATE TABLE "connection" (
    "platform" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "position" TEXT,
    "held_by" TEXT,
    "held_until" TIMESTAMPTZ(3),
    "moved_at" TIMESTAMPTZ(3),

    CONSTRAINT "connection_pkey" PRIMARY KEY ("platform", "account")
);
