// Package alone is the SIP edge without the rest of the product: calls of allowed
// addresses go on to one next hop, RTP on the near side, SRTP on the far side. It is for
// a DMZ, and for measuring what the edge itself costs.
//
//	peer ⇄ sip.Edge ⇄ Forwarder ⇄ the same sip.Edge ⇄ next hop
//
// The [Forwarder] stands where the engine stands in the product (sip.Calls). It has no
// state of a call: every event of one leg is an order for the other one.
//
//	Offer ─▶ Dial   far 18x ─▶ Ring, or RingThrough with SDP   far 200 ─▶ Answer, ConnectMedia   the end of either ─▶ HangUp of the other
//
// Each --listen beyond the first of its transport has an edge of its own, so that an edge
// goes on to have one socket of each transport.
package alone
