#!/bin/sh
# Makes the secrets of a new installation, each in a file of infra/compose/secrets; those that are there stay.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
random() { openssl rand -hex 24; }
keep() { if [ ! -e "secrets/$1" ]; then printf '%s' "$2" >"secrets/$1"; fi; }
keep postgres_password "$(random)"
keep redis_password "$(random)"
keep grafana_password "$(random)"
keep token_keys "first:$(openssl rand -base64 32)"
keep admin_database_url "postgres://postgres:$(cat secrets/postgres_password)@postgres:5432/fastpath"
for service in user feed mailer; do keep "${service}_database_url" "postgres://$service:$(random)@pgbouncer:6432/fastpath"; done
# The same past the pooler, for what needs a session of its own.
for service in user feed; do
  keep "${service}_direct_database_url" "$(sed 's/@pgbouncer:6432/@postgres:5432/' "secrets/${service}_database_url")"
done
keep redis_url "redis://:$(cat secrets/redis_password)@redis:6379"
# They begin with a letter: the broker takes what looks like a number for one. The operator's is for people.
for user in gateway feed user mailer operator; do keep "${user}_nats_url" "nats://$user:p$(random)@nats:4222"; done
keep nats_passwords "$(for user in gateway feed user mailer operator; do
  echo "NATS_PASSWORD_$(echo "$user" | tr a-z A-Z)=$(sed 's/.*:\(.*\)@.*/\1/' "secrets/${user}_nats_url")"
done)"
# Read by the users of the containers, who are not yours: the folder is what keeps others out.
chmod 644 secrets/*
