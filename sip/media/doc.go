// Package media relays the audio of calls: RTP or SRTP on the near side, RTP or SRTP on the far side, the same codec on both.
//
// # Model
//
// A [Relay] has a fixed number of workers. A [Session] is one call and belongs to one worker; it has two [Stream]s, [Near] and [Far], each with a port pair
// (RTP even, RTCP the next). Until [Session.Bridge] each connected side hears generated audio, then the other side. Each side sees one
// continuous RTP stream of ours from the first packet to the last: one SSRC, sequence numbers and timestamps without a step, whatever feeds it
// (see outgoing). RTCP is terminated: both sides get our reports every 5 s, also on hold (facts/direct-routing.md §8.3), theirs are counted.
//
//	near peer ⇄ socket ⇄ Stream{reception, SRTP in, outgoing, SRTP out} ⇄ the other Stream ⇄ socket ⇄ far peer
//
// # Workers
//
// A worker is one locked thread with one epoll set and non-blocking system calls, because with one goroutine per socket the wake-ups cost more than the relay
// itself (facts/performance.md, "What pays off"). No lock, no atomic, no goroutine wake-up and no allocation of ours per
// packet: the state of its sessions is under one lock, which the thread takes once for all packets that have arrived and gives back while it
// waits. Commands take it meanwhile and wake nobody; a command is short and never blocks. Statistics are asked for in the same way, so they are
// consistent and cost nothing until somebody asks.
//
// A tick each 5 ms serves a quarter of the sessions, so each is looked at every 20 ms: generated packets, reports, and silence that lasted too long.
//
// # What is believed
//
// Packets count only if they come from the signalled address; the port is learnt from the first good packet and then fixed, so that a peer behind a NAT works
// and a stranger cannot take over a stream. With SRTP "good" means authenticated. What leaves the relay is rebuilt: our header, their payload;
// extensions, CSRCs and padding stay behind. A sequence number is never used twice under one key: duplicates and late strays are dropped by the sender's
// window, for plain RTP as well, because sending two payloads with one SRTP index would reveal both.
//
// # Rejected
//
// Sharing ports between calls (latching becomes ambiguous), polling instead of waking (latency for little), io_uring (not allowed in many containers), connected
// sockets (the peer's port may still be unknown), and transcoding (not needed: both sides offer G.711).
package media
