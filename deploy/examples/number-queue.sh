#!/usr/bin/env bash
# Let the callers of a number wait in a queue, without a flow: they hear ringing until
# its next free agent answers. A queue that a number has cannot be deleted.
. "$(dirname "$0")/lib.sh"

when_rung "$agent_oid" accept
queue=$(api POST /queues "{\"tenant\": \"$tenant\", \"name\": \"Line $$\", \"agents\": [\"$agent\"], \"ring_timeout\": 20}" | jq -r .id)
number="+4930556$(printf %05d $((RANDOM % 100000)))"
api POST /numbers "{\"tenant\": \"$tenant\", \"e164\": \"$number\", \"queue\": \"$queue\"}" | jq '{e164, queue, answer_policy}'
refusal=$(curl -sS -X DELETE -H "Authorization: Bearer $key" "$base/queues/$queue")
jq -e 'select(.code == "queue_in_use") | {code, detail}' <<<"$refusal" || fail "$refusal"

there() {
	call=$(api GET "/calls?number=${number#+}" | jq -r '.items[0].id // ""')
	[ -n "$call" ]
}
sip_uri=$number
customer_calls --quiet
within "the call" there
await "/calls/$call" '.phase == "connected"' | jq '{phase, participants: [.participants[] | {name, state, queue, why}]}'
phone_hangs_up
await "/calls/$call" '.phase == "ended"' >/dev/null
api DELETE "/numbers/$number"
api DELETE "/queues/$queue"
