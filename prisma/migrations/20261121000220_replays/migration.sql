-- A replay of a session that was asked for on the page; a worker settles it. The newest one of each session is kept.
CREATE TABLE "replay" (
  "session_id" TEXT NOT NULL PRIMARY KEY REFERENCES "session" ("id") ON DELETE CASCADE,
  "id" TEXT NOT NULL,
  "asked_by" TEXT NOT NULL REFERENCES "user" ("id"),
  "asked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "worker_id" TEXT,
  "began_at" TIMESTAMPTZ(3),
  "settled_at" TIMESTAMPTZ(3),
  "result" TEXT,
  CHECK (("settled_at" IS NULL) = ("result" IS NULL))
);
CREATE INDEX "replay_open" ON "replay" ("asked_at") WHERE "settled_at" IS NULL;
