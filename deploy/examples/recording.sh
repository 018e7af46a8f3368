#!/usr/bin/env bash
# Record a call, but not what is said while a card number is told. Everybody hears the
# announcement first; people in Teams also see a banner.
. "$(dirname "$0")/lib.sh"

connect --repeat
api POST "/calls/$call/recording/start" '{"announcement": [{"text": "This call is recorded."}]}' >/dev/null
await "/calls/$call/recording" '.state == "recording"' | jq '{state, spans}'

api POST "/calls/$call/recording/pause" >/dev/null
await "/calls/$call/recording" '.state == "paused"' | jq '{state, recorded_s}' # now, and not before
api POST "/calls/$call/recording/resume" >/dev/null
await "/calls/$call/recording" '.state == "recording"' >/dev/null

api POST "/calls/$call/recording/stop" >/dev/null
await "/calls/$call/recording" '.state == "ended" and (.spans | length) == 2' | jq '{state, recorded_s, spans}'
