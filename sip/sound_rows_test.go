package sip

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"tandem/internal/audio"
	"tandem/internal/call"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/siptest"
)

// impatient has sides missed soon.
func impatient(c *Config) {
	fast(c)
	c.Media.NoMediaAfter = 200 * time.Millisecond
}

// reporting has reports sent often.
func reporting(c *Config) { c.Media.ReportEvery = 100 * time.Millisecond }

func silentAndGone(t *testing.T) {
	r := newRig(t, impatient)
	k := talks(t, r, "", plainSDP)
	k.acks("")
	r.must(r.edge.ConnectMedia(r.ctx(), "call-1"))
	asked := k.await("OPTIONS ")
	if field(asked, "To") == "" || !strings.Contains(field(asked, "To"), "tag=them-talk") || !strings.HasPrefix(asked, "OPTIONS sip:them@") {
		t.Errorf("not inside the dialog: %s", asked)
	}
	k.reply(asked, "481 Call/Transaction Does Not Exist")
	if lost := event[call.MediaLost](r); lost.Side != call.Near {
		t.Errorf("lost %s", lost.Side)
	}
}

func silentButThere(t *testing.T) {
	r := newRig(t, impatient)
	k := talks(t, r, "", plainSDP)
	k.acks("")
	r.must(r.edge.ConnectMedia(r.ctx(), "call-1"))
	for _, status := range []string{"200 OK", "405 Method Not Allowed", "200 OK"} {
		k.reply(k.await("OPTIONS "), status) // and asked again after another silence
	}
	k.cseq = 2
	k.leaves() // fails at an end before
	for len(r.engine.events) > 0 {
		if lost, ok := (<-r.engine.events).(call.MediaLost); ok {
			t.Errorf("%+v", lost)
		}
	}
}

func silentMicrosoft(t *testing.T) {
	s := sound(t, func(c *Config) { c.Media.NoMediaAfter = time.Second }, usual, usual)
	asked := s.line.await("OPTIONS ")
	if strings.Fields(asked)[1] != target || !strings.Contains(field(asked, "To"), "tag=ms") || field(asked, "CSeq") != "2 OPTIONS" {
		t.Errorf("not inside the dialog: %s", asked)
	}
	s.line.respond(asked, "481 Call/Transaction Does Not Exist", "", "", "")
	for {
		if lost, ok := next(t, "loss", s.r.engine.events).(call.MediaLost); ok && lost.Side == call.Far {
			break // near is silent as well
		}
	}

	// Microsoft as it is simulated has nothing against it.
	r := newRig(t, func(c *Config) { c.Media.NoMediaAfter = 300 * time.Millisecond })
	r.must(r.hub.SetFault(pstnhub.FaultNoRTP, "on"))
	_, id, far, _, _ := r.up(siptest.CallOptions{})
	eventually(t, func() bool { return r.counted("tandem_sip_silent_legs_total", "there", "far") > 0 })
	r.clean()
	r.hangUp(id, call.Far, 0, 16, "over")
	if e := r.ended(call.Far); e.By != call.ByTandem || e.Q850 != 16 {
		t.Errorf("%+v", e)
	}
	<-far.Ended()
	r.clean()
}

func reportsKeepALeg(t *testing.T) {
	s := sound(t, func(c *Config) { fast(c); c.Media.NoMediaAfter = time.Second }, usual, usual)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { // both parties are silent and send reports
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			for _, e := range []*end{s.near, s.far} {
				e.reports(&rtcp.ReceiverReport{SSRC: e.ssrc})
			}
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	}()
	asked := s.k.asked(2500 * time.Millisecond)
	close(stop)
	<-done
	if asked != "" {
		t.Errorf("asked although reports came: %s", asked)
	}
	s.k.await("OPTIONS ") // without them it is asked
}

// asked is the OPTIONS that comes in time, or "".
func (p *raw) asked(within time.Duration) string {
	p.t.Helper()
	for deadline := time.Now().Add(within); ; {
		m := p.receive(time.Until(deadline))
		if m == "" || strings.HasPrefix(m, "OPTIONS ") {
			return m
		}
	}
}

