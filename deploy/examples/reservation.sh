#!/usr/bin/env bash
# Keep an agent for some seconds, for a router of one's own that decides who takes a
# call, and then ask for that call: nobody else gets the agent meanwhile.
. "$(dirname "$0")/lib.sh"

when_rung "$agent_oid" accept
reservation=$(api POST "/tenants/$tenant/reservations" "{\"agent\": \"$agent\", \"seconds\": 30}" | tee /dev/stderr | jq -r .id)
await "/tenants/$tenant/availability?agents=$agent" '.agents[0].state == "taken"' | jq '.agents[0] | {name, state, why, until}'

request_call_of "\"reservation\": \"$reservation\""
customer_calls --quiet
await "/calls/$call" '.phase == "connected"' | jq '{phase, participants: [.participants[] | {name, state, why}]}'
phone_hangs_up

# One that is not needed is given back.
reservation=$(api POST "/tenants/$tenant/reservations" "{\"agent\": \"$second\"}" | jq -r .id)
api DELETE "/tenants/$tenant/reservations/$reservation"
await "/tenants/$tenant/availability?agents=$second" '.agents[0].state != "taken"' >/dev/null
