-- Readers of a thread resume behind the last change they saw. Places and changes come from one sequence.
ALTER TABLE "console_message" ADD COLUMN "change" INTEGER NOT NULL DEFAULT 0;
UPDATE "console_message" SET "change" = "seq";
CREATE INDEX "console_message_thread_id_change_idx" ON "console_message" ("thread_id", "change");

-- A person's message is edited once, when it is known what became of it; the others are delivered again at a start.
CREATE INDEX "console_message_undelivered" ON "console_message" ("created_at")
  WHERE "author_id" IS NOT NULL AND "edited_at" IS NULL;
