// Package guard decides who may talk to the edge, and what is a request at all.
//
// Lines of defence, in this order, each cheaper than what it protects:
//
//  1. [Guard.Inspect] looks at a datagram and where it comes from, before anything is
//     parsed or remembered. What names itself as a scanner is dropped without an answer,
//     whoever it seems to come from. Addresses that no peer may use get one 403 a minute
//     at most, or nothing ([Config.Silent]). Addresses that only a peer may use that
//     can be anywhere are held to [Config.RequestsPerSecond] until they prove who they are.
//  2. [Check] holds a request against RFC 3261 where the parser of the SIP stack is
//     lenient (facts/feasibility.md §9).
//  3. [Guard.Authenticate] finds the peer: by digest (RFC 8760: SHA-256 or MD5), by a
//     client certificate (its name, vouched for by the roots, or its fingerprint) or by source address.
//  4. [Load] refuses new calls when there is more to do than can be done, [Guard.MayCall]
//     limits the calls a second of a peer, and [Tenants] those of a tenant. Calls at once of
//     a peer are for the edge, which knows them.
//
// What is kept of strangers are entries of bounded tables; when one is full, strangers are
// dropped and nobody else notices. One line in the log a minute and source: deploy/fail2ban
// reads them, so that the host's firewall can drop what comes after. A test holds its
// filter against what is really logged.
//
// # Nonces
//
// A nonce is a time and a MAC over that time and the source address, so a
// challenge costs no memory and any node with the same key can check it. What is
// kept is the highest nonce count of nonces that were *used well*, so a stranger
// cannot fill the table; when it is full, everybody is asked again (stale=true)
// rather than a replay let through.
//
// # Bans
//
// Only a wrong answer to a nonce of ours counts as a failure, because only then is
// it proved that the sender receives at that address: with forged source addresses
// nobody can get a peer banned. A ban concerns new calls; requests inside dialogs,
// which know two random tags, go on. A scanner is not banned here: its source may be forged,
// and dropping costs less than remembering.
//
// # Decisions
//
//   - The peers are one list in memory, asked for every few seconds: there are
//     hundreds, not millions, and a packet must not wait for Postgres. When the
//     source of peers is away the last list is used. An unknown address or user name
//     makes the guard ask at once, but not more than once a second.
//   - MD5 is offered before SHA-256, although RFC 8760 §2.4 wants the strongest
//     first: SIPp, and Kamailio's uac up to 5.6, read the first challenge only and fail
//     on an algorithm they do not know. Who prefers SHA-256 picks it from the second.
//   - The uri of the credentials is not compared with the Request-URI: several
//     clients put the proxy's address there. The nonce count keeps a captured answer
//     from being used for another call.
//   - 127.0.0.1 and ::1 are not trusted by address, because every local process has them,
//     unless a peer says so ([Peer.Loopback]).
package guard
