package dev

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports that Unused hands out: below what the kernel gives to outgoing
// connections and below the media's (config.Media.PortMin). One that was found by
// listening at port 0 is the kernel's to give away again as soon as it is let go,
// and in a process with many connections it sometimes does.
const (
	unusedMin = 10000
	unusedMax = 16383
)

var handedOut = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// Unused returns an address of a host whose port, and the n-1 ports after it,
// nobody has for TCP or UDP, for what has to be told its address before it
// listens. No port is handed out twice in the life of a process.
func Unused(host string, n int) (string, error) {
	handedOut.Lock()
	defer handedOut.Unlock()
	var last error
	for range 200 {
		port := unusedMin + rand.IntN(unusedMax-unusedMin-n+1) //nolint:gosec // no secret
		if last = vacant(host, port, n); last == nil {
			for i := range n {
				handedOut.ports[port+i] = true
			}
			return net.JoinHostPort(host, strconv.Itoa(port)), nil
		}
	}
	return "", fmt.Errorf("no %d unused ports of %s between %d and %d: %w", n, host, unusedMin, unusedMax, last)
}

func vacant(host string, port, n int) error {
	for p := port; p < port+n; p++ {
		if handedOut.ports[p] {
			return errors.New("handed out already")
		}
		addr := net.JoinHostPort(host, strconv.Itoa(p))
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		_ = l.Close()
		c, err := net.ListenPacket("udp", addr)
		if err != nil {
			return err
		}
		_ = c.Close()
	}
	return nil
}
