package identity

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area = "Communication users"
	const description = "teams-extension.json"
	return []evidence.Behaviour{
		{Area: area, Name: "create", Mark: evidence.Recorded, Source: "recorded/acs-http java-create-answer-add-mute; " + description, Text: "`POST /identities` → 201 with identity.id, and accessToken when createTokenWithScopes asks for it."},
		{Area: area, Name: "id", Mark: evidence.Documented, Source: "call-automation.md §5", Text: "8:acs:<immutable id>_<guid>."},
		{Area: area, Name: "issue", Mark: evidence.Schema, Source: description, Text: "`POST /identities/{id}/:issueAccessToken` → 200 with token and expiresOn; 60 to 1440 minutes, a day by default; scopes as listed there."},
		{Area: area, Name: "revoke", Mark: evidence.Schema, Source: description, Text: "`POST /identities/{id}/:revokeAccessTokens` → 204; nothing here takes such tokens, so nothing changes."},
		{Area: area, Name: "delete", Mark: evidence.Schema, Source: description, Text: "`DELETE /identities/{id}` → 204."},
		{Area: area, Name: "headers", Mark: evidence.Recorded, Source: "recorded/acs-http java-create-answer-add-mute", Text: "api-supported-versions, Request-Context, X-Cache, X-Azure-Ref."},
		{Area: area, Name: "versions", Mark: evidence.Inferred, Source: "recorded/acs-http java-create-answer-add-mute", Text: "Any api-version that is a date is taken; none at all is 400."},
		{Area: area, Name: "unknown ids", Mark: evidence.Inferred, Source: description, Text: "An id of the resource's form is a user until it is deleted, then 404; another resource's is 400."},
		{Area: area, Name: "claims", Mark: evidence.Inferred, Source: description, Text: "The access token is an RS256 JWT with skypeid, scp, csi, acsScope, resourceId, iat and exp."},
	}
}
