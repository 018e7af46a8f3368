package routing

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area = "SIP routing"
	const sheet = "direct-routing.md "
	return []evidence.Behaviour{
		{Area: area, Name: "read", Mark: evidence.Recorded, Source: "recorded/acs-http net-siprouting-get-trunk", Text: "`GET /sip` → 200 with all trunks and routes; a resource without any has `{\"trunks\":{},\"routes\":[]}`."},
		{Area: area, Name: "merge patch", Mark: evidence.Recorded, Source: "recorded/acs-http net-siprouting-get-trunk; " + sheet + "§1.3", Text: "`PATCH /sip` changes the trunks that it names, deletes those that it sets to null, replaces all routes if it has some, and answers the whole; the result is refused whole or taken whole."},
		{Area: area, Name: "formats", Mark: evidence.Recorded, Source: "recorded/acs-http js-siprouting-422-*", Text: "422 UnprocessableConfiguration with the inner codes InvalidTrunkFqdn, InvalidTrunkSipSignalingPort; the texts are the recorded ones."},
		{Area: area, Name: "inner codes", Mark: evidence.SDK, Source: sheet + "§1.4", Text: "EmptyPatch, InvalidRouteName, InvalidRouteNumberPattern, MissingTrunk, also for a trunk that a route still names."},
		{Area: area, Name: "duplicated routes", Mark: evidence.Recorded, Source: "recorded/acs-http js-siprouting-400-duplicated-route", Text: "400 with DuplicatedRoute if two routes have one name."},
		{Area: area, Name: "unknown trunk deleted", Mark: evidence.SDK, Source: sheet + "§1.3", Text: "200, nothing changes."},
		{Area: area, Name: "patterns", Mark: evidence.Schema, Source: "sip-routing.json; " + sheet + "§1.6", Text: ".NET regular expressions, not anchored by themselves; they may look ahead."},
		{Area: area, Name: "order of routes", Mark: evidence.Documented, Source: sheet + "§1.6", Text: "All routes that match are candidates, the first before the others; a trunk that is disabled is none. In which order those of one route are tried is the switch sip.trunk_order."},
		{Area: area, Name: "domains", Mark: evidence.Documented, Source: sheet + "§1.7", Text: "A new trunk needs its FQDN or its domain proved by a TXT record, which is the portal's (`/_sim/sip/domains`); *.onmicrosoft.com and *.azure.com are refused. Without the proof a trunk is refused, too: switch sip.domain."},
		{Area: area, Name: "domains by API", Mark: evidence.Inferred, Source: "sip-routing-preview.json", Text: "A domain that the preview's PATCH adds counts as proved; one with trunks cannot be deleted (422, inner code not known)."},
		{Area: area, Name: "one resource", Mark: evidence.Documented, Source: sheet + "§1.7", Text: "A FQDN that another resource has is refused; with which inner code is not known, so there is none."},
		{Area: area, Name: "test of a number", Mark: evidence.Schema, Source: "sip-routing-preview.json", Text: "`POST /sip:testRoutesWithNumber` lists the routes of the configuration in the request that match, in its order."},
		{Area: area, Name: "health", Mark: evidence.Schema, Source: "sip-routing-preview.json", Text: "With `expand=trunks/health` of the newest preview each trunk has what the proxies make of it."},
		{Area: area, Name: "headers", Mark: evidence.Recorded, Source: "recorded/acs-http js-siprouting-*", Text: "api-supported-versions, MS-CV, Strict-Transport-Security, X-Azure-Ref, X-Cache, X-Processing-Time."},
		{Area: area, Name: "small letters", Mark: evidence.Inferred, Source: sheet + "§1.2", Text: "FQDNs are stored in small letters."},
		{Area: area, Name: "other errors", Mark: evidence.Inferred, Source: sheet + "§1.4", Text: "More than 250 entries: 422 without inner code; an unknown api-version, a body that is no JSON: 400; another Content-Type: 415."},
	}
}
