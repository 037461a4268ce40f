-- Deletion of a person's data on request (docs/adr/0127). What is asked for is a row; it is gone on with until it is done.
CREATE TABLE "erasure" (
  "id" TEXT NOT NULL,
  "user_id" TEXT NOT NULL,
  "asked_by" TEXT NOT NULL,
  "asked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  -- What they were called (JSON), to find where they were quoted; emptied when it is done.
  "names" TEXT NOT NULL DEFAULT '[]',
  -- Why it cannot go on at once, in words.
  "waits_for" TEXT,
  "events" INTEGER NOT NULL DEFAULT 0,
  "blobs" INTEGER NOT NULL DEFAULT 0,
  -- From then on nothing but the blobs is left to do.
  "cleared_at" TIMESTAMPTZ(3),
  "done_at" TIMESTAMPTZ(3),
  CONSTRAINT "erasure_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "erasure_user_id_key" ON "erasure" ("user_id");
CREATE INDEX "erasure_open" ON "erasure" ("asked_at") WHERE done_at IS NULL;

-- What they said before their accounts were joined to somebody else's is erased with that person's.
ALTER TABLE "user" ADD COLUMN "joined_into" TEXT;

-- Nobody but an erased person took part in it: its workspace is not kept either.
ALTER TABLE "session" ADD COLUMN "erased_at" TIMESTAMPTZ(3);

-- Is there a signed event, named by this transaction, that says what of this log is erased?
CREATE FUNCTION erasure_stands(p_session text, p_after int) RETURNS boolean LANGUAGE sql AS $$
  SELECT EXISTS (
    SELECT FROM event e WHERE e.session_id = p_session AND e.type = 'data.erased' AND e.seq > p_after
      AND e.seq = nullif(current_setting('deckhand.erased_by', true), '')::int
  )
$$;

-- Still append only, but for what is archived, and for words that an erasure takes: all else of the row stays.
CREATE OR REPLACE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM log_archive WHERE session_id = OLD.session_id AND up_to >= OLD.seq) THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'body') = (to_jsonb(OLD) - 'body') AND erasure_stands(OLD.session_id, OLD.seq) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the event log is append only' USING ERRCODE = 'DH001';
END $$;

CREATE OR REPLACE FUNCTION egress_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.session_id, NEW.n, NEW.turn_id, NEW.refused, NEW.prev_hash, NEW.hash)
      IS NOT DISTINCT FROM (OLD.session_id, OLD.n, OLD.turn_id, OLD.refused, OLD.prev_hash, OLD.hash)
    AND erasure_stands(OLD.session_id, 0) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the egress log is append only' USING ERRCODE = 'DH001';
END $$;

-- Versions are never changed; those of an erased person go as a whole.
CREATE OR REPLACE FUNCTION refuse_template_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.layer = 'user' AND EXISTS (SELECT FROM erasure WHERE user_id = OLD.owner_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'a template version is never changed; save a new one' USING ERRCODE = 'DH010';
END $$;

CREATE OR REPLACE FUNCTION policy_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.layer = 'user' AND EXISTS (SELECT FROM erasure WHERE user_id = OLD.owner) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'a version of a policy is never changed; save a new one';
END $$;

-- The audit log keeps who did what by their id, and how it ended; a signed entry says which names are gone.
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'body') = (to_jsonb(OLD) - 'body') AND EXISTS (
    SELECT FROM audit a WHERE a.what = 'data.erased' AND a.n > OLD.n
      AND a.n = nullif(current_setting('deckhand.audit_erased_by', true), '')::int
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = 'DH014';
END $$;
