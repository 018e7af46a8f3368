#!/usr/bin/env bash
# Record a call, but not what is said while a card number is told. Everybody hears the
# announcement first; people in Teams also see a banner. The file is kept as long as the
# tenant has set (PUT /tenants/{id}/recording-settings), or until somebody deletes it.
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

# Microsoft says where the file is, at the real one after some minutes; Tandem stores it.
recording=$(api GET "/calls/$call/recording" | jq -r .id)
await "/recordings/$recording" '.file == "stored"' | jq '{call, recorded_s, files, expires_at}'
curl -sS --fail -H "Authorization: Bearer $key" "$base/recordings/$recording/content" >"$temporary/recording.wav"
[ "$(sha256sum <"$temporary/recording.wav" | cut -d' ' -f1)" = "$(api GET "/recordings/$recording" | jq -r '.files[0].sha256')" ] || fail "the file is not what was stored"
api DELETE "/recordings/$recording"
