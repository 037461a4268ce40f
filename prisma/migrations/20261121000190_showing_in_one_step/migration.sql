-- A showing begins in one round trip: lent, and with all that is read for it. Each statement sees what was committed
-- before it began, so the events reach up to the head that the first one found.
CREATE FUNCTION begin_showing(
  p_session text, p_by text, p_turn text,
  OUT thread_ref text, OUT head_seq int, OUT events json, OUT posts json, OUT queue json
) LANGUAGE plpgsql AS $$
DECLARE
  shown int;
  turns text[];
BEGIN
  UPDATE session s SET shown_by = p_by, shown_until = clock_timestamp() + interval '15 seconds'
  WHERE s.id = p_session AND (s.shown_seq < s.head_seq OR p_turn IS NOT NULL)
    AND (s.shown_until IS NULL OR s.shown_until < clock_timestamp())
  RETURNING s.thread_ref, s.head_seq, s.shown_seq INTO thread_ref, head_seq, shown;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  -- Posts are nothing new.
  SELECT coalesce(array_agg(DISTINCT e.turn_id), '{}') INTO turns FROM event e
  WHERE e.session_id = p_session AND e.seq > shown AND e.seq <= head_seq AND e.type NOT LIKE 'post.%';
  IF p_turn IS NOT NULL THEN
    turns := turns || p_turn;
  END IF;
  SELECT json_agg(json_build_object(
      'sessionId', e.session_id, 'seq', e.seq, 'turnId', e.turn_id, 'epoch', e.epoch, 'type', e.type, 'key', e.key,
      'body', e.body, 'at', e.at) ORDER BY e.seq)
    INTO events FROM event e WHERE e.turn_id = ANY(turns) AND e.seq <= head_seq;
  SELECT json_agg(json_build_object(
      'turnId', p.turn_id, 'slot', p.slot, 'key', p.key, 'platformId', p.platform_id, 'contentHash', p.content_hash,
      'state', p.state, 'editedAt', to_char(p.edited_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
    INTO posts FROM post p WHERE p.turn_id = ANY(turns);
  -- Where those that are queued stand.
  SELECT json_agg(json_build_object('turnId', q.id, 'ahead', before.ahead, 'steerable', before.steerable)) INTO queue
  FROM turn q, LATERAL (
    SELECT count(*)::int AS ahead,
      coalesce(bool_or(t.state <> 'queued' AND t.author_id = q.author_id AND t.stop_requested_by IS NULL), false) AS steerable
    FROM turn t WHERE t.session_id = p_session AND t.seq < q.seq AND t.state IN ('queued','running','waiting')
  ) AS before
  WHERE q.id = ANY(turns) AND q.session_id = p_session AND q.state = 'queued';
END $$;
