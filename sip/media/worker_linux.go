package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"github.com/pion/rtp"
	"golang.org/x/sys/unix"

	"tandem/sip/srtp"
)

const (
	maxPacket = 1500                  // nothing larger is voice
	phases    = 4                     // sessions are served in turn, a quarter each tick
	tick      = int64(frame / phases) // nanoseconds
	maxBehind = int64(200 * time.Millisecond)

	// fillAfter is how long a bridged side may send nothing before the other one gets silence instead.
	fillAfter = int64(100 * time.Millisecond)
	// eventPause is how long a key press may pause before there is silence instead, also between the repetitions of its end. Silence would end its
	// timestamp, which all packets of one press have in common (RFC 4733 §2.5.1.2): what comes after it would be another press.
	eventPause = int64(time.Second)
	// noisePause is the same after comfort noise: the listener makes the noise himself until speech comes (RFC 3389 §4).
	noisePause = int64(5 * time.Second)
	// rtpHeader is the size of the header we write.
	rtpHeader = 12
)

// contexts are the two SRTP contexts of a stream; nil: plain RTP.
type contexts struct {
	in, out *srtp.Context
	before  *srtp.Context // in, until the first packet with the new key
}

// unprotect makes RTP of what came. The other end changes its key when it has our answer, so
// packets with the old one are still on their way when we know the new one.
func (c *contexts) unprotect(packet []byte) ([]byte, error) {
	plain, err := c.in.Unprotect(packet)
	switch {
	case err == nil:
		c.before = nil
	case c.before != nil && (errors.Is(err, srtp.ErrAuth) || errors.Is(err, srtp.ErrMKI)):
		return c.before.Unprotect(packet)
	}
	return plain, err
}

// worker is one goroutine that owns the sockets and the state of its sessions. It waits in
// the runtime's poller, where its epoll set is one more descriptor (doc.go, "Workers").
type worker struct {
	relay *Relay
	epoll int      // the set,
	set   *os.File // which waits for it,
	ready syscall.RawConn
	due   time.Time // and until when
	wake  int       // eventfd

	mu      sync.Mutex
	stopped bool

	// The rest belongs to who holds the lock: the goroutine, or a command.
	now      int64 // since the relay started; set once a round
	stopping bool
	arrived  [32]unix.EpollEvent
	sockets  []*socket // by slot, the data of epoll events
	spare    []*pair
	free     []int32
	sessions [phases][]*Session
	open     int
	nextTick int64
	phase    int

	from   sockaddr
	header rtp.Header
	buf    [maxPacket + 1]byte
	packet []byte // one that is being built
}

func newWorker(r *Relay) (*worker, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("media: %w", os.NewSyscallError("epoll_create1", err))
	}
	wake, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		_ = unix.Close(epoll)
		return nil, fmt.Errorf("media: %w", os.NewSyscallError("eventfd", err))
	}
	w := &worker{
		relay: r, epoll: epoll, wake: wake,
		packet: make([]byte, 0, 2*maxPacket),
	}
	if err := unix.SetNonblock(epoll, true); err != nil {
		w.closeDescriptors()
		return nil, fmt.Errorf("media: %w", os.NewSyscallError("fcntl", err))
	}
	w.set = os.NewFile(uintptr(epoll), "epoll")
	if w.ready, err = w.set.SyscallConn(); err == nil {
		err = w.set.SetReadDeadline(time.Time{}) // fails if the runtime does not poll it
	}
	if err != nil {
		w.closeDescriptors()
		return nil, fmt.Errorf("media: %w", err)
	}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, wake, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: -1}); err != nil {
		w.closeDescriptors()
		return nil, fmt.Errorf("media: %w", os.NewSyscallError("epoll_ctl", err))
	}
	return w, nil
}

func (w *worker) closeDescriptors() {
	if w.set != nil {
		_ = w.set.Close()
	} else {
		_ = unix.Close(w.epoll)
	}
	_ = unix.Close(w.wake)
}

// do runs f beside the worker's goroutine, which meanwhile waits for packets or for f. After the worker
// has stopped it does nothing and returns false. f is short and never blocks.
func (w *worker) do(f func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return false
	}
	w.now = w.relay.now()
	f()
	return true
}

