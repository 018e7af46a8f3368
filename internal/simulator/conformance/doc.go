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
// read from the SDK. Where they only infer something, the simulator has a
// switch, and the tests run a second time with every switch turned around: they
// may ask which way it stands (inference in world.mjs), but demand nothing that
// rests on a guess.
//
// Microsoft's sample applications run against msim as they are, but not in
// these tests, for they are not ours. They give the client no options, so the
// resource needs https in front: any proxy to msim's --acs address that leaves
// Host alone, with a certificate of msim's authority, which the sample trusts
// through NODE_EXTRA_CA_CERTS. Another such proxy, to the sample's port, takes
// the place of the dev tunnel in its CALLBACK_URI; with --insecure-callbacks
// http://127.0.0.1 does as well, but for Event Grid. Some samples never answer
// a callback: for them turn callback.retries to 0.
package conformance
