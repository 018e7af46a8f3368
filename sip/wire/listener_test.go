package wire

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/sip/guard"
)

// gate lets everybody in.
func gate(t *testing.T) Gate {
	return Gate{
		Context: t.Context(), Log: slog.New(slog.DiscardHandler), Refused: func(call.Side, guard.Cause) {}, Responded: func(call.Side, int) {},
	}
}

// busy has no room for a connection at first.
type busy struct {
	net.Listener
	errs []error
}

func (b *busy) Accept() (net.Conn, error) {
	if len(b.errs) > 0 {
		err := b.errs[0]
		b.errs = b.errs[1:]
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", err)}
	}
	return b.Listener.Accept()
}

// connected is a connection that was accepted, and its other end.
func connected(t *testing.T, g Gate, errs ...error) (here net.Conn, there *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if here, err = NewListener(&busy{l, errs}, g, call.Far, nil).Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = here.Close() })
	if err := c.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return here, c.(*net.TCPConn) //nolint:forcetypeassert // of TCP
}

// TestNoRoomForAConnection: too many open files are no end of the listener.
func TestNoRoomForAConnection(t *testing.T) {
	connected(t, gate(t), syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS)
	l := NewListener(&busy{errs: []error{syscall.EINVAL}}, gate(t), call.Far, nil)
	if _, err := l.Accept(); !errors.Is(err, syscall.EINVAL) {
		t.Error(err)
	}
}

// TestWhoDoesNotRead: his connection ends, however many are writing to it.
func TestWhoDoesNotRead(t *testing.T) {
	g := gate(t)
	g.WriteWithin = 50 * time.Millisecond
	here, there := connected(t, g)
	failed := make(chan error)
	for range 3 {
		go func() {
			for {
				if _, err := here.Write(make([]byte, 1<<16)); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	late := 0
	for range 3 {
		if err := <-failed; errors.Is(err, os.ErrDeadlineExceeded) {
			late++
		} else if !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}
	if late != 1 {
		t.Errorf("%d have waited in vain", late)
	}
	if _, err := io.Copy(io.Discard, there); err != nil { // to its end
		t.Error(err)
	}
}

// TestTooLargeWhileItComes: who is still sending gets the answer all the same.
func TestTooLargeWhileItComes(t *testing.T) {
	here, there := connected(t, gate(t))
	read := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, here)
		read <- errors.Join(err, here.Close())
	}()
	if _, err := io.WriteString(there, "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nContent-Length: 3000000\r\n\r\n"+strings.Repeat("x", 3_000_000)); err != nil {
		t.Fatal(err)
	}
	if err := there.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(there)
	if err != nil || !strings.HasPrefix(string(answer), "SIP/2.0 513 ") {
		t.Errorf("%q, %v", answer, err)
	}
	if err := <-read; err != nil {
		t.Error(err)
	}
}
