package media

import (
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// maxSpares is how many bound pairs a worker has ready. To open the four sockets of a call
// takes a tenth of the time that the edge adds to its set-up, so this is done when calls end.
const maxSpares = 16

// pair is two bound sockets, of RTP and of RTCP.
type pair struct {
	index     int // in the range
	port      uint16
	rtp, rtcp socket
}

func (p *pair) shut() {
	shut(p.rtp.fd)
	shut(p.rtcp.fd)
}

// bindPair binds the next pair that has rested and that no other program has.
func (r *Relay) bindPair(address netip.Addr) (*pair, error) {
	for range r.config.pairs() {
		i := int(r.pair.Add(1) % uint64(r.config.pairs())) // below 32768
		if r.rested[i].Load() > r.now() {
			continue
		}
		port := r.config.pair(i)
		rtp, err := bind(netip.AddrPortFrom(address, port))
		if errors.Is(err, unix.EADDRINUSE) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("media: bind %v port %d: %w", address, port, err)
		}
		rtcp, err := bind(netip.AddrPortFrom(address, port+1))
		if err != nil {
			shut(rtp)
			if errors.Is(err, unix.EADDRINUSE) {
				continue
			}
			return nil, fmt.Errorf("media: bind %v port %d: %w", address, port+1, err)
		}
		return &pair{index: i, port: port, rtp: socket{fd: rtp, slot: unwatched}, rtcp: socket{fd: rtcp, slot: unwatched}}, nil
	}
	return nil, ErrNoPorts
}

// bound tells whether the stream has sockets.
func (st *Stream) bound() bool { return st.rtp.fd >= 0 }

// has makes a pair the stream's.
func (st *Stream) has(p *pair, address, advertise netip.Addr) {
	st.rtp.fd, st.rtp.slot = p.rtp.fd, p.rtp.slot
	st.rtcp.fd, st.rtcp.slot = p.rtcp.fd, p.rtcp.slot
	st.pair, st.local, st.here = p.index, netip.AddrPortFrom(advertise, p.port), onHost(address)
}

// spares is how many pairs each worker keeps: all of them together a small part of the range,
// or the last calls that it has room for would look for theirs in vain.
func (r *Relay) spares() int { return min(maxSpares, r.config.pairs()/(8*r.config.Workers)) }

// equip gives streams pairs that are ready; false if one is left without. The lock is held.
func (w *worker) equip(s *Session, six bool) bool {
	c, complete := &w.relay.config, true
	for _, st := range s.streams {
		last := len(w.spare) - 1
		switch {
		case st.bound():
		case six && st.side == Near || last < 0:
			complete = false
		default:
			st.has(w.spare[last], c.Address, c.Advertise)
			w.spare[last], w.spare = nil, w.spare[:last]
			w.sockets[st.rtp.slot], w.sockets[st.rtcp.slot] = &st.rtp, &st.rtcp
		}
	}
	return complete
}

// restock binds pairs until there are enough again. What comes to them is dropped.
func (w *worker) restock() {
	for {
		missing := false
		w.do(func() { missing = !w.stopping && len(w.spare) < w.relay.spares() })
		if !missing {
			return
		}
		p, err := w.relay.bindPair(w.relay.config.Address)
		if err != nil {
			return // who needs one is told
		}
		kept := false
		w.do(func() { kept = !w.stopping && len(w.spare) < w.relay.spares() && w.keep(p) })
		if !kept {
			p.shut()
			return
		}
	}
}

// keep is restock for one pair, which stays the caller's if there is no room for it.
func (w *worker) keep(p *pair) bool {
	if w.watch(&p.rtp) != nil {
		return false
	}
	if w.watch(&p.rtcp) != nil {
		w.forget(&p.rtp)
		return false
	}
	w.spare = append(w.spare, p)
	return true
}
