-- Schedules and their firings. One index over what is due next is all that a sleeping schedule costs: no timer each.
CREATE TABLE schedule (
  id             text PRIMARY KEY,
  owner_id       text NOT NULL REFERENCES "user" (id),
  -- The account that speaks for the owner where it runs.
  account_id     text NOT NULL,
  thread_ref     text NOT NULL,
  -- The message that asked for it: the same message makes one draft (I2).
  source         text NOT NULL UNIQUE,
  text           text NOT NULL,
  -- Canonical JSON.
  rule           text NOT NULL,
  zone           text NOT NULL,
  words          text NOT NULL,
  overlap        text NOT NULL CHECK (overlap IN ('allow', 'skip', 'buffer_one')),
  run_mode       text NOT NULL CHECK (run_mode IN ('new_thread', 'same_thread')),
  missed         text NOT NULL CHECK (missed IN ('skip', 'run_once')),
  jitter_ms      integer NOT NULL DEFAULT 0 CHECK (jitter_ms >= 0),
  state          text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'active', 'paused', 'ended')),
  paused_because text,
  failures       integer NOT NULL DEFAULT 0,
  revision       integer NOT NULL DEFAULT 1,
  -- A draft that changes this schedule when it is saved.
  changes        text REFERENCES schedule (id) ON DELETE CASCADE,
  -- The next due moment, and when it is acted on: later by its jitter.
  next_due       timestamptz(3),
  next_at        timestamptz(3),
  created_at     timestamptz(3) NOT NULL DEFAULT now(),
  CHECK ((state = 'active') = (next_at IS NOT NULL)),
  CHECK ((next_at IS NULL) = (next_due IS NULL))
);
CREATE INDEX schedule_next ON schedule (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX schedule_owner ON schedule (owner_id, created_at);

-- A due moment. The key is the promise: however many processes look, each moment is one row, so one turn.
CREATE TABLE firing (
  schedule_id   text NOT NULL REFERENCES schedule (id) ON DELETE CASCADE,
  due_at        timestamptz(3) NOT NULL,
  owner_id      text NOT NULL,
  state         text NOT NULL CHECK (state IN
    ('due', 'buffered', 'submitted', 'succeeded', 'failed', 'cancelled', 'skipped', 'missed', 'refused')),
  cause         text NOT NULL CHECK (cause IN ('clock', 'run_now')),
  turn_id       text UNIQUE,
  -- The request that made it, for one that a person asked for: repeated, it fires once.
  request       text,
  note          text,
  -- Why it could not be handed in yet.
  waits_because text,
  -- Who hands it in just now, and until when nobody else tries.
  claimed_by    text,
  not_before    timestamptz(3) NOT NULL DEFAULT '-infinity',
  settled_at    timestamptz(3),
  PRIMARY KEY (schedule_id, due_at),
  UNIQUE (schedule_id, request),
  CHECK ((turn_id IS NOT NULL) = (state IN ('submitted', 'succeeded', 'failed', 'cancelled')))
);
CREATE INDEX firing_due ON firing (not_before) WHERE state = 'due';
CREATE INDEX firing_open ON firing (schedule_id) WHERE state IN ('due', 'buffered', 'submitted');
CREATE INDEX firing_submitted ON firing (turn_id) WHERE state = 'submitted';
