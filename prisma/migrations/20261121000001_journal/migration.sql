-- The journal's one writer (I4, I8), and the checks that Prisma cannot express.

ALTER TABLE "turn" ADD CONSTRAINT "turn_state" CHECK (state IN ('queued','running','waiting','succeeded','failed','cancelled'));
ALTER TABLE "effect" ADD CONSTRAINT "effect_state" CHECK (state IN ('intent','done','failed','interrupted'));
ALTER TABLE "approval" ADD CONSTRAINT "approval_state" CHECK (state IN ('open','granted','denied','expired'));
ALTER TABLE "post" ADD CONSTRAINT "post_state" CHECK (state IN ('reserved','sent','in_doubt'));

-- I3: a session runs one turn at a time.
CREATE UNIQUE INDEX "turn_one_active" ON "turn" (session_id) WHERE state IN ('running','waiting');
CREATE INDEX "turn_queued" ON "turn" (session_id, seq) WHERE state = 'queued';
CREATE INDEX "turn_claimed" ON "turn" (worker_id) WHERE state = 'running';
CREATE INDEX "session_due" ON "session" (updated_at) WHERE shown_seq < head_seq;

-- The log is append only, for every role and every path.
CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the event log is append only' USING ERRCODE = 'DH001';
END $$;
CREATE TRIGGER "event_append_only" BEFORE UPDATE OR DELETE ON "event"
  FOR EACH ROW EXECUTE FUNCTION event_is_append_only();

-- Every move of a turn's state that the table allows; all else is refused here whatever the code says.
CREATE FUNCTION turn_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = NEW.state OR (OLD.state, NEW.state) IN (
    ('queued','running'), ('queued','cancelled'), ('queued','failed'),
    ('running','waiting'), ('waiting','running'), ('waiting','cancelled'), ('waiting','failed'),
    ('running','succeeded'), ('running','failed'), ('running','cancelled')
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a turn cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'DH002';
END $$;
CREATE TRIGGER "turn_moves" BEFORE UPDATE OF state ON "turn" FOR EACH ROW EXECUTE FUNCTION turn_moves();

-- Appends a batch of events, given as columns in the order they are to stand. Gives, row by row: its seq (> 0); 0 where
-- the row was fenced, since its epoch is not the session's; -1 where its effect's state forbids it (begun again after
-- its receipt, under another fingerprint, or settled twice). A row that is refused does not fail the others.
-- Sessions are locked in id order: no deadlock.
CREATE FUNCTION append_events(
  p_session text[], p_turn text[], p_epoch int[], p_type text[], p_key text[], p_body text[], p_content_hash text[],
  p_key_id text[], p_signature text[], p_at text[],
  p_effect_state text[], p_effect_kind text[], p_fingerprint text[]
) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  head session%ROWTYPE;
  e record;
  seqs int[] := array_fill(0, ARRAY[cardinality(p_session)]);
  next_hash text;
  written int;
BEGIN
  FOR e IN
    SELECT * FROM unnest(p_session, p_turn, p_epoch, p_type, p_key, p_body, p_content_hash, p_key_id, p_signature,
                         p_at, p_effect_state, p_effect_kind, p_fingerprint)
      WITH ORDINALITY AS x(session, turn, epoch, type, key, body, content_hash, key_id, signature, at,
                           effect_state, effect_kind, fingerprint, place)
    ORDER BY session, place
  LOOP
    IF head.id IS DISTINCT FROM e.session THEN
      UPDATE session s SET head_seq = head.head_seq, head_hash = head.head_hash, updated_at = clock_timestamp()
      WHERE s.id = head.id;
      SELECT * INTO head FROM session s WHERE s.id = e.session FOR NO KEY UPDATE;
      IF NOT FOUND THEN
        head.id := NULL;
        CONTINUE;
      END IF;
    END IF;
    CONTINUE WHEN e.epoch IS NOT NULL AND e.epoch <> head.epoch;
    IF e.effect_state IS NOT NULL THEN
      IF e.effect_state = 'intent' THEN
        INSERT INTO effect (turn_id, key, kind, fingerprint, state, attempt, epoch, intent_seq)
        VALUES (e.turn, e.key, e.effect_kind, e.fingerprint, 'intent', 1, coalesce(e.epoch, 0), head.head_seq + 1)
        ON CONFLICT (turn_id, key) DO UPDATE
          SET attempt = effect.attempt + 1, epoch = excluded.epoch, intent_seq = excluded.intent_seq
          WHERE effect.state = 'intent' AND effect.fingerprint = excluded.fingerprint;
      ELSE
        UPDATE effect SET state = e.effect_state, receipt_seq = head.head_seq + 1
        WHERE turn_id = e.turn AND key = e.key AND state = 'intent';
      END IF;
      GET DIAGNOSTICS written = ROW_COUNT;
      IF written = 0 THEN
        seqs[e.place] := -1;
        CONTINUE;
      END IF;
    END IF;
    head.head_seq := head.head_seq + 1;
    next_hash := encode(sha256(convert_to(head.head_hash || ':' || head.head_seq || ':' || e.content_hash, 'UTF8')), 'hex');
    INSERT INTO event (session_id, seq, turn_id, epoch, type, key, body, content_hash, prev_hash, hash, key_id, signature, at)
    VALUES (head.id, head.head_seq, e.turn, e.epoch, e.type, e.key, e.body, e.content_hash, head.head_hash, next_hash,
            e.key_id, e.signature, e.at);
    head.head_hash := next_hash;
    seqs[e.place] := head.head_seq;
  END LOOP;
  UPDATE session s SET head_seq = head.head_seq, head_hash = head.head_hash, updated_at = clock_timestamp()
  WHERE s.id = head.id;
  RETURN seqs;
END $$;
