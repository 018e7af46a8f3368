#!/usr/bin/env bash
# Let the agent ask a second one while the customer waits with music, and then let all of
# them talk; and once more, with the second one sent away.
. "$(dirname "$0")/lib.sh"

when_rung "$second_oid" accept
connect --repeat
consult() { api POST "/calls/$call/consult" "{\"agent\": \"$second\", \"display_name\": \"Second opinion\", \"sources\": [{\"text\": \"One moment, please.\"}]}" | jq -r .state; }

consult
await "/calls/$call" '.consult.state == "talking" and .customer.held' | jq '{consult, customer, participants: [.participants[] | {name, state}]}'
api POST "/calls/$call/consult/merge"
await "/calls/$call" '.consult.state == "over" and (.customer.held | not)' | jq '.consult | {state, result}'

api DELETE "/calls/$call/participants/$(api GET "/calls/$call" | jq -r .consult.id)"
await "/calls/$call" '[.participants[].state] | sort == ["gone", "joined"]' >/dev/null
consult
await "/calls/$call" '.consult.state == "talking"' >/dev/null
api POST "/calls/$call/consult/cancel"
await "/calls/$call" '.consult.state == "over" and (.customer.held | not)' | jq '.consult | {state, result}'
within "the customer, heard again" hears
