-- The newest saved state of a session's workspace, so that another host can go on from it. `generation` rises by one with
-- each: a host whose own disk is of an older one has been overtaken, and may not save over it.
CREATE TABLE "snapshot" (
  "session_id" TEXT NOT NULL PRIMARY KEY REFERENCES "session" ("id") ON DELETE CASCADE,
  "generation" INTEGER NOT NULL CHECK ("generation" > 0),
  "blob" TEXT NOT NULL,
  "size" BIGINT NOT NULL,
  "host" TEXT NOT NULL,
  "saved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now()
);
