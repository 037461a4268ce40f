-- Fences that were passable, and locks that could meet crosswise.

CREATE INDEX "approval_granted" ON "approval" (session_id, fingerprint) WHERE state = 'granted';
-- Sessions may have any number of turns behind them; who runs next must not walk them all.
CREATE INDEX "turn_open" ON "turn" (session_id, seq) WHERE state IN ('queued','running','waiting');

-- Locks, in one order, every lane that a change to these sessions' turns may touch. Call with the sessions locked and
-- before any turn is changed: a turn's end touches its author's lane and then the next author's.
CREATE FUNCTION lock_lanes(p_sessions text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM lane l WHERE l.author_id IN (
    SELECT t.author_id FROM turn t WHERE t.session_id = ANY(p_sessions) AND t.state IN ('queued','running','waiting')
    UNION SELECT r.author_id FROM ready r WHERE r.session_id = ANY(p_sessions)
  ) ORDER BY l.author_id FOR NO KEY UPDATE;
END $$;

-- Claims the fairest runnable turn for a worker: the least recently served author below their cap, then that
-- author's session that has waited longest. Raises the session's epoch (I8). No row: nothing can be claimed now.
-- Claims are short and come one after another (advisory lock), so the order is exact. A session whose row is busy is
-- passed over first, and waited for only when there is nothing else.
CREATE OR REPLACE FUNCTION claim_turn(p_worker text) RETURNS TABLE (turn_id text, session_id text, epoch int) LANGUAGE plpgsql AS $$
DECLARE
  patient boolean;
  author text;
  picked text;
  head record;
  next_epoch int;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('deckhand.claim'));
  IF NOT EXISTS (SELECT 1 FROM worker w WHERE w.id = p_worker AND w.seen_at > clock_timestamp() - interval '6 seconds') THEN
    RETURN;
  END IF;
  FOREACH patient IN ARRAY ARRAY[false, true] LOOP
    FOR author IN
      SELECT l.author_id FROM lane l WHERE l.ready > 0 AND l.running < l.cap ORDER BY l.served_at, l.author_id LIMIT 20
    LOOP
      IF patient THEN
        SELECT s.id INTO picked FROM ready r JOIN session s ON s.id = r.session_id
        WHERE r.author_id = author ORDER BY r.since, r.session_id LIMIT 1 FOR NO KEY UPDATE OF s;
      ELSE
        SELECT s.id INTO picked FROM ready r JOIN session s ON s.id = r.session_id
        WHERE r.author_id = author ORDER BY r.since, r.session_id LIMIT 1 FOR NO KEY UPDATE OF s SKIP LOCKED;
      END IF;
      CONTINUE WHEN picked IS NULL;
      PERFORM lock_lanes(ARRAY[picked]);
      -- Under the lock the head is read anew: it may have been cancelled since.
      CONTINUE WHEN NOT make_ready(picked);
      SELECT t.id, t.author_id INTO head FROM turn t
      WHERE t.session_id = picked AND t.state IN ('running','waiting','queued') ORDER BY t.seq LIMIT 1;
      CONTINUE WHEN head.author_id <> author;
      DELETE FROM ready r WHERE r.session_id = picked;
      UPDATE session s SET epoch = s.epoch + 1 WHERE s.id = picked RETURNING s.epoch INTO next_epoch;
      UPDATE turn t SET state = 'running', worker_id = p_worker, epoch = next_epoch, woken = false,
        started_at = coalesce(t.started_at, clock_timestamp()) WHERE t.id = head.id;
      UPDATE lane l SET served_at = clock_timestamp() WHERE l.author_id = author;
      RETURN QUERY SELECT head.id::text, picked, next_epoch;
      RETURN;
    END LOOP;
  END LOOP;
END $$;

-- Returns the turns of workers that have been silent for 6 s to the claimable, and gives every session to ring for.
CREATE OR REPLACE FUNCTION sweep_turns() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  lost record;
  ids text[] := '{}';
  session_now text;
BEGIN
  FOR lost IN
    SELECT s.id FROM turn t JOIN session s ON s.id = t.session_id LEFT JOIN worker w ON w.id = t.worker_id
    WHERE t.state = 'running' AND t.worker_id IS NOT NULL
      AND (w.id IS NULL OR w.seen_at < clock_timestamp() - interval '6 seconds')
    ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED
  LOOP
    ids := ids || lost.id;
  END LOOP;
  PERFORM lock_lanes(ids);
  FOREACH session_now IN ARRAY ids LOOP
    -- Re-read under the lock: the turn may have ended, or been claimed anew, in the meantime.
    UPDATE turn t SET worker_id = NULL WHERE t.session_id = session_now AND t.state = 'running' AND t.worker_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM worker w WHERE w.id = t.worker_id AND w.seen_at >= clock_timestamp() - interval '6 seconds');
    PERFORM make_ready(session_now);
  END LOOP;
  DELETE FROM worker w WHERE w.seen_at < clock_timestamp() - interval '1 hour';
  RETURN QUERY SELECT r.session_id FROM ready r JOIN lane l ON l.author_id = r.author_id
    WHERE l.running < l.cap ORDER BY r.since LIMIT 500;
END $$;

-- As before, with a fence that also knows the turn: its end closes it, and only a claim may write effects.
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
        WHEN row_number() OVER (PARTITION BY x.turn, x.key, x.effect_state IS NULL ORDER BY x.place) > 1 THEN false
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
