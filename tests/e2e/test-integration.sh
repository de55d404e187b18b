#!/usr/bin/env bash
# The integration with the order and customer systems (Lab 6), against a system that is up with the simulated one:
#
#   tests/e2e/test-integration.sh [integrated|degraded|return] [--data DIR]
#
#   integrated   both systems answer: claims from orders, enrichment, notifications at real addresses
#   degraded     neither does: stand-ins that say so, nobody is written to, everything else goes on
#   return       they go and come back in the middle: what was made in between is enriched, and the accounts agree
#
# Without a mode all three, one after the other. Ends at the first thing that is not as it must be. The systems are up
# again afterwards, however it ends. Ids are new in each run, so that it can run again and again on the same system. On
# a system that was started with --no-lab6 the degraded mode can be tested, and no other.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage='[integrated|degraded|return]'
mode=all
case ${1:-} in
integrated | degraded | return)
    mode=$1
    shift
    ;;
esac
read_options "$@"

run=$(date +%s)$$
correlation=integration-$run

find_system

integration=$(url integration)
claims=$(url claims)
query=$(url query)
notifications=$(url notification)/notifications
mail=$(url mailcatcher)

lab6() { "$root/recours" lab6 "$@" ${data:+--data "$data"} >/dev/null || fail "./recours lab6 $* failed"; }

# find_lab6: where the simulated systems are, both well. Without them only the degraded mode makes sense.
find_lab6() {
    local simulated
    if ! simulated=$("$root/recours" lab6 status --json ${data:+--data "$data"} 2>&1); then
        [ "$mode" = degraded ] || wrong_use "without the simulated systems only the degraded mode can be tested ($simulated)"
        lab6() { :; }
        return 1
    fi
    trap 'lab6 up' EXIT
    lab6 up
    orders=$(printf '%s' "$simulated" | json 'j["orders"]["url"]')
    customers=$(printf '%s' "$simulated" | json 'j["customers"]["url"]')
}

# choose_orders: six orders of customers who can be reached both ways, each of another one, drawn anew in each run.
choose_orders() {
    local list order
    chosen=
    get "$orders/api/v1/orders?limit=100&offset=$((RANDOM % 40000))"
    list=$body
    for order in $(printf '%s' "$list" | json '" ".join("%s:%s" % (o["id"], o["customer_id"]) for o in j["orders"])'); do
        get "$customers/api/v1/customers/${order#*:}"
        [ "$(found 'bool(j["email"] and j["telephone"])')" = true ] || continue
        case "$chosen " in *":${order#*:} "*) continue ;; esac
        chosen="$chosen $order"
        [ "$(echo "$chosen" | wc -w)" -lt 6 ] || break
    done
}

order_of() { echo "$chosen" | awk -v n="$1" '{ split($n, part, ":"); print part[1] }'; }
customer_of() { echo "$chosen" | awk -v n="$1" '{ split($n, part, ":"); print part[2] }'; }
email_of() { get "$customers/api/v1/customers/$(customer_of "$1")" && found 'j["email"]'; }

# from_order N DESCRIPTION [HEADER]: a claim about the Nth order; sets $body and $claim.
from_order() {
    post "$integration/integration/claims/from-order" '{"order_id":"order_'"$(order_of "$1")"'","claim_type":"product_defect",
        "description":"'"$2"'","urgency":"high"}' "${3:-Accept: application/json}"
    claim=$(found 'j["claim_id"]')
}

# status_of METHOD URL [JSON]: the code of an answer that may be a refusal.
status_of() {
    curl --silent --output /dev/null --write-out '%{http_code}' --max-time 20 -X "$1" "$2" \
        ${3:+-H 'Content-Type: application/json' --data-binary "$3"}
}

