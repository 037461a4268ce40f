-- The one door: who may pass it, what was asked at it, and what went through.

CREATE TABLE "door" (
  "session_id" TEXT NOT NULL,
  "place" TEXT NOT NULL,
  "socket_uid" INTEGER NOT NULL,
  "turn_id" TEXT NOT NULL,
  "epoch" INTEGER NOT NULL,
  "closing" BOOLEAN NOT NULL DEFAULT false,
  "authority" TEXT,
  "open_epoch" INTEGER NOT NULL DEFAULT 0,
  "closed_epoch" INTEGER NOT NULL DEFAULT 0,
  "asked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "door_pkey" PRIMARY KEY ("session_id")
);
CREATE INDEX "door_place_idx" ON "door" ("place");

CREATE TABLE "lease" (
  "turn_id" TEXT NOT NULL,
  "epoch" INTEGER NOT NULL,
  "secret_id" TEXT NOT NULL,
  "session_id" TEXT NOT NULL,
  "granted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "lease_pkey" PRIMARY KEY ("turn_id", "epoch", "secret_id")
);
CREATE INDEX "lease_session_id_idx" ON "lease" ("session_id");

CREATE TABLE "placeholder" (
  "session_id" TEXT NOT NULL,
  "secret_id" TEXT NOT NULL,
  "text" TEXT NOT NULL,
  CONSTRAINT "placeholder_pkey" PRIMARY KEY ("session_id", "secret_id")
);
CREATE UNIQUE INDEX "placeholder_text_key" ON "placeholder" ("text");

CREATE TABLE "approval_item" (
  "id" TEXT NOT NULL,
  "approval_id" TEXT NOT NULL,
  "fingerprint" TEXT NOT NULL,
  "line" TEXT NOT NULL,
  "revision" INTEGER NOT NULL,
  "held_until" TIMESTAMPTZ(3) NOT NULL,
  "used_at" TIMESTAMPTZ(3),
  CONSTRAINT "approval_item_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "approval_item_approval_id_revision_idx" ON "approval_item" ("approval_id", "revision");
-- What the click carried: only what was on the card then is freed (I7).
ALTER TABLE "approval" ADD COLUMN "decided_revision" INTEGER;

CREATE TABLE "egress_head" (
  "session_id" TEXT NOT NULL,
  "n" INTEGER NOT NULL DEFAULT 0,
  "hash" TEXT NOT NULL,
  "sealed_n" INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT "egress_head_pkey" PRIMARY KEY ("session_id")
);
CREATE INDEX "egress_head_unsealed" ON "egress_head" ("session_id") WHERE n > sealed_n;

CREATE TABLE "egress_log" (
  "session_id" TEXT NOT NULL,
  "n" INTEGER NOT NULL,
  "turn_id" TEXT,
  "body" TEXT NOT NULL,
  "refused" BOOLEAN NOT NULL,
  "prev_hash" TEXT NOT NULL,
  "hash" TEXT NOT NULL,
  CONSTRAINT "egress_log_pkey" PRIMARY KEY ("session_id", "n")
);
CREATE INDEX "egress_log_refused" ON "egress_log" ("session_id", "n") WHERE refused;

CREATE FUNCTION egress_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the egress log is append only' USING ERRCODE = 'DH001';
END $$;
CREATE TRIGGER "egress_log_append_only" BEFORE UPDATE OR DELETE ON "egress_log"
  FOR EACH ROW EXECUTE FUNCTION egress_log_is_append_only();
