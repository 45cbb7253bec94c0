#!/bin/sh
# Fills in the shipped pgbouncer.ini and runs it.
set -eu
envsubst '${POOLER_POSTGRES_HOST} ${POOLER_POSTGRES_PORT} ${POOLER_HOST} ${POOLER_PORT} ${POOLER_RUN} ${POOLER_USERS}' \
  </pooler-files/pgbouncer.ini >"$POOLER_RUN/pgbouncer.ini"
exec pgbouncer "$POOLER_RUN/pgbouncer.ini"
