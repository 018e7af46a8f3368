package sip

import (
	"crypto/tls"
	"strings"

	"tandem/internal/call"
	"tandem/internal/simulator/pstnhub"
)

// Microsoft: facts/direct-routing.md. §18 there is what operators get wrong.
var farRows = rows{
	// Who is who.
	"certificate: serverAuth alone is let in (§4.4)":                letsIn(true, func(*rig) *tls.Certificate { return ptr(world().microsoft) }),
	"certificate: who shows none is refused (§4.4)":                 letsIn(false, func(*rig) *tls.Certificate { return nil }),
	"certificate: a name that only begins like Microsoft's (§4.4)":  letsIn(false, named("sip.pstnhub.microsoft.com.evil.test")),
	"certificate: our own trunk's is not Microsoft's (§4.4)":        letsIn(false, func(*rig) *tls.Certificate { return ptr(world().trunk) }),
	"identity: an INVITE from nobody we asked is 403 with an alarm": inviteWithoutToken,

	// OPTIONS and connections.
	"OPTIONS: answered with Contact and Allow (§5.2)":                     optionsAnswered,
	"OPTIONS: sent to each proxy, its health is kept (§5.1)":              pingsOfATrunk,
	"connections: renewed at their age (§4.3)":                            connectionsAreRenewed,
	"connections: a new one after 503 (§13)":                              newConnectionAfter503,
	"connections: in-dialog requests come on any (§9)":                    byeOnAnyConnection,
	"connections: lost while it rings ends the leg (§13)":                 connectionLostWhileRinging,
	"connections: lost before any answer leads to the next proxy (§13)":   connectionLostBeforeAnyAnswer,
	"remote target: requests go to it letter by letter (§6.2)":            remoteTargetLetterByLetter,
	"dialect: header names in lower case (RFC 3261 §7.3.1)":               lowerCase,
	"dialog: a BYE may overtake the 200, on another connection (§4.3)":    byeOvertakesTheAnswer,
	"dialog: it is found by both tags (RFC 3261 §12.2.2)":                 anotherTag,
	"methods: INFO is 405 with our Allow (§9)":                            methodNotTaken("INFO"),
	"methods: UPDATE is 405 with our Allow (§9)":                          methodNotTaken("UPDATE"),
	"methods: REFER is 405, since our Allow does not name it (§10)":       methodNotTaken("REFER"),
	"re-INVITE: a refresh is answered with the same description (§9)":     refreshUnchanged,
	"hold: Microsoft's inactive is answered inactive, and resumed (§0.9)": heldByMicrosoft,

	// Failover in one attempt.
	"failover: 503 leads to the next proxy (§13)":              failover("sip2", faulty{faults: map[string]string{pstnhub.FaultUnavailable: "sip"}}),
	"failover: 503 twice leads to the third (§13)":             failover("sip3", faulty{faults: map[string]string{pstnhub.FaultUnavailable: "sip,sip2"}}),
	"failover: silence leads to the next proxy (§13)":          failover("sip2", faulty{faults: map[string]string{pstnhub.FaultSilent: "sip"}}),
	"failover: a refused handshake leads to the next (§13)":    failover("sip2", faulty{faults: map[string]string{pstnhub.FaultTLSReset: "sip"}}),
	"failover: a name that fails leads to the next (§13)":      failover("sip2", faulty{dns: []string{"sip"}}),
	"failover: one of each leads to the third (§13)":           failover("sip3", faulty{faults: map[string]string{pstnhub.FaultUnavailable: "sip", pstnhub.FaultTLSReset: "sip2"}}),
	"failover: 503 everywhere is the end (§13)":                inVain(3, call.ByMicrosoft, 503, faulty{faults: map[string]string{pstnhub.FaultUnavailable: "sip,sip2,sip3"}}),
	"failover: nobody there is the end (§13)":                  inVain(3, call.ByTandem, 408, faulty{dns: []string{"sip", "sip2", "sip3"}}),
	"failover: 500 is tried at each proxy once (§13)":          inVain(3, call.ByMicrosoft, 500, faulty{faults: map[string]string{pstnhub.FaultRefuse: "500"}}),
	"final: 486 is not tried again (§13)":                      inVain(1, call.ByMicrosoft, 486, faulty{faults: map[string]string{pstnhub.FaultRefuse: "486"}}),
	"final: 603 is not tried again (§18 no. 22)":               inVain(1, call.ByMicrosoft, 603, faulty{faults: map[string]string{pstnhub.FaultRefuse: "603"}}),
	"failover: a silent proxy that rings late is cancelled":    silentProxyComesToLife("180 Ringing"),
	"failover: a silent proxy that answers late is hung up on": silentProxyComesToLife("200 OK"),
	"CANCEL: before the first answer ends the leg at once":     givenUpBeforeTheFirstAnswer,
	"CANCEL: a 200 that crosses it is ended by ACK and BYE":    answerCrossesCancel,
	"forking: forty 180, each with its own tag (§7)":           manyRing,
	"forking: a second 200 is acknowledged and ended (§7)":     secondAnswer,
	"answer: without SDP it is acknowledged and ended (§8)":    brokenAnswer(""),
	"answer: with plain RTP it is acknowledged and ended (§8)": brokenAnswer(strings.ReplaceAll(farSDP, "SAVP", "AVP")),
	"answer: unreadable SDP is acknowledged and ended (§8)":    brokenAnswer("v=1\n"),

	// Who is who, continued: their certificate and ours.
	"certificate: of an unknown root (§2.3)":                              letsIn(false, ofAnotherRoot),
	"certificate: expired, theirs calling in (§4.4)":                      letsIn(false, expired),
	"certificate: expired, a call out of theirs does not get in (§4.4)":   expiredCallsIn,
	"certificate: expired at all proxies, we reach nobody (§4.4)":         inVain(3, call.ByTandem, 408, faulty{faults: map[string]string{pstnhub.FaultCertificate: "expired"}}),
	"certificate: both usages are let in as well (§2.3)":                  certificateWithBothUsages,
	"identity: one per trunk in certificate, Contact, From and Via (§4)":  oneIdentityPerTrunk,
	"identity: Microsoft's x-i and X-MS headers are logged (§6.2)":        correlationLogged,
	"OPTIONS: go well both ways, so that Microsoft calls (§5.3)":          neededOptions,
	"health: a proxy that does not answer OPTIONS is tried last (§13)":    unhealthyLast,
	"health: if all are down they are tried all the same (§13)":           nobodyHealthy,
	"failover: Retry-After is respected by the next call (§13)":           retryAfterRespected,
	"failover: 408 leads on before it rang, and is final after (§13)":     nextOrFinal("408 Request Timeout"),
	"failover: 504 leads on before it rang, and is final after (§13)":     nextOrFinal("504 Server Time-out"),
	"failover: a name that fails, by the proxies' own fault (§13)":        failover("sip2", faulty{faults: map[string]string{pstnhub.FaultDNS: "sip"}}),
	"connections: closed while idle, the next request opens one (§4.3)":   idleClose,
	"connections: a call outlives the renewal of its own (§4.3)":          renewalKeepsCalls,
	"connections: ours carry our requests in calls of theirs (§4.3)":      byeOnOurConnection,
	"connections: each of their requests on one of its own (§9)":          requestsOnNewConnections,
	"session: if we refresh, the description is unchanged (RFC 4028 §7)":  ourRefresh,
	"session: a refresh of theirs is agreed on again (RFC 4028 §9)":       theirRefresh,
	"session: refreshes of a call out are answered unchanged (§9)":        refreshesOfACallOut,
	"session: who promised to refresh and does not is gone (RFC 4028)":    refreshMissing,
	"session: a refresh that is 481 ends the call (RFC 3261 §12.2)":       refreshUnknown,
	"session: a refresh whose ACK was lost is acknowledged again":         repeatedRefreshAnswer,
	"glare: ours gets 491 and is sent again later (RFC 3261 §14.1)":       glareOfOurs,
	"glare: theirs gets 491 while ours is under way (RFC 3261 §14.2)":     glareOfTheirs,
	"glare: at the proxies both come through in the end (§18 no. 30)":     glareAtTheProxies,
	"media: their rollover counter is kept with the same key (§8.2)":      rollover(false),
	"media: their rollover counter is 0 with a new key (§8.2)":            rollover(true),
	"media: another key of theirs again and again loses nothing (§8.2)":   rekeys,
	"connections: a renewed one knows a trunk that is new (§4.3)":         staleTrunk,
	"media: of three crypto lines the one without MKI is taken (§8.2)":    cryptoLines,
	"media: a peer that moves does not move us at Microsoft (§0.8)":       noMoves,
	"hold: theirs and its end leave our target alone (§0.9)":              heldAtTheProxies,
	"NOTIFY: taken, and 481 since nobody subscribed (§10)":                notifyOfNothing,
	"provisional: 183 without media is ringing for the peer (§18 no. 20)": provisional(183, func(_ *rig, l *pstnhub.Leg) { l.EarlyMedia() }),
	"provisional: 181 is ringing for the peer, and told (§7)":             provisional(181, func(_ *rig, l *pstnhub.Leg) { l.Forward() }),
	"provisional: the 200 may come from any early dialog (§7)":            provisional(180, func(r *rig, l *pstnhub.Leg) { l.Ring(); l.Ring(); r.must(l.AnswerAs(0)) }),
	"ACK: lost, the 200 is acknowledged each time it comes (§7)":          lostACKAtMicrosoft,
	"headers: a Referred-By of 400 characters (§10)":                      outTaken(pstnhub.FaultReferredBy, nil),
	"headers: P-Asserted-Identity and Privacy (§11)":                      outTaken("", func(c *pstnhub.Call) { c.Asserted = "+493099999" }),
	"headers: a display name without quotes, with a comma (§6.2)":         outTaken("", func(c *pstnhub.Call) { c.DisplayName = "Müller, Anna (Köln)" }),
	"headers: # in the user part is no bad request (§6.2)":                hashInTheUser,
}
