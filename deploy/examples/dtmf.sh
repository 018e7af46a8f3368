#!/usr/bin/env bash
# Send tones to the customer's side, such as for a voice menu there.
. "$(dirname "$0")/lib.sh"

connect --quiet
sent=$(api POST "/calls/$call/dtmf" '{"tones": "19#"}' | jq -r .id)
await "/calls/$call/operations/$sent" '.state == "done"' | jq '{kind, target, state}'

phone_hangs_up
jq -e '{tones} | select(.tones == "19#")' <<<"$dialled" || fail "the customer's phone heard $dialled"
