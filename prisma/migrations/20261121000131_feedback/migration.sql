-- What people think of Deckhand, for whoever runs it. The same message is kept once.
CREATE TABLE "feedback" (
  "id" TEXT NOT NULL PRIMARY KEY,
  "message" TEXT NOT NULL UNIQUE,
  "user_id" TEXT NOT NULL REFERENCES "user" ("id"),
  "session_id" TEXT REFERENCES "session" ("id") ON DELETE SET NULL,
  "text" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT now()
);
CREATE INDEX "feedback_at" ON "feedback" ("at" DESC);
