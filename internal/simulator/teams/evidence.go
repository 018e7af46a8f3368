package teams

import "tandem/internal/simulator/evidence"

// Evidence returns which outcomes of ringing a user this package imitates and
// how well they are known. No recording holds a Teams user.
func Evidence() []evidence.Behaviour {
	const area, admins = "Teams users", "Teams administrators"
	return []evidence.Behaviour{
		{Area: area, Name: "accepted", Mark: evidence.Recorded, Source: "call-automation.md §14; observed-events.md §7, of an ACS user", Text: "200/0."},
		{Area: area, Name: "declined", Mark: evidence.Documented, Source: "call-automation.md §14", Text: "603/0 Decline."},
		{Area: area, Name: "no answer", Mark: evidence.Documented, Source: "call-automation.md §14", Text: "487/10004 when the invitation times out."},
		{Area: area, Name: "unavailable", Mark: evidence.Documented, Source: "call-automation.md §13, §14", Text: "480/10037 when no client is signed in, for a phone app alone, and for an id that is nobody's."},
		{Area: area, Name: "not federated", Mark: evidence.Reported, Source: "call-automation.md §14; Azure/Communication#353", Text: "403/5223 for users with not_federated, whatever their tenant allows."},
		{Area: admins, Name: "who may be called", Mark: evidence.Documented, Source: "entra-graph-teams.md §3.2–3.4", Text: "EnableAcsUsers, the resource in AllowedAcsResources, EnableAcsFederationAccess of the effective policy, Teams and Teams Phone plans in state Enabled or Warning, Enterprise Voice, not a resource account."},
		{Area: admins, Name: "refused: the master switch is off", Mark: evidence.Inferred, Source: "entra-graph-teams.md §3.6", Text: "403/7502, before anything else is looked at: switch teams.federation_off."},
		{Area: admins, Name: "refused: the policy of the person", Mark: evidence.Inferred, Source: "entra-graph-teams.md §3.6", Text: "403/7604, if the tenant lets such calls through: switch teams.policy."},
		{Area: admins, Name: "refused: licence or Enterprise Voice", Mark: evidence.Inferred, Source: "entra-graph-teams.md §3.6", Text: "400/0, if the policy does too: switch teams.unlicensed."},
		{Area: admins, Name: "refused: the resource is not listed", Mark: evidence.Inferred, Source: "entra-graph-teams.md §3.6", Text: "403/7600, if nothing else stands against it: switch teams.not_listed."},
		{Area: admins, Name: "precedence of policies", Mark: evidence.Documented, Source: "entra-graph-teams.md §3.3", Text: "One's own, else that of the group with the lowest rank, else Global."},
		{Area: admins, Name: "nested groups", Mark: evidence.Inferred, Source: "entra-graph-teams.md §3.3", Text: "A policy of a group reaches its own members alone."},
		{Area: admins, Name: "propagation", Mark: evidence.Documented, Source: "entra-graph-teams.md §3.5", Text: "A change is seen at once and acts on calls after the tenant's delay, none by default; how long it takes is not documented."},
		{Area: admins, Name: "disabled account", Mark: evidence.Inferred, Source: "entra-graph-teams.md §2.5", Text: "Has no client: 480/10037."},
		{Area: area, Name: "busy", Mark: evidence.Inferred, Source: "call-automation.md §13, §14", Text: "486/8539: switch teams.busy."},
		{Area: area, Name: "do not disturb", Mark: evidence.Inferred, Source: "call-automation.md §13", Text: "480/10037 and no ring: switch teams.dnd."},
		{Area: area, Name: "offline", Mark: evidence.Inferred, Source: "call-automation.md §14", Text: "Presence Offline is treated as no client: 480/10037."},
		{Area: area, Name: "forwarding", Mark: evidence.Documented, Source: "call-automation.md §13", Text: "Adding a participant ignores the user's forwarding rules."},
		{Area: area, Name: "message", Mark: evidence.Recorded, Source: "call-automation.md §14; of a cancelled invitation", Text: "addParticipants failed for participant <rawId>. Underlying reason: <text>. DiagCode: <code>#<subCode>.@"},
		{Area: area, Name: "wording", Mark: evidence.Inferred, Source: "call-automation.md §14", Text: "The reason words of outcomes that were not recorded."},
	}
}
