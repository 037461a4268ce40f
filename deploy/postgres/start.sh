#!/bin/sh
# Makes the cluster on the first start, then becomes the server.
# POSTGRES_USER and POSTGRES_DB name its owner and database, POSTGRES_PASSWORD_FILE the file with the owner's password.
set -eu

data=/var/lib/postgresql/15
if [ ! -e "$data" ]; then
  # Made aside and renamed: a first start that was cut off begins anew.
  rm -rf "$data.new"
  initdb --pgdata="$data.new" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \
    --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums
  echo "host all all all scram-sha-256" >> "$data.new/pg_hba.conf"
  echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -D "$data.new" postgres > /dev/null
  mv "$data.new" "$data"
fi
exec postgres -D "$data" -c listen_addresses='*'
