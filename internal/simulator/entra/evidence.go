package entra

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area = "Entra ID"
	const sheet = "entra-graph-teams.md "
	return []evidence.Behaviour{
		{Area: area, Name: "discovery", Mark: evidence.Documented, Source: sheet + "§1.4, §1.5, §6", Text: "OpenID configuration of a tenant by GUID or domain, with the GUID throughout; of organizations and common with {tenantid} in the issuer; at the root of an https origin, with or without a trailing ?. Unknown tenants are 400 invalid_tenant, AADSTS90002."},
		{Area: area, Name: "instance discovery", Mark: evidence.SDK, Source: sheet + "§1.4", Text: "GET /common/discovery/instance knows this host alone; others are invalid_instance."},
		{Area: area, Name: "keys", Mark: evidence.Documented, Source: sheet + "§1.6", Text: "Two keys or more, each with kid, x5t, x5c and the issuer that it may sign for; those of personal accounts are in the set of organizations and common."},
		{Area: area, Name: "rotation of keys", Mark: evidence.Documented, Source: sheet + "§1.6", Text: "At once: a new key signs, the one before stays published, the one before that is gone."},
		{Area: area, Name: "authorize", Mark: evidence.Documented, Source: sheet + "§1.5", Text: "Code flow with state, nonce, PKCE (S256 and plain; not demanded), response_mode query, fragment and form_post, login_hint, prompt; a path of one tenant takes its people alone."},
		{Area: area, Name: "nobody stays signed in", Mark: evidence.Inferred, Source: sheet + "§1.5", Text: "Every request shows the page; prompt=none is login_required, AADSTS50058."},
		{Area: area, Name: "errors without a redirect", Mark: evidence.Documented, Source: sheet + "§1.1, §1.2", Text: "Unknown client (700016), other redirect URI (50011), account of another tenant (50020), unknown or disabled account (50034, 50057), unassigned (50105), disabled application (7000112), unknown tenant (90002): a page, nothing at the client."},
		{Area: area, Name: "status of error pages", Mark: evidence.Inferred, Source: sheet + "§1.2", Text: "400."},
		{Area: area, Name: "redirect URIs", Mark: evidence.Documented, Source: sheet + "§1.1", Text: "Compared exactly, but for the port of http://localhost; one without a path comes back with a slash."},
		{Area: area, Name: "authorization codes", Mark: evidence.Documented, Source: sheet + "§1.5", Text: "Good once (54005), for ten minutes (70008), at the path that issued them (700005), with the same redirect URI (500112) and the verifier (501481)."},
		{Area: area, Name: "unknown codes and refresh tokens", Mark: evidence.Inferred, Source: sheet + "§1.2", Text: "AADSTS70000, invalid_grant."},
		{Area: area, Name: "refresh tokens", Mark: evidence.Documented, Source: sheet + "§1.5", Text: "With offline_access alone; each use gives a new one and leaves the old one good, 90 days unused ends it (700082)."},
		{Area: area, Name: "id_token", Mark: evidence.Documented, Source: sheet + "§1.5", Text: "Version 2: iss of the tenant, aud, tid, oid, pairwise sub, name and preferred_username with profile, email with email, nonce, sid, uti, rh."},
		{Area: area, Name: "roles in the id_token", Mark: evidence.Documented, Source: sheet + "§1.5", Text: "The roles of the application itself that the person was assigned to, by their values; absent without any."},
		{Area: area, Name: "wids in the id_token", Mark: evidence.Reported, Source: sheet + "§1.5, §7 point 6", Text: "The person's directory roles by template id and that of an ordinary member, unless the app's groupMembershipClaims is None."},
		{Area: area, Name: "consent of a person", Mark: evidence.Documented, Source: sheet + "§1.1", Text: "Asked for at the first sign-in; it makes the service principal, without roles. With user consent off a person without a role that may consent meets Need admin approval: AADSTS90094, or 90095 after a request."},
		{Area: area, Name: "admin consent", Mark: evidence.Documented, Source: sheet + "§1.1", Text: "v2.0/adminconsent with scope and without common, adminconsent without scope; success is admin_consent=True, tenant, state and (v2) scope. HTML is taken out of state."},
		{Area: area, Name: "who may consent", Mark: evidence.Documented, Source: sheet + "§1.1", Text: "Application permissions: Global and Privileged Role Administrators. Delegated ones: also (Cloud) Application Administrators. Others meet Need admin approval."},
		{Area: area, Name: "declined consent", Mark: evidence.Documented, Source: sheet + "§1.1", Text: "consent_required, AADSTS65004, with admin_consent=True; v1 cancel: permission_denied."},
		{Area: area, Name: "cancelled consent", Mark: evidence.Reported, Source: sheet + "§1.1", Text: "v2: access_denied, error_subcode=cancel, without a description."},
		{Area: area, Name: "consent again", Mark: evidence.Documented, Source: sheet + "§1.1", Text: "What is registered replaces what was granted."},
		{Area: area, Name: "consent spreads", Mark: evidence.Reported, Source: sheet + "§1.1", Text: "By setting: for that long a first consent shows AADSTS700016, a token without roles, or 65001; a further one the roles of before. Sign-in sees it at once."},
		{Area: area, Name: "client credentials", Mark: evidence.Documented, Source: sheet + "§1.3", Text: "client_secret in the form or by Basic, or an assertion; a scope that ends in /.default, among OpenID scopes; one resource; no common (9001023), no organizations (50059)."},
		{Area: area, Name: "lifetime of app-only tokens", Mark: evidence.Documented, Source: sheet + "§1.3", Text: "By chance 60 to 90 minutes; 24 hours for clients that claim CP1, which is not acted on."},
		{Area: area, Name: "assertions by certificate", Mark: evidence.Documented, Source: sheet + "§1.3", Text: "RS256 and PS256; x5t or x5t#S256 in either base64; aud is the token endpoint or issuer; iss, sub, exp and nbf with five minutes of tolerance."},
		{Area: area, Name: "codes of bad assertions", Mark: evidence.Documented, Source: sheet + "§1.2", Text: "700027 signature or certificate, 700021 application, 700023 audience, 700024 time; 401 invalid_client."},
		{Area: area, Name: "federated credentials", Mark: evidence.Documented, Source: sheet + "§1.3", Text: "Issuer, subject, audience compared exactly (700211, 700213, 700212), then the issuer's published keys; of Entra's own tokens app-only ones alone (700229)."},
		{Area: area, Name: "tokens for the exchange", Mark: evidence.Inferred, Source: sheet + "§1.3", Text: "An app's token for api://AzureADTokenExchange has the issuer of version 2, so that it can stand for a managed identity."},
		{Area: area, Name: "claims", Mark: evidence.Documented, Source: sheet + "§1.3", Text: "A v1.0 app-only token: aud, iss (sts.windows.net), appid, appidacr by credential, app_displayname, idtyp, oid, tid, roles, wids, ver."},
		{Area: area, Name: "consent", Mark: evidence.Documented, Source: sheet + "§1.2", Text: "Without consent the application does not exist in the tenant: AADSTS700016. Disabled: 7000112. Without a role the token is issued all the same."},
		{Area: area, Name: "errors", Mark: evidence.Documented, Source: sheet + "§1.2", Text: "AADSTS codes with error, error_codes, timestamp, trace_id, correlation_id (the client's, if it sent one), error_uri."},
		{Area: area, Name: "texts of errors", Mark: evidence.Inferred, Source: sheet + "§1.2", Text: "Abridged."},
		{Area: area, Name: "statuses of errors", Mark: evidence.Inferred, Source: sheet + "§1.2", Text: "401 for invalid_client, 503 for the transient ones, else 400; 7000112 too, for which the sources differ."},
		{Area: area, Name: "sign-out", Mark: evidence.Documented, Source: sheet + "§6", Text: "Redirects to a registered post_logout_redirect_uri with state, else shows a page."},
	}
}
