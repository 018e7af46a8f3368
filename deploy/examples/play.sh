#!/usr/bin/env bash
# Play text to everybody in a call, then to the customer alone. A file is played with
# {"file": "https://…"} in the place of {"text": …}.
. "$(dirname "$0")/lib.sh"

connect --quiet
all=$(api POST "/calls/$call/play" '{"sources": [{"text": "This call may be recorded."}]}' | jq -r .id)
await "/calls/$call/operations/$all" '.state == "done"' | jq '{kind, target, state, outcome}'
within "the text at the agent's" heard
within "silence after the text" silent
before=$(sounds)

one=$(api POST "/calls/$call/play" '{"target": "customer", "sources": [{"text": "Only you hear this."}]}' | jq -r .id)
await "/calls/$call/operations/$one" '.state == "done"' | jq '{kind, target, state, outcome}'
[ "$(sounds)" = "$before" ] || fail "the agent heard what was for the customer alone"
phone_hangs_up
jq -e '{loud} | select(.loud)' <<<"$dialled"