func heldIsNotMissed(t *testing.T) {
	r := newRig(t, impatient)
	k := talks(t, r, "", plainSDP+"a=sendonly\n")
	k.acks("")
	r.must(r.edge.ConnectMedia(r.ctx(), "call-1"))
	if m := k.asked(time.Second); m != "" {
		t.Errorf("asked on hold: %s", m)
	}
	k.cseq++
	k.puts("INVITE", k.cseq, "", plainSDP)
	k.answer(k.cseq, "INVITE")
	k.acks("")
	k.await("OPTIONS ")
}

func quality(t *testing.T) {
	s := sound(t, reporting, usual, usual)
	for n := range 100 {
		if n%10 == 9 {
			s.near.packet(8, false, word(n)) // lost on the way, but for the last, which nobody can know
			continue
		}
		s.near.says(8, n)
		s.far.hearsWord(n)
	}
	// Each party tells how our stream arrives.
	for i, e := range []*end{s.near, s.far} {
		ours := e.report("sender report", func(p []rtcp.Packet) bool { _, ok := p[0].(*rtcp.SenderReport); return ok })
		sr := ours[0].(*rtcp.SenderReport)
		e.reports(&rtcp.ReceiverReport{SSRC: e.ssrc, Reports: []rtcp.ReceptionReport{{
			SSRC: sr.SSRC, TotalLost: uint32(7 + i), FractionLost: 26, Jitter: 80, LastSenderReport: uint32(sr.NTPTime >> 16), Delay: 0,
		}}})
	}
	near, far := s.over()
	if m := near.Media; m.Lost != 9 || m.LostThere != 7 || m.MOS < 1.5 || m.MOS > 3.6 {
		t.Errorf("near %+v", m)
	}
	if m := far.Media; m.LostThere != 8 || m.Lost != 0 || m.MOS != 0 { // it said next to nothing
		t.Errorf("far %+v", m)
	}
	families, err := s.r.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	scores := uint64(0)
	for _, f := range families {
		if f.GetName() == "tandem_sip_mos" {
			scores = f.GetMetric()[0].GetHistogram().GetSampleCount()
		}
	}
	if scores != 1 {
		t.Errorf("%d scores in the histogram", scores)
	}
}

func reportsAreTranslated(t *testing.T) {
	s := sound(t, reporting, usual, usual)
	ours := s.far.report("sender report", func(p []rtcp.Packet) bool { _, ok := p[0].(*rtcp.SenderReport); return ok })
	s.far.reports(&rtcp.ReceiverReport{SSRC: s.far.ssrc, Reports: []rtcp.ReceptionReport{{SSRC: ours[0].(*rtcp.SenderReport).SSRC, FractionLost: 64, TotalLost: 5}}})
	s.near.says(8, 1)
	s.far.hearsWord(1)
	told := s.near.report("report of five lost", func(p []rtcp.Packet) bool {
		sr, ok := p[0].(*rtcp.SenderReport)
		return ok && len(sr.Reports) == 1 && sr.Reports[0].SSRC == s.near.ssrc && sr.Reports[0].TotalLost == 5
	})
	if b := told[0].(*rtcp.SenderReport).Reports[0]; b.FractionLost < 64 {
		t.Errorf("%+v", b)
	}
	if sdes := told[1].(*rtcp.SourceDescription); sdes.Chunks[0].Items[0].Text != "tandem" {
		t.Errorf("%v", sdes)
	}
	// And the other way.
	ours = s.near.report("sender report", func(p []rtcp.Packet) bool { _, ok := p[0].(*rtcp.SenderReport); return ok })
	s.near.reports(&rtcp.ReceiverReport{SSRC: s.near.ssrc, Reports: []rtcp.ReceptionReport{{SSRC: ours[0].(*rtcp.SenderReport).SSRC, FractionLost: 32, TotalLost: 7}}})
	s.far.says(8, 2)
	s.near.hearsWord(2)
	s.far.report("report of seven lost", func(p []rtcp.Packet) bool {
		sr, ok := p[0].(*rtcp.SenderReport)
		return ok && len(sr.Reports) == 1 && sr.Reports[0].SSRC == s.far.ssrc && sr.Reports[0].TotalLost == 7
	})
}

