# What the scripts share: where the system is, HTTP and JSON, and checks that end the script at the first failure.
# To be sourced by bash (3.2 or newer). Needs curl; JSON is read with the project's own Python.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
python=$root/.venv/bin/python
[ -x "$python" ] || python=python3
wait_seconds=${WAIT_SECONDS:-30} # how long anything may take to arrive
data=
checks=0
started=$SECONDS

fail() {
    printf '  ✗ %s\n' "$1" >&2
    printf '\nFAILED after %s good checks, %s s\n' "$checks" "$((SECONDS - started))" >&2
    exit 1
}

wrong_use() {
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    exit 2
}

# read_options [--data DIR]: what both functional tests take; $usage is what one of them takes besides.
read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --data)
            [ $# -ge 2 ] || wrong_use '--data needs a directory'
            data=$2
            shift
            ;;
        *) wrong_use "usage: $(basename "$0") ${usage:+$usage }[--data DIR]" ;;
        esac
        shift
    done
}

step() { printf '\n%s\n' "$1"; }

good() {
    checks=$((checks + 1))
    printf '  ✓ %s\n' "$1"
}

# expect WHAT EXPECTED FOUND
expect() {
    [ "$2" = "$3" ] || fail "$1: expected $2, found $3"
    good "$1: $3"
}

# expect_at_least WHAT MINIMUM FOUND (whole numbers)
expect_at_least() {
    [ "$3" -ge "$2" ] 2>/dev/null || fail "$1: expected at least $2, found $3"
    good "$1: $3"
}

# --- JSON -------------------------------------------------------------------------------------------------------------

# json EXPRESSION < JSON: prints a Python expression over the parsed JSON `j`.
json() {
    "$python" -c '
import json, sys
j = json.load(sys.stdin)
value = eval("(" + sys.argv[1] + ")")
print(json.dumps(value) if isinstance(value, (bool, dict, list)) or value is None else value)' "$1"
}

# --- HTTP -------------------------------------------------------------------------------------------------------------

# get URL: sets $body. Fails on anything but 2xx.
get() {
    body=$(curl --silent --show-error --fail-with-body --max-time 20 -H "X-Correlation-ID: $correlation" "$1" 2>&1) ||
        fail "GET $1 failed: ${body:-no answer}"
}

# post URL JSON [HEADER]: sets $body. Fails on anything but 2xx.
post() {
    body=$(curl --silent --show-error --fail-with-body --max-time 20 -X POST "$1" --data-binary "$2" \
        -H 'Content-Type: application/json' -H "X-Correlation-ID: $correlation" -H "${3:-Accept: application/json}" 2>&1) ||
        fail "POST $1 failed: ${body:-no answer}"
}

# found EXPRESSION: the value of the expression over $body.
found() { printf '%s' "$body" | json "$1"; }

# eventually WHAT EXPECTED URL EXPRESSION: asks again until the expression over the answer has the expected value.
# Every wait here is this one: bounded, and over as soon as it is true.
eventually() {
    local deadline=$((SECONDS + wait_seconds)) value='no answer'
    while :; do
        if body=$(curl --silent --show-error --fail-with-body --max-time 20 "$3" 2>&1); then
            value=$(found "$4" 2>&1 | tail -n 1)
        else
            value=${body:-no answer}
        fi
        [ "$value" != "$2" ] || break
        [ "$SECONDS" -lt "$deadline" ] || fail "$1: expected $2 within $wait_seconds s, found $value ($3)"
        sleep 0.1
    done
    good "$1: $value"
}

# metric SERVICE NAME [LABEL]: the sum of a metric's samples, as a whole number; only those that contain LABEL.
# The requirement's durations are histograms: ask for NAME_count.
metric() {
    local text
    text=$(curl --silent --show-error --fail --max-time 20 "$(url "$1")/metrics") || fail "$1 gives no metrics"
    # In docker compose a subscriber is a container of its own, with its counters on the service's port plus 1000.
    [ -n "$ports" ] || text+=$'\n'$(curl --silent --fail --max-time 2 "http://127.0.0.1:$(($(port "$1") + 1000))/metrics")
    printf '%s\n' "$text" | awk -v name="$2" -v label="${3:-}" '
        ($1 == name || index($0, name "{") == 1) && index($0, label) { sum += $NF; seen = 1 }
        END { if (seen) printf "%d\n", sum; else print "absent" }'
}

# --- the system -------------------------------------------------------------------------------------------------------

# find_system: reads where everything listens from `./recours status`; without --data and with nothing up there, the
# fixed ports are taken (docker compose has them too).
find_system() {
    status='[]'
    if [ -n "$data" ]; then
        status=$("$root/recours" status --json --data "$data") || wrong_use "nothing is up in $data"
    else
        status=$("$root/recours" status --json 2>/dev/null) || status='[]'
        [ "$status" != '[]' ] || curl --silent --output /dev/null --max-time 2 http://127.0.0.1:8101/health ||
            wrong_use 'nothing is up: ./recours up --detach'
    fi
    ports=$(printf '%s' "$status" | json '"\n".join("%s %s" % (p["name"], p["port"]) for p in j if p["port"])')
}

# port NAME: of a service (`claims`, of which there may be claims-1, claims-2), of gateway or mailcatcher.
port() {
    local known
    known=$(printf '%s\n' "$ports" | awk -v name="$1" '$1 == name || $1 ~ "^" name "-[0-9]+$" { print $2; exit }')
    if [ -n "$known" ]; then
        echo "$known"
        return
    fi
    case $1 in
    gateway) echo 8100 ;;
    claims) echo 8101 ;;
    notification) echo 8102 ;;
    audit) echo 8103 ;;
    projection) echo 8104 ;;
    query) echo 8105 ;;
    event_store) echo 8106 ;;
    integration) echo 8107 ;;
    mailcatcher) echo 8025 ;;
    *) return 1 ;;
    esac
}

url() { echo "http://127.0.0.1:$(port "$1")"; }
