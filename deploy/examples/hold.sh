#!/usr/bin/env bash
# Put the customer on hold, with music, and take him back. A Teams user holds in Teams.
# Music that is named Microsoft plays; without it our own leg plays what the tenant has chosen.
. "$(dirname "$0")/lib.sh"

connect --repeat
api POST "/calls/$call/participants/customer/hold" '{"sources": [{"text": "You are on hold."}]}' >/dev/null
await "/calls/$call" '.customer.held and .operations[-1].state == "done"' | jq '{customer, operation: .operations[-1].kind}'
within "silence in his place" silent

api POST "/calls/$call/participants/customer/unhold" >/dev/null
await "/calls/$call" '(.customer.held | not) and .operations[-1].state == "done"' | jq '{customer, operation: .operations[-1].kind}'
within "the customer, heard again" hears

api PATCH "/tenants/$tenant" '{"hold_music": "melody"}' | jq -c '{hold_music}'
api POST "/calls/$call/participants/customer/hold" >/dev/null
await "/calls/$call" '.customer.held and .operations[-1].state == "done"' | jq -c '{hold_music, customer}'
api POST "/calls/$call/participants/customer/unhold" >/dev/null
await "/calls/$call" '(.customer.held | not) and .operations[-1].state == "done"' >/dev/null
