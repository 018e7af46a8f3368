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
}
