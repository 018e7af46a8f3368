#!/usr/bin/env bash
# Ask for the state of a call, the list of its participants, and one of them.
. "$(dirname "$0")/lib.sh"

connect --quiet
api GET "/calls/$call" | jq -e '{phase, caller, near: .near.state, far: .far.state, customer, marks} | select(.phase == "connected")'
list=$(api GET "/calls/$call/participants")
jq -e '[.items[] | {id, name, state}] | select(length == 1)' <<<"$list"
api GET "/calls/$call/participants/$(jq -r '.items[0].id' <<<"$list")" |
	jq -e --arg agent "$agent" 'select(.agent == $agent and .state == "joined")'
