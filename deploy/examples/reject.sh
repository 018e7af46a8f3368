#!/usr/bin/env bash
# Reject a caller while Teams rings: he is told that the line is busy.
. "$(dirname "$0")/lib.sh"

when_rung "$agent_oid" never
request_call "[\"$agent\"]"
customer_calls --quiet
await "/calls/$call" '.participants[0].state == "ringing"' >/dev/null

api POST "/calls/$call/reject" '{"reason": "busy"}'
phone_ends
jq -e '{answered, sip_status, ended_by} | select(.sip_status == 486)' <<<"$dialled"
await "/calls/$call" '.phase == "ended"' | jq .ending
