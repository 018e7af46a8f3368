package guard

import "net/netip"

// maxConnections is how many connections a source may have at once that no peer names: one or two
// are enough to call, and each costs a file.
const maxConnections = 100

// Connect counts a connection of a source until it leaves; it reports false if there are too many.
// Those that a peer names may have as many as they like.
func (g *Guard) Connect(a netip.Addr) (leave func(), ok bool) {
	a = a.Unmap()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.named(a) {
		return func() {}, true
	}
	from := network(a)
	if g.connections[from] >= maxConnections {
		g.note(a, "dropped a connection of a source that has too many")
		return nil, false
	}
	g.connections[from]++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.connections[from]--; g.connections[from] == 0 {
			delete(g.connections, from)
		}
	}, true
}

// named reports whether a peer names the address as one of its own. The lock is held.
func (g *Guard) named(a netip.Addr) bool {
	for i := range g.known {
		if p := &g.known[i]; len(p.Addresses) > 0 && p.mayUse(a) {
			return true
		}
	}
	return false
}
