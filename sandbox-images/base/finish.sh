#!/bin/sh
# Last step of the base image, inside it, whichever way it was built.
set -eu

# What a sandbox brings at run time lies under /run/deckhand: the door's certificates and the people's names. The
# links dangle once that folder is mounted over; until then, and in images built on this one, they lead to Debian's own.
mkdir -p /run/deckhand /workspace /usr/local/lib/deckhand
take() {
  mv "$1" "/run/deckhand/$2"
  ln -s "/run/deckhand/$2" "$1"
}
take /etc/passwd passwd
take /etc/group group
take /etc/ssl/certs/ca-certificates.crt bundle.pem

# OpenSSL finds a certificate by a hash of its subject: with the subject fixed, the link can stand before the
# certificate does. Every sandbox's CA has exactly this subject.
hash=$(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/O=Deckhand/CN=Deckhand door' \
  -keyout /dev/null -days 1 2>/dev/null | openssl x509 -noout -subject_hash)
ln -s /run/deckhand/ca.pem "/etc/ssl/certs/$hash.0"

rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc/* /usr/share/man/* /var/log/*
