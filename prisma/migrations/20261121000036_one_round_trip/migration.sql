-- A message's way in, and a turn's end, in as few round trips as there are decisions outside of the database.

-- Inserts a turn and its first event, once, and opens the thread's session where the message may. The event was made for
-- `p_session` and names the files: where the thread's session is another one, or has files of those names by now, nothing
-- is written and the outcome is `stale`. The rest of
-- `outcome`: accepted | duplicate | no_session | queue_full, with how many turns stand before it or wait (`places`). A file that is
-- not its author's to send raises DH001.
CREATE FUNCTION submit_turn(
  p_session text, p_opens boolean, p_workspace text, p_platform text, p_thread text, p_title text, p_head text,
  p_turn text, p_author text, p_event text, p_text text, p_files text[], p_names text[], p_max_queued int,
  p_body text, p_content_hash text, p_key_id text, p_signature text, p_at text,
  OUT outcome text, OUT session_now text, OUT turn_now text, OUT places int
) LANGUAGE plpgsql AS $$
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

  SELECT count(*) INTO places FROM turn t WHERE t.author_id = p_author AND t.state = 'queued';
  IF places >= p_max_queued THEN
    -- A refusal leaves no thread behind that nobody has ever been heard in.
    IF opened THEN
      DELETE FROM session s WHERE s.id = p_session;
    END IF;
    outcome := 'queue_full';
    RETURN;
  END IF;
  SELECT count(*) INTO places FROM turn t
  WHERE t.session_id = p_session AND t.state IN ('queued','running','waiting');

  INSERT INTO turn (id, session_id, seq, author_id, platform, event_id, text)
  SELECT p_turn, p_session, coalesce(max(t.seq), 0) + 1, p_author, p_platform, p_event, p_text
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

-- The end of a turn in two steps under one transaction: first its last event, whose place in the chain the seal must
-- know (`seq` 0: the claim no longer stands) …
CREATE FUNCTION end_turn(
  p_session text, p_turn text, p_worker text, p_epoch int, p_body text, p_content_hash text, p_key_id text,
  p_signature text, p_at text, OUT head_seq int, OUT head_hash text
) LANGUAGE plpgsql AS $$
BEGIN
  head_seq := 0;
  PERFORM 1 FROM session s WHERE s.id = p_session AND s.epoch = p_epoch FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  -- Under the lock: the next statement sees what those who had it have committed.
  PERFORM 1 FROM turn t WHERE t.id = p_turn AND t.state = 'running' AND t.worker_id = p_worker;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM lock_lanes(ARRAY[p_session]);
  PERFORM append_events(
    ARRAY[p_session], ARRAY[p_turn], ARRAY[p_epoch], ARRAY['turn.finished'], ARRAY[NULL::text], ARRAY[p_body],
    ARRAY[p_content_hash], ARRAY[p_key_id], ARRAY[p_signature], ARRAY[p_at],
    ARRAY[NULL::text], ARRAY[NULL::text], ARRAY[NULL::text]);
  SELECT s.head_seq, s.head_hash INTO head_seq, head_hash FROM session s WHERE s.id = p_session;
END $$;

-- … then the seal, the turn's state, and the next turn's readiness. True when another turn of the session is ready.
CREATE FUNCTION seal_turn(
  p_session text, p_turn text, p_epoch int, p_state text, p_error_code text, p_body text, p_content_hash text,
  p_key_id text, p_signature text, p_at text
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_events(
    ARRAY[p_session], ARRAY[p_turn], ARRAY[p_epoch], ARRAY['turn.sealed'], ARRAY[NULL::text], ARRAY[p_body],
    ARRAY[p_content_hash], ARRAY[p_key_id], ARRAY[p_signature], ARRAY[p_at],
    ARRAY[NULL::text], ARRAY[NULL::text], ARRAY[NULL::text]);
  UPDATE turn t SET state = p_state, finished_at = clock_timestamp(), error_code = p_error_code, worker_id = NULL
  WHERE t.id = p_turn;
  UPDATE approval a SET state = 'expired', decided_at = clock_timestamp() WHERE a.turn_id = p_turn AND a.state = 'open';
  RETURN make_ready(p_session);
END $$;
