#!/bin/sh
# Makes a self-signed certificate for development, unless one is there: certificate.pem and key.pem in FOLDER.
# make-certificate.sh FOLDER [HOST...]: for localhost and 127.0.0.1 besides the hosts that are named.
set -eu
folder=${1:?make-certificate.sh FOLDER [HOST...]}
shift
if [ -e "$folder/certificate.pem" ] && [ -e "$folder/key.pem" ]; then exit 0; fi
names='DNS:localhost,IP:127.0.0.1,IP:::1'
for host in "$@"; do names="$names,DNS:$host"; done
umask 077
mkdir -p "$folder"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days 397 -subj '/CN=localhost' \
  -addext "subjectAltName=$names" -addext 'extendedKeyUsage=serverAuth' \
  -keyout "$folder/key.pem.new" -out "$folder/certificate.pem.new" 2>/dev/null
# The key last: whoever finds it finds its certificate too.
mv "$folder/certificate.pem.new" "$folder/certificate.pem"
mv "$folder/key.pem.new" "$folder/key.pem"
