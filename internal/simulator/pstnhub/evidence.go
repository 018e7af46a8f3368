package pstnhub

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area = "SIP proxies"
	const sheet = "direct-routing.md "
	return []evidence.Behaviour{
		{Area: area, Name: "TLS", Mark: evidence.Documented, Source: sheet + "§2.3, §2.4", Text: "TLS 1.2 with two GCM suites and RSA, client certificates demanded, own certificate for *.pstnhub.microsoft.com with serverAuth alone."},
		{Area: area, Name: "who is calling", Mark: evidence.Documented, Source: sheet + "§4.1, §4.2", Text: "By the FQDN in Record-Route, else Contact; it must be in the certificate and registered as a trunk: otherwise 403."},
		{Area: area, Name: "statuses of refusals", Mark: evidence.Reported, Source: sheet + "§20", Text: "488 without SDP, 420 for an unknown Require, 404 for another host, 403 and 484 for numbers without +, 405 for methods that Microsoft does not take."},
		{Area: area, Name: "connections", Mark: evidence.Documented, Source: sheet + "§4.3", Text: "No connection is used both ways; a request on one of Microsoft's own is dropped; idle ones are closed."},
		{Area: area, Name: "OPTIONS", Mark: evidence.Recorded, Source: sheet + "§5.1; recorded/sip", Text: "Answered in Microsoft's dialect: upper-case names in its order, no To tag, REASON, SERVER with region."},
		{Area: area, Name: "ringing", Mark: evidence.Recorded, Source: sheet + "§7", Text: "100, and early dialogs with distinct tags."},
		{Area: area, Name: "in-dialog requests", Mark: evidence.Reported, Source: sheet + "§18", Text: "Left unanswered when their Request-URI or Route is not the one of the dialog, letter by letter."},
		{Area: area, Name: "media", Mark: evidence.Documented, Source: sheet + "§2.2, §8", Text: "SDES only, AES_CM_128_HMAC_SHA1_80, ports 49152 to 53247; PCMU, PCMA, G.722 and telephone-event."},
		{Area: area, Name: "re-INVITE", Mark: evidence.Documented, Source: sheet + "§8.2, §0.9", Text: "Media keeps going to the first target; inactive alone is a hold."},
		{Area: area, Name: "call out", Mark: evidence.Recorded, Source: sheet + "§6.2; recorded/sip", Text: "INVITE in Microsoft's dialect to the trunk's FQDN and port; ten seconds for the first response."},
		{Area: area, Name: "failover", Mark: evidence.Documented, Source: sheet + "§1.6, §13", Text: "The next trunk of a voice route after 408, 503 and 504 only; routes in order, the first that fits."},
		{Area: area, Name: "custom headers", Mark: evidence.Documented, Source: sheet + "§14", Text: "User-To-User and X-MS-Custom-… both ways."},
		{Area: area, Name: "BYE", Mark: evidence.Recorded, Source: sheet + "§12; recorded/sip", Text: "With REASON, its cause and text."},
		{Area: area, Name: "a bad answer to a call out", Mark: evidence.Inferred, Source: sheet + "§7", Text: "Acknowledged, hung up and counted."},
		{Area: area, Name: "tones", Mark: evidence.Inferred, Source: sheet + "§8", Text: "RFC 4733 events of 100 ms with pauses as long."},
		{Area: area, Name: "TLS 1.3", Mark: evidence.Inferred, Source: sheet + "§2.3", Text: "Not offered; whether the real proxies do is not known."},
	}
}
