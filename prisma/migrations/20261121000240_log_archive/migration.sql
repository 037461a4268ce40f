-- Logs of sessions that nobody has used for long lie in the blob store (docs/adr/0120). A row here stands for all of a
-- session's events up to `up_to`; its head is the session's own chain.
CREATE TABLE "log_archive" (
  "session_id" TEXT NOT NULL,
  "up_to" INTEGER NOT NULL,
  "head_hash" TEXT NOT NULL,
  "blob" TEXT NOT NULL,
  "bytes" BIGINT NOT NULL,
  "archived_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "log_archive_pkey" PRIMARY KEY ("session_id"),
  CONSTRAINT "log_archive_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "session" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- Still append only, but for what is archived: of that no event is lost.
CREATE OR REPLACE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM log_archive WHERE session_id = OLD.session_id AND up_to >= OLD.seq) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the event log is append only' USING ERRCODE = 'DH001';
END $$;

-- Takes a session's events out of the table once their archive is written, unless something has happened meanwhile.
CREATE FUNCTION archive_log(p_session text, p_up_to int, p_head_hash text, p_blob text, p_bytes bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM session s WHERE s.id = p_session AND s.head_seq = p_up_to AND s.head_hash = p_head_hash
    AND s.shown_seq >= s.head_seq
    AND NOT EXISTS (SELECT FROM turn t WHERE t.session_id = s.id AND t.state IN ('queued', 'running', 'waiting'))
  FOR UPDATE OF s;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO log_archive (session_id, up_to, head_hash, blob, bytes)
  VALUES (p_session, p_up_to, p_head_hash, p_blob, p_bytes) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  DELETE FROM event WHERE session_id = p_session AND seq <= p_up_to;
  RETURN true;
END $$;
