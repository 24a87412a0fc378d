#!/bin/sh
# Makes the certificates of this example anew, and config/certificates.yaml with those that the gateway needs. It needs OpenSSL 3.
set -eu
cd "$(dirname "$0")"

# authority NAME: NAME.crt and NAME.key, of an authority.
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -keyout "$1.key" -out "$1.crt" \
    -subj "/CN=authority of $1" -addext keyUsage=critical,keyCertSign 2>/dev/null
}

# issue AUTHORITY NAME SUBJECT_ALT_NAME USAGE: NAME.crt and NAME.key, signed by the authority.
issue() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -keyout "$2.key" -out "$2.crt" \
    -CA "$1.crt" -CAkey "$1.key" -subj "/CN=$2" -addext "subjectAltName=$3" -addext "extendedKeyUsage=$4" \
    -addext basicConstraints=critical,CA:FALSE 2>/dev/null
}

# indent FILE: as a block of YAML.
indent() {
  sed 's/^/    /' "$1"
}

for name in servers clients strangers; do authority "$name"; done
issue servers localhost DNS:localhost serverAuth
issue clients billing URI:spiffe://example/billing clientAuth
issue clients intern URI:spiffe://example/intern clientAuth
issue strangers forged URI:spiffe://example/billing clientAuth

cat > ../config/certificates.yaml <<END
# Made by certificates/make.sh. The gateway shows the first, and believes clients that the authority of the second has signed.
apiVersion: v1
kind: Secret
metadata:
  name: localhost
type: kubernetes.io/tls
stringData:
  tls.crt: |
$(indent localhost.crt)
  tls.key: |
$(indent localhost.key)
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: clients
data:
  ca.crt: |
$(indent clients.crt)
END

# curl takes certificate and key from one file. Who signed is not needed any more.
for name in billing intern forged; do cat "$name.crt" "$name.key" > "$name.pem"; done
mv servers.crt servers.pem
rm -f ./*.crt ./*.key
