package wire

import (
	"bytes"
	"net"
	"net/netip"
	"reflect"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
)

// Passed is a message that went over a socket of ours. Text is the reader's or writer's own:
// who keeps it copies it.
type Passed struct {
	Side          call.Side
	Transport     string // UDP, TCP or TLS
	Local, Remote netip.AddrPort
	Host          string // name and port that it was sent to, where no address is known
	Sent          bool
	Text          []byte
}

// CallID is that of a message, before anything is parsed; nil: it has none.
func CallID(message []byte) []byte {
	id, _ := headerIn(message, "Call-ID", "i")
	return id
}

// Begins tells whether a message is an INVITE outside of a dialog.
func Begins(message []byte) bool {
	if !bytes.HasPrefix(message, []byte("INVITE ")) {
		return false
	}
	to, ok := headerIn(message, "To", "t")
	return ok && !bytes.Contains(to, []byte(";tag="))
}

// passed tells of a datagram.
func (s *Packets) passed(text []byte, remote net.Addr, sent bool) {
	if s.gate.Passed == nil || len(text) < leastMessage {
		return
	}
	if a, ok := remote.(*net.UDPAddr); ok {
		s.gate.Passed(Passed{Side: call.Near, Transport: "UDP", Local: s.local, Remote: plain(a.AddrPort()), Sent: sent, Text: text})
	}
}

// leastMessage is longer than any keep-alive, and shorter than any message.
const leastMessage = 16

// WriteTo sends a packet.
func (s *Packets) WriteTo(b []byte, to net.Addr) (int, error) {
	n, err := s.PacketConn.WriteTo(b, to)
	if err == nil {
		s.passed(b, to, true)
	}
	return n, err
}

// Write sends a message, which the stack writes at once. Who does not read has his connection
// ended: nobody else waits for him, and behind half a message there could be no other.
func (c *conn) Write(b []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock() // in turn, or those who come later would give the first one more time
	if limit := c.l.gate.WriteWithin; limit > 0 {
		_ = c.SetWriteDeadline(time.Now().Add(limit))
	}
	n, err := c.Conn.Write(b)
	if err != nil {
		_ = c.Close()
		return n, err
	}
	c.passed(b, true)
	return n, nil
}

func (c *conn) passed(text []byte, sent bool) {
	if c.l.gate.Passed == nil || len(text) < leastMessage {
		return
	}
	transport := "TCP"
	if c.l.tls != nil {
		transport = "TLS"
	}
	c.l.gate.Passed(Passed{Side: c.l.side, Transport: transport, Local: c.local, Remote: c.remote, Sent: sent, Text: text})
}

// cutter cuts what a stream brings into messages (RFC 3261 §18.3). What is too large has
// been refused by the framer.
type cutter struct {
	held []byte // of a message that is not whole
	lost bool   // no Content-Length: nobody knows where the next one begins
}

func (c *cutter) cut(b []byte, each func(message []byte)) {
	if c.lost {
		return
	}
	if len(c.held) > 0 {
		c.held = append(c.held, b...)
		b = c.held
	}
	for {
		b = bytes.TrimLeft(b, "\r\n")
		head := bytes.Index(b, emptyLine)
		if head < 0 {
			break
		}
		length, ok := contentLength(b[:head])
		if !ok {
			c.held, c.lost = nil, true
			return
		}
		whole := head + len(emptyLine) + length
		if whole > len(b) {
			break
		}
		each(b[:whole])
		b = b[whole:]
	}
	c.held = append(c.held[:0], b...)
}

// Reads are the streams of connections whose reads are told of by address. Of those with nothing
// but whole messages, which are nearly all, nothing is kept between reads.
type Reads struct {
	mu    sync.Mutex
	parts map[string]*cutter
}

// mostParts bounds the streams that have half a message; connections end without a word.
const mostParts = 1024

// Cut shows the messages that a read makes whole. Reads of one connection come one after the other.
func (r *Reads) Cut(local, remote string, b []byte, each func(message []byte)) {
	key := local + " " + remote
	r.mu.Lock()
	c := r.parts[key]
	r.mu.Unlock()
	if c == nil {
		c = &cutter{}
	}
	c.cut(b, each)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case len(c.held) == 0 && !c.lost:
		delete(r.parts, key)
	case r.parts == nil || len(r.parts) >= mostParts:
		r.parts = map[string]*cutter{key: c}
	default:
		r.parts[key] = c
	}
}

// plain is an address as messages are told with.
func plain(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// Acknowledged is the ACK that the stack has sent by itself for a refusal of our INVITE
// (RFC 3261 §17.1.1.3); nil: it has sent none. It can only be reached by name, like the timers of
// [Release], and is there once the refusal has come out of the transaction.
func Acknowledged(tx sipmsg.ClientTransaction) *sipmsg.Request {
	v := reflect.Indirect(reflect.ValueOf(tx))
	if v.Kind() != reflect.Struct {
		return nil
	}
	f := v.FieldByName(ackOfTx)
	if !f.IsValid() || f.Type() != reflect.TypeFor[*sipmsg.Request]() {
		return nil
	}
	return (*sipmsg.Request)(f.UnsafePointer())
}

const ackOfTx = "fsmAck"
