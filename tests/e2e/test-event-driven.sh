#!/usr/bin/env bash
# The functional test of the whole system, against one that is up:
#
#   tests/e2e/test-event-driven.sh [--data DIR]
#
# Two claims: one goes through all five events, one stops half-way. Five steps: health, the claim's flow, the CQRS
# projections, replay, audit and notifications. Ends at the first thing that is not as it must be. Ids are new in each
# run, so that it can run again and again on the same system.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

read_options "$@"

run=$(date +%s)$$
correlation=e2e-$run
customer=cust_$run
agent=agent_$run
email=client.$run@example.com
phone=+33612345678
types='["ReclamationCreee", "ReclamationAffectee", "ReclamationEnCours", "ReclamationResolue", "ReclamationCloturee"]'

find_system

# ----------------------------------------------------------------------------------------------------------------------
step '1. Health of the services'

services='claims notification audit projection query event_store'
for service in $services gateway; do
    eventually "$service is healthy" healthy "$(url "$service")/health" 'j["status"]'
done
for service in $services; do
    eventually "$service is ready" ready "$(url "$service")/health/ready" 'j["status"]'
done

# What the run adds is told from what was there.
published_before=$(metric claims events_published_total)
created_before=$(metric claims claims_created_total)
changes_before=$(metric claims claims_status_changes_total)
sent_before=$(metric notification notifications_sent_total)
entries_before=$(metric audit audit_entries_created_total)
projections_before=$(metric projection projections_updated_total)
queries_before=$(metric query queries_executed_total)
durations_before=$(metric query query_duration_seconds_count)
replays_before=$(metric event_store replays_performed_total)
snapshots_before=$(metric event_store snapshots_created_total)
processed_before_notification=$(metric notification events_processed_total)
processed_before_audit=$(metric audit events_processed_total)
processed_before_projection=$(metric projection events_processed_total)
processed_before_event_store=$(metric event_store events_processed_total)
get "$(url query)/stats/claim-types?claim_type=delivery_issue"
of_type='(j["claim_type_stats"] or [dict.fromkeys(["total_claims", "in_progress", "closed"], 0)])[0]'
type_total_before=$(found "$of_type[\"total_claims\"]")
type_closed_before=$(found "$of_type[\"closed\"]")
type_in_progress_before=$(found "$of_type[\"in_progress\"]")
get "$(url query)/dashboard"
dashboard_total_before=$(found 'j["summary"]["total_claims"]')
dashboard_closed_before=$(found 'j["summary"]["closed_claims"]')
dashboard_active_before=$(found 'j["summary"]["active_claims"]')
get "$(url event_store)/statistics"
archived_before=$(found 'j["total_events"]')

# ----------------------------------------------------------------------------------------------------------------------
step '2. A claim through its five events, and one that stays half-way'

claims=$(url claims)/claims
# accepted STATUS VERSION: checks $body as the answer to a command.
accepted() { expect "the claim is" "$1, version $2" "$(found '"%s, version %s" % (j["status"], j["version"])')"; }

post "$claims" '{"customer_id":"'"$customer"'","claim_type":"delivery_issue","description":"Colis jamais reçu, commande '"$run"'",
    "order_id":"order_'"$run"'","urgency":"high","channel":"web",
    "customer":{"name":"Camille Durand","email":"'"$email"'","phone":"'"$phone"'"}}'
accepted created 1
claim=$(found 'j["claim_id"]')
expect 'the correlation id is answered' "$correlation" "$(found 'j["correlation_id"]')"
post "$claims/$claim/assign" '{"agent_id":"'"$agent"'","agent_name":"Alex Martin","assignment_reason":"product_expertise"}'
accepted assigned 2
post "$claims/$claim/start" '{}'
accepted in_progress 3
post "$claims/$claim/resolve" '{"resolution":"Colis renvoyé en express","resolution_type":"replacement",
    "customer_satisfaction":"satisfied","follow_up_required":false,"replacement_tracking":"track_'"$run"'"}'
