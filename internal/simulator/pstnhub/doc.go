// Package pstnhub plays Microsoft's direct-routing SIP proxies, sip, sip2 and sip3.pstnhub.microsoft.com, and their media processor, towards an SBC.
//
// Calls come in (Config.OnInvite) and go out ([Proxies.Dial]). What it obeys is facts/direct-routing.md, above all §20; marks such as [I] and [T] in comments are those
// of that sheet and say how well something is known. It is strict: what Microsoft refuses is refused with the same status and REASON, what
// Microsoft leaves unanswered stays unanswered, and every breach of the rules is counted under a name of its own ([Proxies.Violations]),
// so that a test can ask for none.
//
// # Decisions
//
//   - Messages are read and written by this package itself, over crypto/tls. Microsoft's dialect (upper-case names in a fixed order, a tagless To in
//     some responses, a Via in another order, no reuse of connections, several early dialogs) is against the grain of a SIP stack, and a fake
//     that shared its stack with the product would share its mistakes.
//   - There are no client transactions beyond "send and await", and no retransmission of requests: every connection is TLS.
//     A 2xx is repeated until its ACK all the same (RFC 3261 §13.3.1.4).
//   - TLS 1.2 with the two GCM suites (§2.3): an SBC without an RSA certificate fails here as it would there. Whether the real proxies speak
//     TLS 1.3 is not known; Config.MaxTLS admits it.
//   - The certificate handed in ought to be what Microsoft has in 2026: RSA, SAN *.pstnhub.microsoft.com, extended key usage serverAuth only.
//     It is also presented as client certificate, which the default verification of Go's servers refuses (§4.4).
//   - Calls out offer the codecs of the recorded offer, more than the simulator has: an SBC must find G.711 among them. One that prefers another codec
//     is not in the wrong, and Dial says so with an error of its own instead of a refusal.
//   - What Microsoft does with a bad answer to its INVITE is not known. Here it is acknowledged and hung up, and counted.
//   - Health by OPTIONS (§5.2, §5.3) is kept for each trunk: each proxy begins its own OPTIONS after the SBC's first, and a trunk whose OPTIONS stopped for
//     three minutes is not called. One that never sent any is called all the same, since a test may have no use for them; Config.NeedOptions is as strict as
//     the documentation. These and the session timer go by Config.Clock.
//   - A session is refreshed after half an hour by a re-INVITE with the description unchanged, which is reported (§9). [Leg.Reinvite] sends one at any time,
//     for hold, resume and a new key as well. When both sides ask at once, both get 491 and wait as RFC 3261 §14.1 says, in proportion to T1.
//   - REFER ([Leg.Refer]) is sent to an SBC whose Allow has it, and the INVITE that comes back is held against it byte for byte (§10). Nothing here chooses
//     between REFER, Replaces and a transfer inside Microsoft's network: whoever plays Microsoft's application does.
//   - Each proxy dials from the address that it listens on, so that an SBC sees three datacentres (§1.6).
//   - An SBC's certificate may carry serverAuth or clientAuth; what Microsoft asks in this respect today is unknown (§2.4).
//
// # Sound
//
// Microsoft has SILK, G.711, G.722 and G.729 (§2.2); here there are PCMU, PCMA and G.722, whose RTP clocks are 8000 all alike. The first of the offer that is known
// is the one that is sent; what is received may be any that the answer lists. A leg joins a conference with the rate of its codec, and a later
// offer with another codec changes that at the next [Leg.Attach]; until then frames are converted on the way.
//
// Time in our stream is the conference's: a tick of 20 ms moves the timestamp whether a packet is sent or not, and a key press ([Leg.Press]) takes the
// place of the audio in the ticks it lasts.
//
// # Who owns what
//
// [Proxies] owns the listeners, the connections and the two tables: INVITE transactions by branch, dialogs by Call-ID and tags. A connection's goroutine
// reads and handles one message after the other and never waits. A [Leg] is one INVITE and the dialog it becomes; its mutex guards its state, and
// whoever ends it first says how. Signalling may outlive it for the application: a BYE of ours is still being sent, or a 200 crossed a CANCEL.
// A call out has an INVITE of ours beside its leg, under the same mutex; Dial waits for its outcome, and what comes later, such as a second 200, is seen to
// without Dial.
//
// The names of the proxies must lead to their addresses: [Proxies.Names] lists them, with the hosts that stand in RECORD-ROUTE.
package pstnhub
