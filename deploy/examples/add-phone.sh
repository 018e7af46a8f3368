#!/usr/bin/env bash
# Add a telephone to a call: Microsoft calls it through our trunk, and the provider's
# carrier dials it, as far as the tenant's rules for dialling let it. In development
# every number is answered, unless its last digits say otherwise: 486 is busy.
. "$(dirname "$0")/lib.sh"

connect --quiet
api GET "/tenants/$tenant/dialling" | jq -c '{prefixes, max_legs}'
added=$(api POST "/calls/$call/participants" '{"participants": [
	{"phone_number": "+4930555111", "display_name": "Contoso Airlines"}, {"phone_number": "+4930555486"}, {"phone_number": "+4990012345"}]}')
read -r expert busy < <(jq -r '"\(.items[0].id) \(.items[1].id)"' <<<"$added")
jq -e '.items[2].problem.code == "destination_costly"' >/dev/null <<<"$added" || fail "$added"

await "/calls/$call/participants/$expert" '.state == "joined"' | jq -c '{phone_number, state, joined_at}'
within "the agent hears the telephone" hears
await "/calls/$call/participants/$busy" '.state == "gone"' | jq -c '{phone_number, state, outcome}'

api DELETE "/calls/$call/participants/$expert"
await "/calls/$call/participants/$expert" '.state == "gone"' | jq -c '{phone_number, state, outcome}'
await "/calls/$call" '.phase == "connected" and .participants[0].state == "joined"' >/dev/null # the others talk on
