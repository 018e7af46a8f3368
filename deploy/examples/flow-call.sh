#!/usr/bin/env bash
# Ask for a call that a flow treats: it greets the caller, and transfers him to a person
# for good. Who has no caller yet sends him to the address in the answer.
. "$(dirname "$0")/lib.sh"

when_rung "$agent_oid" accept
flow=$(api POST /flows "$(jq -n --arg tenant "$tenant" --arg name "Desk $$" --arg agent "$agent" '{$tenant, $name, document: {steps: [
	{name: "greeting", say: {sounds: [{text: "One moment, we put you through."}], next: "through"}},
	{name: "through", transfer: {agent: $agent, no_answer: "bye", failed: "bye"}},
	{name: "bye", hang_up: {sounds: [{text: "Nobody is free now. Please call again."}]}}]}}')" | jq -r .id)

request_call_of "\"flow\": \"$flow\""
customer_calls --repeat
await "/calls/$call" '.phase == "released"' | jq '{phase, released_to, flow, operations: [.operations[] | {kind, state}]}'
await "/events?type=call.flow_step" "[.items[] | select(.data.call == \"$call\")] | length == 2" >/dev/null
phone_hangs_up
jq -e '{answered, loud} | select(.answered and .loud)' <<<"$dialled" # the greeting was heard
await "/calls/$call" '.phase == "ended"' | jq -c '.ending | {result, reason, by}'
api DELETE "/flows/$flow"