func reportsEnd(t *testing.T) {
	s := sound(t, nil, usual, usual)
	s.over()
	for _, e := range []*end{s.near, s.far} {
		e.report("BYE", func(p []rtcp.Packet) bool { _, ok := p[len(p)-1].(*rtcp.Goodbye); return ok })
	}
}

func keysPass(t *testing.T) {
	s := sound(t, nil, []string{"8 PCMA", "96 telephone-event"}, usual)
	for _, last := range []byte{10, 0x8a, 0x8a, 0x8a} {
		s.near.writeFrom(s.near.rtp, s.near.packet(96, false, []byte{9, last, 3, 32}))
		s.near.ts -= 160
		if p := s.far.hearsType(101); p.Payload[0] != 9 {
			t.Errorf("%v", p)
		}
	}
	s.far.writeFrom(s.far.rtp, s.far.packet(101, true, []byte{11, 0x8a, 3, 32}))
	if p := s.near.hearsType(96); p.Payload[0] != 11 || !p.Marker {
		t.Errorf("%v", p)
	}
	near, far := s.over()
	if near.Media.Keys != 1 || far.Media.Keys != 1 {
		t.Errorf("%d and %d keys", near.Media.Keys, far.Media.Keys)
	}
	if n := s.r.counted("tandem_sip_keys_total", "near"); n != 1 {
		t.Errorf("%v keys counted", n)
	}
}

func noisePasses(t *testing.T) {
	s := sound(t, nil, usual, usual)
	if s.offered.Audio.Noise != 13 || s.answers.Audio.Noise != 13 {
		t.Errorf("offered %d, answered %d", s.offered.Audio.Noise, s.answers.Audio.Noise)
	}
	s.near.writeFrom(s.near.rtp, s.near.packet(13, false, []byte{60}))
	if p := s.far.hearsType(13); !bytes.Equal(p.Payload, []byte{60}) {
		t.Errorf("%v", p)
	}
}

func noiseIsKept(t *testing.T) {
	s := sound(t, nil, []string{"8 PCMA"}, usual)
	if s.offered.Audio.Noise != 0 || s.answers.Audio.Noise != 0 {
		t.Errorf("offered %d, answered %d", s.offered.Audio.Noise, s.answers.Audio.Noise)
	}
	s = sound(t, nil, usual, []string{"8 PCMA"})
	s.near.says(8, 1)
	before := s.far.hearsWord(1)
	s.near.writeFrom(s.near.rtp, s.near.packet(13, false, []byte{60}))
	s.near.says(8, 2)
	if p := s.far.hearsWord(2); p.SequenceNumber != before.SequenceNumber+1 {
		t.Errorf("%v after %v", p.Header, before.Header)
	}
}

func pauses(t *testing.T) {
	s := sound(t, nil, usual, usual)
	s.near.says(8, 1)
	before := s.far.hearsWord(1)
	s.near.writeFrom(s.near.rtp, s.near.packet(13, false, []byte{60}))
	s.far.hearsType(13)
	if p := s.far.read(400 * time.Millisecond); p != nil {
		t.Errorf("over the noise: %v", p)
	}
	s.near.ts += 20 * 160
	s.near.says(8, 2)
	if p := s.far.hearsWord(2); p.SequenceNumber != before.SequenceNumber+2 || p.Timestamp-before.Timestamp < 20*160 {
		t.Errorf("%v after %v", p.Header, before.Header)
	}
}

// follows says a word and checks that it comes without a step for the listener.
func (s *sounds) follows(n int, before *rtp.Packet) *rtp.Packet {
	s.k.t.Helper()
	s.near.says(8, n)
	p := s.far.hearsWord(n)
	if step := p.Timestamp - before.Timestamp; p.SSRC != before.SSRC || p.SequenceNumber-before.SequenceNumber > 1000 || step == 0 || step > 2000*160 {
		s.k.t.Fatalf("%v after %v", p.Header, before.Header)
	}
	return p
}

