#!/usr/bin/env bash
# Let a bot help in a call that a person is in. When the caller presses 0 it asks for one
# more person, who is among those it may hand over to; when he has joined, the bot leaves.
. "$(dirname "$0")/lib.sh"

"$TANDEM" bot --listen 127.0.0.1:0 --name "Needs a second opinion" >"$temporary/bot.txt" &
listens() { [ -s "$temporary/bot.txt" ]; }
within "the bot" listens
bot=$(api POST /bots "$(jq -n --arg tenant "$tenant" --arg name "Assistant $$" --arg url "$(head -1 "$temporary/bot.txt")" \
	'{$tenant, $name, $url}')" | jq -r .id)

when_rung "$second_oid" accept
connect --press 0 --press-after 12s
api POST "/calls/$call/streaming" "$(jq -n --arg bot "$bot" --arg second "$second" '{action: "start", $bot, handover: {agents: [$second]}}')" |
	jq '{id, state}'
await "/calls/$call/participants" '[.items[] | select(.state == "joined")] | length == 2' | jq '[.items[] | {name, state}]'
await "/calls/$call" '.streaming.state == "ended"' | jq '.streaming | {state, handover}'

shown=$(curl -sS --fail "$control/users/$second_oid" | jq -r '.calls[-1].display_name')
[ "$shown" = "Needs a second opinion" ] || fail "Teams showed $shown"
phone_hangs_up
api DELETE "/bots/$bot"
