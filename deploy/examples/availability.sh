#!/usr/bin/env bash
# Ask who can take a call, and follow how that changes: what a router of one's own
# needs to know, from our calls and from the presence in Teams, with its age.
. "$(dirname "$0")/lib.sh"

presence() { request PUT "$control/users/$agent_oid" "{\"presence\": {\"availability\": \"$1\", \"activity\": \"$2\"}}" >/dev/null; }

presence Available Available
await "/tenants/$tenant/availability?agents=$agent,$second" '.agents[0].state == "free"' | jq .

# The same as Server-Sent Events: each agent at first, then each change.
curl -sS --no-buffer --fail -H "Authorization: Bearer $key" "$base/tenants/$tenant/availability/stream?agents=$agent" >"$temporary/stream" &
told() { grep -q "\"state\":\"$1\"" "$temporary/stream"; }
within "the first event" told free
presence Busy InACall
within "the event of a change" told unavailable
presence Available Available
sed -n 's/^data: //p' "$temporary/stream" | jq -c '{name, state, why}'
