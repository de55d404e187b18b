#!/bin/sh
# Makes the secrets of docker-compose.yml, once: `.env` beside it, which compose reads by itself, and the token that
# Prometheus shows to /metrics. Run again it makes only what is missing. Nothing of it is ever committed.
# A token for yourself: ./recours token --role supervisor --data .recours/compose
#
#   infra/compose/make-env.sh [--new-token]     --new-token: Prometheus's token again, for another year
#
# Needs openssl.
set -eu
umask 077
cd "$(dirname "$0")/../.."
env_file=.env
folder=.recours/compose
token_file=$folder/metrics-token
token_days=365

case ${1:-} in
'') ;;
--new-token) rm -f "$token_file" ;;
*)
    printf 'usage: %s [--new-token]\n' "$0" >&2
    exit 2
    ;;
esac
command -v openssl >/dev/null || {
    echo "$0: needs openssl" >&2
    exit 1
}

# Letters and digits only: the passwords stand in addresses.
secret() { openssl rand -hex 24; }

url_safe() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# A JSON Web Token of the role `service`, as our own services sign theirs (layers/handlers, tokens.py).
service_token() {
    now=$(date +%s)
    head=$(printf '{"alg":"HS256","typ":"JWT"}' | url_safe)
    claims=$(printf '{"iss":"recours","sub":"prometheus","role":"service","iat":%s,"exp":%s}' "$now" "$((now + token_days * 86400))" | url_safe)
    signature=$(printf '%s.%s' "$head" "$claims" | openssl dgst -sha256 -hmac "$1" -binary | url_safe)
    printf '%s.%s.%s' "$head" "$claims" "$signature"
}

[ -f "$env_file" ] || : >"$env_file"
for name in VALKEY_PASSWORD MONGO_ROOT_PASSWORD MONGO_PASSWORD POSTGRES_ROOT_PASSWORD POSTGRES_PASSWORD JWT_SECRET \
    SERVICE_TOKEN_SECRET GRAFANA_PASSWORD; do
    if ! grep -q "^$name=." "$env_file"; then
        printf '%s=%s\n' "$name" "$(secret)" >>"$env_file"
        printf '%s: made %s\n' "$env_file" "$name"
    fi
done

value_of() { sed -n "s/^$1=//p" "$env_file"; }

# Where `./recours token` looks for what it signs with.
mkdir -p "$folder/secrets"
printf '%s' "$(value_of JWT_SECRET)" >"$folder/secrets/jwt"

if [ ! -s "$token_file" ]; then
    service_token "$(value_of SERVICE_TOKEN_SECRET)" >"$token_file"
    chmod 644 "$token_file" # read by Prometheus's own user; the folder above is closed to everybody else
    printf '%s: made, valid for %s days\n' "$token_file" "$token_days"
fi
