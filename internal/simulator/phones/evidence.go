package phones

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area = "Telephone network"
	return []evidence.Behaviour{
		{Area: area, Name: "numbers without a voice route", Mark: evidence.Documented, Source: "direct-routing.md §1.6", Text: "Are reached without an SBC, as through a number bought from Microsoft; here each is a phone that can be told what to do."},
		{Area: area, Name: "outcomes", Mark: evidence.Documented, Source: "observed-events.md §7; RFC 3261", Text: "603 declined, 486 busy, no answer; they reach the application as 560xyz."},
		{Area: area, Name: "clients of communication users", Mark: evidence.Documented, Source: "call-automation.md §6.4, §13", Text: "A communication user whom /_sim was told of as a phone has a client that rings like one; others are answered for by an application."},
		{Area: area, Name: "causes", Mark: evidence.Inferred, Source: "observed-events.md §7", Text: "Q.850 21 with 603 and 17 with 486."},
	}
}
