#!/usr/bin/env bash
# Become a guest of a call that the provider holds at Microsoft: bring an agent in, and
# leave with him. The call goes on without us.
. "$(dirname "$0")/lib.sh"

when_rung "$agent_oid" accept
when_rung "$second_oid" accept
# In life your own application holds the call and knows its serverCallId; here a call to
# the first agent stands for it.
host=$(api POST /calls "{\"direction\": \"outbound\", \"tenant\": \"$tenant\", \"agent\": \"$agent\", \"ring_timeout\": 20, \"max_duration\": 60}" | jq -r .id)
server_call=$(await "/calls/$host" '.phase == "connected" and .server_call' | jq -r .server_call)

call=$(api POST /calls "{
	\"tenant\": \"$tenant\", \"connect\": {\"kind\": \"server_call\", \"id\": \"$server_call\"},
	\"display_name\": \"Contoso Airlines\", \"ring_timeout\": 20
}" | jq -r .id)
await "/calls/$call" '.phase == "connected" and any(.participants[]; .host)' | jq '{direction, phase, participants: [.participants[] | {id, teams_user, host, state}]}'

api POST "/calls/$call/participants" "{\"agent\": \"$second\"}" >/dev/null
await "/calls/$call" 'any(.participants[]; (.host | not) and .state == "joined")' | jq '[.participants[] | {name, host, state}]'

api POST "/calls/$call/hangup"
await "/calls/$call" '.phase == "ended"' | jq .ending
api GET "/calls/$host" | jq -e '{phase} | select(.phase == "connected")'
api POST "/calls/$host/terminate"
await "/calls/$host" '.phase == "ended"' >/dev/null
