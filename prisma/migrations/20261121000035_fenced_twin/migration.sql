-- As before; of two claims' rows for one effect in one batch the fenced one no longer hides the one that stands.
CREATE OR REPLACE FUNCTION append_events(
  p_session text[], p_turn text[], p_epoch int[], p_type text[], p_key text[], p_body text[], p_content_hash text[],
  p_key_id text[], p_signature text[], p_at text[],
  p_effect_state text[], p_effect_kind text[], p_fingerprint text[]
) RETURNS int[] LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  -- By the row's place in the batch.
  seqs int[] := array_fill(0, ARRAY[cardinality(p_session)]);
  prevs text[] := array_fill(NULL::text, ARRAY[cardinality(p_session)]);
  hashes text[] := array_fill(NULL::text, ARRAY[cardinality(p_session)]);
  e record;
  session_now text;
  head_seq int;
  head_hash text;
BEGIN
  -- In id order: no deadlock. The next statement sees what those who had the locks have committed.
  PERFORM 1 FROM session s WHERE s.id = ANY(p_session) ORDER BY s.id FOR NO KEY UPDATE;

  FOR e IN
    SELECT x.session, x.content_hash, x.place, s.head_seq, s.head_hash,
      CASE
        -- Writers without a claim write what happens to a turn from outside, never its effects.
        WHEN x.epoch IS NULL THEN x.effect_state IS NULL
        ELSE x.epoch = s.epoch
          AND EXISTS (SELECT 1 FROM turn t WHERE t.id = x.turn AND t.state = 'running' AND t.epoch = x.epoch)
      END AS stands,
      CASE
        WHEN x.effect_state IS NULL THEN true
        WHEN row_number() OVER (PARTITION BY x.turn, x.key, x.effect_state IS NULL, x.epoch ORDER BY x.place) > 1 THEN false
        WHEN x.effect_state = 'intent'
          THEN f.state IS NULL OR (f.state = 'intent' AND f.fingerprint = x.fingerprint)
        ELSE coalesce(f.state = 'intent', false)
      END AS allowed
    FROM unnest(p_session, p_turn, p_epoch, p_key, p_content_hash, p_effect_state, p_fingerprint)
      WITH ORDINALITY AS x(session, turn, epoch, key, content_hash, effect_state, fingerprint, place)
    JOIN session s ON s.id = x.session
    LEFT JOIN effect f ON x.effect_state IS NOT NULL AND f.turn_id = x.turn AND f.key = x.key
    ORDER BY x.session, x.place
  LOOP
    IF session_now IS DISTINCT FROM e.session THEN
      session_now := e.session;
      head_seq := e.head_seq;
      head_hash := e.head_hash;
    END IF;
    CONTINUE WHEN NOT e.stands;
    IF NOT e.allowed THEN
      seqs[e.place] := -1;
      CONTINUE;
    END IF;
    head_seq := head_seq + 1;
    prevs[e.place] := head_hash;
    head_hash := encode(sha256(convert_to(head_hash || ':' || head_seq || ':' || e.content_hash, 'UTF8')), 'hex');
    seqs[e.place] := head_seq;
    hashes[e.place] := head_hash;
  END LOOP;

  INSERT INTO event (session_id, seq, turn_id, epoch, type, key, body, content_hash, prev_hash, hash, key_id, signature, at)
  SELECT x.session, x.seq, x.turn, x.epoch, x.type, x.key, x.body, x.content_hash, x.prev, x.hash, x.key_id, x.signature, x.at
  FROM unnest(p_session, seqs, p_turn, p_epoch, p_type, p_key, p_body, p_content_hash, prevs, hashes, p_key_id, p_signature, p_at)
    AS x(session, seq, turn, epoch, type, key, body, content_hash, prev, hash, key_id, signature, at)
  WHERE x.seq > 0;

  IF 'intent' = ANY(p_effect_state) THEN
    INSERT INTO effect (turn_id, key, kind, fingerprint, state, attempt, epoch, intent_seq)
    SELECT x.turn, x.key, x.kind, x.fingerprint, 'intent', 1, coalesce(x.epoch, 0), x.seq
    FROM unnest(p_turn, p_key, p_effect_kind, p_fingerprint, p_effect_state, p_epoch, seqs)
      AS x(turn, key, kind, fingerprint, effect_state, epoch, seq)
    WHERE x.effect_state = 'intent' AND x.seq > 0
    ON CONFLICT (turn_id, key) DO UPDATE
      SET attempt = effect.attempt + 1, epoch = excluded.epoch, intent_seq = excluded.intent_seq;
  END IF;
  IF EXISTS (SELECT 1 FROM unnest(p_effect_state) AS x(state) WHERE x.state <> 'intent') THEN
    UPDATE effect f SET state = x.effect_state, receipt_seq = x.seq
    FROM unnest(p_turn, p_key, p_effect_state, seqs) AS x(turn, key, effect_state, seq)
    WHERE f.turn_id = x.turn AND f.key = x.key AND x.effect_state <> 'intent' AND x.seq > 0;
  END IF;

  UPDATE session s SET head_seq = x.seq, head_hash = x.hash, updated_at = clock_timestamp()
  FROM (
    SELECT DISTINCT ON (y.session) y.session, y.seq, y.hash
    FROM unnest(p_session, seqs, hashes) AS y(session, seq, hash) WHERE y.seq > 0
    ORDER BY y.session, y.seq DESC
  ) AS x
  WHERE s.id = x.session;
  RETURN seqs;
END $$;
