#!/usr/bin/env bash
# Call an agent alone, and take him into the call of a customer when he is there: nobody
# hears it ring.
. "$(dirname "$0")/lib.sh"

when_rung "$second_oid" accept
connect
aside=$(api POST /calls "{\"direction\": \"outbound\", \"tenant\": \"$tenant\", \"agent\": \"$second\", \"ring_timeout\": 20, \"max_duration\": 60}" | jq -r .id)
participant=$(await "/calls/$aside" '.phase == "connected"' | jq -r '.participants[0].id')

api POST "/calls/$call/move" "{\"from_call\": \"$aside\", \"participants\": [\"$participant\"]}" | jq .
await "/calls/$call" '[.participants[] | select(.state == "joined")] | length == 2' | jq '[.participants[] | {name, state, from_call}]'
# Nobody is left in the other call, so it ends.
await "/calls/$aside" '.phase == "ended"' | jq '{participants: [.participants[] | {name, state, outcome}], ending}'

api POST "/calls/$call/hangup"
await "/calls/$call" '.phase == "ended"' >/dev/null
