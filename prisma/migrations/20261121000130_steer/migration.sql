-- Steering: a queued turn may be told to the turn that runs in its session, in whose author's words it then ends.
-- `steers`: the turn that it is to be told to; `steer_key`: the effect of that turn which has consumed it, once.
ALTER TABLE "turn" ADD COLUMN "steers" TEXT, ADD COLUMN "steer_key" TEXT;
ALTER TABLE "turn" ADD CONSTRAINT "turn_steered"
  CHECK ("steer_key" IS NULL OR ("steers" IS NOT NULL AND "state" = 'cancelled'));
CREATE INDEX "turn_steers" ON "turn" ("steers") WHERE "steers" IS NOT NULL;

-- What was said to a turn while it ran is told to later ones too.
DROP INDEX "event_said";
CREATE INDEX "event_said" ON "event" ("session_id", "seq")
  WHERE "type" IN ('turn.submitted', 'turn.edited', 'turn.steered', 'turn.finished', 'file.sent');