func sourceChanges(t *testing.T) {
	s := sound(t, nil, usual, usual)
	s.near.says(8, 1)
	last := s.far.hearsWord(1)
	for n := range 3 {
		s.near.ssrc, s.near.seq, s.near.ts = s.near.ssrc+1, uint16(n)*30000, uint32(n)<<30
		last = s.follows(2*n+2, last)
		last = s.follows(2*n+3, last)
	}
	s.far.says(8, 100)
	before := s.near.hearsWord(100)
	for n := range 3 {
		s.far.ssrc, s.far.seq, s.far.ts = s.far.ssrc+1, uint16(n)*20000, uint32(n)<<30
		s.far.says(8, 101+n)
		after := s.near.hearsWord(101 + n)
		if step := after.SequenceNumber - before.SequenceNumber; after.SSRC != before.SSRC || step == 0 || step > 500 || after.Timestamp-before.Timestamp > 10*8000 {
			t.Errorf("after %v comes %v", before.Header, after.Header)
		}
		before = after
	}
}

func numbersWrap(t *testing.T) {
	s := sound(t, nil, usual, usual)
	s.near.ssrc, s.near.seq, s.near.ts = 77, 65530, 1<<32-320
	s.far.seq = 65530
	s.near.says(8, 0)
	last := s.far.hearsWord(0)
	for n := 1; n < 20; n++ {
		last = s.follows(n, last)
		s.far.says(8, n)
		s.near.hearsWord(n)
	}
	if near, far := s.over(); near.Media.Lost != 0 || far.Media.Lost != 0 {
		t.Errorf("lost %d and %d", near.Media.Lost, far.Media.Lost)
	}
}

func clockJumps(t *testing.T) {
	s := sound(t, nil, usual, usual)
	s.near.says(8, 0)
	last := s.far.hearsWord(0)
	for n, jump := range []uint32{1 << 20, 1 << 31, 0, 1<<32 - 5_000_000} {
		s.near.ts += jump
		last = s.follows(n+1, last)
	}
}

func typesDiffer(t *testing.T) {
	s := sound(t, nil, []string{"98 PCMA", "99 telephone-event"}, []string{"8 PCMA", "101 telephone-event"})
	s.near.says(98, 1)
	if p := s.far.hearsWord(1); p.PayloadType != 8 {
		t.Errorf("%v", p.Header)
	}
	s.far.says(8, 2)
	if p := s.near.hearsWord(2); p.PayloadType != 98 {
		t.Errorf("%v", p.Header)
	}
}

func lawsDiffer(t *testing.T) {
	s := sound(t, nil, []string{"8 PCMA"}, []string{"0 PCMU"})
	tone, ulaw := make([]byte, 160), make([]byte, 160)
	linear := make([]int16, 160)
	for i := range linear {
		linear[i] = int16(200 * (i - 80))
	}
	audio.LinearToALaw(tone, linear)
	audio.LinearToULaw(ulaw, linear)
	s.near.writeFrom(s.near.rtp, s.near.packet(8, false, tone))
	want, heard := make([]int16, 160), make([]int16, 160)
	audio.ALawToLinear(want, tone)
	s.far.hears("the ramp", func(p *rtp.Packet) bool {
		audio.ULawToLinear(heard, p.Payload)
		return p.PayloadType == 0 && near16(want, heard)
	})
	s.far.writeFrom(s.far.rtp, s.far.packet(0, false, ulaw))
	audio.ULawToLinear(want, ulaw)
	s.near.hears("the ramp", func(p *rtp.Packet) bool {
		audio.ALawToLinear(heard, p.Payload)
		return p.PayloadType == 8 && near16(want, heard)
	})
}

// near16 tells whether two sounds are the same but for a step of quantisation.
func near16(a, b []int16) bool {
	return slices.EqualFunc(a, b, func(x, y int16) bool {
		d := int(x) - int(y)
		return max(d, -d) <= 16+max(int(x), -int(x))/16
	})
}

