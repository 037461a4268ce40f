-- What every turn goes through, cheaper: plans made once, and a turn's end in one statement.

-- Their statements take arrays, for which Postgres makes a new plan with every call; each is reached by its keys alone, so
-- that one plan fits all. A third of the time that a turn takes in the database was planning.
ALTER FUNCTION append_events(
  text[], text[], int[], text[], text[], text[], text[], text[], text[], text[], text[], text[], text[]
) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION submit_turn(
  text, boolean, text, text, text, text, text, text, text, text, text, text[], text[], int, text, text, text, text, text
) SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION claim_turn(text) SET plan_cache_mode = force_generic_plan;

-- The end of a turn in one step. The seal names the head of the chain up to the turn's last event, so whoever signs it must
-- know the head before: where that has moved meanwhile nothing is written, and the outcome `moved` comes with the head to
-- sign anew for. `fenced`: the claim no longer stands. `ended`: with whether another turn of the session is ready.
-- `end_turn` and `seal_turn` stay for workers of the version before, which go on while this one is brought in.
CREATE FUNCTION finish_turn(
  p_session text, p_turn text, p_worker text, p_epoch int, p_state text, p_error_code text, p_head_seq int, p_head_hash text,
  p_body text[], p_content_hash text[], p_key_id text[], p_signature text[], p_at text[],
  OUT outcome text, OUT head_seq int, OUT head_hash text, OUT ready boolean
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  seqs int[];
BEGIN
  outcome := 'fenced';
  SELECT s.head_seq, s.head_hash INTO head_seq, head_hash FROM session s
  WHERE s.id = p_session AND s.epoch = p_epoch FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  -- Under the lock: the next statement sees what those who had it have committed.
  PERFORM 1 FROM turn t WHERE t.id = p_turn AND t.state = 'running' AND t.worker_id = p_worker;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF head_seq <> p_head_seq OR head_hash <> p_head_hash THEN
    outcome := 'moved';
    RETURN;
  END IF;
  PERFORM lock_lanes(ARRAY[p_session]);
  seqs := append_events(
    ARRAY[p_session, p_session], ARRAY[p_turn, p_turn], ARRAY[p_epoch, p_epoch], ARRAY['turn.finished', 'turn.sealed'],
    ARRAY[NULL, NULL]::text[], p_body, p_content_hash, p_key_id, p_signature, p_at,
    ARRAY[NULL, NULL]::text[], ARRAY[NULL, NULL]::text[], ARRAY[NULL, NULL]::text[]);
  IF seqs <> ARRAY[p_head_seq + 1, p_head_seq + 2] THEN
    RAISE EXCEPTION 'the last events of turn % were placed at %', p_turn, seqs;
  END IF;
  UPDATE turn t SET state = p_state, finished_at = clock_timestamp(), error_code = p_error_code, worker_id = NULL
  WHERE t.id = p_turn;
  UPDATE approval a SET state = 'expired', decided_at = clock_timestamp() WHERE a.turn_id = p_turn AND a.state = 'open';
  ready := make_ready(p_session);
  outcome := 'ended';
END $$;
