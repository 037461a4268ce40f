-- What a device of ours at a platform needs to read and write encrypted messages. Its values are sealed by whoever
-- writes them. `version` rises with each write: whoever has read an older one writes nothing.
CREATE TABLE device (
  platform TEXT NOT NULL,
  account TEXT NOT NULL,
  device TEXT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (platform, account, device)
);

CREATE TABLE device_row (
  platform TEXT NOT NULL,
  account TEXT NOT NULL,
  device TEXT NOT NULL,
  store TEXT NOT NULL,
  key BYTEA NOT NULL,
  value BYTEA NOT NULL,
  PRIMARY KEY (platform, account, device, store, key),
  FOREIGN KEY (platform, account, device) REFERENCES device ON DELETE CASCADE
);

-- Messages that have come without their keys: they are tried again until they can be read, or are given up.
CREATE TABLE unread_message (
  platform TEXT NOT NULL,
  account TEXT NOT NULL,
  channel TEXT NOT NULL,
  message TEXT NOT NULL,
  event TEXT NOT NULL,
  seen_at TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  told BOOLEAN NOT NULL DEFAULT false,
  PRIMARY KEY (platform, account, channel, message)
);
