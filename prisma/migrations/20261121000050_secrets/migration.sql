-- Secrets as they rest, the keys they are sealed to, one-time links to enter them, and policies as versions.

CREATE TABLE "egress_key" (
  "id" TEXT NOT NULL,
  "public_key" TEXT NOT NULL,
  "published_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "egress_key_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "secret" (
  "id" TEXT NOT NULL,
  "workspace_id" TEXT NOT NULL,
  "user_id" TEXT,
  "name" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "bindings" TEXT NOT NULL,
  "entry" TEXT,
  "entry_key_id" TEXT,
  "envelope" TEXT,
  "master_key_id" TEXT,
  "created_by" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "used_at" TIMESTAMPTZ(3),
  "removed_by" TEXT,
  "removed_at" TIMESTAMPTZ(3),
  CONSTRAINT "secret_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "secret_version" CHECK ("version" > 0),
  -- A value is either sealed to egress or in its envelope, and names its key; of a removed secret nothing is left.
  CONSTRAINT "secret_value" CHECK (num_nonnulls("entry", "envelope") = CASE WHEN "removed_at" IS NULL THEN 1 ELSE 0 END),
  CONSTRAINT "secret_keys" CHECK (("entry" IS NULL) = ("entry_key_id" IS NULL) AND ("envelope" IS NULL) = ("master_key_id" IS NULL))
);
-- One row for each name of each owner; the workspace's default has no user. A removed one stays, so that versions only rise.
CREATE UNIQUE INDEX "secret_place" ON "secret" ("workspace_id", COALESCE("user_id", ''), "name");
-- What egress looks for every few seconds.
CREATE INDEX "secret_sealed" ON "secret" ("entry_key_id") WHERE "entry" IS NOT NULL;
CREATE INDEX "secret_master_key" ON "secret" ("master_key_id") WHERE "envelope" IS NOT NULL;

-- An older value never comes back in place of a newer one.
CREATE FUNCTION secret_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.version < OLD.version OR (NEW.workspace_id, NEW.user_id, NEW.name) IS DISTINCT FROM (OLD.workspace_id, OLD.user_id, OLD.name) THEN
    RAISE EXCEPTION 'a secret keeps its place and its version only rises';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "secret_rises" BEFORE UPDATE ON "secret" FOR EACH ROW EXECUTE FUNCTION secret_rises();

CREATE TABLE "secret_link" (
  "hash" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "workspace_id" TEXT NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  "used_at" TIMESTAMPTZ(3),
  CONSTRAINT "secret_link_pkey" PRIMARY KEY ("hash")
);

CREATE TABLE "policy" (
  "layer" TEXT NOT NULL CHECK ("layer" IN ('system', 'workspace', 'user')),
  "owner" TEXT NOT NULL,
  "version" INTEGER NOT NULL CHECK ("version" > 0),
  "text" TEXT NOT NULL,
  "created_by" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "policy_pkey" PRIMARY KEY ("layer", "owner", "version"),
  CONSTRAINT "policy_owner" CHECK (("layer" = 'system') = ("owner" = ''))
);

CREATE FUNCTION policy_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a version of a policy is never changed; save a new one';
END $$;
CREATE TRIGGER "policy_stands" BEFORE UPDATE OR DELETE ON "policy" FOR EACH ROW EXECUTE FUNCTION policy_stands();

CREATE TABLE "policy_proposal" (
  "id" TEXT NOT NULL,
  "layer" TEXT NOT NULL CHECK ("layer" IN ('system', 'workspace', 'user')),
  "owner" TEXT NOT NULL,
  -- A whole document, or one rule to be added.
  "text" TEXT,
  "rule" TEXT,
  "why" TEXT NOT NULL,
  "proposed_by" TEXT NOT NULL,
  "proposed_from" TEXT,
  "proposed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "state" TEXT NOT NULL DEFAULT 'open' CHECK ("state" IN ('open', 'applied', 'dropped')),
  "decided_by" TEXT,
  "decided_at" TIMESTAMPTZ(3),
  "applied_version" INTEGER,
  CONSTRAINT "policy_proposal_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "policy_proposal_change" CHECK (num_nonnulls("text", "rule") = 1),
  CONSTRAINT "policy_proposal_decided" CHECK (("state" = 'open') = ("decided_by" IS NULL) AND ("state" = 'applied') = ("applied_version" IS NOT NULL))
);
CREATE INDEX "policy_proposal_open" ON "policy_proposal" ("layer", "owner") WHERE "state" = 'open';
