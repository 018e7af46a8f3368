// Package media relays the audio of calls: RTP or SRTP on the near side, RTP or SRTP on the far side.
//
// # Model
//
// A [Relay] has a fixed number of workers. A [Session] is one call and belongs to one worker; it has two [Stream]s, [Near] and [Far], each with a port pair
// (RTP even, RTCP the next). Until [Session.Bridge] each connected side hears generated audio, then the other side. Each side sees one
// continuous RTP stream of ours from the first packet to the last: one SSRC, sequence numbers and timestamps without a step, whatever feeds it
// (see outgoing).
//
//	near peer ⇄ socket ⇄ Stream{reception, SRTP in, outgoing, SRTP out} ⇄ the other Stream ⇄ socket ⇄ far peer
//
// # Workers
//
// A worker is one goroutine with one epoll set and non-blocking system calls, because with one goroutine per socket the wake-ups cost more than the relay
// itself (facts/performance.md, "What pays off"). The set is itself a descriptor that the runtime polls: a locked thread that blocks in epoll_wait costs a fifth
// more per packet, because the runtime's monitor thread watches whoever is in a system call, every 20 µs. No lock, no atomic, no goroutine wake-up and no allocation of ours per
// packet: the state of its sessions is under one lock, which the worker takes once for all packets that have arrived and gives back while it
// waits. Commands take it meanwhile and wake nobody; a command is short and never blocks. Statistics are asked for in the same way, so they are
// consistent and cost nothing until somebody asks.
//
// A tick each 5 ms serves a quarter of the sessions, so each is looked at every 20 ms: generated packets, reports, and silence that lasted too long.
//
// # What is believed
//
// Packets count only if they come from the signalled address, or that of the requests ([Stream.Trust]); the port is learnt from the first good packet and then
// fixed, so that a peer behind a NAT works and a stranger cannot take over a stream. With SRTP "good" means authenticated. A NAT that forgets a peer moves it in
// the middle of its stream: it is followed if SSRC and sequence numbers go on, and its SRTP authenticates; plain RTP must also have fallen silent at the
// old place and come twice in a row from the new one. All else is dropped and counted. When another address is told, as by a transfer, what is on its way
// from the old one is still heard, and does not teach that place again.
//
// What leaves the relay is rebuilt: our header, their payload; extensions, CSRCs and padding stay behind. A sequence number is never used twice under one key:
// duplicates and late strays are dropped by the sender's window, for plain RTP as well, because sending two payloads with one SRTP index would reveal both.
// Timestamps that jump by more than two seconds against the time that passed are taken for a clock that was set, and go on evenly for the listener.
//
// # Payloads
//
// The laws of G.711 are converted by a table if the sides differ; G.722 goes through if both have it. Key presses (RFC 4733) and comfort noise (RFC 3389)
// are passed under the other side's numbers, and dropped if it has none. Key presses are seen on the way ([Session.Pressed]), and made ([Session.Press]). After
// comfort noise the relay does not fill the pause with silence, because the listener makes the noise himself.
//
// # Music
//
// A side whose counterpart is on hold hears music ([Session.Music]), and so does one that is parked ([Session.Park]) while Microsoft holds the customer by its API, where nothing
// on the wire says so. It is one more source of the one stream that the side has; it is coded once for any number of calls. Who is on hold himself gets none.
//
// # Reports
//
// RTCP is terminated: both sides get our reports every 5 s, also on hold (facts/direct-routing.md §8.3), a BYE at the end, and one CNAME that tells nothing.
// They are made for the whole way as far as that makes sense: loss is what we missed of a side's packets and, once joined, what the other side reports to
// have missed of ours, since it is lost for the listener either way. Jitter and round trip are those between the side and us: each has a jitter buffer for its own
// hop, and LSR and DLSR name reports that only their two ends know. Our own figures ([StreamStats]) stay apart by side, so that a bad path can be named.
// [StreamStats.Quality] rates each side by the E-model.
//
// A side is missed ([Session.Lost]) only when neither RTP nor RTCP came from it for long, it may send, and is not on hold; after comfort noise twice as long.
//
// # Ports
//
// Pairs are used in turn, and not before they have rested ([Config.Rest]): who still sends to a call that has ended must not be heard in the next one.
// A few are bound before anybody needs them, and what comes to those is dropped: so the set-up of a call does not wait for four sockets, and its end makes up
// for those that it took.
//
// # Rejected
//
// Sharing ports between calls (latching becomes ambiguous), polling instead of waking (latency for little), io_uring (not allowed in many containers), connected
// sockets (the peer's port may still be unknown), and transcoding (not needed: both sides offer G.711).
package media
