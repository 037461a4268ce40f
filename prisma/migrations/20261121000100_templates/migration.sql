-- What an agent is: versions of each layer's document, never updated in place. A version without text takes the
-- layer's word back.
CREATE TABLE "template" (
    "layer" TEXT NOT NULL,
    "owner_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "text" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "template_pkey" PRIMARY KEY ("layer", "owner_id", "name", "version"),
    CONSTRAINT "template_layer" CHECK ("layer" IN ('system', 'workspace', 'user')),
    CONSTRAINT "template_owner" CHECK (("layer" = 'system') = ("owner_id" = '')),
    CONSTRAINT "template_version" CHECK ("version" >= 1)
);

CREATE FUNCTION refuse_template_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a template version is never changed; save a new one' USING ERRCODE = 'DH010';
END $$;
CREATE TRIGGER template_is_versions BEFORE UPDATE OR DELETE ON "template"
  FOR EACH ROW EXECUTE FUNCTION refuse_template_change();

-- Which template new sessions of a channel are given; channel '': of the whole workspace.
CREATE TABLE "template_choice" (
    "workspace_id" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "template" TEXT NOT NULL,
    "chosen_by" TEXT NOT NULL,
    "chosen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "template_choice_pkey" PRIMARY KEY ("workspace_id", "channel")
);

-- Whoever opens a session gives it what was chosen for its channel. The channel is the third part of a thread's
-- reference, percent-encoded; choices are kept in the same writing.
CREATE FUNCTION choose_template() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.template := coalesce((SELECT c.template FROM template_choice c
    WHERE c.workspace_id = NEW.workspace_id AND c.channel IN (split_part(NEW.thread_ref, '/', 3), '')
    ORDER BY c.channel DESC LIMIT 1), NEW.template);
  RETURN NEW;
END $$;
CREATE TRIGGER session_template BEFORE INSERT ON "session" FOR EACH ROW EXECUTE FUNCTION choose_template();

-- What models cost, in US dollars for a million tokens. `model` may end in *.
CREATE TABLE "price" (
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "input" DOUBLE PRECISION NOT NULL CHECK ("input" >= 0),
    "cached_input" DOUBLE PRECISION NOT NULL CHECK ("cached_input" >= 0),
    "output" DOUBLE PRECISION NOT NULL CHECK ("output" >= 0),
    "changed_by" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "price_pkey" PRIMARY KEY ("provider", "model")
);

-- One row a model call, taken from its receipt when the turn is let go of; (turn, key) makes counting it twice
-- impossible. `cost`: US dollars by the prices of that moment; null where there was none.
CREATE TABLE "model_usage" (
    "turn_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "session_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "input_tokens" INTEGER NOT NULL,
    "cached_input_tokens" INTEGER NOT NULL,
    "output_tokens" INTEGER NOT NULL,
    "cost" DOUBLE PRECISION,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "model_usage_pkey" PRIMARY KEY ("turn_id", "key")
);
CREATE INDEX "model_usage_at_idx" ON "model_usage" ("at");

-- What people and the agent said, and the newest summary, without wading through a session's effects.
CREATE INDEX "event_said" ON "event" ("session_id", "seq")
  WHERE "type" IN ('turn.submitted', 'turn.edited', 'turn.finished', 'file.sent');
CREATE INDEX "event_summary" ON "event" ("session_id", "seq")
  WHERE "type" = 'effect.receipt' AND "key" = 'summary:0';

-- What a person's agent speaks with them (null: what they write in), and what stands in their commits.
ALTER TABLE "user" ADD COLUMN "language" TEXT;
ALTER TABLE "user" ADD COLUMN "email" TEXT;
