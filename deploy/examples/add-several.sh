#!/usr/bin/env bash
# Add several people to a call with one request: an agent, and an ACS user, who is in
# no directory. Each has a result of his own: the agent who is in the call is refused.
. "$(dirname "$0")/lib.sh"

connect --quiet
when_rung "$second_oid" accept
guest=8:acs:$(jq -r .simulator.acs.immutable_id "$DEV_JSON")_0000001f-53ab-4b53-8a3c-$(printf %012d "$AGENT")
request PUT "$control/phones/$guest" '{"behaviour": "accept"}' >/dev/null # the simulated user has a client
added=$(api POST "/calls/$call/participants" "{\"participants\": [
	{\"agent\": \"$second\"}, {\"acs_user\": \"$guest\", \"display_name\": \"Interpreter\"}, {\"agent\": \"$agent\"}]}")
jq '[.items[] | {id, agent, acs_user, problem}]' <<<"$added"
jq -e '.items | map(has("id")) == [true, true, false] and .[2].problem.code == "call_state"' >/dev/null <<<"$added" || fail "$added"

for person in $(jq -r '.items[].id // empty' <<<"$added"); do
	await "/calls/$call/participants/$person" '.state == "joined"' | jq -c '{agent, acs_user, state}'
done
interpreter=$(jq -r '.items[1].id' <<<"$added")
api POST "/calls/$call/participants/$interpreter/mute" >/dev/null # ACS users can be muted, nobody else at Microsoft
await "/calls/$call/participants/$interpreter" '.muted and .is_muted' | jq -c '{acs_user, muted, is_muted}'
