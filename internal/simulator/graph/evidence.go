package graph

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area = "Graph"
	return []evidence.Behaviour{
		{Area: area, Name: "presences", Mark: evidence.Documented, Source: "entra-graph-teams.md §2.2", Text: "POST /v1.0/communications/getPresencesByUserId with up to 650 object ids, app-only with Presence.Read.All."},
		{Area: area, Name: "completeness", Mark: evidence.Documented, Source: "entra-graph-teams.md §2.2", Text: "Unknown users and those of another tenant are left out; the order is random."},
		{Area: area, Name: "values", Mark: evidence.Documented, Source: "entra-graph-teams.md §2.2", Text: "availability and activity in PascalCase, sequenceNumber that rises."},
		{Area: area, Name: "form of sequenceNumber", Mark: evidence.Inferred, Source: "entra-graph-teams.md §2.2", Text: "A and ten digits."},
		{Area: area, Name: "malformed ids", Mark: evidence.Inferred, Source: "entra-graph-teams.md §2.2", Text: "An id that is no GUID makes the request fail with 400; the text is ours."},
		{Area: area, Name: "errors", Mark: evidence.Documented, Source: "entra-graph-teams.md §2.8", Text: "error with code, message and innerError of date and ids; WWW-Authenticate with 401."},
		{Area: area, Name: "missing role", Mark: evidence.Inferred, Source: "entra-graph-teams.md §2.8", Text: "403 Forbidden; the exact code of communications is not documented."},
		{Area: area, Name: "staleness", Mark: evidence.Inferred, Source: "entra-graph-teams.md §2.2", Text: "Presence is up to date at once; the real one lags by seconds to minutes (fault presence.freeze)."},
		{Area: area, Name: "a user in a call", Mark: evidence.Documented, Source: "entra-graph-teams.md §2.2", Text: "Shows Busy, InACall."},
	}
}