# until_closed: both circuits close by themselves. By the questions that are asked: one of the first is the trial.
until_closed() {
    local began=$SECONDS
    until get "$integration/orders/order_$(order_of 6)" && get "$integration/customers/cust_$(customer_of 6)" &&
        get "$integration/status" && [ "$(found '[j["orders"]["circuit"], j["customers"]["circuit"]]')" = '["closed", "closed"]' ]; do
        [ $((SECONDS - began)) -lt 10 ] || fail "the circuits are not closed within 10 s: $body"
        sleep 0.2
    done
    good "the circuits are closed, after $((SECONDS - began)) s"
}

kinds='", ".join(sorted("%s %s %s" % (n["event_type"], n["type"], n["status"]) for n in j["notifications"]))'
both_sent='ReclamationCreee email sent, ReclamationCreee sms sent'
both_failed='ReclamationCreee email failed, ReclamationCreee sms failed'

# ----------------------------------------------------------------------------------------------------------------------
integrated_mode() {
    step 'Integrated mode'

    eventually 'the integration service is ready' ready "$integration/health/ready" 'j["status"]'
    eventually 'both systems answer' integrated "$integration/integration/status" 'j["mode"]'
    until_closed

    get "$integration/integration/orders/order_$(order_of 1)"
    expect 'an order is read from the order system' "lab6, cust_$(customer_of 1)" "$(found '"%s, %s" % (j["source"], j["customer_id"])')"
    expect 'with its items' true "$(found 'len(j["items"]) >= 1 and all(i["product_name"] for i in j["items"])')"
    expect 'a customer from the customer system, on the path without the prefix' "$(email_of 1)" \
        "$(get "$integration/customers/cust_$(customer_of 1)" && found 'j["email"]')"
    expect 'an order that there is not answers' 404 "$(status_of GET "$integration/integration/orders/order_999999999")"
    expect 'a claim about it too' 404 "$(status_of POST "$integration/integration/claims/from-order" \
        '{"order_id":"order_999999999","claim_type":"product_defect","description":"x"}')"
    expect 'a wrong field answers' 422 "$(status_of POST "$integration/claims/from-order" '{"order_id":"order_1","claim_type":"anger","description":"x"}')"

    from_order 1 "Produit endommagé, commande $run" "Idempotency-Key: from-order-$run"
    integrated=$claim
    first_answer=$body
    expect 'a claim from an order is' 'success, true' "$(found '"%s, %s" % (j["integration_status"], json.dumps(j["lab6_available"]))')"
    expect 'its order is of the customer' "cust_$(customer_of 1)" "$(found 'j["order_context"]["customer_id"]')"
    expect 'and the customer is told' "$(email_of 1)" "$(printf '%s' "$first_answer" | json 'j["customer_context"]["email"]')"
    from_order 1 "Produit endommagé, commande $run" "Idempotency-Key: from-order-$run"
    expect 'repeated under its Idempotency-Key it is the same claim' "$integrated" "$claim"
    expect 'order and customer are fields of the event' "$(order_of 1), $(email_of 1)" \
        "$(get "$claims/claims/$integrated/events" && found '"%s, %s" % (j["events"][0]["data"]["order"]["id"].split("_")[-1], j["events"][0]["data"]["customer"]["email"])')"
    get "$claims/claims/$integrated/events"
    expect 'the description is as it was written' "Produit endommagé, commande $run" "$(found 'j["events"][0]["data"]["description"]')"
    expect 'the event carries the correlation id' "$correlation" "$(found 'j["events"][0]["correlation_id"]')"
    eventually 'the customer is notified' "$both_sent" "$notifications?claim_id=$integrated" "$kinds"
    eventually 'at the real address' true "$mail/messages?to=$(email_of 1)" "any('$integrated' in m['subject'] + m['text'] for m in j['messages'])"

    post "$claims/claims" '{"customer_id":"cust_'"$(customer_of 2)"'","claim_type":"delivery_issue","description":"Sans contexte '"$run"'",
        "order_id":"order_'"$(order_of 2)"'","channel":"phone"}'
    bare=$(found 'j["claim_id"]')
    eventually 'a claim that was made without context is enriched' true "$query/claims/$bare" 'bool(j["enriched_at"] and j["order"] and j["customer_name"])'
    expect 'it still has one event of its own' '1, created' "$(found '"%s, %s" % (j["version"], j["status"])')"
    eventually 'its customer is notified then' "$both_sent" "$notifications?claim_id=$bare" "$kinds"
    eventually 'at the real address' true "$mail/messages?to=$(email_of 2)" "any('$bare' in m['subject'] + m['text'] for m in j['messages'])"
}

