#!/usr/bin/env bash
# Let a bot talk with the callers of a number. It greets them; who speaks interrupts it; who
# presses 0 gets a person, whose Teams shows what the bot says. The sample bot of `tandem
# bot` needs no cloud; for one of yours, register its address.
. "$(dirname "$0")/lib.sh"

when_rung "$agent_oid" accept
"$TANDEM" bot --listen 127.0.0.1:0 --name "A refund, says the bot" >"$temporary/bot.txt" &
listens() { [ -s "$temporary/bot.txt" ]; }
within "the bot" listens
bot=$(api POST /bots "$(jq -n --arg tenant "$tenant" --arg name "Sample $$" --arg url "$(head -1 "$temporary/bot.txt")" \
	'{$tenant, $name, $url, language: "en-GB"}')" | jq -r .id) # a bot of yours must also check the secret in this answer

document=$(jq -n --arg bot "$bot" --arg agent "$agent" '{steps: [
	{name: "talk", virtual_agent: {$bot, handed_over: "person", ended: "bye", failed: "person"}},
	{name: "person", hand_over: {agents: [$agent], ring_s: 20, nobody: "bye", no_answer: "bye"}},
	{name: "bye", hang_up: {}}]}')
api POST /flows/rehearse "$(jq -n --arg tenant "$tenant" --argjson document "$document" '{
	$tenant, $document, bots: [{brings: "handed_over", after_s: 9}], handovers: [{brings: "answered", after_s: 8}]}')" |
	jq -r '.lines[] | "\(.after_s) s: \(.step) \(.what) \(.text // "")"'
flow=$(api POST /flows "$(jq -n --arg tenant "$tenant" --arg name "Bot line $$" --argjson document "$document" '{$tenant, $name, $document}')" | jq -r .id)
number="+4930556$(printf %05d $((RANDOM % 100000)))"
api POST /numbers "{\"tenant\": \"$tenant\", \"e164\": \"$number\", \"flow\": \"$flow\"}" >/dev/null

treated() {
	call=$(api GET "/calls?number=${number#+}" | jq -r '.items[0].id // ""')
	[ -n "$call" ]
}

# The caller speaks into the greeting, and presses 0 some seconds later.
sip_uri=$number
customer_calls --press 0 --press-after 6s
within "the call" treated
await "/calls/$call" '.phase == "connected"' | jq '{phase, streaming, participants: [.participants[] | {name, state}]}'
await "/events?type=call.handover_requested" "[.items[] | select(.data.call == \"$call\")] | length == 1" |
	jq --arg call "$call" '.items[] | select(.data.call == $call) | .data | {handover, context}'
phone_hangs_up
jq -e '{answered, loud} | select(.answered and .loud)' <<<"$dialled"
grep -q "^$call interrupted" "$temporary/bot.txt" || fail "the caller did not interrupt the bot: $(cat "$temporary/bot.txt")"

api DELETE "/numbers/$number"
api DELETE "/flows/$flow"
api DELETE "/bots/$bot"
