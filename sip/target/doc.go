// Package target finds where a request for a SIP URI goes (RFC 3263 §4), in the order
// in which it is to be tried, and remembers who did not answer.
//
//	sip:192.0.2.1:5060           that address
//	sip:carrier.example:5060     A and AAAA of the name; a port rules SRV out
//	sip:carrier.example          SRV of _sip._udp, then of _sip._tcp; without any A and AAAA
//	…;transport=tcp              SRV of _sip._tcp
//	…;transport=tls              SRV of _sips._tcp
//
// # Decisions
//
//   - NAPTR is not asked: the configured URI says what it would say.
//   - Answers are kept for their TTL, which Go's resolver does not tell; it is read from the
//     packets as they come in. Weights are drawn anew for every request (RFC 2782).
//   - A TLS target stays a name, because its certificate is verified: for that name, and for
//     the domain of the URI if an SRV record led there (RFC 5922 §7.1; see [Set.Domain]).
//   - Who failed is tried last and not left out: perhaps all have.
package target