func wideband(t *testing.T) {
	s := sound(t, nil, []string{"9 G722", "8 PCMA"}, []string{"9 G722"})
	if c := s.answers.Audio.Codecs; len(c) != 1 || c[0].Name != "G722" {
		t.Fatalf("the peer got %v", c)
	}
	s.near.says(9, 1)
	if p := s.far.hearsWord(1); p.PayloadType != 9 {
		t.Errorf("%v", p.Header)
	}
	s.far.says(9, 2)
	if p := s.near.hearsWord(2); p.PayloadType != 9 {
		t.Errorf("%v", p.Header)
	}
	s = sound(t, nil, []string{"9 G722", "8 PCMA"}, []string{"8 PCMA"}) // Microsoft has it not
	if c := s.answers.Audio.Codecs; len(c) != 1 || c[0].Name != "PCMA" {
		t.Errorf("the peer got %v", c)
	}
	s.near.says(8, 1)
	s.far.hearsWord(1)
}

// refused waits for packets that the relay did not believe, by side and cause.
func (s *sounds) refused(side call.Side, cause string, want float64) {
	s.k.t.Helper()
	s.over()
	if n := s.r.counted("tandem_sip_media_refused_total", cause, string(side)); n != want {
		s.k.t.Errorf("%v packets refused as %s, want %v", n, cause, want)
	}
}

func strangersOnMedia(t *testing.T) {
	s := sound(t, nil, usual, usual)
	elsewhere, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 9)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = elsewhere.Close() })
	stranger := &end{t: t, ssrc: 9, seq: 1, to: s.near.to}
	for n := range 3 {
		stranger.writeFrom(elsewhere, stranger.packet(8, false, word(1000+n)))
		stranger.writeFrom(udp(t), stranger.packet(8, false, word(1100+n))) // the peer's own address, another port
	}
	s.near.says(8, 1)
	s.far.hears("the peer, and no stranger", func(p *rtp.Packet) bool {
		for n := range 3 {
			if bytes.Equal(p.Payload, word(1000+n)) || bytes.Equal(p.Payload, word(1100+n)) {
				t.Error("a stranger is heard")
			}
		}
		return bytes.Equal(p.Payload, word(1))
	})
	forger := &end{t: t, ssrc: 9, seq: 1, to: s.far.to}
	for n := range 3 {
		forger.writeFrom(elsewhere, forger.packet(8, false, word(1200+n)))
	}
	s.far.says(8, 2)
	s.near.hearsWord(2)
	s.refused(call.Near, "stranger", 6)
	if n := s.r.counted("tandem_sip_media_refused_total", "stranger", "far"); n != 3 {
		t.Errorf("%v strangers on Microsoft's side", n)
	}
}

func replays(t *testing.T) {
	s := sound(t, nil, usual, usual)
	for _, way := range []struct{ from, to *end }{{s.near, s.far}, {s.far, s.near}} {
		raw := way.from.packet(8, false, word(1))
		for range 3 {
			way.from.writeFrom(way.from.rtp, raw)
		}
		way.from.says(8, 2)
		heard := 0
		way.to.hears("the next word", func(p *rtp.Packet) bool {
			if bytes.Equal(p.Payload, word(1)) {
				heard++
			}
			return bytes.Equal(p.Payload, word(2))
		})
		if heard != 1 {
			t.Errorf("heard %d times", heard)
		}
	}
	s.refused(call.Far, "replay", 2)
	if n := s.r.counted("tandem_sip_media_refused_total", "replay", "near"); n != 2 {
		t.Errorf("%v replays near", n)
	}
}

func forgeries(t *testing.T) {
	s := sound(t, nil, usual, usual)
	for n := range 4 {
		raw := s.far.packet(8, false, word(1000+n))
		raw[20] ^= 1
		s.far.writeFrom(s.far.rtp, raw)
	}
	s.far.says(8, 1)
	s.near.hears("the good packet only", func(p *rtp.Packet) bool {
		if p.Payload[1] == byte(1000>>8) && p.Payload[2] == 7 {
			t.Error("a forged packet is heard")
		}
		return bytes.Equal(p.Payload, word(1))
	})
	s.refused(call.Far, "authentication", 4)
}

