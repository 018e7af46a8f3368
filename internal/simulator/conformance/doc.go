// Package conformance lets Microsoft's own SDK for JavaScript judge the
// simulator: every operation of @azure/communication-call-automation, the
// callbacks by its parser, the media frames by its parser too.
//
// The judge knows what the simulator's authors may have read wrongly: it
// serialises the requests, takes only the documented success codes, and throws
// at shapes that it does not expect. The tests are *.test.mjs for node's own
// runner; the Go test starts one simulator for each of them, with an authority
// of its own that Node is told to trust, so that nothing is left unverified.
//
//	app.mjs     the application: an https server that gets Event Grid's events,
//	            callbacks and WebSockets, and checks every token
//	world.mjs   the SDK's client, the people, /_sim, and what tests do again and
//	            again
//	sound.mjs   a tone to play, and whether somebody heard it
//
// Two things cannot go through the SDK. It takes plain http only where it is
// told to (allowInsecureConnection), which the resource needs on loopback; and
// it downloads recordings from Microsoft's hosts only, so that the download is
// a signed request made by hand (facts/feasibility.md §6).
//
// What a test expects is marked in the fact sheets as documented, recorded or
// read from the SDK. Where they only infer something, the test takes every
// answer that does not contradict them.
package conformance
