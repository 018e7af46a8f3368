package sip

import "maps"

// Peers: transports, authentication, addresses, identity and what a request must be.
var nearRows = func() rows {
	all := rows{
		"digest by SHA-256 and MD5 (RFC 8760)":                                                                    digestAuthentication,
		"our own digest towards a peer, in both headers (RFC 3261 §22)":                                           callOutChallenged,
		"a call over TCP, on the connection of its INVITE (RFC 3261 §18.2.2)":                                     callOverStream("TCP"),
		"a call over TLS, on the connection of its INVITE (RFC 3261 §18.2.2)":                                     callOverStream("TLS"),
		"a listener without an address names the one that the peer reaches":                                       wildcardListener,
		"a caller without a number is anonymous on both sides (RFC 3325)":                                         anonymousCaller,
		"a second INVITE of the same call is answered with 482 (RFC 3261 §8.2.2.2)":                               secondInviteOfACall,
		"what cannot be negotiated or is not wanted has its own status and a reason":                              refusedOffers,
		"calls at once of a peer are limited, and a draining edge answers 503":                                    peerLimitAndDraining,
		"responses say and take the way that a request came (RFC 3581 §4, RFC 3261 §18.2)":                        responsesToTheSource,
		"a peer behind a NAT is asked where its packets come from":                                                behindNAT,
		"what comes back to us is answered with 482 (RFC 3261 §16.3)":                                             looped,
		"the other side's INVITE has one hop less (RFC 7332 §3)":                                                  oneHopLess,
		"torture messages over UDP (RFC 4475, RFC 5118)":                                                          tortureOverUDP,
		"torture messages over TCP (RFC 4475, RFC 5118)":                                                          tortureOverTCP,
		"datagrams of 60 kB come in and responses of 9 kB go out (RFC 3261 §18.1.1)":                              largeDatagrams,
		"messages of 60 kB come over TCP, and larger ones end the connection only":                                largeOverTCP,
		"a TCP stream in pieces, with several messages at once and keep-alives (RFC 3261 §18.3, RFC 5626 §4.4.1)": inPieces,
		"a request over 1300 bytes goes over TCP if the peer takes it, else over UDP (RFC 3261 §18.1.1)":          largeRequests,
	}
	maps.Copy(all, requestRows)
	return all
}()
