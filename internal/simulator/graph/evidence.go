package graph

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area, sheet = "Graph", "entra-graph-teams.md "
	return []evidence.Behaviour{
		{Area: area, Name: "roles", Mark: evidence.Documented, Source: sheet + "§2.1", Text: "Each operation wants one of the application permissions of the table; of presence and Teams administration the least one."},
		{Area: area, Name: "foreign ids", Mark: evidence.Documented, Source: sheet + "§6", Text: "404 for users and groups of another tenant, as for those who are not there."},
		{Area: area, Name: "advanced queries", Mark: evidence.Documented, Source: sheet + "§2.4", Text: "ConsistencyLevel: eventual for $search and $count; that and $count=true for ne, not, endsWith, any, $filter with $orderby and the cast to users; on every page, else 400 Request_UnsupportedQuery."},
		{Area: area, Name: "count without the header", Mark: evidence.Inferred, Source: sheet + "§2.4", Text: "400 Request_BadRequest."},
		{Area: area, Name: "search", Mark: evidence.Documented, Source: sheet + "§2.4", Text: "Clauses in double quotes, AND, OR, parentheses, backslash; displayName and description by beginnings of words, other properties by their beginning."},
		{Area: area, Name: "properties to search", Mark: evidence.Inferred, Source: sheet + "§2.4", Text: "displayName, givenName, surname, mail, userPrincipalName of users; displayName, description of groups; any other is a 400."},
		{Area: area, Name: "ampersand in a search", Mark: evidence.Reported, Source: sheet + "§2.4", Text: "400, even when it is encoded."},
		{Area: area, Name: "filter", Mark: evidence.Documented, Source: sheet + "§2.4", Text: "eq, ne, in, startsWith, endsWith (mail and userPrincipalName), and, or, not, any; doubled apostrophes; text in whatever case."},
		{Area: area, Name: "pages", Mark: evidence.Documented, Source: sheet + "§2.4", Text: "100 by default, $top 1 to 999, @odata.nextLink with $skiptoken, @odata.count on the first page; $skip is a 400."},
		{Area: area, Name: "select", Mark: evidence.Documented, Source: sheet + "§2.4", Text: "Default properties; unknown ones are a 400, those that cannot be had in a list a 501, which is counted."},
		{Area: area, Name: "basic profile", Mark: evidence.Inferred, Source: sheet + "§2.1", Text: "With User.ReadBasic.All alone other properties are null, and filters on them 403."},
		{Area: area, Name: "members", Mark: evidence.Documented, Source: sheet + "§2.4", Text: "directoryObjects with @odata.type; with GroupMember.Read.All alone id and type; transitiveMembers each once."},
		{Area: area, Name: "checkMemberObjects", Mark: evidence.Documented, Source: "microsoft-graph-docs, directoryobject-checkmemberobjects", Text: "POST /users/{id}/checkMemberObjects with up to 20 ids of groups or template ids of directory roles, app-only with User.Read.All; transitive; answers those in which the user is."},
		{Area: area, Name: "malformed ids of checkMemberObjects", Mark: evidence.Inferred, Source: sheet + "§2.8", Text: "None, more than 20, or one that is no GUID: 400 Request_BadRequest; the texts are ours."},
		{Area: area, Name: "licences", Mark: evidence.Documented, Source: sheet + "§2.5", Text: "Service plans of each user with their state, under the SKU that has them."},
		{Area: area, Name: "provisioningStatus", Mark: evidence.Inferred, Source: sheet + "§2.5", Text: "Success with capabilityStatus Enabled or Warning, else Disabled."},
		{Area: area, Name: "user configurations", Mark: evidence.Documented, Source: sheet + "§2.5", Text: "Account type, Enterprise Voice, features and numbers; not in GCC High (fault graph.no_configurations)."},
		{Area: area, Name: "policies of a user configuration", Mark: evidence.Inferred, Source: sheet + "§2.5", Text: "effectivePolicyAssignments is empty: whether ExternalAccessPolicy is ever listed is not known."},
		{Area: area, Name: "users without a licence", Mark: evidence.Inferred, Source: sheet + "§2.5", Text: "Have no Teams user configuration: 404."},
		{Area: area, Name: "batch", Mark: evidence.Documented, Source: sheet + "§2.6", Text: "Up to 20 requests, answers in any order, each with its own throttling and Retry-After, 424 behind one that failed."},
		{Area: area, Name: "throttling", Mark: evidence.Documented, Source: sheet + "§2.7", Text: "Off by default. Resource units by application and tenant in 10 s, 3500, 5000 or 8000 by its size; 1500 presence requests in 30 s; x-ms-resource-unit, x-ms-throttle-*, 429 with Retry-After."},
		{Area: area, Name: "windows of throttling", Mark: evidence.Inferred, Source: sheet + "§2.7", Text: "Begin with the first request; costs of groups and organisation are ours."},
		{Area: area, Name: "government schema", Mark: evidence.Documented, Source: sheet + "§2.2", Text: "GCC High's presences have id, availability, activity and statusMessage."},
		{Area: area, Name: "presences", Mark: evidence.Documented, Source: "entra-graph-teams.md §2.2", Text: "POST /v1.0/communications/getPresencesByUserId with up to 650 object ids, app-only with Presence.Read.All."},
		{Area: area, Name: "completeness", Mark: evidence.Documented, Source: "entra-graph-teams.md §2.2", Text: "The order is random. Unknown users and those of another tenant are left out: switch presence.unknown_user."},
		{Area: area, Name: "values", Mark: evidence.Documented, Source: "entra-graph-teams.md §2.2", Text: "availability and activity in PascalCase, sequenceNumber that rises."},
		{Area: area, Name: "form of sequenceNumber", Mark: evidence.Inferred, Source: "entra-graph-teams.md §2.2", Text: "A and ten digits."},
		{Area: area, Name: "malformed ids", Mark: evidence.Inferred, Source: "entra-graph-teams.md §2.2", Text: "An id that is no GUID makes the request fail with 400; the text is ours."},
		{Area: area, Name: "errors", Mark: evidence.Documented, Source: "entra-graph-teams.md §2.8", Text: "error with code, message and innerError of date and ids; WWW-Authenticate with 401."},
		{Area: area, Name: "missing role", Mark: evidence.Inferred, Source: "entra-graph-teams.md §2.8", Text: "403 Forbidden; the exact code of communications is not documented."},
		{Area: area, Name: "staleness", Mark: evidence.Inferred, Source: "entra-graph-teams.md §2.2", Text: "Presence is up to date at once; the real one lags by seconds to minutes (fault presence.freeze)."},
		{Area: area, Name: "a user in a call", Mark: evidence.Documented, Source: "entra-graph-teams.md §2.2", Text: "Shows Busy, InACall."},
	}
}
