package guard

import (
	"net/netip"
	"time"
)

// bucket holds what may still come: it fills with time, up to what comes in two seconds.
type bucket struct {
	left float64
	at   time.Time
}

// take reports whether one more may come at perSecond.
func (b *bucket) take(perSecond int, now time.Time) bool {
	most := 2 * float64(perSecond)
	if b.at.IsZero() {
		b.left = most
	} else {
		b.left = min(most, b.left+now.Sub(b.at).Seconds()*float64(perSecond))
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// isFull reports whether a bucket is as good as a new one: nothing is lost with it.
func (b *bucket) isFull(now time.Time) bool { return now.Sub(b.at) > 2*time.Second }

// Paces holds each of many to the same number of calls in a second, twice as many in a burst.
// It is not safe for concurrent use.
type Paces struct {
	perSecond int
	buckets   map[string]*bucket
	swept     time.Time // see room
}

// NewPaces makes one for who is not known yet.
func NewPaces(perSecond int) *Paces {
	return &Paces{perSecond: perSecond, buckets: map[string]*bucket{}}
}

// Take counts one more of somebody, and reports whether it may be in this second. Who has
// not been there for a while is forgotten, which changes nothing; if there are too many
// all the same, all may.
func (p *Paces) Take(who string, now time.Time) bool {
	b := p.buckets[who]
	if b == nil {
		if !room(p.buckets, maxPaces, &p.swept, now, func(b *bucket) bool { return b.isFull(now) }) {
			return true
		}
		b = &bucket{}
		p.buckets[who] = b
	}
	return b.take(p.perSecond, now)
}

// network is what counts as one source: who has an IPv6 address has 2^64 of them.
func network(a netip.Addr) netip.Addr {
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}

// pace reports whether a source may send one more request. Sources that a peer names, or
// that have proved who they are, may send what they like: what they call is limited by
// [Guard.MayCall]. The lock is held.
func (g *Guard) pace(a netip.Addr, now time.Time) bool {
	if g.cfg.RequestsPerSecond < 0 || now.Before(g.proved[a]) {
		return true
	}
	a = network(a)
	b := g.paces[a]
	if b == nil {
		if !room(g.paces, maxPaces, &g.swept.paces, now, func(b *bucket) bool { return b.isFull(now) }) {
			return false
		}
		b = &bucket{}
		g.paces[a] = b
	}
	return b.take(g.cfg.RequestsPerSecond, now)
}

// prove exempts a source from [Config.RequestsPerSecond] for a while. The lock is held.
func (g *Guard) prove(a netip.Addr, now time.Time) {
	if _, known := g.proved[a]; !known && !room(g.proved, maxProved, &g.swept.proved, now, now.After) {
		return
	}
	g.proved[a] = now.Add(provedFor)
}

// MayCall counts one more call of a peer, and reports whether it may have it in this second.
func (g *Guard) MayCall(p Peer) bool {
	limit := p.CallsPerSecond
	if limit == 0 {
		limit = g.cfg.CallsPerSecond
	}
	if limit <= 0 {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.calls[p.Name] // of peers only, who are not many
	if b == nil {
		b = &bucket{}
		g.calls[p.Name] = b
	}
	return b.take(limit, g.cfg.Now())
}