# ----------------------------------------------------------------------------------------------------------------------
degraded_mode() {
    step 'Degraded mode'

    lab6 down
    eventually 'neither system answers' degraded "$integration/integration/status" 'j["mode"]'
    from_order 3 "Cassé, commande $run" "Idempotency-Key: degraded-$run"
    degraded=$claim
    expect 'a claim from an order is' 'degraded, false' "$(found '"%s, %s" % (j["integration_status"], json.dumps(j["lab6_available"]))')"
    expect 'its order and its customer say that they stand in' '["simulated", "simulated"]' \
        "$(found '[j["order_context"]["source"], j["customer_context"]["source"]]')"
    expect 'no address is made up' true "$(found 'j["customer_context"]["email"] is None and j["customer_context"]["phone"] is None')"
    get "$integration/integration/orders/order_$(order_of 3)"
    expect 'an order is simulated' simulated "$(found 'j["source"]')"
    get "$integration/integration/customers/cust_$(customer_of 3)"
    expect 'a customer is simulated' simulated "$(found 'j["source"]')"
    for _ in 1 2 3 4; do get "$integration/orders/order_$(order_of 3)" && get "$integration/customers/cust_$(customer_of 3)"; done
    get "$integration/integration/status"
    expect 'the circuits have opened' '["open", "open"]' "$(found '[j["orders"]["circuit"], j["customers"]["circuit"]]')"
    from_order 4 "Encore cassé, commande $run"
    expect 'then a claim is still made' degraded "$(found 'j["integration_status"]')"
    degraded_too=$claim
    post "$claims/claims" '{"customer_id":"cust_'"$(customer_of 5)"'","claim_type":"billing_error","description":"Facturé deux fois '"$run"'"}'
    degraded_bare=$(found 'j["claim_id"]')
    for each in $degraded $degraded_too $degraded_bare; do
        eventually "nobody is written to about $each" "$both_failed" "$notifications?claim_id=$each" "$kinds"
    done
    expect 'and that is why' '["no recipient"]' "$(found 'sorted({n["reason"] for n in j["notifications"]})')"
    post "$claims/claims/$degraded/assign" '{"agent_id":"agent_'"$run"'"}'
    expect 'the rest of the system goes on: the claim is' 'assigned, version 2' "$(found '"%s, version %s" % (j["status"], j["version"])')"
    eventually 'and read' assigned "$query/claims/$degraded" 'j["status"]'
    expect 'under a stand-in for its customer' "customer_of_order_$(order_of 3)" "$(found 'j["customer_id"]')"
}

