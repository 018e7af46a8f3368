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
		"an offer that cannot be served is answered with 488 and a Warning (RFC 3261 §21.4.26)":                   refusedOffers(unserved),
		"a call that nobody wants has a status and a Reason of its own (RFC 3326)":                                refusedOffers(unwantedByTheEngine),
		"calls at once of a peer are limited, and a draining edge answers 503":                                    peerLimitAndDraining,
		"responses say and take the way that a request came (RFC 3581 §4, RFC 3261 §18.2)":                        responsesToTheSource,
		"a peer behind a NAT is asked where its packets come from":                                                behindNAT,
		"what comes back to us is answered with 482 (RFC 3261 §16.3)":                                             looped,
		"the other side's INVITE has one hop less (RFC 7332 §3)":                                                  oneHopLess,
		"bodies of several parts: the description counts, 415 for what must be understood (RFC 5621 §3.1)":        bodiesInParts,
		"torture messages over UDP (RFC 4475, RFC 5118)":                                                          tortureOverUDP,
		"torture messages over TCP (RFC 4475, RFC 5118)":                                                          tortureOverTCP,
		"datagrams of 60 kB come in and responses of 9 kB go out (RFC 3261 §18.1.1)":                              largeDatagrams,
		"messages of 60 kB come over TCP; a larger one gets 513 and ends the connection only (RFC 3261 §21.5.7)":  largeOverTCP,
		"a TCP stream in pieces, with several messages at once and keep-alives (RFC 3261 §18.3, RFC 5626 §4.4.1)": inPieces,
		"a request over 1300 bytes goes over TCP if the peer takes it, else over UDP (RFC 3261 §18.1.1)":          largeRequests,
		"P-Asserted-Identity, P-Preferred-Identity and Remote-Party-ID of a trusted peer (RFC 3325 §9)": callerTowardsMicrosoft(map[string]callerCase{
			"asserted":            {asserted, nil, "+4930777001"},
			"preferred":           {"P-Preferred-Identity: <tel:+4930777002>\n", nil, "+4930777002"},
			"asserted first":      {"P-Preferred-Identity: <tel:+4930777002>\n" + asserted, nil, "+4930777001"},
			"of the draft":        {"Remote-Party-ID: \"x\" <sip:+4930777003@a>;party=calling;screen=yes;privacy=off\n", nil, "+4930777003"},
			"nothing but From":    {"", nil, caller},
			"no number in it":     {"P-Asserted-Identity: <sip:joe@carrier.test>\n", nil, caller},
			"nothing can be read": {"P-Asserted-Identity: ,;<<,\n", nil, caller},
		}),
		"what a peer asserts that is not trusted is left out (RFC 3325 §5)": callerTowardsMicrosoft(map[string]callerCase{
			"asserted":     {asserted, fromOnly, caller},
			"preferred":    {"P-Preferred-Identity: <tel:+4930777002>\n", fromOnly, caller},
			"of the draft": {"Remote-Party-ID: <sip:+4930777003@a>;privacy=full\n", fromOnly, caller},
		}),
		"who wants privacy is anonymous at Microsoft (RFC 3323, RFC 3325 §9.3)": callerTowardsMicrosoft(map[string]callerCase{
			"id":           {asserted + "Privacy: id\n", nil, "anonymous"},
			"several":      {asserted + "Privacy: header;user\n", nil, "anonymous"},
			"not trusted":  {asserted + "Privacy: id;critical\n", fromOnly, "anonymous"},
			"of the draft": {"Remote-Party-ID: <sip:+4930777003@a>;privacy=full\n", nil, "anonymous"},
			"none":         {asserted + "Privacy: none\n", nil, "+4930777001"},
		}),
		"the caller that Microsoft shows is shown, not who is billed (direct-routing §6.2, §18 no. 23)":           callerTowardsPeers,
		"Diversion and History-Info become Microsoft's History-Info (RFC 7044, RFC 5806)":                         historyTowardsMicrosoft,
		"Microsoft's History-Info becomes History-Info and Diversion (RFC 7544)":                                  historyTowardsPeers,
		"numbers are rewritten by the rules of the peer, called and calling, in and out":                          numberRules,
		"custom headers and User-To-User within Microsoft's limits (RFC 7433, direct-routing §14)":                customHeaders,
		"nothing of one side's network is on the other's wire":                                                    topologyHidden,
		"SRV records say where a peer is called (RFC 3263 §4)":                                                    serviceRecords,
		"a target that stays silent leads to the next one (RFC 3263 §4.3)":                                        silentTarget,
		"503 leads to the next target, and Retry-After keeps from asking again (RFC 3263 §4.3, RFC 3261 §21.5.4)": busyTarget,
		"a connection refused leads to the next target (RFC 3263 §4.3)":                                           refusedConnection,
		"OPTIONS are sent to a peer that wants them, and who does not answer is called last (RFC 3261 §11)":       signsOfLife,
		"a client certificate over TLS, verified to the roots, for the name of the peer (RFC 5922)":               clientCertificate,
		"a client certificate over TLS by its SHA-256, whoever signed it, and beside a name":                      clientFingerprint,
		"a call from IPv6, signalling and sound, beside IPv4 on one listener":                                     callFromIPv6,
		"a call to IPv6, signalling and sound":                                                                    callToIPv6,
		"an offer of IPv6 where none is configured is refused with the cure":                                      noIPv6,
		"a list of addresses, of which loopback ones prove nothing":                                               addressList,
		"two listeners: each answers what came to it, also one peer that asks both in turn (RFC 3261 §18.2.2)":    answersFromWhereAsked,
		"two listeners: Contact and Via name the one that a call came to, and its requests leave there":           namesItsListener,
		"two listeners: a peer is called from the one that reaches it, IPv4 or IPv6 (RFC 3263 §4.2)":              callsOutOfWhatFits,
		"two listeners: one name for both is refused at the start":                                                oneNameTwice,
	}
	maps.Copy(all, requestRows)
	return all
}()
