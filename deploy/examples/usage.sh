#!/usr/bin/env bash
# What a tenant's calls of this month come to, and the same as a file for a spreadsheet.
. "$(dirname "$0")/lib.sh"

month=$(date -u +%Y-%m)
calls() { api GET "/usage?tenant=$tenant&from=$month&to=$month" | jq '[.items[].inbound.calls] | add // 0'; }

before=$(calls)
connect --quiet
api POST "/calls/$call/hangup"
await "/calls/$call" '.phase == "ended"' >/dev/null
[ "$(calls)" -gt "$before" ] || fail "the call was not counted"

api GET "/usage?tenant=$tenant" | jq '.items[] | {month, agents, inbound}'
api GET "/usage.csv?tenant=$tenant" | tee "$temporary/usage.csv"
grep -q "^$month,$tenant,Contoso Airlines," "$temporary/usage.csv" || fail "no line of $month"
