package wire

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"
)

// TestPackets: what package net would do, both ways, with IPv4 on a socket of IPv6 too.
func TestPackets(t *testing.T) {
	for _, at := range []string{"127.0.0.1:0", "[::1]:0", "[::]:0"} {
		t.Run(at, func(t *testing.T) {
			c, err := Listen(at)
			if err != nil {
				t.Skip("NOT RUN:", err)
			}
			defer func() { _ = c.Close() }()
			own := c.LocalAddr().(*net.UDPAddr).AddrPort()
			for _, host := range []string{"127.0.0.1", "::1"} {
				if own.Addr().IsUnspecified() || own.Addr().String() == host {
					exchange(t, c, netip.AddrPortFrom(netip.MustParseAddr(host), own.Port()))
				}
			}
			if err := c.SetReadDeadline(time.Now()); err != nil {
				t.Fatal(err)
			}
			if _, _, err := c.ReadFrom(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error(err)
			}
			_ = c.Close()
			if _, _, err := c.ReadFrom(make([]byte, 10)); !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
			if _, err := c.WriteTo([]byte("x"), net.UDPAddrFromAddrPort(own)); !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		})
	}
}

// exchange sends packets to a socket and back, from two senders in turn.
func exchange(t *testing.T, c net.PacketConn, at netip.AddrPort) {
	t.Helper()
	var senders [2]*net.UDPConn
	for i := range senders {
		s, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(at))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		senders[i] = s
	}
	b := make([]byte, MaxMessage)
	for i, s := range []*net.UDPConn{senders[0], senders[0], senders[1], senders[0]} {
		said := bytes.Repeat([]byte{byte('a' + i)}, 1+i*9000)
		if _, err := s.Write(said); err != nil {
			t.Fatal(err)
		}
		if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, from, err := c.ReadFrom(b)
		if err != nil || !bytes.Equal(b[:n], said) {
			t.Fatalf("%d bytes, %v", n, err)
		}
		if got, want := Source(from.String()), Source(s.LocalAddr().String()); got != want {
			t.Errorf("from %v, want %v", got, want)
		}
		if n, err := c.WriteTo(said, from); err != nil || n != len(said) {
			t.Fatalf("%d bytes, %v", n, err)
		}
		if err := s.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Read(b); err != nil || !bytes.Equal(b[:n], said) {
			t.Fatalf("%d bytes back, %v", n, err)
		}
	}
}

// TestDirect: more than fits into the buffers of a connection goes through whole, and its end
// is seen.
func TestDirect(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	said := make([]byte, 8<<20)
	_, _ = rand.Read(said)
	sent := make(chan error, 1)
	go func() {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			sent <- err
			return
		}
		_, err = Direct(c).Write(said)
		sent <- errors.Join(err, c.Close())
	}()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	d := Direct(c)
	got, err := io.ReadAll(d)
	if err != nil || !bytes.Equal(got, said) {
		t.Errorf("%d bytes of %d, %v", len(got), len(said), err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if n, err := d.Read(nil); n != 0 || err != nil {
		t.Error(n, err)
	}
	_ = d.Close()
	if _, err := d.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if _, err := d.Write([]byte{1}); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}
