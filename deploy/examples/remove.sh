#!/usr/bin/env bash
# Remove an agent from a call; customer and the other agent talk on.
. "$(dirname "$0")/lib.sh"

connect --quiet
when_rung "$second_oid" accept
api POST "/calls/$call/participants" "{\"agent\": \"$second\"}"
person=$(await "/calls/$call/participants" '.items[1].state == "joined"' | jq -r '.items[1].id')

api DELETE "/calls/$call/participants/$person"
await "/calls/$call/participants/$person" '.state == "gone"' | jq '{name, state, outcome, joined_at, left_at}'
await "/calls/$call" '.phase == "connected" and .participants[0].state == "joined"' >/dev/null
