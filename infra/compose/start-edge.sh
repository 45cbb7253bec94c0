#!/bin/sh
# Fills in the shipped nginx.conf and runs it. Without a certificate of yours, one for development is made.
set -eu
if [ ! -e "$EDGE_CERTIFICATE" ]; then
  /edge/make-certificate.sh "$(dirname "$EDGE_CERTIFICATE")"
fi
envsubst '${EDGE_MODULES} ${EDGE_RUN} ${EDGE_ACCESS_LOG} ${EDGE_GATEWAYS} ${EDGE_CERTIFICATE} ${EDGE_KEY} ${EDGE_HTTP} ${EDGE_HTTPS}' \
  </edge/nginx.conf >"$EDGE_RUN/nginx.conf"
exec nginx -p "$EDGE_RUN" -c "$EDGE_RUN/nginx.conf" -e stderr
