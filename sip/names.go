package sip

import (
	"context"
	"net/netip"
	"time"

	"tandem/sip/dialog"
	"tandem/sip/sdp"
)

// lookUpFor is how long a name server may take for a host that a peer's description names.
const lookUpFor = time.Second

// locate has a peer's description say by address where it wants its sound, if it names a host
// (RFC 8866 §5.7). It waits for the name server, so it is not for who has several calls to look after. What is not found is
// left, and refused where the description is used.
func (e *Edge) locate(m bodied) {
	if dialog.MediaType(m) != "application/sdp" {
		return
	}
	body, changed := sdp.Resolve(m.Body(), func(host string, six bool) (netip.Addr, bool) {
		ctx, cancel := context.WithTimeout(e.ctx, lookUpFor)
		defer cancel()
		a, err := e.near.targets.Address(ctx, host, six)
		if err != nil {
			e.log.Info("the host in a description is not found", keyError, err)
		}
		return a, err == nil
	})
	if changed {
		m.SetBody(body)
	}
}
