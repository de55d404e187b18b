#!/usr/bin/env bash
# The load test of the whole system, against one that is up:
#
#   tests/e2e/load-test-events.sh [CLAIMS=100] [THREADS=3] [--data DIR] [--no-kill]
#
# Throughput and latency with THREADS at a time, scalability from 1 thread to twice as many, and resilience: a
# subscriber is killed in the middle of a run. Each part takes claims through their five events and then verifies that
# every event had every effect exactly once. --no-kill leaves the last part out.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

claims=
threads=
kill=yes
while [ $# -gt 0 ]; do
    case $1 in
    --data)
        [ $# -ge 2 ] || wrong_use '--data needs a directory'
        data=$2
        shift
        ;;
    --no-kill) kill= ;;
    *[!0-9]* | '' | 0) wrong_use "usage: $(basename "$0") [CLAIMS] [THREADS] [--data DIR] [--no-kill]" ;;
    *) if [ -z "$claims" ]; then claims=$1; else threads=$1; fi ;;
    esac
    shift
done
claims=${claims:-100}
threads=${threads:-3}

find_system
where=()
[ -z "$data" ] || where=(--data "$data")
scratch=$(mktemp -d) || exit 1
running=
trap '[ -z "$running" ] || kill "$running" 2>/dev/null; rm -rf "$scratch"' EXIT

# load CLAIMS THREADS FILE: one run; its numbers go to the file as JSON. A terminal shows how far it is.
load() {
    if [ -t 2 ]; then
        "$root/recours" load-test --json --claims "$1" --threads "$2" ${where[@]+"${where[@]}"} >"$3"
    else
        "$root/recours" load-test --json --claims "$1" --threads "$2" ${where[@]+"${where[@]}"} >"$3" 2>"$scratch/said"
    fi
}

# number FILE EXPRESSION
number() { json "$2" <"$1"; }

# check_run WHAT FILE EXIT_CODE CLAIMS: what every run must have come to.
check_run() {
    [ -s "$2" ] || fail "$1: the load test printed no numbers (exit code $3) $(tail -n 3 "$scratch/said" 2>/dev/null)"
    [ "$3" -eq 0 ] || fail "$1: $(number "$2" '"; ".join("%(claim)s: %(what)s" % f for f in j["failures"][:5]) or "failed"')"
    expect "$1: commands acknowledged" $(($4 * 5)) "$(number "$2" 'j["acknowledged"]')"
    good "$1: each claim has exactly 5 events archived, 5 audit entries, 5 notifications, and is closed at version 5"
}

# show FILE: what was measured.
show() {
    number "$1" '"    %(claims_per_second).1f claims/s, %(commands_per_second).1f commands/s; %(retries)s retries" % j
        + "".join("\n    %-11s P50 %7.1f ms   P95 %7.1f ms   P99 %7.1f ms" % (n, *(1000 * s[p] for p in ("p50", "p95", "p99")))
            for n in ("command", "read_model", "audit", "query") for s in [j[n + "_latency_seconds"]] if s["p50"] is not None)' ||
        fail 'the numbers cannot be shown'
}

step "1. Throughput and latency: $claims claims, $threads threads"
load "$claims" "$threads" "$scratch/base"
check_run 'load' "$scratch/base" $? "$claims"
show "$scratch/base"

step '2. Scalability'
few=$(((claims + 1) / 2))
for count in 1 $((threads * 2)); do
    load "$few" "$count" "$scratch/$count"
    check_run "$count threads" "$scratch/$count" $? "$few"
    show "$scratch/$count"
done

step '3. Resilience: the audit subscriber is killed in the middle'
victim=$(printf '%s' "$status" | json 'next((p["pid"] or "" for p in j if p["name"] == "audit-poller"), "")')
if [ -z "$kill" ]; then
    printf '    left out: --no-kill\n'
elif [ -z "$victim" ]; then
    printf '    left out: there is no audit-poller that this script could kill\n'
else
    "$root/recours" load-test --json --claims "$claims" --threads "$threads" ${where[@]+"${where[@]}"} \
        >"$scratch/killed" 2>"$scratch/progress" &
    running=$!
    deadline=$((SECONDS + wait_seconds))
    until grep -q acknowledged "$scratch/progress"; do
        kill -0 "$running" 2>/dev/null || break
        [ "$SECONDS" -lt "$deadline" ] || fail "nothing was acknowledged within $wait_seconds s"
        sleep 0.02
    done
    kill -9 "$victim" || fail "audit-poller (pid $victim) could not be killed"
    good "audit-poller (pid $victim) killed after: $(tail -n 1 "$scratch/progress")"
    wait "$running"
    code=$?
    running=
    check_run 'killed' "$scratch/killed" "$code" "$claims"
    show "$scratch/killed"
    again=$("$root/recours" status --json ${where[@]+"${where[@]}"} |
        json 'next("%(state)s %(pid)s" % p for p in j if p["name"] == "audit-poller")')
    [ "$again" != "ready $victim" ] && [ "${again% *}" = ready ] || fail "audit-poller did not come back: $again"
    good "audit-poller is back: $again"
fi

printf '\nPASSED %s checks in %s s: %s claims/s with %s threads; 1 thread %s, %s threads %s claims/s\n' \
    "$checks" "$((SECONDS - started))" "$(number "$scratch/base" '"%.1f" % j["claims_per_second"]')" "$threads" \
    "$(number "$scratch/1" '"%.1f" % j["claims_per_second"]')" "$((threads * 2))" \
    "$(number "$scratch/$((threads * 2))" '"%.1f" % j["claims_per_second"]')"
