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
// stack could not read is answered by its screen (package wire), everything else by package
// guard; both name what is wrong. Whose word on the caller counts, and how it writes
// numbers, is the peer's (package party). Nothing of one side is copied to the
// other but what is listed there: each leg is built anew.
//
// A peer may name a host where it wants its sound: it is looked up before the leg sees the description (names.go).
//
// A peer is called where package target finds it, one target after the other: no
// connection, silence and 503 lead to the next (outdial.go). Peers that want OPTIONS get
// them (health.go), and who does not answer is called last. A request over 1300 bytes goes
// over TCP if the peer takes it, else in fragments. Behind a NAT a peer is asked where its
// packets come from, if its Contact is an address of its own network (package dialog).
//
// # User agents
//
// Each near side ([Config.AlsoNear]) is one user agent of the SIP stack: what comes to its
// listeners is answered from them and names them; a peer is called from the side that reaches it
// (nears.go). Each trunk identity has one
// for the connections that we open, with its certificate; one more has the listener for
// the connections that Microsoft opens. So pools never mix: a request of ours
// cannot go down a connection of theirs, which Microsoft does not allow
// (facts/direct-routing.md §4.3).
//
// # Ways to Microsoft
//
// How Microsoft knows a trunk is the trunk's connectivity, and what follows from that for
// the wire is data of package profile ([profile.Dialect]); here nothing asks which it is. With Teams direct
// routing a carrier's trunk has those of tenants below its name: they share its
// connections, OPTIONS and health (trunks.go). Whether a number may have a connectivity is the engine's and its
// adapters' business, not that of the edge.
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
// edge keeps the bytes of the response instead (package wire), and lets go of the rest when
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
// has a dialog of its own until one of them answers.
//
// # Transfers
//
// INVITE with Replaces (RFC 3891) puts another dialog of the same peer's, or of
// Microsoft's, in the place of a leg's own (replaces.go, takeover.go): the engine sees the
// same leg answered again, with another remainder, and the ports stay. An INVITE of ours
// that still rings is picked up so, and cancelled.
//
// REFER of a peer (refer.go, outrefer.go, transfer.go) has us call somebody at that very peer, by the
// rules of calls out: dial_to, dial_prefixes, number rules, limits. The host of Refer-To
// leads nowhere, and a Replaces in it goes along (RFC 5589 §7). While that rings the
// remainder has both dialogs; with the answer it is a takeover like the others. A call
// stays one call with one CDR, whoever its near leg is with. Who knows a peer's password and
// nothing else may transfer only where dial_prefixes says. Where that Replaces names another
// call of the same peer's with this edge, nobody is called: the peer is left in both, and their near
// sides are each other's other end, by sound inside the host (join.go). They stay two calls with a CDR each, are
// counted as the peer's until they end, and the end of one is the end of the other; of a near side nothing
// remains for the journal. REFER of Microsoft's (farrefer.go)
// is carried out in the same way, in calls of either direction, by an INVITE back to the
// proxies that has what Microsoft wrote letter by letter.
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
// Who waits hears music from us: while Microsoft has its leg on hold, and while the engine says so because Microsoft holds the customer by its API (music.go). It is the tenant's
// prompt, a tune of ours, or silence; who is on hold himself hears none.
//
// A leg of which neither RTP nor RTCP came for [media.Config.NoMediaAfter], which may send and is not on hold, is asked by OPTIONS inside its dialog. 481, 408 and silence end
// it (RFC 5057 §5.1); any other answer shows that somebody is there, and quiet (alive.go).
//
// # Sessions
//
// Each leg keeps the session timer of RFC 4028, if the other party has one (session.go).
// Who asks for it refreshes unless it says otherwise; in our own calls whoever the 200
// names. We refresh by UPDATE where it is allowed, else by re-INVITE with the description
// as it stands (ours.go): always the latter with Microsoft, which has no UPDATE
// (facts/direct-routing.md §9). A session that its refresher forgets is ended. While a
// re-INVITE of ours is under way theirs gets 491, and ours is sent again after theirs
// (RFC 3261 §14). REFER is in our Allow, and so sent by Microsoft, only where
// [FarConfig.Refers] says so (facts/direct-routing.md §10).
//
// # Limits
//
// A peer's calls in a second and at once, and a tenant's by the number that is called
// (package guard), are refused with 503 and Retry-After before media, engine or journal hear of
// them. A message on a connection that is larger than the stack takes gets 513.
//
// # Load and captures
//
// New calls are refused with 503 and Retry-After before anything is done for them when offers wait in numbers, or timers come late twice in a row (guard.Load). A
// running call can be captured to a pcap file in all its legs, telephones that Microsoft calls through us included, with the headers of its sound only unless the sound is asked for (trace.go, package capture).
//
// # What is not done yet
//
// Two calls of a peer's are joined (REFER with Replaces) if this process has both, both are answered, and their
// sound is of one address family and of one kind (G.711 or G.722); else 481, 491 or 488 is told. A transfer takes no reliable 18x. 3xx of a peer is not followed.
// Captures are kept in memory, by the process that has the legs, for two hours at most.
// NAPTR is not asked for. Targets of both address families in one call out: the sound is on
// that of the first.
// A tenant's limits do not count Microsoft's calls out, nor calls asked for through the API. A capture
// shows the address of the first near side.
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
//   - Two calls that a peer joins are joined in memory. An INVITE with Replaces to ourselves would have to be told
//     from a stranger's at the guard, to find back from an advertised address, and to be ended for a process
//     that died.
//   - A re-INVITE is answered here and never passed through: Microsoft hangs up on
//     carriers' refreshes (facts/direct-routing.md §18 no. 19).
//   - Our sockets keep the scheduler out of their system calls, and a connection to a next hop
//     that stands alone is opened here and handed to the stack as if it had come
//     (package wire, nexthop.go). The stack's own connections, to Microsoft's proxies and
//     to peers, are package net's.
//   - 180 is repeated every minute while it rings (RFC 3261 §13.3.1.1), without SDP: a
//     phone makes its own ringing tone. Who was answered early hears one from us. What the
//     far side says before it answers is heard if whoever runs the edge wants that
//     (RingThrough): `tandem edge` does, the product has a person behind Microsoft's
//     ringing and announcements of its own.
package sip
