// Package simulator is Microsoft's side on one machine: Communication Services
// with their SIP proxies, Event Grid and callbacks, Entra ID, Graph, and the
// people in Teams, with a page where a human plays them.
//
// It imports none of this project's code but audio, so that it cannot agree
// with the product's mistakes; it was written from the fact sheets and the
// recordings, and it is strict: what is not implemented is refused loudly and
// counted (Unhandled).
//
//	acs       Call Automation, one HTTP port a resource;  identity  its users
//	events    Event Grid and mid-call callbacks
//	stream    media streaming and transcription, the WebSockets to an application
//	voice     text to speech, files to play, scripted recognition, recordings
//	mixer     the sound of a call
//	routing   trunks and voice routes, as resources are configured
//	pstnhub   the SIP proxies with TLS and SRTP, calls in and out
//	phones    telephones that exist only here
//	teams     the people;  desk  /_sim and the pages;  browser  a person's voice
//	entra     sign-in, consent, tokens;  graph  presence
//	dns       names of the proxies and the trunks
//	inbox     takes callbacks and sockets for those who have no https server
//	evidence  how well each behaviour is known, and a switch for each guess
//	faults    misbehaviour on demand;  delays  the time that things take
//	pki clock signing watch   what the others stand on
//	conformance   Microsoft's own SDK and the recordings as judges; tests only
//
// A Server wires them. A call goes like this: pstnhub accepts an INVITE and
// offers its leg to acs; events announces it; the application answers by HTTP;
// acs joins the leg to a conference of mixer, and lets teams ring whom the
// application adds. The other way round, a number that an application calls is
// reached through the trunk of a voice route, else it is one of phones.
//
// Ports may all be 0, so that several simulators run side by side. ACS is plain
// HTTP on loopback, as the official SDKs allow for testing (Resource.TLS makes
// it https); Entra and Graph are https with certificates of the directory's authority, for their clients
// refuse anything else. Callbacks go to https, trusting that authority only.
package simulator
