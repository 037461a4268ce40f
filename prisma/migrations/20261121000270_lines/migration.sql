-- Workers that die are known for dead within seconds, and what they had in hand goes on before anything new.

-- `line`: this worker's process keeps a connection that holds a lock under the worker's name (worker_line) for as long as the
-- process lives. False for workers of the version before: only their silence tells.
ALTER TABLE "worker" ADD COLUMN "line" BOOLEAN NOT NULL DEFAULT false;
-- `resumes`: its turn has begun and lost its worker.
ALTER TABLE "ready" ADD COLUMN "resumes" BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX "ready_resumes" ON "ready" (since) WHERE resumes;

-- The key of the lock that a worker's line holds.
CREATE FUNCTION worker_line(p_worker text) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT hashtextextended('deckhand.worker ' || p_worker, 0)
$$;

-- As before, but that it notes what was begun.
CREATE OR REPLACE FUNCTION make_ready(p_session text) RETURNS boolean LANGUAGE plpgsql AS $$
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
  INSERT INTO ready (session_id, author_id, since, resumes)
  VALUES (p_session, head.author_id, clock_timestamp(), head.state = 'running')
  ON CONFLICT (session_id) DO UPDATE SET author_id = excluded.author_id, resumes = excluded.resumes
    WHERE ready.author_id <> excluded.author_id OR ready.resumes <> excluded.resumes;
  RETURN true;
END $$;

-- As before, but that turns which lost their worker come first, the longest lost before the others: they had their place, and
-- people wait for them. Their author was served when they began, and is not served again.
CREATE OR REPLACE FUNCTION claim_turn(p_worker text) RETURNS TABLE (turn_id text, session_id text, epoch int) LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  patient boolean;
  author text;
  lost boolean;
  picked text;
  head record;
  next_epoch int;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('deckhand.claim'));
  IF NOT EXISTS (SELECT 1 FROM worker w WHERE w.id = p_worker AND w.seen_at > clock_timestamp() - interval '6 seconds') THEN
    RETURN;
  END IF;
  FOREACH patient IN ARRAY ARRAY[false, true] LOOP
    FOR author, lost IN
      SELECT a.author_id, a.lost FROM (
        (SELECT r.author_id, true AS lost, r.since AS at FROM ready r JOIN lane l ON l.author_id = r.author_id
         WHERE r.resumes AND l.running < l.cap ORDER BY r.since LIMIT 20)
        UNION ALL
        (SELECT l.author_id, false, l.served_at FROM lane l WHERE l.ready > 0 AND l.running < l.cap
         ORDER BY l.served_at, l.author_id LIMIT 20)
      ) a ORDER BY a.lost DESC, a.at, a.author_id
    LOOP
      IF patient THEN
        SELECT s.id INTO picked FROM ready r JOIN session s ON s.id = r.session_id
        WHERE r.author_id = author AND (r.resumes OR NOT lost) ORDER BY r.since, r.session_id LIMIT 1 FOR NO KEY UPDATE OF s;
      ELSE
        SELECT s.id INTO picked FROM ready r JOIN session s ON s.id = r.session_id
        WHERE r.author_id = author AND (r.resumes OR NOT lost) ORDER BY r.since, r.session_id LIMIT 1
        FOR NO KEY UPDATE OF s SKIP LOCKED;
      END IF;
      CONTINUE WHEN picked IS NULL;
      PERFORM lock_lanes(ARRAY[picked]);
      -- Under the lock the head is read anew: it may have been cancelled since.
      CONTINUE WHEN NOT make_ready(picked);
      SELECT t.id, t.author_id, t.state INTO head FROM turn t
      WHERE t.session_id = picked AND t.state IN ('running','waiting','queued') ORDER BY t.seq LIMIT 1;
      CONTINUE WHEN head.author_id <> author;
      DELETE FROM ready r WHERE r.session_id = picked;
      UPDATE session s SET epoch = s.epoch + 1 WHERE s.id = picked RETURNING s.epoch INTO next_epoch;
      UPDATE turn t SET state = 'running', worker_id = p_worker, epoch = next_epoch, woken = false,
        started_at = coalesce(t.started_at, clock_timestamp()) WHERE t.id = head.id;
      IF head.state <> 'running' THEN
        UPDATE lane l SET
          served_at = CASE WHEN l.taken + 1 >= l.weight THEN clock_timestamp() ELSE l.served_at END,
          taken = CASE WHEN l.taken + 1 >= l.weight THEN 0 ELSE l.taken + 1 END
        WHERE l.author_id = author;
      END IF;
      RETURN QUERY SELECT head.id::text, picked, next_epoch;
      RETURN;
    END LOOP;
  END LOOP;
END $$;

-- Returns the turns of dead workers to the claimable, and gives every session to ring for. Dead is who has been silent for 6 s,
-- whatever its line says: its machine may be gone. Who has a line that nobody holds any more needs to be silent for 3 s alone,
-- more than a beat: a line may also be cut while its worker lives, which then goes on beating.
CREATE OR REPLACE FUNCTION sweep_turns() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  dead text[];
  lost record;
  ids text[] := '{}';
  session_now text;
BEGIN
  SELECT array_agg(held.worker_id) INTO dead
  FROM (SELECT DISTINCT t.worker_id FROM turn t WHERE t.state = 'running' AND t.worker_id IS NOT NULL) held
  LEFT JOIN worker w ON w.id = held.worker_id
  WHERE CASE
    WHEN w.id IS NULL OR w.seen_at < clock_timestamp() - interval '6 seconds' THEN true
    -- Shared, so that those who sweep at once do not take each other for the worker.
    WHEN w.line AND w.seen_at < clock_timestamp() - interval '3 seconds' THEN pg_try_advisory_xact_lock_shared(worker_line(w.id))
    ELSE false
  END;
  IF dead IS NOT NULL THEN
    FOR lost IN
      SELECT s.id FROM turn t JOIN session s ON s.id = t.session_id
      WHERE t.state = 'running' AND t.worker_id = ANY(dead) ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED
    LOOP
      ids := ids || lost.id;
    END LOOP;
    PERFORM lock_lanes(ids);
    FOREACH session_now IN ARRAY ids LOOP
      -- Re-read under the lock: the turn may have ended, or been claimed anew, in the meantime, or its worker be heard of again.
      UPDATE turn t SET worker_id = NULL WHERE t.session_id = session_now AND t.state = 'running' AND t.worker_id = ANY(dead)
        AND NOT EXISTS (SELECT 1 FROM worker w WHERE w.id = t.worker_id AND w.seen_at >= clock_timestamp() - interval '3 seconds');
      PERFORM make_ready(session_now);
    END LOOP;
  END IF;
  DELETE FROM worker w WHERE w.seen_at < clock_timestamp() - interval '1 hour';
  RETURN QUERY SELECT r.session_id FROM ready r JOIN lane l ON l.author_id = r.author_id
    WHERE l.running < l.cap ORDER BY r.resumes DESC, r.since LIMIT 500;
END $$;
