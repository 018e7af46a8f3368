package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"time"

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
type contexts struct{ in, out *srtp.Context }

// worker is one thread that owns the sockets and the state of its sessions.
type worker struct {
	relay *Relay
	epoll int
	wake  int // eventfd

	mu      sync.Mutex
	stopped bool

	// The rest belongs to who holds the lock: the thread, or a command.
	now      int64 // since the relay started; set once a round
	stopping bool
	arrived  [32]unix.EpollEvent
	sockets  []*socket // by slot, the data of epoll events
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
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, wake, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: -1}); err != nil {
		w.closeDescriptors()
		return nil, fmt.Errorf("media: %w", os.NewSyscallError("epoll_ctl", err))
	}
	return w, nil
}

func (w *worker) closeDescriptors() {
	_ = unix.Close(w.epoll)
	_ = unix.Close(w.wake)
}

// do runs f beside the thread, which meanwhile waits for packets or for f. After the worker
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

// rouse makes the thread look at the worker again, which waits without an end if no session is open.
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

// run is the thread. It holds the lock except while it waits.
func (w *worker) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer w.closeDescriptors()
	var events [128]unix.EpollEvent
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.stopping {
		patience := w.patience()
		w.mu.Unlock()
		n, err := unix.EpollWait(w.epoll, events[:], patience)
		w.mu.Lock()
		if err != nil && !errors.Is(err, unix.EINTR) {
			w.relay.log.Error("media worker", "error", os.NewSyscallError("epoll_wait", err))
			break
		}
		w.now = w.relay.now()
		w.read(events[:max(0, n)])
		w.tick()
	}
	w.finish()
}

// catchUp reads what has arrived.
func (w *worker) catchUp() {
	n, err := unix.EpollWait(w.epoll, w.arrived[:], 0)
	if err == nil {
		w.read(w.arrived[:n])
	}
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

// patience is how long to wait for packets, in milliseconds, rounded up.
func (w *worker) patience() int {
	if w.open == 0 {
		return -1
	}
	left := w.nextTick - w.relay.now()
	return int(max(0, (left+int64(time.Millisecond)-1)/int64(time.Millisecond)))
}

// finish refuses further commands and closes what is open.
func (w *worker) finish() {
	w.stopped = true
	for phase := range w.sessions {
		for len(w.sessions[phase]) > 0 {
			w.remove(w.sessions[phase][0])
		}
	}
}

func (w *worker) add(s *Session) error {
	for i, st := range s.streams {
		for j, sock := range []*socket{&st.rtp, &st.rtcp} {
			if err := w.watch(sock); err != nil {
				for k := range 2*i + j { // the ones before it
					w.forget([]*socket{&s.streams[0].rtp, &s.streams[0].rtcp, &s.streams[1].rtp}[k])
				}
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
	w.sockets[sock.slot] = nil
	w.free = append(w.free, sock.slot)
}

func (w *worker) remove(s *Session) {
	if s.closed {
		return
	}
	s.closed = true
	for _, st := range s.streams {
		w.farewell(st)
		w.forget(&st.rtp)
		w.forget(&st.rtcp)
	}
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
	case !s.bridged || other.held || other.muted || st.fedAt == 0 || now-st.fedAt > st.wait:
		w.generate(st, now)
	}
	if now >= st.reportAt {
		st.reportAt += int64(w.relay.config.ReportEvery)
		if st.reports > 0 || !w.relay.config.OnlyRelay {
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

// unfilled tells whether a stream stays empty when there is nothing to relay: a tone is heard all the same.
func (w *worker) unfilled(s *Session, st *Stream) bool {
	return w.relay.config.OnlyRelay && (s.bridged || st.tone == Silence)
}

func (w *worker) generate(st *Stream, now int64) {
	payload := w.relay.tones[st.codec].frame(st.tone, st.toneFrame)
	st.toneFrame++
	first := !st.out.started
	seq, ts := st.out.generate(frameSamples, now)
	w.emit(st, first, st.types.Send.Audio, seq, ts, payload)
}

func (w *worker) report(st *Stream, now int64) {
	if st.rtcp.target.n == 0 {
		return
	}
	w.sendReport(st, w.compound(st, now))
}

// compound is a report to a stream, in w.packet.
func (w *worker) compound(st *Stream, now int64) []byte {
	var beyond *hearsay
	if s := st.session; s.bridged {
		beyond = &s.streams[st.side.other()].said
	}
	return report(w.packet[:0], &st.out, &st.in, &st.said, beyond, st.sent, w.wall(now), now)
}

// farewell tells the other end that our stream is over.
func (w *worker) farewell(st *Stream) {
	if st.connected && st.rtcp.target.n != 0 && (st.reports > 0 || !w.relay.config.OnlyRelay) {
		w.sendReport(st, goodbye(w.compound(st, w.now), &st.out))
	}
}

func (w *worker) wall(now int64) time.Time { return w.relay.start.Add(time.Duration(now)) }

func (w *worker) sendReport(st *Stream, packet []byte) {
	if st.session.tap != nil {
		w.show(&st.rtcp, packet, 0, true)
	}
	if st.srtp.out != nil {
		var err error
		if packet, err = st.srtp.out.ProtectRTCP(packet); err != nil {
			w.relay.log.Warn("media: SRTCP", "error", err)
			return
		}
	}
	st.rtcp.send(packet)
}

// readable takes one datagram from a socket; epoll tells again if there are more.
func (w *worker) readable(sock *socket) {
	n := sock.receive(w.buf[:], &w.from)
	if n < 0 {
		return
	}
	if sock.stream.connected {
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

func (w *worker) takeReport(st *Stream, sock *socket, packet []byte, from netip.AddrPort) {
	if !isRTCP(packet) {
		st.unfit++
		return
	}
	if st.srtp.in != nil {
		var err error
		if packet, err = st.srtp.in.UnprotectRTCP(packet); err != nil {
			st.refuse(err)
			return
		}
	}
	st.reports++
	st.reportedAt, st.lostFired = w.now, false
	if st.session.tap != nil {
		w.show(sock, packet, 0, false)
	}
	st.said.take(packet, st.out.ssrc, w.wall(w.now), w.now)
	if sock.isRTCP {
		sock.learn(from)
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
		if packet, err = st.srtp.in.Unprotect(packet); err != nil {
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
		st.rtp.learn(from)
	}
	st.in.add(h.SSRC, h.SequenceNumber, h.Timestamp, len(payload), w.now)
	st.lostFired, st.noisy = false, kind == noisePacket
	if kind == keyPacket {
		s.saw(st, h.Timestamp, payload)
	}
	if !s.bridged || st.held || st.muted || st.direction&RecvOnly == 0 || !other.connected || other.direction&SendOnly == 0 {
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
