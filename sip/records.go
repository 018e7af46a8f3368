package sip

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"tandem/internal/call"
	"tandem/sip/capture"
	"tandem/sip/media"
	"tandem/sip/wire"
)

// Bounds of what is kept of a dialog.
const (
	maxRecorded      = 200
	maxRecordedBytes = 512 << 10
	maxSoundPoints   = 120 // beyond it every second one is left out
	usualMessages    = 8   // of a dialog without incidents
)

const (
	// maxUnclaimed is how many INVITEs may be remembered that no leg has taken. Most are
	// taken within milliseconds; of what is refused nothing is kept.
	maxUnclaimed = 2048
	// lingerFor is how long messages are awaited behind the end of a leg: the ACK of a
	// refusal, or what is repeated because an answer was lost.
	lingerFor = 2 * time.Second
	// recordTick is the time between looks for records that are complete.
	recordTick = time.Second
	// soundEvery is the time between two points of sound, until they become too many.
	soundEvery = 10 * time.Second
)

// records are the messages and the sound of the dialogs of this edge's calls, from their INVITE to a moment
// behind their end. Messages are kept as they were on the wire; all else that has to be
// known of them is found out when they are handed over.
type records struct {
	of func(call.ID) func(call.Trace) // who takes those of a call

	mu        sync.Mutex
	dialogs   map[recordKey]*record
	ofCall    map[call.ID][]*record
	ended     []*record // in the order of their due
	unclaimed [maxUnclaimed]*record
	next      int // place of the next one there
}

// recordKey finds a dialog by what all of its messages have.
type recordKey struct {
	end    call.Side
	callID string
}

type record struct {
	key      recordKey
	place    int // among the unclaimed
	id       call.ID
	leg      call.Side
	keep     func(call.Trace) // nil: no leg has taken it
	session  *media.Session
	over     bool
	due      time.Time
	messages []recorded
	size     int
	left     int
	sound    []heard
	stride   int // ticks of sound to a point
	ticks    int
}

// recorded is a message.
type recorded struct {
	at            time.Time
	local, remote netip.AddrPort
	host          string
	transport     string
	sent          bool
	text          string
}

// heard are the counters of a stream at a moment: one left out loses nothing.
type heard struct {
	at                       time.Time
	packets, lost, lostThere uint64
	jitter, rtt              time.Duration
}

// newRecords is nil if nobody wants them.
func newRecords(of func(call.ID) func(call.Trace)) *records {
	if of == nil {
		return nil
	}
	return &records{of: of, dialogs: map[recordKey]*record{}, ofCall: map[call.ID][]*record{}}
}

// take keeps a message of a dialog that is recorded, or that it begins.
func (r *records) take(p wire.Passed, callID []byte, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.dialogs[recordKey{p.Side, string(callID)}]
	if d == nil {
		if !wire.Begins(p.Text) {
			return
		}
		d = r.begin(recordKey{p.Side, string(callID)})
	}
	if len(d.messages) >= maxRecorded || d.size+len(p.Text) > maxRecordedBytes {
		d.left++
		return
	}
	d.messages = append(d.messages, recorded{now, p.Local, p.Remote, p.Host, p.Transport, p.Sent, string(p.Text)})
	d.size += len(p.Text)
}

// begin remembers a dialog; the oldest that nobody claimed is forgotten for it. The lock is held.
func (r *records) begin(k recordKey) *record {
	if old := r.unclaimed[r.next]; old != nil {
		delete(r.dialogs, old.key)
	}
	d := &record{key: k, place: r.next, stride: 1, messages: make([]recorded, 0, usualMessages)}
	r.dialogs[k], r.unclaimed[r.next] = d, d
	r.next = (r.next + 1) % maxUnclaimed
	return d
}

// claim makes a dialog that of a leg of a call.
func (r *records) claim(end call.Side, callID string, id call.ID, leg call.Side, s *media.Session) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	k := recordKey{end, callID}
	d := r.dialogs[k]
	if d == nil {
		d = r.begin(k)
	}
	d.session = s // the port may have changed, see over6
	if d.keep != nil {
		return
	}
	r.unclaimed[d.place] = nil
	d.id, d.leg, d.keep = id, leg, r.of(id)
	r.ofCall[id] = append(r.ofCall[id], d)
}

// end has the dialogs of a leg handed over soon. figures are the last of their sound.
func (r *records) end(id call.ID, leg, end call.Side, figures media.StreamStats) {
	if r == nil {
		return
	}
	now := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.ofCall[id] {
		if d.leg == leg && d.key.end == end && !d.over {
			d.hear(now, figures)
			d.over, d.session, d.due = true, nil, now.Add(lingerFor)
			r.ended = append(r.ended, d)
		}
	}
}

