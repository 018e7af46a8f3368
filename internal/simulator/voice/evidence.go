package voice

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area = "Voice"
	const sheet = "call-automation.md "
	return []evidence.Behaviour{
		{Area: area, Name: "results", Mark: evidence.Documented, Source: sheet + "§7", Text: "Codes, subcodes and texts of play and recognise, from Microsoft's lists."},
		{Area: area, Name: "results without a text", Mark: evidence.SDK, Source: sheet + "§7", Text: "8533, 8534, 8545, 8547, 8563, 8569 and 8582 have their subcodes from the .NET SDK, their texts from us."},
		{Area: area, Name: "files", Mark: evidence.Documented, Source: sheet + "§7", Text: "WAV of mono 16-bit PCM at 16 kHz, or MP3 with an ID3v2 tag; otherwise 8535, and 8536 when they cannot be fetched."},
		{Area: area, Name: "limits of files", Mark: evidence.Inferred, Source: sheet + "§7", Text: "Size, time and redirects are limited as we think fit."},
		{Area: area, Name: "text to speech", Mark: evidence.Inferred, Source: sheet + "§7", Text: "espeak-ng where it is installed, marked tones of the same length otherwise; of a voice only its language counts."},
		{Area: area, Name: "length of a text", Mark: evidence.Documented, Source: sheet + "§7", Text: "Limited; what happens beyond is inferred."},
		{Area: area, Name: "speech recognition", Mark: evidence.Inferred, Source: sheet + "§7", Text: "No model runs: who speaks is detected, and the words are those that `/_sim/say` scripted, else 8563."},
		{Area: area, Name: "choices", Mark: evidence.Documented, Source: sheet + "§7", Text: "By phrase or by tone, with label and phrase in the result."},
		{Area: area, Name: "likeness of phrases", Mark: evidence.Inferred, Source: sheet + "§7", Text: "Without case and punctuation, wherever the phrase stands."},
		{Area: area, Name: "collecting digits", Mark: evidence.Documented, Source: sheet + "§7", Text: "Maximum, stop tones, time between tones, first silence."},
		{Area: area, Name: "the stop tone itself", Mark: evidence.Inferred, Source: sheet + "§7", Text: "Is not among the tones of the result."},
		{Area: area, Name: "recordings", Mark: evidence.Documented, Source: sheet + "§10", Text: "16 kHz; unmixed in one channel for each participant."},
	}
}
