-- Shares of the platform: how often a person is served in a round, and queues with an end for threads and workspaces.

-- `weight`: turns of this person in a round of all who wait; `taken`: how many of them the present round has brought. Both stay small:
-- there is nothing that grows with time and could overflow. A weight below 1 counts as 1.
ALTER TABLE "lane" ADD COLUMN "weight" INTEGER NOT NULL DEFAULT 1, ADD COLUMN "taken" INTEGER NOT NULL DEFAULT 0;

-- Turns of before are of no workspace's count; there are none left soon.
ALTER TABLE "turn" ADD COLUMN "workspace_id" TEXT;
CREATE INDEX "turn_queued_in_workspace" ON "turn" (workspace_id) WHERE state = 'queued';

-- As before, but that who has a weight keeps their place in front for as many turns before they go behind the others.
CREATE OR REPLACE FUNCTION claim_turn(p_worker text) RETURNS TABLE (turn_id text, session_id text, epoch int) LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan AS $$
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
      UPDATE lane l SET
        served_at = CASE WHEN l.taken + 1 >= l.weight THEN clock_timestamp() ELSE l.served_at END,
        taken = CASE WHEN l.taken + 1 >= l.weight THEN 0 ELSE l.taken + 1 END
      WHERE l.author_id = author;
      RETURN QUERY SELECT head.id::text, picked, next_epoch;
      RETURN;
    END LOOP;
  END LOOP;
END $$;

-- As before, with limits for the thread and the workspace beside that for the person; `full_of` says which of them was met.
-- The one without them stays for processes of the version before.
CREATE FUNCTION submit_turn(
  p_session text, p_opens boolean, p_workspace text, p_platform text, p_thread text, p_title text, p_head text,
  p_turn text, p_author text, p_event text, p_text text, p_files text[], p_names text[], p_max_queued int,
  p_body text, p_content_hash text, p_key_id text, p_signature text, p_at text, p_max_thread int, p_max_workspace int,
  OUT outcome text, OUT session_now text, OUT turn_now text, OUT places int, OUT full_of text
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  opened boolean := false;
  taken int;
  known record;
BEGIN
  IF p_opens THEN
    INSERT INTO session (id, workspace_id, platform, thread_ref, title, owner_id, head_hash)
    VALUES (p_session, p_workspace, p_platform, p_thread, p_title, p_author, p_head)
    ON CONFLICT (thread_ref) DO NOTHING;
    opened := FOUND;
  END IF;
  SELECT s.id INTO session_now FROM session s WHERE s.thread_ref = p_thread FOR NO KEY UPDATE;

  -- Also where the thread is not ours any more: what was taken once was taken.
  SELECT t.session_id, t.id INTO known FROM turn t WHERE t.platform = p_platform AND t.event_id = p_event;
  IF FOUND THEN
    outcome := 'duplicate';
    session_now := known.session_id;
    turn_now := known.id;
    RETURN;
  END IF;
  IF session_now IS NULL THEN
    outcome := 'no_session';
    RETURN;
  END IF;
  IF session_now <> p_session OR EXISTS (
    SELECT 1 FROM file f JOIN turn t ON t.id = f.turn_id
    WHERE cardinality(p_names) > 0 AND t.session_id = p_session AND f.direction = 'in' AND f.name = ANY(p_names)
  ) THEN
    outcome := 'stale';
    RETURN;
  END IF;

  -- Counted no further than the limit: a long queue must not make each message dearer.
  SELECT count(*) INTO places FROM (
    SELECT 1 FROM turn t WHERE t.author_id = p_author AND t.state = 'queued' LIMIT p_max_queued) waiting;
  IF places >= p_max_queued THEN
    full_of := 'person';
  ELSE
    SELECT count(*) INTO places FROM (
      SELECT 1 FROM turn t WHERE t.session_id = p_session AND t.state = 'queued' LIMIT p_max_thread) waiting;
    IF places >= p_max_thread THEN
      full_of := 'thread';
    ELSE
      SELECT count(*) INTO places FROM (
        SELECT 1 FROM turn t WHERE t.workspace_id = p_workspace AND t.state = 'queued' LIMIT p_max_workspace) waiting;
      IF places >= p_max_workspace THEN
        full_of := 'workspace';
      END IF;
    END IF;
  END IF;
  IF full_of IS NOT NULL THEN
    -- A refusal leaves no thread behind that nobody has ever been heard in.
    IF opened THEN
      DELETE FROM session s WHERE s.id = p_session;
    END IF;
    outcome := 'queue_full';
    RETURN;
  END IF;
  SELECT count(*) INTO places FROM turn t
  WHERE t.session_id = p_session AND t.state IN ('queued','running','waiting');

  INSERT INTO turn (id, session_id, seq, author_id, platform, event_id, text, workspace_id)
  SELECT p_turn, p_session, coalesce(max(t.seq), 0) + 1, p_author, p_platform, p_event, p_text, p_workspace
  FROM turn t WHERE t.session_id = p_session;
  IF cardinality(p_files) > 0 THEN
    UPDATE file f SET turn_id = p_turn, name = named.name FROM unnest(p_files, p_names) AS named(id, name)
    WHERE f.id = named.id AND f.turn_id IS NULL AND f.created_by = p_author;
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF taken <> cardinality(p_files) THEN
      RAISE EXCEPTION 'a file of turn % belongs to another one', p_turn USING ERRCODE = 'DH001';
    END IF;
  END IF;
  PERFORM append_events(
    ARRAY[p_session], ARRAY[p_turn], ARRAY[NULL::int], ARRAY['turn.submitted'], ARRAY[NULL::text], ARRAY[p_body],
    ARRAY[p_content_hash], ARRAY[p_key_id], ARRAY[p_signature], ARRAY[p_at],
    ARRAY[NULL::text], ARRAY[NULL::text], ARRAY[NULL::text]);
  PERFORM make_ready(p_session);
  outcome := 'accepted';
  turn_now := p_turn;
END $$;

