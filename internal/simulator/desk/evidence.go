package desk

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area = "Teams client"
	return []evidence.Behaviour{
		{Area: area, Name: "ringing", Mark: evidence.Documented, Source: "call-automation.md §13", Text: "The page of a user shows the display name that the application gave, and the caller."},
		{Area: area, Name: "buttons", Mark: evidence.Documented, Source: "call-automation.md §13", Text: "Accept, decline, hang up, mute, hold, keypad, transfer."},
		{Area: area, Name: "recording banner", Mark: evidence.Documented, Source: "call-automation.md §10", Text: "Shown while the call is recorded."},
		{Area: area, Name: "looks and sound", Mark: evidence.Inferred, Source: "call-automation.md §13", Text: "A page of our own with WebRTC; it is not Teams, and which devices ring is set by /_sim."},
	}
}
