// Package siptest is a telephone for tests and for the demo: real SIP over UDP, digest authentication, real G.711 in packets of 20 ms, with or without SRTP.
//
// A [Phone] has one socket and any number of calls. [Phone.Call] calls somebody and speaks; [Phone.OnCall] is asked about incoming calls. What a [Call] hears is
// put in order by RTP timestamp, with silence where packets are missing, so that it can be compared with what was sent (audio.Compare) without
// regard to jitter.
//
// It is a stand-in for the provider's platform and for people's softphones, so it keeps to the RFCs where the product depends on it: ACK for each copy of a 2xx
// (RFC 3261 §13.2.2.4), CANCEL only after a provisional response (§9.1), BYE after a 200 that crossed the CANCEL (§15), route sets (§12.1.2), 200 repeated until
// the ACK (§13.3.1.4), telephone-event (RFC 4733). It does not do forking, PRACK, session timers, or anything over TCP.
package siptest
