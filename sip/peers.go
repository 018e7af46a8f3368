package sip

import "context"

// RefreshPeers reads the list of peers now, so that a change of it counts for
// the next request and not only when the guard looks again.
func (e *Edge) RefreshPeers(ctx context.Context) error { return e.guard.Refresh(ctx) }
