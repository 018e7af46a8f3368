#!/usr/bin/env bash
# Treat callers of a number by a flow: it greets, asks, and hands over to a person, with
# music that ends before the person is heard. First it is rehearsed without a call.
. "$(dirname "$0")/lib.sh"

when_rung "$agent_oid" accept
document=$(jq -n --arg agent "$agent" '{steps: [
	{name: "greeting", say: {sounds: [{text: "Welcome to Contoso."}], next: "menu"}},
	{name: "menu", ask: {sounds: [{text: "For sales press one."}], wait_s: 10, retries: 1,
		choices: [{label: "sales", tone: "1", next: "sales"}], no_input: "bye", not_understood: "bye"}},
	{name: "sales", hand_over: {agents: [$agent], display_name: "Sales", music: [{text: "One moment, please."}],
		ring_s: 20, nobody: "bye", no_answer: "bye"}},
	{name: "bye", hang_up: {sounds: [{text: "Nobody is free now. Please call again."}]}}]}')

api POST /flows/rehearse "$(jq -n --arg tenant "$tenant" --argjson document "$document" '{
	$tenant, $document, answers: [{press: "1"}], handovers: [{brings: "answered", after_s: 8}]}')" |
	jq -r '.lines[] | "\(.after_s) s: \(.step) \(.what) \(.text // "")"'

flow=$(api POST /flows "$(jq -n --arg tenant "$tenant" --arg name "Sales line $$" --argjson document "$document" '{$tenant, $name, $document}')" | jq -r .id)
number="+4930555$(printf %05d $((RANDOM % 100000)))"
api POST /numbers "{\"tenant\": \"$tenant\", \"e164\": \"$number\", \"flow\": \"$flow\"}" | jq '{e164, flow, answer_policy}'

# treated: whether the call to the number is there, which is then $call.
treated() {
	call=$(api GET "/calls?number=${number#+}" | jq -r '.items[0].id // ""')
	[ -n "$call" ]
}

sip_uri=$number
customer_calls --quiet --press 1 --press-after 6s
within "the call" treated
await "/calls/$call" '.phase == "connected"' | jq '{phase, flow, participants: [.participants[] | {name, state}]}'
await "/calls/$call" '[.operations[] | select(.kind == "play" and .state == "cancelled")] != []' >/dev/null
await "/events?type=call.flow_step" "[.items[] | select(.data.call == \"$call\")] | length == 3" |
	jq -c --arg call "$call" '.items | reverse[] | select(.data.call == $call) | .data | {number, step}'
phone_hangs_up
jq -e '{answered, loud} | select(.answered and .loud)' <<<"$dialled"

api DELETE "/numbers/$number"
api DELETE "/flows/$flow"
