// Package voice is the speaking and listening part of the simulated Call
// Automation: what an application plays is made or fetched here, and what the
// people say is "recognised" here (facts/call-automation.md §7, §14).
//
//	speaker.go ssml.go tones.go   text to speech, or marked tones in its place
//	fetch.go mp3.go               files to play: download, WAV, MP3
//	player.go                     playing into a conference
//	script.go recogniser.go       speech recognition by script, on what
//	detector.go                   hears who speaks
//	match.go                      choices
//	collector.go                  digits
//	recorder.go                   recordings
//	result.go                     how all of it can end
//	sound.go                      the one format
//
// # Sound
//
// Everything is mono, 16 kHz, linear 16 bit ([Rate]); a frame is 20 ms, 320
// samples ([FrameSamples]).
//
// # Time
//
// Nothing here has a clock of its own or a goroutine that outlives a call. The
// conference paces player, recogniser and recorder, one call each tick, and the
// [Collector] is told the time. Thus nothing drifts against the sound.
//
// # Recognition
//
// No model of speech runs here. A voice-activity detector finds out when
// somebody speaks, and the words are those that were scripted for him
// ([Script]): the first utterance is the first scripted phrase, and so on. What
// nobody scripted is an utterance that was not recognised.
//
// # Endings
//
// Each ending is decided here, with the code, subcode and message that the
// callback carries; texts are documented unless their comment says otherwise.
package voice