accepted resolved 4
post "$claims/$claim/close" '{"reason":"customer_satisfied"}' "Idempotency-Key: close-$run"
accepted closed 5
last_position=$(found 'j["position"]')
first_answer=$body
post "$claims/$claim/close" '{"reason":"customer_satisfied"}' "Idempotency-Key: close-$run"
expect 'a repeat under the same Idempotency-Key gets the first answer' "$first_answer" "$body"
code=$(curl --silent --output /dev/null --write-out '%{http_code}' -X POST "$claims/$claim/start")
expect 'starting a closed claim is refused with' 409 "$code"

post "$claims" '{"customer_id":"'"$customer"'","claim_type":"delivery_issue","description":"Emballage abîmé"}'
accepted created 1
half=$(found 'j["claim_id"]')
post "$claims/$half" '{"agent_id":"'"$agent"'"}'
accepted assigned 2
post "$claims/$half/start" '{}'
accepted in_progress 3
half_position=$(found 'j["position"]')

get "$claims/$claim"
expect 'the write side has it' closed "$(found 'j["status"]')"
get "$claims/$claim/events"
expect 'its events' "$types" "$(found '[e["event_type"] for e in j["events"]]')"
expect 'every event carries the correlation id' "[\"$correlation\"]" "$(found 'sorted({e["correlation_id"] for e in j["events"]})')"
third_timestamp=$(found 'j["events"][2]["timestamp"]')
event_ids=$(found '[e["event_id"] for e in j["events"]]')

# ----------------------------------------------------------------------------------------------------------------------
step '3. The projections'

query=$(url query)
get "$query/claims/$claim?min_position=$last_position"
expect 'the read model, asked for the last position, has it' 'closed, version 5' "$(found '"%s, version %s" % (j["status"], j["version"])')"
expect 'with its history' "$types" "$(found '[h["event_type"] for h in j["history"]]')"
expect 'and its times' true "$(found 'j["created_at"] <= j["assigned_at"] <= j["started_at"] <= j["resolved_at"] <= j["closed_at"]')"
get "$query/claims/$half?min_position=$half_position"
expect 'the other one is' 'in_progress, version 3' "$(found '"%s, version %s" % (j["status"], j["version"])')"
eventually 'claims of the customer' 2 "$query/claims/customer/$customer" 'j["count"]'
eventually 'the search finds it by its text' true "$query/search?q=colis%20$run" "'$claim' in [c['claim_id'] for c in j['claims']]"
eventually 'statistics of the customer (total, active, resolved, closed)' '[2, 1, 0, 1]' "$query/stats/customers?customer_id=$customer" \
    '[j["customer_stats"][0][k] for k in ("total_claims", "active_claims", "resolved_claims", "closed_claims")]'
eventually 'statistics of the agent (assigned, active, resolved)' '[2, 1, 1]' "$query/stats/agents?agent_id=$agent" \
    '[j["agent_stats"][0][k] for k in ("total_assigned", "active_claims", "resolved_claims")]'
get "$query/stats/claim-types?claim_type=delivery_issue"
expect_at_least 'statistics of the claim type: total' $((type_total_before + 2)) "$(found "$of_type[\"total_claims\"]")"
expect_at_least 'closed' $((type_closed_before + 1)) "$(found "$of_type[\"closed\"]")"
expect_at_least 'in progress' $((type_in_progress_before + 1)) "$(found "$of_type[\"in_progress\"]")"
expect 'the total is the sum of the statuses' true \
    "$(found "$of_type[\"total_claims\"] == sum($of_type[s] for s in ('created', 'assigned', 'in_progress', 'resolved', 'closed'))")"
