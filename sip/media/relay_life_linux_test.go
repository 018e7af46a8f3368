package media

import (
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestPortsAreBoundAndFreed(t *testing.T) {
	r := newTestRelay(t, func(c *Config) { c.PortMin, c.PortMax, c.Rest = 31000, 31007, -1 })
	taken := listen(t, "127.0.0.1:31002")
	s, err := r.Open(PCMU)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range []*Stream{s.Near(), s.Far()} {
		if p := st.Local(); p.Port()%2 != 0 || p == addr(taken) || p.Port() < 31000 || p.Port() > 31006 {
			t.Errorf("port %v", p)
		}
	}
	if _, err := r.Open(PCMU); !errors.Is(err, ErrNoPorts) {
		t.Errorf("got %v", err)
	}
	s.Close()
	s.Close()
	if s, err = r.Open(PCMU); err != nil {
		t.Fatalf("after Close: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	s.Stats()
	s.Bridge()
	if err := s.Near().Connect(addr(taken), netip.AddrPort{}, nil, same); !errors.Is(err, ErrClosed) {
		t.Errorf("Connect after Close: %v", err)
	}
	if _, err := r.Open(PCMU); !errors.Is(err, ErrClosed) {
		t.Errorf("Open after Close: %v", err)
	}
	listen(t, "127.0.0.1:31000") // all ports are free again
	listen(t, "127.0.0.1:31004")
}

// Ports of an ended session are not used again at once: late packets of its peers would be heard in another call.
func TestPortsRest(t *testing.T) {
	r := newTestRelay(t, func(c *Config) { c.PortMin, c.PortMax, c.Rest = 31100, 31107, time.Hour })
	first, err := r.Open(PCMU)
	if err != nil {
		t.Fatal(err)
	}
	used := []netip.AddrPort{first.Near().Local(), first.Far().Local()}
	first.Close()
	second, err := r.Open(PCMU)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range []*Stream{second.Near(), second.Far()} {
		if slices.Contains(used, st.Local()) {
			t.Errorf("%v is used again at once", st.Local())
		}
	}
	second.Close()
	if _, err := r.Open(PCMU); !errors.Is(err, ErrNoPorts) {
		t.Errorf("all ports should rest: %v", err)
	}
	for i := range r.rested {
		r.rested[i].Add(-int64(time.Hour))
	}
	if _, err := r.Open(PCMU); err != nil {
		t.Errorf("after an hour: %v", err)
	}
}

func TestConnectRefuses(t *testing.T) {
	r := newTestRelay(t, nil)
	s, err := r.Open(PCMU)
	if err != nil {
		t.Fatal(err)
	}
	for _, remote := range []string{"[::1]:4000", "127.0.0.1:0"} {
		if err := s.Near().Connect(netip.MustParseAddrPort(remote), netip.AddrPort{}, nil, same); err == nil {
			t.Errorf("connected to %s", remote)
		}
	}
	if _, err := r.Open(Codec(9)); err == nil {
		t.Error("opened an unknown codec")
	}
}

// Sessions come and go at the same time, from several goroutines, while media flows; then the relay is closed under those that are left.
func TestStress(t *testing.T) {
	r := newTestRelay(t, nil)
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for n := range 20 {
				s, err := r.Open(PCMA)
				if err != nil {
					t.Error(err)
					return
				}
				for _, st := range []*Stream{s.Near(), s.Far()} {
					if err := st.Connect(st.Local(), netip.AddrPort{}, &Crypto{Local: key(1), Remote: key(1)}, same); err != nil {
						t.Error(err)
					}
				}
				s.Bridge()
				s.Hold(Near, n%2 == 0)
				s.Stats()
				if n%4 != 0 {
					s.Close()
				}
			}
		})
	}
	callers.Wait()
}

// A call takes sockets that are ready, and what its end leaves missing is bound anew.
func TestSparePairs(t *testing.T) {
	r := newTestRelay(t, func(c *Config) { c.PortMin, c.PortMax, c.Rest, c.Workers = 31200, 31399, time.Hour, 2 })
	w := r.workers[0]
	ready := func() (ports []netip.AddrPort) {
		w.do(func() {
			for _, p := range w.spare {
				ports = append(ports, netip.AddrPortFrom(r.config.Advertise, p.port))
			}
		})
		return ports
	}
	before := ready()
	if want := 100 / 8 / 2; len(before) != want || r.spares() != want {
		t.Fatalf("%d are ready, want %d of 100 pairs and two workers", len(before), want)
	}
	var sessions []*Session
	for len(ready()) > 0 {
		s, err := r.Open(PCMU)
		if err != nil {
			t.Fatal(err)
		}
		if sessions = append(sessions, s); s.worker != w {
			continue
		}
		for _, st := range []*Stream{s.Near(), s.Far()} {
			if !slices.Contains(before, st.Local()) {
				t.Errorf("%v was not ready", st.Local())
			}
		}
	}
	for range 2 { // one for each worker, of which none is ready
		s, err := r.Open(PCMU)
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, s)
	}
	for _, s := range sessions {
		s.Close()
	}
	after := ready()
	if len(after) != len(before) {
		t.Errorf("%d are ready after the calls, %d were before", len(after), len(before))
	}
	for _, p := range after {
		if slices.Contains(before, p) {
			t.Errorf("%v does not rest", p)
		}
	}
}

// What somebody sends to sockets that wait for a call is not heard in it.
func TestSpareSocketsHearNothing(t *testing.T) {
	r := newTestRelay(t, func(c *Config) { c.PortMin, c.PortMax, c.Workers = 31400, 31439, 1 }) // two pairs are kept
	peer := listen(t, "127.0.0.1:0")
	var spare netip.AddrPort
	r.workers[0].do(func() { spare = netip.AddrPortFrom(r.config.Advertise, r.workers[0].spare[1].port) }) // the next
	packet := append([]byte{0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 7}, make([]byte, 160)...)
	for range 3 {
		if _, err := peer.WriteToUDPAddrPort(packet, spare); err != nil {
			t.Fatal(err)
		}
	}
	s, err := r.Open(PCMU)
	if err != nil {
		t.Fatal(err)
	}
	if s.Near().Local() != spare {
		t.Fatalf("got %v, not %v", s.Near().Local(), spare)
	}
	for range 3 { // one packet of each socket at a time
		s.Stats()
	}
	if err := s.Near().Connect(addr(peer), netip.AddrPort{}, nil, same); err != nil {
		t.Fatal(err)
	}
	if near, _ := s.Stats(); near.Packets != 0 || near.Source.IsValid() {
		t.Errorf("%+v", near)
	}
}
