-- Who runs next: rows, no counters that can overflow. Lock order everywhere: session, then lane.

CREATE FUNCTION lane_counts_ready() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE lane SET ready = ready - 1 WHERE author_id = OLD.author_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO lane (author_id, ready) VALUES (NEW.author_id, 1)
    ON CONFLICT (author_id) DO UPDATE SET ready = lane.ready + 1;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "lane_counts_ready" AFTER INSERT OR DELETE OR UPDATE OF author_id ON "ready"
  FOR EACH ROW EXECUTE FUNCTION lane_counts_ready();

-- A lane's `running` is the number of its turns that a worker holds.
CREATE FUNCTION lane_counts_running() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before int := (OLD.state = 'running' AND OLD.worker_id IS NOT NULL)::int;
  after int := (NEW.state = 'running' AND NEW.worker_id IS NOT NULL)::int;
BEGIN
  IF before <> after THEN
    UPDATE lane SET running = running + after - before WHERE author_id = NEW.author_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER "lane_counts_running" AFTER UPDATE OF state, worker_id ON "turn"
  FOR EACH ROW EXECUTE FUNCTION lane_counts_running();

CREATE INDEX "lane_fairest" ON "lane" (served_at, author_id) WHERE ready > 0;

-- Puts a session among the claimable if it has something to claim. Call with the session's row locked.
CREATE FUNCTION make_ready(p_session text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  head record;
BEGIN
  SELECT t.author_id, t.state, t.worker_id, t.woken INTO head FROM turn t
  WHERE t.session_id = p_session AND t.state IN ('running','waiting','queued')
  ORDER BY t.seq LIMIT 1;
  IF NOT FOUND OR (head.state = 'running' AND head.worker_id IS NOT NULL) OR (head.state = 'waiting' AND NOT head.woken) THEN
    DELETE FROM ready WHERE session_id = p_session;
    RETURN false;
  END IF;
  INSERT INTO ready (session_id, author_id, since) VALUES (p_session, head.author_id, clock_timestamp())
  ON CONFLICT (session_id) DO UPDATE SET author_id = excluded.author_id WHERE ready.author_id <> excluded.author_id;
  RETURN true;
END $$;

-- Claims the fairest runnable turn for a worker: the least recently served author below their cap, then that
-- author's session that has waited longest. Raises the session's epoch (I8). No row: nothing can be claimed now.
-- Claims are short and come one after another (advisory lock), so the order is exact. A session whose row is busy is
-- passed over first, and waited for only when there is nothing else.
CREATE FUNCTION claim_turn(p_worker text) RETURNS TABLE (turn_id text, session_id text, epoch int) LANGUAGE plpgsql AS $$
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
CREATE FUNCTION sweep_turns() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  lost record;
BEGIN
  FOR lost IN
    SELECT s.id FROM turn t JOIN session s ON s.id = t.session_id LEFT JOIN worker w ON w.id = t.worker_id
    WHERE t.state = 'running' AND t.worker_id IS NOT NULL
      AND (w.id IS NULL OR w.seen_at < clock_timestamp() - interval '6 seconds')
    ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED
  LOOP
    -- Re-read under the lock: the turn may have ended, or been claimed anew, in the meantime.
    UPDATE turn t SET worker_id = NULL WHERE t.session_id = lost.id AND t.state = 'running' AND t.worker_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM worker w WHERE w.id = t.worker_id AND w.seen_at >= clock_timestamp() - interval '6 seconds');
    PERFORM make_ready(lost.id);
  END LOOP;
  DELETE FROM worker w WHERE w.seen_at < clock_timestamp() - interval '1 hour';
  RETURN QUERY SELECT r.session_id FROM ready r JOIN lane l ON l.author_id = r.author_id
    WHERE l.running < l.cap ORDER BY r.since LIMIT 500;
END $$;
