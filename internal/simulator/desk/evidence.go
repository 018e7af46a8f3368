package desk

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area = "Teams client"
	return []evidence.Behaviour{
		{Area: area, Name: "ringing", Mark: evidence.Documented, Source: "call-automation.md §13", Text: "The page of a user shows the display name that the application gave, and the caller."},
		{Area: area, Name: "buttons", Mark: evidence.Documented, Source: "call-automation.md §13", Text: "Accept, decline, hang up, mute, hold, keypad, transfer."},
		{Area: area, Name: "recording banner", Mark: evidence.Documented, Source: "call-automation.md §10", Text: "Shown while the call is recorded."},
		{Area: area, Name: "admin centre", Mark: evidence.Inferred, Source: "entra-graph-teams.md §3.2–3.4", Text: "A page and a control API of our own in place of the Teams admin centre; a list that is sent replaces the one that is there, as with the cmdlets."},
		{Area: area, Name: "Teams PowerShell", Mark: evidence.Documented, Source: "entra-graph-teams.md §3.2–3.4", Text: "Connect-MicrosoftTeams, Get- and Set-CsTeamsAcsFederationConfiguration, Get-, Set-, New- and Grant-CsExternalAccessPolicy, Set-CsPhoneNumberAssignment, with -WhatIf; Set- replaces the list. Of the language what such scripts use, and errors in PowerShell 7's words; other valid PowerShell is refused with its line."},
		{Area: area, Name: "words of PowerShell", Mark: evidence.Inferred, Source: "entra-graph-teams.md §3.2", Text: "What the cmdlets of Teams print beside the documented properties, the target of -WhatIf, and the errors of these cmdlets; that an error ends its statement, unless the preference says Stop."},
		{Area: area, Name: "looks and sound", Mark: evidence.Inferred, Source: "call-automation.md §13", Text: "A page of our own with WebRTC; it is not Teams, and which devices ring is set by /_sim."},
	}
}
