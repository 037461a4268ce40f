-- A notice may be about schedules, with what can be done to them; the cards as JSON.
ALTER TABLE "notice" ADD COLUMN "cards" TEXT NOT NULL DEFAULT '[]';