get "$query/dashboard"
expect_at_least 'dashboard: total' $((dashboard_total_before + 2)) "$(found 'j["summary"]["total_claims"]')"
expect_at_least 'closed' $((dashboard_closed_before + 1)) "$(found 'j["summary"]["closed_claims"]')"
expect_at_least 'active' $((dashboard_active_before + 1)) "$(found 'j["summary"]["active_claims"]')"
expect 'the dashboard total is the sum of its parts' true \
    "$(found '(lambda s: s["total_claims"] == s["active_claims"] + s["resolved_claims"] + s["closed_claims"])(j["summary"])')"
get "$(url projection)/projections/stats"
expect_at_least 'projected claims' $((dashboard_total_before + 2)) "$(found 'j["total_claims_projected"]')"
eventually 'the projections lag behind by (events)' 0 "$(url projection)/projections" \
    'max(p["lag_events"] for p in j["projections"])'

# ----------------------------------------------------------------------------------------------------------------------
step '4. Archive and replay'

store=$(url event_store)
eventually 'archived events of the claim' 5 "$store/events/$claim" 'j["count"]'
expect 'versions' '[1, 2, 3, 4, 5]' "$(found '[e["version"] for e in j["events"]]')"
expect 'they are the published ones' "$event_ids" "$(found '[e["event_id"] for e in j["events"]]')"
expect 'with the correlation id' "[\"$correlation\"]" "$(found 'sorted({e["correlation_id"] for e in j["events"]})')"
eventually 'archived events of the other claim' 3 "$store/events/$half" 'j["count"]'
eventually 'events of the correlation id' 8 "$store/events/correlation/$correlation" 'j["count"]'
get "$store/replay/$claim"
expect 'replay of all events' '5 events, closed' "$(found '"%s events, %s" % (j["events_count"], j["reconstructed_state"]["status"])')"
get "$store/replay/$claim?up_to_timestamp=$third_timestamp"
expect "replay up to $third_timestamp" '3 events, in_progress' "$(found '"%s events, %s" % (j["events_count"], j["reconstructed_state"]["status"])')"
get "$store/replay/$half"
expect 'replay of the other claim' '3 events, in_progress' "$(found '"%s events, %s" % (j["events_count"], j["reconstructed_state"]["status"])')"
code=$(curl --silent --output /dev/null --write-out '%{http_code}' "$store/replay/claim_never_$run")
expect 'replay of a claim that never was answers' 404 "$code"
post "$store/snapshots/$claim" ''
expect 'snapshot' 'closed, version 5' "$(found '"%s, version %s" % (j["state"]["status"], j["version"])')"
get "$store/snapshots/$claim"
expect 'the snapshot can be read' 'closed, version 5' "$(found '"%s, version %s" % (j["state"]["status"], j["version"])')"
get "$store/replay/$claim"
expect 'replay from the snapshot' 'closed, from version 5' "$(found '"%s, from version %s" % (j["reconstructed_state"]["status"], j["snapshot_version"])')"
get "$store/statistics"
expect_at_least 'archived events in all' $((archived_before + 8)) "$(found 'j["total_events"]')"
archived_total=$(found 'j["total_events"]')
aggregates_total=$(found 'j["total_aggregates"]')
expect_at_least 'snapshots in all' 1 "$(found 'j["snapshots"]')"
expect 'each type is counted' true "$(found "set($types) <= {t['event_type'] for t in j['by_event_type']}")"

# ----------------------------------------------------------------------------------------------------------------------
step '5. Audit, notifications and metrics'

audit=$(url audit)
eventually 'audit entries of the claim' 5 "$audit/audit/claims/$claim" 'j["count"]'
expect 'one for each event' "$event_ids" "$(found '[e["event_id"] for e in j["audit_trail"]]')"
expect 'every latency is at least 0' true "$(found 'all(e["processing_latency_seconds"] >= 0 for e in j["audit_trail"])')"
expect 'with the correlation id' "[\"$correlation\"]" "$(found 'sorted({e["correlation_id"] for e in j["audit_trail"]})')"
slowest=$(found '"%.0f" % (1000 * max(e["processing_latency_seconds"] for e in j["audit_trail"]))')

