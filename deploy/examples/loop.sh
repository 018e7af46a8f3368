#!/usr/bin/env bash
# Play again and again until it is cancelled: music for somebody who waits.
. "$(dirname "$0")/lib.sh"

connect --quiet
music=$(api POST "/calls/$call/play" '{"loop": true, "sources": [{"text": "Please hold the line."}]}' | jq -r .id)
await "/calls/$call/operations/$music" '.state == "running"' >/dev/null
within "the music" hears

api POST "/calls/$call/cancel-media" >/dev/null
await "/calls/$call/operations/$music" '.state == "cancelled"' | jq '{kind, state, outcome}'
within "silence after the music" silent
