// Package sip is the SIP edge: a back-to-back user agent between the peers of the
// provider (near side) and Microsoft (far side). It implements bridge.Edge and
// tells the engine what becomes of the legs; it decides nothing about calls.
//
//	peer ⇄ UDP, TCP, TLS ⇄ near: screen → guard → leg ┐
//	                                                  ├ conversation (media.Session) ⇄ engine
//	Microsoft ⇄ TLS, both ways      ⇄ far:  leg ──────┘
//
// # Legs
//
// A leg is one dialog and one goroutine, which alone touches its state. Everybody
// else leaves something with it: the engine orders (a bounded box, so that the
// engine never waits), the SIP stack requests inside the dialog, timers, the media
// relay. A near leg lives in the handler of its INVITE, because the stack
// ends a server transaction when its handler returns. Its facts go to the
// engine as events; each carries the remainder of the dialog (package dialog), so that
// another process can end it ([Edge.Bury]).
//
//	near:  offered ─Ring─▶ ringing ─Answer─▶ answered ─ACK─▶ up ─BYE─▶ over
//	far:   dialing (proxy 1, 2, 3) ─18x─▶ ringing ─200, ACK─▶ up ─BYE─▶ over
//
// # Calls out
//
// A telephone that a call adds is called by Microsoft through a trunk: its INVITE comes to
// our listener, shows the token that the engine gave along, and is dialled at a peer
// (outcall.go, outpeer.go). Without a good token it is refused with 403 and nothing is
// dialled: the trunk is not an open door to the telephone network.
//
// # Peers
//
// Requests are held against the RFC before anything is kept of them: a datagram that the
// stack could not read is answered by its screen (datagram.go), everything else by package
// guard; both name what is wrong. Whose word on the caller counts, and how it writes
// numbers, is the peer's (caller.go, diversion.go). Nothing of one side is copied to the
// other but what is listed there: each leg is built anew.
//
// A peer is called where package target finds it, one target after the other: no
// connection, silence and 503 lead to the next (outdial.go). Peers that want OPTIONS get
// them (health.go), and who does not answer is called last. A request over 1300 bytes goes
// over TCP if the peer takes it, else in fragments. Behind a NAT a peer is asked where its
// packets come from, if its Contact is an address of its own network (package dialog).
//
// # User agents
//
// The near side is one user agent of the SIP stack. Each trunk identity has one
// for the connections that we open, with its certificate; one more has the listener for
// the connections that Microsoft opens. So pools never mix: a request of ours
// cannot go down a connection of theirs, which Microsoft does not allow
// (facts/direct-routing.md §4.3).
//
// # Without Microsoft
//
// An edge that stands alone (tandem edge) has one next hop in the place of trunks and
// proxies ([NextHop]), with a profile of its own: users and headers go on as they came
// (profile.Plain). All else is the same code.
//
// # What stays after a call
//
// The SIP stack keeps a transaction for 32 s after its end. For requests over UDP the
// edge keeps the bytes of the response instead (answered.go), and lets go of the rest when
// the call is over: at 1,000 short calls a second that is the difference between a heap
// that holds the calls and one that holds half a minute of them.
//
// # Inside dialogs with peers
//
// INVITE, UPDATE and INFO of a peer are answered here and go no further. One offer is
// open at a time: what crosses it gets 491 or 500 (glare.go, update.go), and a re-INVITE
// that has only overtaken the ACK with an answer waits for it. What was agreed on last is
// kept ([leg.agree]), so that an offer of ours (offers without SDP, refreshes) names the same
// lines, ports, keys and payload types. A caller who has 100rel rings reliably
// (reliable.go); as a caller we send PRACK (forks.go), where each telephone that rings
// has a dialog of its own until one of them answers. With peers that have session timers
// there is one (session.go), refreshed by UPDATE or re-INVITE (ours.go). INVITE with
// Replaces puts another dialog of the same peer's in the place of a near leg
// (replaces.go): the engine sees the same leg answered again.
//
// # Failover
//
// One Dial tries the proxies in order, those that did not answer OPTIONS or asked to be
// left alone (503 with Retry-After) last. No connection, no response in
// [Timers.FirstResponse], and 503 lead to the next one; 408 and other 5xx do as long as no
// telephone has rung, since another INVITE would ring it once more; the rest of 4xx, and
// 6xx, is final (facts/direct-routing.md §13, proxies.go). A proxy that stayed silent may still come to
// life: its transaction is kept in the background, cancelled at the first
// provisional response, and a late 200 is acknowledged and ended.
//
// # Sound
//
// The relay is package media; here the legs agree on what is spoken (voice.go). Microsoft is offered what the peer has, in the peer's order, and the other law
// of G.711, into which the relay converts. G.722 is spoken on both sides or on none: while Microsoft may still choose it the peer's 200 waits for Microsoft's,
// unless the engine has the peer answered before anybody is called. Key presses pass and are counted, never written down: they may be of a PIN.
//
// A leg of which neither RTP nor RTCP came for [media.Config.NoMediaAfter], which may send and is not on hold, is asked by OPTIONS inside its dialog. 481, 408 and silence end
// it (RFC 5057 §5.1); any other answer shows that somebody is there, and quiet (alive.go).
//
// # Sessions with Microsoft
//
// Microsoft's re-INVITEs are answered in the leg; the session timer of RFC 4028 is kept
// in farsession.go. In calls of theirs they refresh, as they offer; in ours whoever their
// 200 names. Who refreshes sends the description as it stands; a session that its
// refresher forgets is ended. While a re-INVITE of ours is under way theirs gets 491, and
// ours is sent again after theirs (RFC 3261 §14). REFER is not in our Allow, and so
// Microsoft does not send it (facts/direct-routing.md §10).
//
// # Load and captures
//
// New calls are refused with 503 and Retry-After before anything is done for them when offers wait in numbers, or timers come late twice in a row (load.go). A
// running call can be captured to a pcap file, with the headers of its sound only unless the sound is asked for (trace.go, package capture).
//
// # What is not done yet
//
// REFER of a peer, which gets 405: a transfer would need a call that the engine does not
// know of. Replaces of the telephone of a call out (603). 3xx of a peer is not followed.
// Early media of Microsoft's is not passed to callers, who hear their own ringing. NAPTR,
// several listeners of one transport, and targets of both address families in one call
// out: the sound is on that of the first.
//
// # Decisions
//
//   - No answer is retransmitted by shortening the stack's timers, which are globals of
//     the process (facts/feasibility.md §9); what has to be shorter in tests is our own
//     ([Timers]).
//   - sipgo's dialog types are not used: ten responses are its limit for an INVITE, a
//     remote target does not survive them letter by letter, and a dialog has to be
//     written down for the journal.
//   - The stack's own 100 Trying is off for the process: it reads the request while we
//     write our tag there. All parties in the process send their own.
//   - The stack acknowledges a repeated refusal after four seconds only. Over UDP its
//     transaction is ended early, and refusals.go acknowledges at once.
//   - The stack hands each message on in a goroutine of its own, so a BYE may overtake the
//     200 and a re-INVITE the ACK. Legs take them in either order.
//   - A re-INVITE is answered here and never passed through: Microsoft hangs up on
//     carriers' refreshes (facts/direct-routing.md §18 no. 19).
//   - 180 is repeated every minute while it rings (RFC 3261 §13.3.1.1), without SDP: a
//     phone makes its own ringing tone. Who was answered early hears one from us.
package sip
