package dns

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area = "Names"
	return []evidence.Behaviour{
		{Area: area, Name: "proxies", Mark: evidence.Documented, Source: "direct-routing.md §2.1", Text: "sip, sip2 and sip3.pstnhub.microsoft.com have A records, all else there is NXDOMAIN."},
		{Area: area, Name: "hosts of the proxies", Mark: evidence.Recorded, Source: "direct-routing.md §5.1; recorded/sip", Text: "The names in RECORD-ROUTE resolve too."},
		{Area: area, Name: "trunks", Mark: evidence.Documented, Source: "direct-routing.md §4.1", Text: "Their FQDNs have the addresses that they were registered with; names outside these zones are REFUSED."},
		{Area: area, Name: "proofs", Mark: evidence.Documented, Source: "direct-routing.md §1.7", Text: "TXT records are whatever `PUT /_sim/dns/{name}` says."},
		{Area: area, Name: "lifetimes", Mark: evidence.Inferred, Source: "direct-routing.md §2.1", Text: "TTL 0, so that changes are seen at once."},
	}
}
