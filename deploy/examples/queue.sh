#!/usr/bin/env bash
# Let two callers wait for one agent in a queue: the second hears ringing and is told
# its place, and has the agent when the first has hung up.
. "$(dirname "$0")/lib.sh"

when_rung "$agent_oid" accept
queue=$(api POST /queues "{\"tenant\": \"$tenant\", \"name\": \"Sales $$\", \"agents\": [\"$agent\"],
	\"strategy\": \"longest_idle\", \"ring_timeout\": 20, \"max_wait\": 300}" | tee /dev/stderr | jq -r .id)

request_call_of "\"queue\": \"$queue\""
customer_calls --quiet
first=$call first_phone=$phone
await "/calls/$first" '.phase == "connected"' >/dev/null

request_call_of "\"queue\": \"$queue\""
customer_calls --quiet
await "/calls/$call" '.waiting.position == 1' | jq '{phase, waiting}'
api GET "/tenants/$tenant/availability?queue=$queue" | jq '[.agents[] | {name, state, why, call}]'

kill "$first_phone" # the first caller hangs up
await "/calls/$call" '.phase == "connected"' | jq '{phase, participants: [.participants[] | {name, state, why}]}'
phone_hangs_up
await "/calls/$call" '.phase == "ended"' >/dev/null
api DELETE "/queues/$queue"