func latch(t *testing.T) {
	r := newRig(t, nil)
	k := talks(t, r, "", plainSDP) // port 40000, where nobody listens
	k.acks("")
	peer := newEnd(t, 5)
	peer.aim(body(k.ok))
	peer.says(8, 1)
	for peer.read(patience) == nil {
		t.Fatal("nothing comes back to where the sound comes from")
	}
	other := newEnd(t, 6)
	other.to = peer.to
	other.says(8, 2)
	if p := other.read(200 * time.Millisecond); p != nil {
		t.Errorf("another port got %v", p)
	}
	if peer.read(patience) == nil {
		t.Error("the port was not kept")
	}
}

func moves(t *testing.T) {
	s := sound(t, nil, usual, usual)
	s.near.says(8, 1)
	s.far.hearsWord(1)
	s.far.hears("silence: the old port says nothing", func(p *rtp.Packet) bool { return !bytes.Equal(p.Payload, word(1)) })
	moved := udp(t)
	s.near.writeFrom(moved, s.near.packet(8, false, word(2)))
	s.near.writeFrom(moved, s.near.packet(8, false, word(3)))
	s.far.hearsWord(3)
	s.near.rtp = moved
	s.far.says(8, 4)
	s.near.hearsWord(4)

	// SRTP proves itself at once, even while the old port speaks.
	moved = udp(t)
	s.far.says(8, 5)
	s.near.hearsWord(5)
	s.far.writeFrom(moved, s.far.packet(8, false, word(6)))
	s.near.hearsWord(6)
	s.far.rtp = moved
	s.near.says(8, 7)
	s.far.hearsWord(7)
}

func requestsTell(t *testing.T) {
	r := newRig(t, nil)
	k := talks(t, r, "", strings.Replace(plainSDP, "c=IN IP4 127.0.0.1", "c=IN IP4 192.168.77.5", 1))
	k.acks("")
	peer := newEnd(t, 5)
	peer.aim(body(k.ok))
	peer.says(8, 1)
	if peer.read(patience) == nil {
		t.Error("a peer behind a NAT hears nothing")
	}
}

func portsRest(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Media.PortMin, c.Media.PortMax, c.Media.Rest = 28000, 28011, time.Hour })
	var used []netip.AddrPort
	for n := range 3 { // two pairs a call, six in the range
		k := &talk{raw: newRaw(t, r), r: r, cseq: 2}
		k.invite(number, fmt.Sprintf("rest-%d", n), "", plainSDP)
		next(t, "offer", r.engine.offers)
		r.must(r.edge.Answer(r.ctx(), call.ID(fmt.Sprintf("call-%d", n+1))))
		k.ok = k.await("SIP/2.0 200")
		k.acks("")
		e := &end{t: t}
		e.aim(body(k.ok))
		if slices.Contains(used, e.to) {
			t.Errorf("%v is used again", e.to)
		}
		used = append(used, e.to)
		k.leaves()
	}
	k := newRaw(t, r)
	k.invite(number, "too-soon", "", plainSDP)
	if status, m := k.final(); status != 503 {
		t.Errorf("while all rest: %s", m)
	}
}

func portsExhausted(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Media.PortMin, c.Media.PortMax = 28100, 28103 })
	first := newRaw(t, r)
	first.invite(number, "first", "", plainSDP)
	next(t, "offer", r.engine.offers)
	second := newRaw(t, r)
	second.invite(number, "second", "", plainSDP)
	status, m := second.final()
	if status != 503 || field(m, "Retry-After") == "" || field(m, "Reason") != `Q.850;cause=34;text="no_ports"` {
		t.Errorf("%s", m)
	}
	if n := r.counted("tandem_sip_refused_total", "no_ports", "near"); n != 1 {
		t.Errorf("%v refused", n)
	}
}
