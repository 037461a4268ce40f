-- Keys of programs: what they may do, how often, how long.
ALTER TABLE "api_key"
  ADD COLUMN "scopes" TEXT[] NOT NULL DEFAULT '{read,ask,decide,stop,administer}',
  ADD COLUMN "per_minute" INTEGER,
  ADD COLUMN "hint" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "expires_at" TIMESTAMPTZ(3),
  ADD COLUMN "revoked_at" TIMESTAMPTZ(3),
  ADD CONSTRAINT "api_key_scopes" CHECK (scopes <@ '{read,ask,decide,stop,administer}' AND cardinality(scopes) > 0),
  ADD CONSTRAINT "api_key_per_minute" CHECK (per_minute > 0);
CREATE INDEX "api_key_user_id_idx" ON "api_key"("user_id");

-- Browsers that have signed in can be told apart, and ended one by one.
ALTER TABLE "web_session"
  ADD COLUMN "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
  ADD COLUMN "browser" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;
CREATE UNIQUE INDEX "web_session_id_key" ON "web_session"("id");
CREATE INDEX "web_session_user_id_idx" ON "web_session"("user_id");

-- A name and a password, for those who do not want links.
CREATE TABLE "account" (
    "user_id" TEXT NOT NULL,
    "login" TEXT NOT NULL,
    -- scrypt, with its settings and salt (core/identity/password.ts).
    "hash" TEXT NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "locked_until" TIMESTAMPTZ(3),
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "account_pkey" PRIMARY KEY ("user_id"),
    CONSTRAINT "account_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE,
    CONSTRAINT "account_login" CHECK (login = lower(login))
);
CREATE UNIQUE INDEX "account_login_key" ON "account"("login");

-- What people and programs did to this Deckhand: one chain, append only. `body` is canonical JSON text.
CREATE TABLE "audit" (
    "n" INTEGER NOT NULL,
    "user_id" TEXT,
    "what" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "content_hash" TEXT NOT NULL,
    "prev_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "key_id" TEXT NOT NULL,
    "signature" TEXT NOT NULL,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("n")
);
CREATE INDEX "audit_user_id_n_idx" ON "audit"("user_id", "n");
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = 'DH014';
END $$;
CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON "audit"
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();

ALTER TABLE "session" ADD COLUMN "archived_at" TIMESTAMPTZ(3);
CREATE INDEX "session_owner_id_updated_at_idx" ON "session"("owner_id", "updated_at");

-- The egress log is searched over all sessions.
ALTER TABLE "egress_log"
  ADD COLUMN "at" TEXT GENERATED ALWAYS AS ((body::jsonb) ->> 'at') STORED,
  ADD COLUMN "host" TEXT GENERATED ALWAYS AS ((body::jsonb) ->> 'host') STORED,
  ADD COLUMN "outcome" TEXT GENERATED ALWAYS AS ((body::jsonb) ->> 'outcome') STORED;
CREATE INDEX "egress_log_at_idx" ON "egress_log"("at" DESC, "session_id", "n");

-- A change of a template that somebody who may decide it has not decided yet, or has.
CREATE TABLE "template_proposal" (
    "id" TEXT NOT NULL,
    "layer" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    -- The version that was read when this was written.
    "base" INTEGER NOT NULL,
    "text" TEXT,
    "why" TEXT NOT NULL,
    "proposed_by" TEXT NOT NULL,
    "proposed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "state" TEXT NOT NULL DEFAULT 'open',
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "applied_version" INTEGER,

    CONSTRAINT "template_proposal_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "template_proposal_state" CHECK (
      CASE state
        WHEN 'open' THEN decided_by IS NULL AND applied_version IS NULL
        WHEN 'applied' THEN decided_by IS NOT NULL AND applied_version IS NOT NULL
        WHEN 'dropped' THEN decided_by IS NOT NULL AND applied_version IS NULL
        ELSE false
      END)
);
CREATE INDEX "template_proposal_open_idx" ON "template_proposal"("proposed_at") WHERE state = 'open';

-- The overview asks for the last hours.
CREATE INDEX "turn_created_at_idx" ON "turn"("created_at");
CREATE INDEX "turn_finished_at_idx" ON "turn"("finished_at") WHERE finished_at IS NOT NULL;
CREATE INDEX "turn_unfinished_idx" ON "turn"("state") WHERE state IN ('queued', 'running', 'waiting');
