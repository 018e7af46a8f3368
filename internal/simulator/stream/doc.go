// Package stream is the service's side of Call Automation's media streaming and
// transcription: the service connects to a WebSocket of the application and
// sends text frames of JSON (facts/call-automation.md §9).
//
// Dial makes the connection and returns a Stream; what a call sounds like is
// handed to Audio every 20 ms, pressed digits to DTMF, recognised speech to
// Transcribed. A media stream that is bidirectional also hands back what the
// application wants to be heard (Config.OnAudio).
//
// # Time
//
// Audio, DTMF and Transcribed never block: they put into a queue of bounded
// length, whose oldest entry makes room for the newest. What was lost is
// counted (Counts.Dropped); timestamps say where it is missing. Resampling and
// encoding happen in the goroutine that writes. Nothing here paces anything:
// one call of Audio is one frame, or one a speaker.
//
// # What is documented and what is not
//
// The frames, the headers and the names of the details are documented [D]; the
// spellings of what applications send come from the SDKs [K]. Inferred [?] are:
// which failure has which detail (see Detail), that a lost connection is tried
// again once after a second and starts with new metadata, that sound which fell
// into the interruption is left out, what makes a speaker dominant, and that
// unmixed streams have no frames of those who say nothing.
package stream
