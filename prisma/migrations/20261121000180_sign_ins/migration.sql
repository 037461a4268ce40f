-- Sign-in of people at tool servers (OAuth 2.1). Bots make and hand over, egress alone speaks with the other side.
CREATE TABLE "sign_in" (
  "id" TEXT NOT NULL,
  "link_hash" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "workspace_id" TEXT NOT NULL,
  "session_id" TEXT NOT NULL,
  "server" TEXT NOT NULL,
  "url" TEXT NOT NULL,
  "secret" TEXT NOT NULL,
  "client" TEXT,
  "scopes" TEXT NOT NULL DEFAULT '',
  "state" TEXT NOT NULL DEFAULT 'made' CHECK ("state" IN ('made', 'asked', 'ready', 'coded', 'done', 'failed')),
  -- Raised each time its page begins anew; what egress finds out for an older one is thrown away.
  "attempt" INTEGER NOT NULL DEFAULT 0,
  "browser_hash" TEXT,
  "redirect_uri" TEXT,
  "state_hash" TEXT,
  "authorize_url" TEXT,
  "issuer" TEXT,
  -- What egress keeps to itself, in an envelope.
  "held" TEXT,
  -- What the browser brought back, sealed to egress.
  "code" TEXT,
  "code_key_id" TEXT,
  "words" TEXT,
  "taken_until" TIMESTAMPTZ(3),
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "sign_in_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "sign_in_link_hash_key" ON "sign_in" ("link_hash");
CREATE UNIQUE INDEX "sign_in_state_hash_key" ON "sign_in" ("state_hash");
CREATE INDEX "sign_in_due" ON "sign_in" ("expires_at") WHERE "state" IN ('asked', 'coded');

-- What renews a secret that came by signing in; void when the secret has moved to another version.
CREATE TABLE "sign_in_grant" (
  "secret_id" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "server" TEXT NOT NULL,
  "envelope" TEXT NOT NULL,
  "master_key_id" TEXT NOT NULL,
  "expires_at" TIMESTAMPTZ(3),
  "renewed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "taken_until" TIMESTAMPTZ(3),
  -- Why it cannot be renewed any more, for people; null: it can.
  "ended" TEXT,
  CONSTRAINT "sign_in_grant_pkey" PRIMARY KEY ("secret_id")
);
