// Package simulator is Microsoft's side on one machine: Communication Services
// with their SIP proxies, Event Grid and callbacks, Entra ID, Graph, and the
// people in Teams, with a page where a human plays them.
//
// It imports none of this project's code but audio, so that it cannot agree
// with the product's mistakes; it was written from the fact sheets and the
// recordings, and it is strict: what is not implemented is refused loudly and
// counted (Unhandled).
//
//	acs       Call Automation, one HTTP port a resource
//	events    Event Grid and mid-call callbacks
//	pstnhub   the SIP proxies with TLS and SRTP;  mixer  the audio of a call
//	teams     the people;  desk  /_sim and the page
//	entra     tokens;  graph  presence
//	dns       names of the proxies and the trunks
//	pki clock faults signing   what the others stand on
//	delays    the times of the real service, off unless Config.Delays says so
//
// A Server wires them. A call goes like this: pstnhub accepts an INVITE and
// offers its leg to acs; events announces it; the application answers by HTTP;
// acs opens a conference in mixer, attaches the leg, and lets teams ring whom
// the application adds.
//
// Ports may all be 0, so that several simulators run side by side. ACS is plain
// HTTP on loopback, as the official SDKs allow for testing; Entra and Graph are
// https with certificates of the directory's authority, for their clients
// refuse anything else. Callbacks go to https, trusting that authority only.
package simulator
