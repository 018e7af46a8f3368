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
		{Area: area, Name: "OPTIONS of its own", Mark: evidence.Recorded, Source: sheet + "§5.2", Text: "After the SBC's first, to the FQDN in its Contact; a 200 without Contact counts as none. That they come every minute is inferred."},
		{Area: area, Name: "demotion", Mark: evidence.Documented, Source: sheet + "§5.3, §1.6", Text: "A trunk whose OPTIONS stopped for three minutes is not called; one that never sent any is, unless that is asked for."},
		{Area: area, Name: "carrier trunks", Mark: evidence.Documented, Source: "teams-phone-extensibility.md §9.1", Text: "Teams direct routing: a tenant's name below a carrier's trunk has that one's health, and OPTIONS for it are a violation."},
		{Area: area, Name: "health", Mark: evidence.Documented, Source: sheet + "§1.2", Text: "TLS, ping and overall status in the words of the SIP routing API."},
		{Area: area, Name: "source addresses", Mark: evidence.Documented, Source: sheet + "§1.6", Text: "A trunk that does not take the connection is tried from three addresses."},
		{Area: area, Name: "session refresh", Mark: evidence.Reported, Source: sheet + "§9", Text: "A re-INVITE with the description unchanged after half of Session-Expires, 3600 s."},
		{Area: area, Name: "hold by Microsoft", Mark: evidence.Inferred, Source: sheet + "§9", Text: "A re-INVITE with inactive; its literal form is not known."},
		{Area: area, Name: "new key", Mark: evidence.Reported, Source: sheet + "§8.2", Text: "A re-INVITE with another SRTP key begins with a rollover counter of 0."},
		{Area: area, Name: "glare", Mark: evidence.Inferred, Source: sheet + "§9", Text: "491 to both, tried again after the times of RFC 3261 §14.1."},
		{Area: area, Name: "REFER", Mark: evidence.Recorded, Source: sheet + "§10; recorded/sip", Text: "To an SBC whose Allow has it; its INVITE must have Request-URI, To and Referred-By letter by letter: otherwise 400."},
		{Area: area, Name: "INVITE with Replaces", Mark: evidence.Documented, Source: sheet + "§10", Text: "A call that takes the place of another, whose SBC owes the BYE."},
		{Area: area, Name: "identity of a call out", Mark: evidence.Inferred, Source: sheet + "§6.2, §11", Text: "P-Asserted-Identity with a tel URI and Privacy: id; the literal form is not known."},
		{Area: area, Name: "session timer in a 200", Mark: evidence.Inferred, Source: sheet + "§9", Text: "None, unless a fault asks for it: then the SBC is the refresher."},
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
