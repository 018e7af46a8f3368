package sip

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"tandem/sip/dialog"
	targeting "tandem/sip/target"
)

// openNears opens the sides of peers. Each is a user agent of its own: the stack finds the socket
// of a response by where the request came from, which does not tell two listeners
// apart that one peer uses.
func (e *Edge) openNears(stack *slog.Logger) error {
	targets := targeting.New(e.cfg.Near.Resolver, nil)
	for _, c := range e.cfg.nears() {
		n, err := newNear(e, c, targets, stack)
		if err != nil {
			return err
		}
		e.nears = append(e.nears, n)
		e.near = e.nears[0]
	}
	return e.namesDiffer()
}

// namesDiffer refuses two listeners of one transport with one name: peers could not tell
// them apart, and neither could we.
func (e *Edge) namesDiffer() error {
	named := map[string]netip.AddrPort{}
	for _, n := range e.nears {
		for transport, a := range n.listening() {
			for _, host := range n.hosts(a) {
				key := transport + " " + net.JoinHostPort(host, strconv.Itoa(int(a.Port())))
				if other, twice := named[key]; twice {
					return fmt.Errorf("sip: near: the listeners %s and %s would both be %s: give each an advertised host of its own, or another port", other, a, key)
				}
				named[key] = a
			}
		}
	}
	return nil
}

// listening are the listeners of a side by transport.
func (n *nearSide) listening() map[string]netip.AddrPort {
	all := map[string]netip.AddrPort{}
	for transport, a := range map[string]netip.AddrPort{"UDP": n.udpAddr, "TCP": n.tcpAddr, "TLS": n.tlsAddr} {
		if a.IsValid() {
			all[transport] = a
		}
	}
	return all
}

// hosts are the names of a listener in Via and Contact; none if it depends on the peer, as
// with a listener at all addresses.
func (n *nearSide) hosts(a netip.AddrPort) []string {
	var all []string
	for _, host := range []string{n.cfg.Advertise, strings.Trim(n.cfg.Advertise6, "[]")} {
		if host != "" {
			all = append(all, host)
		}
	}
	if len(all) == 0 && !a.Addr().IsUnspecified() {
		all = append(all, a.Addr().String())
	}
	return all
}

// reaches reports whether a peer at that address can be reached from the listener.
func reaches(listener, peer netip.Addr) bool {
	if listener.Is6() {
		return listener.IsUnspecified() || peer.Is6()
	}
	return !peer.Is6()
}

// nearTowards is the side that a peer is called from: one that listens for the transport at the
// address which leads to the peer, else at one of the same kind, else the first.
func (e *Edge) nearTowards(transport string, peer netip.Addr) *nearSide {
	if len(e.nears) == 1 || !peer.IsValid() {
		return e.near
	}
	best, most := e.near, 0
	for _, n := range e.nears {
		a, ok := n.listening()[transport]
		if !ok || !reaches(a.Addr(), peer) {
			continue
		}
		fits := 1
		if a.Addr() == localTowards(peer) {
			fits = 2
		}
		if fits > most {
			best, most = n, fits
		}
	}
	return best
}

// nearOf is the side of a name in Via or Contact.
func (e *Edge) nearOf(name string, peer netip.Addr) *nearSide {
	if len(e.nears) == 1 {
		return e.near
	}
	host, port, err := net.SplitHostPort(name)
	if err != nil {
		host, port = name, "5060" // RFC 3261 §18.2.2
	}
	best, most := e.near, 0
	for _, n := range e.nears {
		for _, a := range n.listening() {
			if strconv.Itoa(int(a.Port())) != port {
				continue
			}
			fits := 1
			for _, own := range n.hosts(a) {
				if strings.EqualFold(own, strings.Trim(host, "[]")) {
					fits = 3
				}
			}
			if fits > 1 && peer.IsValid() && reaches(a.Addr(), peer) {
				fits++
			}
			if fits > most {
				best, most = n, fits
			}
		}
	}
	return best
}

// nearOfRemainder is the side that a dialog was held at, by the name that its Contact has.
func (e *Edge) nearOfRemainder(r dialog.Remainder) *nearSide {
	name := r.SentBy
	if name == "" {
		name = dialog.HostPort(dialog.AddrSpec(r.Dialog.Contact))
	}
	return e.nearOf(name, netip.Addr{})
}

// from is the side that the peer is called from.
func (o *outCall) from() *nearSide {
	if o.peer.n != nil {
		return o.peer.n
	}
	return o.e.near
}
