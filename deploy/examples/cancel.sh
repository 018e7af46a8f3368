#!/usr/bin/env bash
# Cancel an invitation: whoever still rings is removed before he accepts.
. "$(dirname "$0")/lib.sh"

connect --quiet
when_rung "$second_oid" never
api POST "/calls/$call/participants" "{\"agent\": \"$second\"}"
invited=$(await "/calls/$call/participants" '.items[1].state == "ringing"' | jq -r '.items[1].id')

api DELETE "/calls/$call/participants/$invited"
await "/calls/$call/participants/$invited" '.state == "gone" and .outcome == "cancelled"' | jq '{name, state, outcome}'
await "/calls/$call" '.participants[0].state == "joined"' >/dev/null # the first agent talks on
