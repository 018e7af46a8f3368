#!/usr/bin/env bash
# Follow what happens as Server-Sent Events while a call runs. Webhooks are sent the same.
. "$(dirname "$0")/lib.sh"

curl -sSN --fail -H "Authorization: Bearer $key" "$base/events/stream?tenant=$tenant" >"$temporary/events" &
listens() { [ -s "$temporary/events" ]; }
within "the stream" listens

connect --quiet
played=$(api POST "/calls/$call/play" '{"sources": [{"text": "One moment, please."}]}' | jq -r .id)
await "/calls/$call/operations/$played" '.state == "done"' >/dev/null
phone_hangs_up

told() { sed -n 's/^data: //p' "$temporary/events" | jq -e --slurp --arg call "$call" \
	'[.[] | select(.data.call == $call)] | map(.type | ltrimstr("call.")) |
	select(. == ["offered", "participant_ringing", "participant_joined", "connected", "operation_ended", "participant_left", "ended"])'; }
within "each step of the call, in order" told