// ask is do for reading: what has arrived counts, and what is left after the worker has stopped.
func (w *worker) ask(f func()) {
	if w.do(func() { w.catchUp(); f() }) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// rouse makes the goroutine look at the worker again, which waits without an end if no session is open.
func (w *worker) rouse() {
	one := [8]byte{1} // any number but zero wakes
	_, _ = unix.Write(w.wake, one[:])
}

func (w *worker) stop() {
	w.do(func() {
		w.stopping = true
		w.rouse()
	})
}

// run is the worker's goroutine. It holds the lock except while it waits.
func (w *worker) run() {
	defer w.closeDescriptors()
	var events [128]unix.EpollEvent
	n, errno := 0, syscall.Errno(0)
	look := func(uintptr) bool {
		n, errno = w.look(events[:])
		return n > 0 || errno != 0 && errno != unix.EINTR
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.stopping {
		due := w.patience()
		w.mu.Unlock()
		n, errno = 0, 0
		switch {
		case !due.IsZero() && !time.Now().Before(due): // no time to wait, and the poller would not let us look
			look(0)
		default:
			if due != w.due {
				w.due = due
				_ = w.set.SetReadDeadline(due) // it took one before
			}
			if err := w.ready.Read(look); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				errno = unix.EBADF
			}
		}
		w.mu.Lock()
		if errno != 0 && errno != unix.EINTR {
			w.relay.log.Error("media worker", "error", os.NewSyscallError("epoll_wait", errno))
			break
		}
		w.now = w.relay.now()
		w.read(events[:max(0, n)])
		w.tick()
	}
	w.finish()
}

// look tells which sockets have something, without waiting.
func (w *worker) look(events []unix.EpollEvent) (int, syscall.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(w.epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0 // at most len(events)
}

// catchUp reads what has arrived.
func (w *worker) catchUp() {
	n, _ := w.look(w.arrived[:])
	w.read(w.arrived[:n])
}

// read takes a packet of each socket that has one. Since the events were told somebody may have closed sockets that stand
// in them, and opened others in their slots: a read that finds nothing does no harm.
func (w *worker) read(events []unix.EpollEvent) {
	for _, e := range events {
		switch {
		case e.Fd < 0:
			var count [8]byte
			_, _ = unix.Read(w.wake, count[:])
		case w.sockets[e.Fd] != nil:
			w.readable(w.sockets[e.Fd])
		}
	}
}

// patience is until when to wait for packets; zero: as long as it takes.
func (w *worker) patience() time.Time {
	if w.open == 0 {
		return time.Time{}
	}
	return w.relay.start.Add(time.Duration(w.nextTick))
}

// finish refuses further commands and closes what is open.
func (w *worker) finish() {
	w.stopped = true
	for phase := range w.sessions {
		for len(w.sessions[phase]) > 0 {
			w.remove(w.sessions[phase][0])
		}
	}
	for _, p := range w.spare {
		p.shut()
	}
	w.spare = nil
}

func (w *worker) add(s *Session) error {
	for _, st := range s.streams {
		for _, sock := range []*socket{&st.rtp, &st.rtcp} {
			if sock.slot != unwatched {
				continue // was spare
			}
			if err := w.watch(sock); err != nil {
				return err
			}
		}
	}
	phase := s.id / uint64(len(w.relay.workers)) % phases
	w.sessions[phase] = append(w.sessions[phase], s)
	if w.open++; w.open == 1 {
		w.nextTick = w.now + tick
		w.rouse()
	}
	return nil
}

func (w *worker) watch(sock *socket) error {
	if len(w.free) == 0 {
		w.free = append(w.free, int32(len(w.sockets))) // bounded by the number of ports
		w.sockets = append(w.sockets, nil)
	}
	slot := w.free[len(w.free)-1]
	if err := unix.EpollCtl(w.epoll, unix.EPOLL_CTL_ADD, sock.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: slot}); err != nil {
		return fmt.Errorf("media: %w", os.NewSyscallError("epoll_ctl", err))
	}
	w.free = w.free[:len(w.free)-1]
	sock.slot = slot
	w.sockets[slot] = sock
	return nil
}

func (w *worker) forget(sock *socket) {
	if sock.slot == unwatched {
		return
	}
	w.sockets[sock.slot] = nil
	w.free = append(w.free, sock.slot)
	sock.slot = unwatched
}

func (w *worker) forgetAll(s *Session) {
	for _, st := range s.streams {
		w.forget(&st.rtp)
		w.forget(&st.rtcp)
	}
}

func (w *worker) remove(s *Session) {
	if s.closed {
		return
	}
	s.closed = true
	for _, st := range s.streams {
		w.farewell(st)
	}
	w.forgetAll(s)
	s.closeSockets() // which takes them out of the epoll set
	list := &w.sessions[s.id/uint64(len(w.relay.workers))%phases]
	for i, other := range *list {
		if other == s {
			last := len(*list) - 1
			(*list)[i] = (*list)[last]
			(*list)[last] = nil
			*list = (*list)[:last]
			break
		}
	}
	w.open--
}

// tick serves the sessions whose turn it is. Turns that were missed are made up for, in their own time, unless there are too many.
func (w *worker) tick() {
	if w.open == 0 {
		return
	}
	if w.now-w.nextTick > maxBehind {
		w.nextTick = w.now
	}
	for w.nextTick <= w.now {
		for _, s := range w.sessions[w.phase] {
			for _, st := range s.streams {
				w.serve(s, st, w.nextTick)
			}
		}
		w.phase = (w.phase + 1) % phases
		w.nextTick += tick
	}
}

// serve does for one stream what is due every 20 ms.
func (w *worker) serve(s *Session, st *Stream, now int64) {
	if !st.connected {
		return
	}
	other := s.streams[st.side.other()]
	switch {
	case st.direction&SendOnly == 0:
		st.presses = st.presses[:0] // a key that is heard after the hold is another one
	case len(st.presses) > 0:
		w.press(st, now)
	case w.unfilled(s, st):
	case !s.bridged || other.shut() || other.muted || st.parked || st.fedAt == 0 || now-st.fedAt > st.wait:
		w.generate(st, now)
	}
	if now >= st.reportAt {
		st.reportAt += int64(w.relay.config.ReportEvery)
		if w.reportsTo(st) {
			w.report(st, now)
		}
	}
	limit := int64(w.relay.config.NoMediaAfter)
	if st.noisy {
		limit *= 2
	}
	if limit > 0 && s.bridged && !st.held && !st.lostFired && st.direction&RecvOnly != 0 && now-max(st.in.last, st.reportedAt, st.quietSince) > limit {
		st.lostFired = true
		select {
		case s.lost <- st.side:
		default: // two unread ones tell enough
		}
	}
}

// unfilled tells whether a stream stays empty when there is nothing to relay: a tone and music are heard all the same.
func (w *worker) unfilled(s *Session, st *Stream) bool {
	return w.relay.config.OnlyRelay && (s.bridged || st.tone == Silence) && !st.waits()
}

func (w *worker) generate(st *Stream, now int64) {
	var payload []byte
	if st.waits() {
		payload = st.music.frame(st.codec, st.musicFrame)
		st.musicFrame++
	} else {
		payload = w.relay.tones[st.codec].frame(st.tone, st.toneFrame)
		st.toneFrame++
	}
	first := !st.out.started
	seq, ts := st.out.generate(frameSamples, now)
	w.emit(st, first, st.types.Send.Audio, seq, ts, payload)
}

// readable takes one datagram from a socket; epoll tells again if there are more.
func (w *worker) readable(sock *socket) {
	n := sock.receive(w.buf[:], &w.from)
	if n < 0 {
		return
	}
	if sock.stream != nil && sock.stream.connected {
		w.sort(sock, w.buf[:n], w.from.get())
	}
}

// sort decides what a datagram is.
func (w *worker) sort(sock *socket, packet []byte, from netip.AddrPort) {
	st := sock.stream
	least := rtpHeader
	if st.srtp.in != nil {
		least += srtp.TagSize
	}
	moved := false
	if !sock.admits(from) {
		if moved = !sock.isRTCP && st.rtp.source.IsValid() && st.continues(packet, from, w.now); !moved {
			st.foreign++
			return
		}
	}
	switch {
	case sock.isRTCP || isRTCP(packet):
		w.takeReport(st, sock, packet, from)
	case len(packet) < least || len(packet) > maxPacket || packet[0]>>6 != 2:
		st.unfit++
	default:
		w.take(st, packet, from, moved)
	}
}

func (st *Stream) refuse(err error) {
	switch {
	case errors.Is(err, srtp.ErrAuth), errors.Is(err, srtp.ErrMKI):
		st.authFailures++
	default:
		st.replays++
	}
}

// take believes or refuses an RTP packet, counts it, and relays it if the session is bridged.
func (w *worker) take(st *Stream, packet []byte, from netip.AddrPort, moved bool) {
	h := &w.header
	var err error
	if st.srtp.in != nil {
		if packet, err = st.srtp.unprotect(packet); err != nil {
			st.refuse(err)
			return
		}
	}
	size, err := h.Unmarshal(packet)
	if err != nil {
		st.unfit++
		return
	}
	payload := packet[size:]
	if h.Padding {
		if len(payload) == 0 || int(payload[len(payload)-1]) > len(payload) {
			st.unfit++
			return
		}
		payload = payload[:len(payload)-int(payload[len(payload)-1])]
	}
	s := st.session
	if s.tap != nil {
		w.show(&st.rtp, packet, size, false)
	}
	other := s.streams[st.side.other()]
	kind, payloadType := st.translate(h.PayloadType, other)
	if kind == otherPacket {
		st.unfit++
		other.out.skip(h.SSRC, h.SequenceNumber)
		return
	}
	if moved {
		st.follow(from)
	} else {
		st.rtp.learn(from, w.now)
	}
	st.in.add(h.SSRC, h.SequenceNumber, h.Timestamp, len(payload), w.now)
	st.lostFired, st.noisy = false, kind == noisePacket
	if kind == keyPacket {
		s.saw(st, h.Timestamp, payload)
	}
	if !s.bridged || st.shut() || st.muted || other.parked || st.direction&RecvOnly == 0 || !other.connected || other.direction&SendOnly == 0 {
		return
	}
	wait, samples := fillAfter, uint32(frameSamples)
	switch kind {
	case speechPacket:
		samples = uint32(len(payload)) // below maxPacket
		if st.codec != other.codec {
			law := w.relay.laws[st.codec][other.codec]
			if law == nil {
				payload = nil // G.722 on one side only
				break
			}
			law.convert(payload)
		}
	case keyPacket:
		wait = eventPause
	case noisePacket:
		wait = noisePause
	}
	if len(payload) == 0 || kind != speechPacket && payloadType == 0 || len(other.presses) > 0 {
		other.out.skip(h.SSRC, h.SequenceNumber) // nothing to hear, or the other side has no number for it, or hears a key of ours
		return
	}
	seq, ts, ok := other.out.relay(h.SSRC, h.SequenceNumber, h.Timestamp, samples, w.now)
	if !ok {
		st.replays++
		return
	}
	other.fedAt, other.wait = w.now, wait
	w.emit(other, h.Marker, payloadType, seq, ts, payload)
}

// What a packet is.
type packetKind int

const (
	otherPacket packetKind = iota // a number that was not agreed on
	speechPacket
	keyPacket   // of a key press (RFC 4733)
	noisePacket // comfort noise (RFC 3389)
)

// translate tells what a received payload type means, and which one the other side has for it; zero if none.
func (st *Stream) translate(payloadType uint8, other *Stream) (packetKind, uint8) {
	switch payloadType {
	case st.types.Receive.Audio:
		return speechPacket, other.types.Send.Audio
	case 0: // which stands for none below
	case st.types.Receive.Events:
		return keyPacket, other.types.Send.Events
	case st.types.Receive.Noise:
		return noisePacket, other.types.Send.Noise
	}
	return otherPacket, 0
}

// emit writes one packet of our stream.
func (w *worker) emit(st *Stream, marker bool, payloadType uint8, seq uint16, ts uint32, payload []byte) {
	second := payloadType
	if marker {
		second |= 0x80
	}
	packet := append(w.packet[:0], 2<<6, second)
	packet = binary.BigEndian.AppendUint16(packet, seq)
	packet = binary.BigEndian.AppendUint32(packet, ts)
	packet = binary.BigEndian.AppendUint32(packet, st.out.ssrc)
	packet = append(packet, payload...)
	if st.session.tap != nil {
		w.show(&st.rtp, packet, rtpHeader, true)
	}
	if st.srtp.out != nil {
		var err error
		if packet, err = st.srtp.out.Protect(packet); err != nil {
			w.relay.log.Warn("media: SRTP", "error", err)
			return
		}
	}
	if st.rtp.send(packet) {
		st.sent.packets++
		st.sent.bytes += uint64(len(payload))
	}
}

// show gives a packet to the tap. What came on the other socket than it should is shown where it should have come.
func (w *worker) show(sock *socket, packet []byte, header int, sent bool) {
	st := sock.stream
	local, remote := st.local, sock.source
	if !remote.IsValid() {
		remote = sock.signalled
	}
	if sock.isRTCP {
		local = netip.AddrPortFrom(local.Addr(), local.Port()+1)
	}
	st.session.tap(Passed{
		At: w.wall(w.now), Side: st.side, Sent: sent, RTCP: header == 0, Local: local, Remote: remote, Packet: packet, Header: header,
	})
}
