#!/usr/bin/env bash
# Have Microsoft write down what is said in a call: each phrase is an event as it comes,
# with who said it, and all of them are kept as long as recordings are.
. "$(dirname "$0")/lib.sh"

connect --repeat
api POST "/calls/$call/transcription" '{"action": "start", "locale": "en-GB"}' | jq -c '{state, locale}'
await "/calls/$call" '.transcription.state == "running"' >/dev/null

# What the real service would hear, the simulated one is told.
request POST "$control/say" "$(jq -n --arg oid "8:orgid:$agent_oid" '{participant: $oid, text: "Let me see where your luggage is."}')" >/dev/null
phrases="[.items[] | select(.data.call == \"$call\" and .data.text == \"Let me see where your luggage is.\")]"
await "/events?type=call.transcript" "$phrases | length == 1" | jq -c "$phrases[0].data | {number, name, text, confidence}"

api POST "/calls/$call/transcription" '{"action": "update", "locale": "es-ES"}' >/dev/null
await "/calls/$call" '.transcription.locale == "es-ES"' | jq -c '.transcription | {state, locale, phrases}'
api POST "/calls/$call/transcription" '{"action": "stop"}' >/dev/null
await "/calls/$call" '.transcription.state == "ended"' | jq -c '.transcription | {state, phrases}'
api GET "/calls/$call/transcript" | jq -c '.items[] | {number, name, text, offset_s}'
