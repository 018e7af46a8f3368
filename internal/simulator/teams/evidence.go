package teams

import "tandem/internal/simulator/evidence"

// Evidence returns which outcomes of ringing a user this package imitates and
// how well they are known. No recording holds a Teams user.
func Evidence() []evidence.Behaviour {
	const area = "Teams users"
	return []evidence.Behaviour{
		{Area: area, Name: "accepted", Mark: evidence.Recorded, Source: "call-automation.md §14; observed-events.md §7, of an ACS user", Text: "200/0."},
		{Area: area, Name: "declined", Mark: evidence.Documented, Source: "call-automation.md §14", Text: "603/0 Decline."},
		{Area: area, Name: "no answer", Mark: evidence.Documented, Source: "call-automation.md §14", Text: "487/10004 when the invitation times out."},
		{Area: area, Name: "unavailable", Mark: evidence.Documented, Source: "call-automation.md §13, §14", Text: "480/10037 when no client is signed in, for a phone app alone, and for an id that is nobody's."},
		{Area: area, Name: "not federated", Mark: evidence.Reported, Source: "call-automation.md §14; Azure/Communication#353", Text: "403/5223 when the tenant does not let the resource call its users."},
		{Area: area, Name: "busy", Mark: evidence.Inferred, Source: "call-automation.md §13, §14", Text: "486/8539: switch teams.busy."},
		{Area: area, Name: "do not disturb", Mark: evidence.Inferred, Source: "call-automation.md §13", Text: "480/10037 and no ring: switch teams.dnd."},
		{Area: area, Name: "offline", Mark: evidence.Inferred, Source: "call-automation.md §14", Text: "Presence Offline is treated as no client: 480/10037."},
		{Area: area, Name: "forwarding", Mark: evidence.Documented, Source: "call-automation.md §13", Text: "Adding a participant ignores the user's forwarding rules."},
		{Area: area, Name: "message", Mark: evidence.Recorded, Source: "call-automation.md §14; of a cancelled invitation", Text: "addParticipants failed for participant <rawId>. Underlying reason: <text>. DiagCode: <code>#<subCode>.@"},
		{Area: area, Name: "wording", Mark: evidence.Inferred, Source: "call-automation.md §14", Text: "The reason words of outcomes that were not recorded."},
	}
}
