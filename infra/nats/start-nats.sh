#!/bin/sh
# Runs the broker with the shipped permissions, and the passwords of a file whose lines are NATS_PASSWORD_NAME=…: there they
# are looked up in the environment.
set -eu
set -a
. "${NATS_PASSWORDS_FILE}"
exec nats-server -c "$(dirname "$0")/permissions.conf" "$@"
