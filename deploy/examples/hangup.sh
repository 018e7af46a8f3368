#!/usr/bin/env bash
# Hang up: our part of the call ends, the customer and everyone we brought.
. "$(dirname "$0")/lib.sh"

connect --quiet
api POST "/calls/$call/hangup"
phone_ends
jq -e '{answered, ended_by} | select(.ended_by == "called")' <<<"$dialled"
await "/calls/$call" '.phase == "ended"' >/dev/null
api GET "/cdrs/$call" | jq -e '{result, reason, by, fault} | select(.reason == "hangup_requested")'
