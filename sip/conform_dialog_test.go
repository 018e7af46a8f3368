package sip

// What happens inside dialogs and transactions of both sides.
var dialogRows = rows{
	"a call from end to end": callFromEndToEnd,

	"a 200 without ACK is repeated, then the call is ended (RFC 3261 §13.3.1.4)":   lostACK,
	"a callee sends no BYE before the ACK (RFC 3261 §15)":                          hangUpBeforeACK,
	"an ACK of a 200 that has the branch of the INVITE is taken":                   ackOfTheOldKind,
	"CANCEL while it rings reaches the other side (RFC 3261 §9)":                   callerGivesUp,
	"CANCEL before the call was taken (RFC 3261 §9.2)":                             cancelDuringTheOffer,
	"a refusal says its reason (RFC 3326)":                                         refusedByUs,
	"180 is repeated while it rings (RFC 3261 §13.3.1.1)":                          ringingIsRepeated,
	"BYE from each side, and from both at once":                                    byeFromEachSide,
	"a re-INVITE is answered here: refresh, hold, what cannot be":                  reinviteOfAPeer,
	"requests inside a dialog that are not understood leave it alone":              requestsInsideTheDialog,
	"a call out, hung up by each party":                                            callOut,
	"a call out that the telephone refuses: what is about the way there gives 503": callOutRefused,
	"a call out that Microsoft cancels":                                            callOutCancelled,
	"a call out that is challenged, has early media, and whose ACK was lost":       callOutChallenged,
	"a call out to a peer that is not there":                                       callOutNowhere,
}
