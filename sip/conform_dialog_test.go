package sip

// What happens inside dialogs and transactions of both sides.
var dialogRows = rows{
	"a call from end to end": callFromEndToEnd,

	"a 200 without ACK is repeated, then the call is ended (RFC 3261 §13.3.1.4)":                lostACK,
	"a callee sends no BYE before the ACK (RFC 3261 §15)":                                       hangUpBeforeACK,
	"an ACK of a 200 that has the branch of the INVITE is taken":                                ackOfTheOldKind,
	"CANCEL while it rings reaches the other side (RFC 3261 §9)":                                callerGivesUp,
	"CANCEL before the call was taken (RFC 3261 §9.2)":                                          cancelDuringTheOffer,
	"a refusal says its reason (RFC 3326)":                                                      refusedByUs,
	"180 is repeated while it rings (RFC 3261 §13.3.1.1)":                                       ringingIsRepeated,
	"BYE from each side, and from both at once":                                                 byeFromEachSide,
	"a re-INVITE is answered here: refresh, hold, what cannot be":                               reinviteOfAPeer,
	"an INVITE without SDP: our offer in the 200, the answer in the ACK (RFC 3261 §13.2.1)":     delayedOffer,
	"an ACK whose answer cannot be used ends the call":                                          delayedOfferUnanswerable,
	"a re-INVITE without SDP: our offer again, and the ACK's answer counts (RFC 3261 §14.1)":    reinviteWithoutOffer,
	"a re-INVITE that overtakes the ACK with the answer waits for it, and gets 491 without":     reinviteOvertakesAnswer,
	"a re-INVITE that cannot be is refused with 488 and changes nothing (RFC 3261 §14.2)":       reinviteRefused,
	"hold and resume by the peer in every form; ports and SSRC stay (RFC 3264 §8.4)":            holdByThePeer,
	"a second INVITE while the first rings gets 500 with a random Retry-After (RFC 3261 §14.2)": secondInvite,
	"requests inside a dialog that are not understood leave it alone":                           requestsInsideTheDialog,
	"a call out, hung up by each party":                                                         callOut,
	"a call out that the telephone refuses: what is about the way there gives 503":              callOutRefused,
	"a call out that Microsoft cancels":                                                         callOutCancelled,
	"a call out that is challenged, has early media, and whose ACK was lost":                    callOutChallenged,
	"a call out to a peer that is not there":                                                    callOutNowhere,
}
