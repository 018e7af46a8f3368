package sip

import (
	"errors"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/guard"
)

// allowed holds a call out against what a peer may be dialled for, and how often. It ends
// one that may not be; one that may is among the peer's calls from now on.
func (o *outCall) allowed(p guard.Peer) bool {
	switch e := o.e; {
	case !p.MayBeDialled(o.number):
		o.log.Warn("the peer does not dial there", keyPeer, p.Name, "number", lastDigits(o.number))
		e.metrics.refuse(call.Far, causeToll)
		o.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusForbidden, Q850: 57, Text: "peer_destination"}, sipmsg.StatusForbidden)
	case !e.guard.MayCall(p):
		o.undiallable(p, "peer_rate", errors.New("as many calls in a second as the peer may have"))
	case !e.count(p):
		o.undiallable(p, "peer_limit", errors.New("as many calls as the peer may have"))
	default:
		return true
	}
	return false
}

// count has one more call of a peer; false if there are as many as may be.
func (e *Edge) count(p guard.Peer) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p.MaxCalls > 0 && e.perPeer[p.Name] >= p.MaxCalls {
		return false
	}
	e.perPeer[p.Name]++
	return true
}