notifications=$(url notification)/notifications
kinds='", ".join(sorted("%s %s %s" % (n["event_type"], n["type"], n["status"]) for n in j["notifications"]))'
eventually 'notifications of the claim' \
    'ReclamationAffectee email sent, ReclamationCloturee email sent, ReclamationCreee email sent, ReclamationCreee sms sent, ReclamationResolue email sent' \
    "$notifications?claim_id=$claim" "$kinds"
expect 'with the correlation id' "[\"$correlation\"]" "$(found 'sorted({n["correlation_id"] for n in j["notifications"]})')"
eventually 'notifications of the claim without contact' \
    'ReclamationAffectee email sent, ReclamationCreee email failed, ReclamationCreee sms failed' \
    "$notifications?claim_id=$half" "$kinds"
eventually 'notifications sent for the two claims' 6 "$notifications?correlation_id=$correlation&status=sent" 'j["count"]'
get "$notifications/stats"
expect 'the statistics add up' true "$(found 'j["total_notifications"] == sum(j["by_status"].values()) == sum(j["by_type"].values())')"

mail=$(url mailcatcher)
eventually 'e-mails that the customer got' 3 "$mail/messages?to=$email" 'j["count"]'
expect 'each names the claim' true "$(found "all('$claim' in m['subject'] + m['text'] for m in j['messages'])")"
expect 'each has a Message-ID of its own, delivered once' '3, [1]' \
    "$(found '"%s, %s" % (len({m["message_id"] for m in j["messages"]}), sorted({m["deliveries"] for m in j["messages"]}))')"
expect 'the resolution is in one of them' 1 "$(found "sum('Colis renvoyé en express' in m['text'] for m in j['messages'])")"
eventually 'the customer got the text message' true "$mail/sms?to=$(printf '%s' "$phone" | sed 's/+/%2B/')&limit=1000" \
    "any('$claim' in m['text'] for m in j['messages'])"
eventually 'e-mails that the agent got' 2 "$mail/messages?to=$agent@agents.recours.example" 'j["count"]'

# moved WHAT SERVICE METRIC BEFORE AT_LEAST: the metric is there and has grown by what this run did.
moved() {
    local before=$4
    [ "$before" != absent ] || before=0
    expect_at_least "$1" $((before + $5)) "$(metric "$2" "$3")"
}
moved 'events_published_total' claims events_published_total "$published_before" 8
moved 'claims_created_total' claims claims_created_total "$created_before" 2
moved 'claims_status_changes_total' claims claims_status_changes_total "$changes_before" 8
moved 'notifications_sent_total' notification notifications_sent_total "$sent_before" 6
moved 'audit_entries_created_total' audit audit_entries_created_total "$entries_before" 8
moved 'projections_updated_total' projection projections_updated_total "$projections_before" 8
moved 'queries_executed_total' query queries_executed_total "$queries_before" 8
moved 'query_duration_seconds' query query_duration_seconds_count "$durations_before" 8
moved 'replays_performed_total' event_store replays_performed_total "$replays_before" 3
moved 'snapshots_created_total' event_store snapshots_created_total "$snapshots_before" 1
for service in notification audit projection event_store; do
    before=processed_before_$service
    moved "events_processed_total of $service" "$service" events_processed_total "${!before}" 8
    expect_at_least "event_processing_duration_seconds of $service" 8 "$(metric "$service" event_processing_duration_seconds_count)"
done

printf '\nPASSED %s checks in %s s: 2 claims, 8 events published, archived and audited (slowest entry after %s ms),\n' \
    "$checks" "$((SECONDS - started))" "$slowest"
printf '6 notifications sent, 4 replays, 1 snapshot. The archive has %s events of %s claims.\n' "$archived_total" "$aggregates_total"
