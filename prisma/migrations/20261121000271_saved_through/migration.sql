-- How far the log was when a workspace was saved: what came after is lost where only the saved state is left. Null: saved by the
-- version before, which did not note it.
ALTER TABLE "snapshot" ADD COLUMN "through" INTEGER;
