#!/usr/bin/env bash
# Add one more agent to a call, under a display name that says why it rings.
. "$(dirname "$0")/lib.sh"

connect --quiet
when_rung "$second_oid" accept
api POST "/calls/$call/participants" "{\"agent\": \"$second\", \"display_name\": \"Second opinion, please\"}"
await "/calls/$call/participants" '[.items[] | select(.state == "joined")] | length == 2' | jq '[.items[] | {id, name, state}]'

shown=$(curl -sS --fail "$control/users/$second_oid" | jq -r '.calls[-1].display_name')
[ "$shown" = "Second opinion, please" ] || fail "Teams showed $shown"
