-- The last step before requests leave with a secret or an answer, for all of one claim that wait for it: fence, leases, answers
-- and intents in one round trip, one lock and one flush. Each is judged by itself; true: it may go, and the log says so.
-- A secret counts in the version that it was opened in: one that was removed or replaced is not spent any more.
CREATE FUNCTION begin_requests(
  p_session text, p_turn text, p_epoch int, p_secret text[], p_version int[], p_item text[],
  p_body text[], p_content_hash text[], p_key_id text[], p_signature text[], p_at text[]
) RETURNS boolean[] LANGUAGE plpgsql AS $$
DECLARE
  wanted int := cardinality(p_body);
  may boolean[];
  freed int[];
BEGIN
  PERFORM 1 FROM session s WHERE s.id = p_session AND s.epoch = p_epoch FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN array_fill(false, ARRAY[wanted]);
  END IF;
  -- Under the lock: the next statements see what those who had it have committed.
  PERFORM 1 FROM turn t WHERE t.id = p_turn AND t.session_id = p_session AND t.epoch = p_epoch
    AND t.state = 'running' AND t.stop_requested_by IS NULL;
  IF NOT FOUND THEN
    RETURN array_fill(false, ARRAY[wanted]);
  END IF;
  SELECT array_agg(x.secret IS NULL OR EXISTS (
      SELECT 1 FROM lease l JOIN secret s ON s.id = l.secret_id
      WHERE l.turn_id = p_turn AND l.epoch = p_epoch AND l.secret_id = x.secret
        AND s.version = x.version AND s.removed_at IS NULL) ORDER BY x.place)
    INTO may FROM unnest(p_secret, p_version) WITH ORDINALITY AS x(secret, version, place);
  IF cardinality(array_remove(p_item, NULL)) > 0 THEN
    -- An answer frees one request: the first that names it.
    WITH named AS (
      SELECT x.item, min(x.place)::int AS place FROM unnest(p_item, may) WITH ORDINALITY AS x(item, may, place)
      WHERE x.item IS NOT NULL AND x.may GROUP BY x.item),
    used AS (
      UPDATE approval_item i SET used_at = now() FROM approval a, named n
      WHERE i.id = n.item AND a.id = i.approval_id AND i.used_at IS NULL AND a.state = 'granted' AND a.turn_id = p_turn
      RETURNING n.place)
    SELECT coalesce(array_agg(u.place), '{}') INTO freed FROM used u;
    SELECT array_agg(x.may AND (x.item IS NULL OR x.place = ANY(freed)) ORDER BY x.place)
      INTO may FROM unnest(p_item, may) WITH ORDINALITY AS x(item, may, place);
  END IF;
  PERFORM append_events(
    array_agg(p_session), array_agg(p_turn), array_agg(NULL::int), array_agg('egress.intent'::text), array_agg(NULL::text),
    array_agg(x.body), array_agg(x.content_hash), array_agg(x.key_id), array_agg(x.signature), array_agg(x.at),
    array_agg(NULL::text), array_agg(NULL::text), array_agg(NULL::text))
  FROM unnest(p_body, p_content_hash, p_key_id, p_signature, p_at, may)
    AS x(body, content_hash, key_id, signature, at, may) WHERE x.may HAVING count(*) > 0;
  RETURN may;
END $$;
-- What arrays hold would cost a plan at every call (`append_events` has the same setting).
ALTER FUNCTION begin_requests(text, text, int, text[], int[], text[], text[], text[], text[], text[], text[])
  SET plan_cache_mode = force_generic_plan;
-- Never part of a version that was given to people.
DROP FUNCTION begin_request;
