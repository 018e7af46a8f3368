# shellcheck shell=bash
# What the examples have in common; each begins by reading this file.
#
#   DEV_JSON  where the stack that runs says how to reach it; default .tandem/dev.json
#   TANDEM    the program; default bin/tandem
#   AGENT     which of the people of Contoso Airlines takes calls; default the first, 0.
#             Examples that run at the same time need people of their own, two each
#   PATIENCE  how many seconds anything may take; default 20
#   LISTEN    whether what people hear is looked at; default yes. A machine that is
#             busy with other things makes no good sound, and can do all else
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
DEV_JSON=${DEV_JSON:-$root/.tandem/dev.json}
TANDEM=${TANDEM:-$root/bin/tandem}
AGENT=${AGENT:-0}
patience=${PATIENCE:-20}
LISTEN=${LISTEN:-yes}

fail() {
	echo "FAILED: $*" >&2
	exit 1
}
# A condition that is not met, such as that of jq -e, says nothing by itself. In functions
# the trap does not count: what they try may fail.
trap 'fail "${BASH_SOURCE[0]##*/}, line $LINENO: $BASH_COMMAND"' ERR

[ -f "$DEV_JSON" ] || fail "nothing runs: there is no $DEV_JSON. Start the stack with make run"
# The agent and a second one have an id in Tandem and an oid in their directory.
# shellcheck disable=SC2034 # the second is for the examples
IFS=$'\t' read -r base key control tenant agent agent_oid second second_oid < <(jq -r --argjson n "$AGENT" \
	'[.api.url, .api.key, .simulator.control, (.tenants[0] | .id, (.agents[$n, $n + 1] | .id, .oid))] | @tsv' "$DEV_JSON")
temporary=$(mktemp -d)
call='' answer=''

# request METHOD URL JSON [FLAG…]: curl with these flags, and what is answered. A
# refusal is shown whole and ends the example.
request() {
	local method=$1 url=$2 json=$3 answer
	shift 3
	answer=$(curl -sS --fail-with-body -X "$method" ${json:+-H 'Content-Type: application/json' --data "$json"} "$@" "$url") &&
		{ [ -z "$answer" ] || printf '%s\n' "$answer"; } && return
	jq . >&2 2>/dev/null <<<"$answer" || printf '%s\n' "$answer" >&2
	fail "$method $url"
}

# api METHOD PATH [JSON]: a request to Tandem.
api() { request "$1" "$base$2" "${3:-}" -H "Authorization: Bearer $key"; }

# within WHAT COMMAND…: tries until the command succeeds.
within() {
	local what=$1 until=$((SECONDS + patience))
	shift
	until "$@"; do
		if [ "$SECONDS" -ge "$until" ]; then
			jq . >&2 <<<"$answer"
			fail "$what: not within $patience s"
		fi
		sleep 0.5
	done
}

# await PATH CONDITION: asks Tandem until the answer meets a condition of jq, and prints it.
await() {
	within "GET $1: $2" meets "$1" "$2"
	printf '%s\n' "$answer"
}

meets() {
	answer=$(api GET "$1") || exit 1
	jq -e "$2" >/dev/null <<<"$answer"
}

# when_rung OID WHAT: what somebody does when his Teams rings: accept, decline, never.
# The simulated Microsoft does it for him; at the real one he has to.
when_rung() { request PUT "$control/users/$1" "{\"behaviour\": \"$2\"}" >/dev/null; }

# connect [FLAG…]: a customer and the agent talk in $call; the flags are for his phone.
connect() {
	when_rung "$agent_oid" accept
	request_call "[\"$agent\"]"
	customer_calls "$@"
	await "/calls/$call" '.phase == "connected"' >/dev/null
}

# request_call AGENTS: asks for a call to these agents, a JSON array of ids, and leaves
# in $call and $sip_uri what is answered.
request_call() { request_call_of "\"agents\": $1, \"ring_timeout\": 20"; }

# request_call_of MEMBERS: the same, to whoever these members of the body say.
request_call_of() {
	local asked
	asked=$(api POST /calls "{\"tenant\": \"$tenant\", $1}")
	read -r call sip_uri < <(jq -r '"\(.id) \(.sip_uri)"' <<<"$asked")
}

# customer_calls [FLAG…]: the customer's phone, a `tandem dial` with these flags, calls
# $sip_uri.
customer_calls() {
	rm -f "$temporary"/phone.* # one of before may still have to write what became of its call
	"$TANDEM" dial --dir "$(dirname "$DEV_JSON")" --for 1m "$@" "$sip_uri" >"$temporary/phone.json" 2>"$temporary/phone.log" &
	phone=$!
}

# phone_ends: waits until the customer's phone is done, and leaves in $dialled what it
# says of its call. A call that was refused is one, too.
phone_ends() {
	wait "$phone" || [ -s "$temporary/phone.json" ] || fail "the customer's phone"
	# shellcheck disable=SC2034 # for the examples
	dialled=$(<"$temporary/phone.json")
	[ "$LISTEN" = yes ] || dialled=$(jq '.loud = .answered' <<<"$dialled")
}

# phone_hangs_up: the same, and it is the customer who ends the call.
phone_hangs_up() {
	kill "$phone"
	phone_ends
}

# heard: whether the agent has heard anything in this call.
heard() { [ "$LISTEN" != yes ] || [ "$(sounds)" -gt 0 ]; }

# hears, silent: whether he hears something, or nothing, for a second.
hears() { [ "$LISTEN" != yes ] || [ "$(heard_in_a_second)" -gt 0 ]; }
silent() { [ "$LISTEN" != yes ] || [ "$(heard_in_a_second)" = 0 ]; }

heard_in_a_second() {
	local before
	before=$(sounds)
	sleep 1
	echo $(($(sounds) - before))
}

# sounds: how many 20 ms with sound he has heard so far: the simulated Teams keeps what
# it hears as WAV of 16 bits at 8 kHz.
sounds() {
	curl -sS --fail "$control/users/$agent_oid/heard" | tail -c +45 | od -An -v -td2 -w320 |
		awk '{ for (i = 1; i <= NF; i++) if ($i > 500 || $i < -500) { n++; break } } END { print n + 0 }'
}

# end: ends the call, however the example ends. What else it had made by then, such as a
# queue or a number, stays if it failed: names that are unique per tenant have $$ in them.
end() {
	local status=$?
	trap - EXIT
	set +e
	jobs -p | xargs -r kill 2>/dev/null
	wait
	[ -z "$call" ] || (
		[ "$(api GET "/calls/$call" | jq -r .phase)" = ended ] || api POST "/calls/$call/terminate"
		await "/calls/$call" '.phase == "ended"'
	) >/dev/null 2>&1
	[ "$status" = 0 ] || sed 's/^/phone: /' "$temporary"/phone.* >&2 2>/dev/null
	rm -rf "$temporary"
	exit "$status"
}
trap end EXIT

# Whoever was in a call a moment ago looks busy for some seconds more.
await "/tenants/$tenant/availability?agents=$agent,$second" '[.agents[].state] - ["free", "unknown"] == []' >/dev/null
