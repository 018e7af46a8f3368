package wire

import (
	"bytes"
	"hash/maphash"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// answered remembers the requests over UDP that were dealt with: the stack would keep
// them, their responses and two timers for 32 s (Timer J, RFC 3261 §17.2.2; Timer L, RFC
// 6026 §7.1), which is where the memory of short calls goes. Here it is the response as
// bytes, or for an INVITE with its call over nothing, in buffers without pointers. A
// repetition is told by branch, method and source (§17.2.3) and never reaches the stack.
type answered struct {
	seed maphash.Seed

	mu      sync.Mutex
	known   map[uint64]memory
	seconds [answeredFor + 1]struct {
		keys      []uint64
		responses []byte
	}
	now   int // index of the bucket that is filled
	since time.Time
}

// memory is where a response lies.
type memory struct {
	second int32
	at, n  uint32 // n 0: nothing is sent
	port   uint16 // where the response goes at the source's address
}

const (
	// answeredFor is 64·T1 in seconds: as long a request over UDP may be repeated.
	answeredFor = 32
	// maxAnswered bounds what is remembered; the rest is left to the stack.
	maxAnswered       = 1 << 18
	maxAnsweredSecond = 4 << 20 // bytes
)

func newAnswered() *answered {
	return &answered{seed: maphash.MakeSeed(), known: map[uint64]memory{}, since: time.Now()}
}

// turn forgets what is too old. It holds the lock.
func (a *answered) turn() {
	passed := int(time.Since(a.since) / time.Second)
	if passed == 0 {
		return
	}
	a.since = a.since.Add(time.Duration(passed) * time.Second)
	for range min(passed, len(a.seconds)) {
		a.now = (a.now + 1) % len(a.seconds)
		s := &a.seconds[a.now]
		for _, k := range s.keys {
			if m, ok := a.known[k]; ok && int(m.second) == a.now {
				delete(a.known, k)
			}
		}
		s.keys, s.responses = s.keys[:0], s.responses[:0]
	}
}

func (a *answered) key(method, branch []byte, from netip.AddrPort) uint64 {
	var h maphash.Hash
	h.SetSeed(a.seed)
	_, _ = h.Write(method) // a hash never fails
	_ = h.WriteByte(0)
	_, _ = h.Write(branch)
	address := from.Addr().As16()
	_, _ = h.Write(address[:])
	_, _ = h.Write([]byte{byte(from.Port() >> 8), byte(from.Port())})
	return h.Sum64()
}

// remember takes the place of the stack's transaction; false if there is no room, or the
// branch is not unique (RFC 2543).
func (a *answered) remember(r *sipmsg.Request, response *sipmsg.Response) bool {
	via := r.Via()
	if via == nil {
		return false
	}
	branch, _ := via.Params.Get("branch")
	from := Source(r.Source())
	if !strings.HasPrefix(branch, sipmsg.RFC3261BranchMagicCookie) || len(branch) == len(sipmsg.RFC3261BranchMagicCookie) || !from.IsValid() {
		return false
	}
	m := memory{port: uint16(via.Port)} //nolint:gosec // the parser bounds it
	if _, rport := via.Params.Get("rport"); rport || via.Port == 0 {
		m.port = from.Port()
	}
	var text []byte
	if response != nil {
		text = []byte(response.String())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turn()
	s := &a.seconds[a.now]
	if len(a.known) >= maxAnswered || len(s.responses)+len(text) > maxAnsweredSecond {
		return false
	}
	m.second, m.at, m.n = int32(a.now), uint32(len(s.responses)), uint32(len(text)) //nolint:gosec // bounded above
	s.responses = append(s.responses, text...)
	k := a.key([]byte(r.Method), []byte(branch), from)
	s.keys = append(s.keys, k)
	a.known[k] = m
	return true
}

// repeats tells whether a packet repeats what was dealt with. What is to be sent again is
// written into b, which is long enough for any packet.
func (a *answered) repeats(packet []byte, from netip.AddrPort, b []byte) (response []byte, to netip.AddrPort, yes bool) {
	method, branch := transactionOf(packet)
	if branch == nil {
		return nil, to, false
	}
	k := a.key(method, branch, from)
	a.mu.Lock()
	defer a.mu.Unlock()
	m, ok := a.known[k]
	if !ok {
		return nil, to, false
	}
	s := &a.seconds[m.second]
	n := copy(b, s.responses[m.at:m.at+m.n])
	return b[:n], netip.AddrPortFrom(from.Addr(), m.port), true
}

// transactionOf reads method and branch of a request before anything is parsed; nil if
// they are not where every implementation puts them.
func transactionOf(packet []byte) (method, branch []byte) {
	line, rest, _ := bytes.Cut(packet, []byte("\n"))
	method, _, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return nil, nil
	}
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		name, value, _ := bytes.Cut(line, []byte(":"))
		if name = bytes.TrimSpace(name); !bytes.EqualFold(name, []byte("Via")) && !bytes.EqualFold(name, []byte("v")) {
			if len(name) == 0 {
				return nil, nil // the body
			}
			continue
		}
		_, value, ok = bytes.Cut(value, []byte(";branch="))
		if !ok {
			return nil, nil
		}
		if end := bytes.IndexAny(value, ";, \t\r"); end >= 0 {
			value = value[:end]
		}
		return method, value
	}
	return nil, nil
}

// Transaction is a server transaction that knows its final response.
type Transaction struct {
	*sipmsg.ServerTx
	mu    sync.Mutex
	final *sipmsg.Response
}

// Respond sends a response.
func (t *Transaction) Respond(r *sipmsg.Response) error {
	if !r.IsProvisional() {
		t.mu.Lock()
		t.final = r
		t.mu.Unlock()
	}
	return t.ServerTx.Respond(r)
}

// Release ends a transaction of the stack, its own and nothing around it. Its Timers L and M (RFC 6026), which the stack
// leaves running, would hold on to it and its messages for the rest of 32 s; they can only
// be reached by name. TestTimersAreFound notices when they are called otherwise.
func Release(tx sipmsg.Transaction) {
	tx.Terminate()
	for _, name := range []string{timerL, timerM} {
		if t := timerOf(tx, name); t != nil {
			t.Stop()
		}
	}
}

const (
	timerL = "timer_l" // of a server transaction
	timerM = "timer_m" // of a client transaction
)

func timerOf(tx sipmsg.Transaction, name string) *time.Timer {
	v := reflect.Indirect(reflect.ValueOf(tx))
	if v.Kind() != reflect.Struct {
		return nil
	}
	f := v.FieldByName(name)
	if !f.IsValid() || f.Type() != reflect.TypeFor[*time.Timer]() {
		return nil
	}
	return (*time.Timer)(f.UnsafePointer())
}

// Remembered is how many requests are remembered.
func (s *Packets) Remembered() int {
	s.answered.mu.Lock()
	defer s.answered.mu.Unlock()
	return len(s.answered.known)
}

// Settle ends the stack's transaction of a request that was dealt with and remembers it
// here. An INVITE that was refused stays with the stack until its ACK.
func (s *Packets) Settle(r *sipmsg.Request, t *Transaction) {
	t.mu.Lock()
	final := t.final
	t.mu.Unlock()
	if final == nil || r.IsAck() {
		return
	}
	if r.IsInvite() {
		if !final.IsSuccess() {
			return
		}
		final = nil // the call is over: nothing is said any more
	}
	if s.answered.remember(r, final) {
		Release(t.ServerTx)
	}
}
