#!/usr/bin/env bash
# Bring the next free agent of a queue into a call. Nobody is free at first: the call
# waits, which can be watched and taken back. Then somebody is.
. "$(dirname "$0")/lib.sh"

connect --quiet
presence() { request PUT "$control/users/$second_oid" "{\"presence\": {\"availability\": \"$1\"}, \"behaviour\": \"accept\"}" >/dev/null; }
presence Busy
await "/tenants/$tenant/availability?agents=$second" '.agents[0].state == "unavailable"' >/dev/null # what Teams said is kept for three seconds
queue=$(api POST /queues "{\"tenant\": \"$tenant\", \"name\": \"Experts $$\", \"agents\": [\"$second\"]}" | jq -r .id)
add() { api POST "/calls/$call/participants" "{\"queue\": \"$queue\", \"max_wait\": 60, \"display_name\": \"Expert wanted\"}" | jq -r '.items[0].id'; }

asked=$(add)
await "/calls/$call/participants/$asked" '.waiting.position == 1' | jq -c '{state, waiting}'
api DELETE "/calls/$call/participants/$asked" # think better of it
await "/calls/$call/participants/$asked" '.state == "gone"' | jq -c '{state, outcome}'

asked=$(add)
await "/calls/$call/participants/$asked" '.waiting.position == 1' >/dev/null
presence Available
await "/calls/$call/participants/$asked" '.state == "joined"' | jq -c '{name, state, why, asked_as}'
await "/events?type=call.waiting" "[.items[] | select(.data.call == \"$call\")] | length >= 2" |
	jq -c --arg call "$call" '.items | reverse[] | select(.data.call == $call) | .data | {participant, position}'

api DELETE "/calls/$call/participants/$asked" # the same id names whoever came
await "/calls/$call" '[.participants[] | select(.state == "joined")] | length == 1' >/dev/null
api DELETE "/queues/$queue"
presence Available
