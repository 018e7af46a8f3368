#!/usr/bin/env bash
# Redirect a call before it is taken: Microsoft rings this person as if the caller had
# called directly, and we step aside.
. "$(dirname "$0")/lib.sh"

when_rung "$agent_oid" accept
request_call '[]'
api POST "/calls/$call/redirect" "{\"agent\": \"$agent\"}"

customer_calls
await "/calls/$call" '.phase == "released"' | jq '{phase, near: .near.state, far: .far.state}'
within "the customer" heard
phone_hangs_up
jq -e '{answered} | select(.answered)' <<<"$dialled"
