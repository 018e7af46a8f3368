package guard

import (
	"net/netip"
	"testing"
)

// TestConnections: a source that no peer names has so many at once; who is named has no limit, and
// what is closed is not counted.
func TestConnections(t *testing.T) {
	s := ready(t, theJoe(), byPrefix("carrier", "192.0.2.0/24"))
	var leave func()
	for range maxConnections {
		var ok bool
		if leave, ok = s.Connect(stranger); !ok {
			t.Fatal("refused")
		}
	}
	if _, ok := s.Connect(stranger); ok {
		t.Error("one too many")
	}
	for range 2 * maxConnections {
		if _, ok := s.Connect(carrier); !ok {
			t.Fatal("refused whom a peer names")
		}
	}
	leave()
	if leave, ok := s.Connect(stranger); !ok {
		t.Error("one that was closed is counted")
	} else {
		leave()
	}
	six := netip.MustParseAddr("2001:db8::1")
	for range maxConnections {
		if leave, _ = s.Connect(six); leave == nil {
			t.Fatal("refused")
		}
		defer leave()
		six = six.Next()
	}
	if _, ok := s.Connect(six); ok { // of the same network
		t.Error("one too many of IPv6")
	}
}
