package sip

import (
	"context"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	registry "tandem/internal/trunk"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/wire"
)

// health sends OPTIONS to the peers that ask for it. Who does not answer is dialled last;
// whether there is anybody is a metric, and each change a line in the log.
type health struct {
	n *nearSide

	mu    sync.Mutex
	known map[string]*pulse // by name of the peer
}

// pulse is what is known of one peer.
type pulse struct {
	peer   guard.Peer
	next   time.Time // when it is asked
	asking bool
	known  bool // there was an answer, or none
	up     bool
	since  time.Time

	asked      registry.Asked
	sent, good uint64 // OPTIONS, and those that were answered well
}

// round is how often it is looked whom to ask.
const round = time.Second

func newHealth(n *nearSide) *health { return &health{n: n, known: map[string]*pulse{}} }

// run asks until the edge closes.
func (h *health) run() {
	tick := time.NewTicker(min(round, h.n.e.cfg.Timers.Request))
	defer tick.Stop()
	for {
		h.look()
		select {
		case <-tick.C:
		case <-h.n.e.ctx.Done():
			return
		}
	}
}

// look begins what is due, and forgets who is a peer no longer.
func (h *health) look() {
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	wanted := map[string]bool{}
	for _, p := range h.n.e.guard.All() {
		if p.Ping <= 0 || p.DialTo == "" {
			continue
		}
		wanted[p.Name] = true
		s := h.known[p.Name]
		if s == nil {
			s = &pulse{}
			h.known[p.Name] = s
		}
		s.peer = p
		if s.asking || now.Before(s.next) {
			continue
		}
		s.asking, s.next = true, now.Add(p.Ping)
		h.n.e.running.Go(func() { h.ask(p, s) })
	}
	for name := range h.known {
		if !wanted[name] {
			delete(h.known, name)
			h.n.e.metrics.forgetPeer(name)
		}
	}
}

// ask sends OPTIONS to all targets of a peer. One that answers is enough.
func (h *health) ask(p guard.Peer, s *pulse) {
	e := h.n.e
	ctx, cancel := context.WithTimeout(e.ctx, e.cfg.Timers.Request)
	defer cancel()
	hops, err := h.n.targets.Find(ctx, p.DialTo)
	if err != nil {
		e.log.Info("a peer is not found", keyPeer, p.Name, keyError, err)
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	up, latency := false, time.Duration(0)
	asked, last := time.Now(), pinged{failure: registry.FailedName, err: err} // unless there is a target
	for _, hop := range hops {
		all.Go(func() {
			began := time.Now()
			o := h.askOne(ctx, p, hop)
			ok, took := o.failure == "", time.Since(began)
			if ok {
				h.n.targets.Answers(hop)
			} else {
				h.n.targets.Avoid(hop, p.Ping+2*e.cfg.Timers.Request) // until it has been asked again
			}
			mu.Lock()
			defer mu.Unlock()
			if ok && (!up || took < latency) {
				up, latency = true, took
			}
			if ok || !up {
				last = o
			}
		})
	}
	all.Wait()
	if e.ctx.Err() == nil {
		last.took = latency
		h.told(p.Name, s, asked, last)
	}
}

// askOne reports whether anybody is there: whoever refuses OPTIONS is, but not one who has no
// room or a proxy that reaches nobody behind it.
func (h *health) askOne(ctx context.Context, p guard.Peer, hop dialog.Hop) pinged {
	n := h.n.e.nearTowards(hop.Transport, wire.Source(hop.String()).Addr())
	via := n.sentBy(hop.Transport, wire.Source(hop.String()).Addr())
	uri := "sip:" + dialog.HostPort(p.DialTo)
	if hop.Transport != "UDP" {
		uri += ";transport=" + strings.ToLower(hop.Transport)
	}
	r := dialog.Build(dialog.Head{
		Method: sipmsg.OPTIONS, URI: uri, From: "<sip:" + via + ">;tag=" + dialog.Token(), To: "<" + uri + ">",
		CallID: dialog.Token(), CSeq: 1, Via: dialog.NewVia(hop.Transport, via, dialog.Branch()),
	})
	r.AppendHeader(sipmsg.NewHeader("Contact", contact(hop.Transport, via)))
	for _, c := range capabilities() {
		r.AppendHeader(c)
	}
	r.AppendHeader(sipmsg.NewHeader("User-Agent", n.e.cfg.UserAgent))
	dialog.Aim(r, hop)
	n.fromHere(r)
	res, err := transact(ctx, n.client, r)
	return pingedOf(res, err, func(status int) bool {
		return status == sipmsg.StatusServiceUnavailable || status == sipmsg.StatusRequestTimeout || status == sipmsg.StatusGatewayTimeout
	})
}

// told keeps the result.
func (h *health) told(name string, s *pulse, at time.Time, o pinged) {
	up, latency := o.failure == "", o.took
	h.mu.Lock()
	defer h.mu.Unlock()
	s.asking = false
	if h.known[name] != s {
		return // forgotten meanwhile
	}
	if !s.known || s.up != up {
		now := time.Now()
		if up {
			h.n.e.log.Info("a peer answers OPTIONS", keyPeer, name, "latency", latency, "down_for", sinceOr0(s, now))
		} else {
			h.n.e.log.Warn("a peer does not answer OPTIONS", keyPeer, name, "up_for", sinceOr0(s, now))
		}
		s.known, s.up, s.since = true, up, now
	}
	s.asked.Whom = name
	s.asked = o.note(s.asked, at)
	if s.sent++; up {
		s.good++
	}
	h.n.e.metrics.peer(name, up, s.since, latency)
}

// pulses are of those who have been asked.
func (h *health) pulses() []pulse {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []pulse
	for _, s := range h.known {
		if s.known {
			all = append(all, *s)
		}
	}
	return all
}

func sinceOr0(s *pulse, now time.Time) time.Duration {
	if !s.known {
		return 0
	}
	return now.Sub(s.since)
}
