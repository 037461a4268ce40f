-- The last step before a request leaves with a secret or an answer: fence, lease, answer and intent in one round trip.
-- True: it may go, and the log says so. False: nothing has changed.
CREATE FUNCTION begin_request(
  p_session text, p_turn text, p_epoch int, p_secret text, p_item text,
  p_body text, p_content_hash text, p_key_id text, p_signature text, p_at text
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM session s WHERE s.id = p_session AND s.epoch = p_epoch FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- Under the lock: the next statements see what those who had it have committed.
  PERFORM 1 FROM turn t WHERE t.id = p_turn AND t.session_id = p_session AND t.epoch = p_epoch
    AND t.state = 'running' AND t.stop_requested_by IS NULL;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  IF p_secret IS NOT NULL THEN
    PERFORM 1 FROM lease l WHERE l.turn_id = p_turn AND l.epoch = p_epoch AND l.secret_id = p_secret;
    IF NOT FOUND THEN
      RETURN false;
    END IF;
  END IF;
  IF p_item IS NOT NULL THEN
    UPDATE approval_item i SET used_at = now() FROM approval a WHERE i.id = p_item AND a.id = i.approval_id
      AND i.used_at IS NULL AND a.state = 'granted' AND a.turn_id = p_turn;
    IF NOT FOUND THEN
      RETURN false;
    END IF;
  END IF;
  PERFORM append_events(
    ARRAY[p_session], ARRAY[p_turn], ARRAY[NULL::int], ARRAY['egress.intent'], ARRAY[NULL::text], ARRAY[p_body],
    ARRAY[p_content_hash], ARRAY[p_key_id], ARRAY[p_signature], ARRAY[p_at],
    ARRAY[NULL::text], ARRAY[NULL::text], ARRAY[NULL::text]);
  RETURN true;
END $$;
