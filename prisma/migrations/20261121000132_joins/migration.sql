-- Joining the accounts of one person: a code that one account gives and the other repeats. Nothing is joined before the
-- first has seen who did. One open code a person.
CREATE TABLE "account_join" (
  "user_id" TEXT NOT NULL PRIMARY KEY REFERENCES "user" ("id"),
  "code_hash" TEXT NOT NULL UNIQUE,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  -- Whose account has repeated it, and how it is called there.
  "claimed_by" TEXT REFERENCES "user" ("id"),
  "claimed_as" TEXT,
  CONSTRAINT "account_join_claim" CHECK (("claimed_by" IS NULL) = ("claimed_as" IS NULL))
);
