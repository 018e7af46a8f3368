package entra

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area = "Entra ID"
	const sheet = "entra-graph-teams.md "
	return []evidence.Behaviour{
		{Area: area, Name: "discovery and keys", Mark: evidence.Documented, Source: sheet + "§1.3, §1.4", Text: "OpenID configuration and JWKS of each tenant, at the root of an https origin."},
		{Area: area, Name: "client credentials", Mark: evidence.Documented, Source: sheet + "§1.3", Text: "client_id with client_secret and a scope that ends in /.default; RS256, 75 minutes."},
		{Area: area, Name: "claims", Mark: evidence.Documented, Source: sheet + "§1.3", Text: "A v1.0 app-only token: aud, iss, appid, idtyp, oid, tid, roles, ver."},
		{Area: area, Name: "consent", Mark: evidence.Documented, Source: sheet + "§1.2", Text: "Without an admin's consent the application does not exist in the tenant: AADSTS700016; roles are what was consented to."},
		{Area: area, Name: "errors", Mark: evidence.Documented, Source: sheet + "§1.2", Text: "AADSTS codes with error, error_codes, trace_id, correlation_id."},
		{Area: area, Name: "texts of errors", Mark: evidence.Inferred, Source: sheet + "§1.2", Text: "Abridged."},
	}
}
