#!/usr/bin/env bash
# Transfer the caller to another agent, blind: the call is released, they talk on.
. "$(dirname "$0")/lib.sh"

connect --repeat
when_rung "$second_oid" accept
operation=$(api POST "/calls/$call/transfer" "{\"agent\": \"$second\"}" | jq -r .id)
await "/calls/$call/operations/$operation" '.state == "done"' | jq '{kind, state, outcome}'
await "/calls/$call" '.phase == "released"' | jq '{phase, near: .near.state, far: .far.state}'
in_call() { curl -sS --fail "$control/users/$second_oid" | jq -e '.calls[-1] | select(.) | {from, since}'; }
within "the other agent in a call" in_call
