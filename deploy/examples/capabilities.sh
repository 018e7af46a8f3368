#!/usr/bin/env bash
# Ask what can be done to whom, and why not.
. "$(dirname "$0")/lib.sh"

table=$(api GET /capabilities)
jq -r '.items[] | [.operation, .party, if .possible then .means else "no: " + .why end] | @tsv' <<<"$table"

# possible OPERATION PARTY: what to ask before a button is shown.
possible() { jq -e --arg o "$1" --arg p "$2" 'any(.items[]; .operation == $o and .party == $p and .possible)' <<<"$table" >/dev/null; }
possible recognize customer || fail "Microsoft listens to customers"
! possible mute teams_user || fail "Microsoft mutes no Teams users"
