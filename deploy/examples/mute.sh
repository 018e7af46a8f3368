#!/usr/bin/env bash
# Mute the customer: he hears and is not heard. A Teams user mutes himself.
. "$(dirname "$0")/lib.sh"

connect --repeat
within "the customer, heard" hears

api POST "/calls/$call/participants/customer/mute" >/dev/null
await "/calls/$call" '.customer.muted and .operations[-1].state == "done"' | jq '{customer, operation: .operations[-1].kind}'
within "silence in his place" silent

api POST "/calls/$call/participants/customer/unmute" >/dev/null
await "/calls/$call" '(.customer.muted | not) and .operations[-1].state == "done"' | jq '{customer, operation: .operations[-1].kind}'
within "the customer, heard again" hears