# ----------------------------------------------------------------------------------------------------------------------
return_of_both() {
    step 'The systems return'

    lab6 up
    until_closed
    from_order 6 "Après le retour $run"
    expect 'a claim from an order is' success "$(found 'j["integration_status"]')"
    from_order 3 "Cassé, commande $run" "Idempotency-Key: degraded-$run"
    expect 'the repeat of the degraded one is still that one' "$degraded, degraded" "$(found '"%s, %s" % (j["claim_id"], j["integration_status"])')"
    # The next claim that is answered takes those that waited along.
    post "$claims/claims" '{"customer_id":"cust_'"$(customer_of 6)"'","claim_type":"billing_error","description":"Après '"$run"'"}'
    wait_seconds=90 # or, at the latest, the schedule does
    for each in $degraded $degraded_too $degraded_bare; do
        eventually "what was made in between is enriched: $each" true "$query/claims/$each" 'bool(j["enriched_at"])'
    done
    eventually 'its customer is known now' "cust_$(customer_of 3)" "$query/claims/$degraded" 'j["customer_id"]'
    expect 'and its order is the real one' lab6 "$(found 'j["order"]["source"]')"
    eventually 'the notifications that had no recipient are sent' "ReclamationAffectee email sent, $both_sent" "$notifications?claim_id=$degraded" "$kinds"
    for each in $degraded_too $degraded_bare; do
        eventually "also those of $each" "$both_sent" "$notifications?claim_id=$each" "$kinds"
    done
    for number in 3 4 5; do
        eventually "once each, at the real address" 1 "$mail/messages?to=$(email_of "$number")&limit=1000" "sum('$run' in m['text'] or any(c in m['subject'] for c in '$degraded $degraded_too $degraded_bare'.split()) for m in j['messages'])"
    done
}

# ----------------------------------------------------------------------------------------------------------------------
accounts() {
    step 'The accounts agree'

    store=$(url event_store)
    get "$store/events/$degraded"
    expect 'the claim has its own events and no other' '["ReclamationCreee", "ReclamationAffectee"]' "$(found '[e["event_type"] for e in j["events"]]')"
    eventually 'its context is an event of its own' '["ReclamationEnrichie"]' "$store/events/context_$degraded" '[e["event_type"] for e in j["events"]]'
    expect 'with the correlation id of the request' "$correlation" "$(found 'j["events"][0]["correlation_id"]')"
    eventually 'and audited' 1 "$(url audit)/audit/claims/context_$degraded" 'j["count"]'
    get "$store/replay/$degraded"
    expect 'replay is undisturbed' '2 events, assigned' "$(found '"%s events, %s" % (j["events_count"], j["reconstructed_state"]["status"])')"
    get "$query/stats/orders"
    expect 'each claim with an order has one order status' true "$(found 'sum(s["total_claims"] for s in j["by_order_status"]) == j["claims_with_order"]')"
    expect 'each claim came through one channel' true "$(
        total=$(found 'sum(c["total_claims"] for c in j["by_channel"])')
        get "$query/dashboard" && found "j['summary']['total_claims'] == $total"
    )"
    get "$query/stats/orders"
    expect 'claims per hundred orders of the order system' true \
        "$(found 'j["claims_per_hundred_orders"] == round(100 * j["claims_with_order"] / j["orders_total"], 2)')"
    get "$orders/api/v1/orders?limit=1"
    total=$(found 'j["total"]')
    get "$query/stats/orders"
    expect 'of which there are' "$total" "$(found 'j["orders_total"]')"
    get "$query/claims?limit=500"
    product=$(found 'next((c["product_id"] for c in j["claims"] if c["product_id"]), "")')
    if [ -n "$product" ]; then
        get "$query/stats/products?product_id=$product"
        expect_at_least "claims of the product $product" 1 "$(found 'j["product_stats"][0]["total_claims"]')"
    fi
    get "$query/stats/products"
    expect 'products are told, most claims first' true "$(found '(lambda totals: totals == sorted(totals, reverse=True))([p["total_claims"] for p in j["product_stats"]])')"
}

# ----------------------------------------------------------------------------------------------------------------------
if find_lab6; then
    choose_orders
else
    # Nobody answers, so any ids will do; a customer is never asked for by an order.
    chosen=$(for number in 1 2 3 4 5 6; do echo "$((RANDOM % 40000 + number)):$((RANDOM % 20000 + 1))"; done | tr '\n' ' ')
fi
case $mode in
integrated) integrated_mode ;;
degraded) degraded_mode ;;
return)
    degraded_mode
    return_of_both
    accounts
    ;;
all)
    integrated_mode
    degraded_mode
    return_of_both
    accounts
    ;;
esac
printf '\nPASSED %s checks in %s s\n' "$checks" "$((SECONDS - started))"
