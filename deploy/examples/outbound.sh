#!/usr/bin/env bash
# Place a call to a Teams user: nobody calls in, his Teams rings at once.
. "$(dirname "$0")/lib.sh"

when_rung "$agent_oid" accept
call=$(api POST /calls "{
	\"direction\": \"outbound\", \"tenant\": \"$tenant\", \"agent\": \"$agent\",
	\"display_name\": \"Contoso test call\", \"ring_timeout\": 20, \"max_duration\": 60
}" | jq -r .id)
await "/calls/$call" '.phase == "connected"' | jq '{direction, phase, participants: [.participants[] | {name, state}]}'

api POST "/calls/$call/terminate"
await "/calls/$call" '.phase == "ended"' | jq .ending
