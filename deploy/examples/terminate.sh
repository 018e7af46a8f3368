#!/usr/bin/env bash
# Terminate: the call ends for everyone in it.
. "$(dirname "$0")/lib.sh"

connect --quiet
when_rung "$second_oid" accept
api POST "/calls/$call/participants" "{\"agent\": \"$second\"}"
await "/calls/$call/participants" '.items[1].state == "joined"' >/dev/null

api POST "/calls/$call/terminate"
phone_ends
await "/calls/$call" '.phase == "ended" and all(.participants[]; .state == "gone")' | jq '{phase, ending, participants: [.participants[] | {name, state}]}'
