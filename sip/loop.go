package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
)

// underWay notes an INVITE of ours, so that it is known if it comes back: a peer that
// routes by number may send us what we sent it. It gives back the branch.
func (e *Edge) underWay(via *sipmsg.ViaHeader) string {
	branch := via.Params.GetOr("branch", "")
	e.mu.Lock()
	defer e.mu.Unlock()
	e.branches[branch] = struct{}{}
	return branch
}

// arrived forgets INVITEs.
func (e *Edge) arrived(branches []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, b := range branches {
		delete(e.branches, b)
	}
}

// looped reports whether a request has come through this edge already (RFC 3261 §16.3 no.
// 4). The branch tells, which nobody else makes: the address in a Via may be another's,
// behind a NAT.
func (e *Edge) looped(r *sipmsg.Request) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.branches) == 0 {
		return false
	}
	for _, h := range append(r.GetHeaders("Via"), r.GetHeaders("v")...) {
		if v, ok := h.(*sipmsg.ViaHeader); ok {
			if _, ours := e.branches[v.Params.GetOr("branch", "")]; ours {
				return true
			}
		}
	}
	return false
}

// passOn gives the other side's INVITE one hop less than the one that caused it, so that
// a loop through several back-to-back user agents ends (RFC 7332 §3).
func passOn(caused, r *sipmsg.Request) {
	if was, now := caused.MaxForwards(), r.MaxForwards(); was != nil && now != nil && was.Val() > 0 {
		*now = sipmsg.MaxForwardsHeader(min(was.Val()-1, dialog.MaxForwards))
	}
}