// hear adds a point, if anything came or went.
func (d *record) hear(now time.Time, s media.StreamStats) {
	if s.Packets == 0 && s.SentPackets == 0 {
		return
	}
	if len(d.sound) == maxSoundPoints {
		for i := range maxSoundPoints / 2 {
			d.sound[i] = d.sound[2*i+1]
		}
		d.sound, d.stride = d.sound[:maxSoundPoints/2], 2*d.stride
	}
	d.sound = append(d.sound, heard{now, s.Packets, s.Lost, s.LostThere, s.Jitter, s.RTT})
}

// run listens to the sound and hands over what is complete, until ctx ends.
func (r *records) run(ctx context.Context) {
	look, listen := time.NewTicker(recordTick), time.NewTicker(soundEvery)
	defer look.Stop()
	defer listen.Stop()
	for {
		select {
		case now := <-look.C:
			r.handOver(now)
		case <-listen.C:
			r.listen()
		case <-ctx.Done():
			return
		}
	}
}

// listen takes a point of each dialog. Each session is asked once, without the lock: messages do not
// wait for it.
func (r *records) listen() {
	sessions := map[*media.Session][]*record{}
	r.mu.Lock()
	for _, all := range r.ofCall {
		for _, d := range all {
			if d.session == nil {
				continue
			}
			if d.ticks++; d.ticks%d.stride == 0 {
				sessions[d.session] = append(sessions[d.session], d)
			}
		}
	}
	r.mu.Unlock()
	for s, all := range sessions {
		near, far := s.Stats()
		now := time.Now()
		r.mu.Lock()
		for _, d := range all {
			switch {
			case d.session != s: // it has ended meanwhile
			case d.key.end == call.Near:
				d.hear(now, near)
			default:
				d.hear(now, far)
			}
		}
		r.mu.Unlock()
	}
}

// handOver gives away the records that are due.
func (r *records) handOver(now time.Time) {
	r.mu.Lock()
	n := 0
	for n < len(r.ended) && !r.ended[n].due.After(now) {
		n++
	}
	due := r.ended[:n]
	r.ended = slices.Clone(r.ended[n:])
	for _, d := range due {
		r.forget(d)
	}
	r.mu.Unlock()
	for _, d := range due {
		d.keep(d.trace())
	}
}

// flush gives away all there are: the edge is closed.
func (r *records) flush() {
	if r == nil {
		return
	}
	r.mu.Lock()
	var all []*record
	for _, some := range r.ofCall {
		all = append(all, some...)
	}
	for _, d := range all {
		r.forget(d)
	}
	r.ended = nil
	r.mu.Unlock()
	for _, d := range all {
		d.keep(d.trace())
	}
}

// forget with the lock held.
func (r *records) forget(d *record) {
	if r.dialogs[d.key] == d {
		delete(r.dialogs, d.key)
	}
	left := r.ofCall[d.id][:0]
	for _, other := range r.ofCall[d.id] {
		if other != d {
			left = append(left, other)
		}
	}
	if r.ofCall[d.id] = left; len(left) == 0 {
		delete(r.ofCall, d.id)
	}
}

// traces are the records of a call so far.
func (r *records) traces(id call.ID) []call.Trace {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	var all []record // copies: what they have so far does not change
	for _, d := range r.ofCall[id] {
		one := *d
		one.sound = append([]heard(nil), d.sound...)
		all = append(all, one)
	}
	r.mu.Unlock()
	var traces []call.Trace
	for _, d := range all {
		traces = append(traces, d.trace())
	}
	return traces
}

// trace is a record in the form that is kept: without secrets, and with repetitions found.
func (d *record) trace() call.Trace {
	t := call.Trace{Leg: d.leg, End: d.key.end, Left: d.left, Messages: make([]call.SIPMessage, 0, len(d.messages))}
	for i, m := range d.messages {
		again := slices.ContainsFunc(d.messages[:i], func(o recorded) bool { return o.sent == m.sent && o.text == m.text })
		remote := m.host
		if m.remote.IsValid() {
			remote = m.remote.String()
		}
		t.Messages = append(t.Messages, call.SIPMessage{
			At: m.at.UTC(), Sent: m.sent, Again: again, Transport: m.transport, Local: m.local.String(), Remote: remote, Text: capture.Redact(m.text),
		})
	}
	if len(d.messages) > 0 {
		t.Began = t.Messages[0].At
	}
	var before heard
	for _, h := range d.sound {
		s := media.StreamStats{Packets: h.packets - before.packets, Lost: since(h.lost, before.lost), Jitter: h.jitter, RTT: h.rtt}
		q := s.Quality().Round()
		t.Sound = append(t.Sound, call.SoundPoint{
			At: h.at.UTC(), Packets: s.Packets, Lost: s.Lost, LostThere: since(h.lostThere, before.lostThere),
			JitterMS: int(h.jitter / time.Millisecond), RTTMS: int(h.rtt.Round(time.Millisecond) / time.Millisecond), R: q.R, MOS: q.MOS,
		})
		before = h
	}
	return t
}

// since is what a counter of losses grew by: what was late takes a loss back.
func since(now, before uint64) uint64 {
	if now < before {
		return 0
	}
	return now - before
}
