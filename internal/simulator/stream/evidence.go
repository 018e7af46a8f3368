package stream

import "tandem/internal/simulator/evidence"

// Evidence returns what this package imitates and how well that is known.
func Evidence() []evidence.Behaviour {
	const area = "WebSockets"
	const sheet = "call-automation.md §9"
	return []evidence.Behaviour{
		{Area: area, Name: "frames", Mark: evidence.Documented, Source: sheet, Text: "AudioMetadata, AudioData, DtmfData, TranscriptionMetadata and TranscriptionData as in the samples, 20 ms each."},
		{Area: area, Name: "headers", Mark: evidence.Documented, Source: sheet, Text: "Authorization with a JWT good for a day, x-ms-call-correlation-id, x-ms-call-connection-id."},
		{Area: area, Name: "rates", Mark: evidence.Documented, Source: sheet, Text: "16 and 24 kHz, mono, 16 bit."},
		{Area: area, Name: "spelling of inbound frames", Mark: evidence.SDK, Source: sheet, Text: "audioData and AudioData, stopAudio and StopAudio; names are compared without case."},
		{Area: area, Name: "names of details", Mark: evidence.Documented, Source: sheet, Text: "subscriptionStarted, initialWebSocketConnectionFailed and the others."},
		{Area: area, Name: "which failure has which detail", Mark: evidence.Inferred, Source: sheet, Text: "By HTTP status of the handshake; see stream.Detail."},
		{Area: area, Name: "lost connections", Mark: evidence.Inferred, Source: sheet, Text: "One more attempt after a second, which begins with new metadata; audio of the meantime is left out."},
		{Area: area, Name: "unmixed audio", Mark: evidence.Inferred, Source: sheet, Text: "No frames of those who say nothing; at most four speakers, the loudest."},
		{Area: area, Name: "a slow application", Mark: evidence.Inferred, Source: sheet, Text: "Five seconds are kept, then the oldest is dropped."},
		{Area: area, Name: "limits of inbound frames", Mark: evidence.Inferred, Source: sheet, Text: "A megabyte each, five minutes of audio waiting to be heard."},
	}
}
