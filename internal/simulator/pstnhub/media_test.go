package pstnhub

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"tandem/internal/audio"
	"tandem/internal/simulator/mixer"
)

// phone is the media of the SBC: one RTP and one RTCP socket.
type phone struct {
	t         *testing.T
	rtp, rtcp *net.UDPConn
	key       string
	encrypt   *srtp.Context
	payload   uint8
	sequence  uint16
	timestamp uint32
	ssrc      uint32
	target    netip.AddrPort
	targetRTC netip.AddrPort
	reading   sync.WaitGroup

	mu      sync.Mutex
	heard   []int16 // by timestamp, gaps are silence
	first   uint32
	started bool
	packets []rtp.Header // of audio
	events  []event
	codec   uint8 // of what is heard, which starts anew with another codec; G.722 is heard at 16 kHz
	decoder *audio.G722Decoder
	encoder *audio.G722Encoder
	reports int
	arrived chan struct{}
}

func newPhone(t *testing.T) *phone {
	p := &phone{t: t, key: testKey, payload: 8, sequence: 65500, timestamp: 1 << 31, ssrc: 4711, arrived: make(chan struct{}, 1), encoder: audio.NewG722Encoder(), decoder: audio.NewG722Decoder()}
	p.rtp, p.rtcp = socket(t), socket(t)
	p.rekey(testKey)
	return p
}

func socket(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func portOf(c *net.UDPConn) int { return c.LocalAddr().(*net.UDPAddr).Port }

// rekey starts our direction anew with a ROC of 0.
func (p *phone) rekey(key string) {
	c, err := contextOf(key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.key, p.encrypt = key, c
}

// offer is what the phone offers.
func (p *phone) offer() string {
	o := strings.Replace(offerText(portOf(p.rtp)), testKey, p.key, 1)
	return strings.Replace(o, "a=ptime", fmt.Sprintf("a=rtcp:%d\r\na=ptime", portOf(p.rtcp)), 1)
}

// connect takes the answer and begins to listen.
func (p *phone) connect(sdp string) {
	p.t.Helper()
	number := func(expression string) uint16 {
		n, err := strconv.ParseUint(regexp.MustCompile(expression).FindStringSubmatch(sdp)[1], 10, 16)
		if err != nil {
			p.t.Fatal(err)
		}
		return uint16(n)
	}
	p.target = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), number(`m=audio (\d+)`))
	p.targetRTC = netip.AddrPortFrom(p.target.Addr(), number(`a=rtcp:(\d+)`))
	key := regexp.MustCompile(`inline:([^|]*)`).FindStringSubmatch(sdp)[1]
	decrypt, err := contextOf(key)
	if err != nil {
		p.t.Fatal(err)
	}
	control, err := contextOf(key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.reading.Go(func() { p.listen(decrypt) })
	p.reading.Go(func() {
		buf := make([]byte, 2048)
		for {
			n, err := p.rtcp.Read(buf)
			if err != nil {
				return
			}
			raw, err := control.DecryptRTCP(nil, buf[:n], nil)
			if err != nil || raw[1] != 200 {
				p.t.Errorf("RTCP % x: %v", raw, err)
			}
			p.mu.Lock()
			p.reports++
			p.mu.Unlock()
			p.signal()
		}
	})
	p.t.Cleanup(func() {
		_, _ = p.rtp.Close(), p.rtcp.Close()
		p.reading.Wait()
	})
}

func (p *phone) signal() {
	select {
	case p.arrived <- struct{}{}:
	default:
	}
}

func (p *phone) listen(decrypt *srtp.Context) {
	buf := make([]byte, 2048)
	for {
		n, err := p.rtp.Read(buf)
		if err != nil {
			return
		}
		raw, err := decrypt.DecryptRTP(nil, buf[:n], nil)
		if err != nil {
			p.t.Errorf("packet: %v", err)
			continue
		}
		var packet rtp.Packet
		if err := packet.Unmarshal(raw); err != nil {
			p.t.Errorf("packet: %v", err)
			continue
		}
		p.mu.Lock()
		if packet.PayloadType == 101 {
			p.events = append(p.events, event{packet.Header, packet.Payload})
			p.mu.Unlock()
			p.signal()
			continue
		}
		if !p.started || p.codec != packet.PayloadType {
			p.started, p.first, p.codec, p.heard = true, packet.Timestamp, packet.PayloadType, nil
		}
		at, size := int(int32(packet.Timestamp-p.first)), len(packet.Payload)
		if p.codec == 9 {
			at, size = 2*at, 2*size
		}
		if missing := at + size - len(p.heard); missing > 0 {
			p.heard = append(p.heard, make([]int16, missing)...)
		}
		if p.codec == 9 {
			p.decoder.Decode(p.heard[at:], packet.Payload)
		} else {
			audio.ALawToLinear(p.heard[at:], packet.Payload)
		}
		p.packets = append(p.packets, packet.Header)
		p.mu.Unlock()
		p.signal()
	}
}

// await waits until the condition holds, which is looked at whenever something arrived.
func (p *phone) await(what string, condition func() bool) {
	p.t.Helper()
	limit := time.After(patience)
	for {
		p.mu.Lock()
		ok := condition()
		p.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-p.arrived:
		case <-limit:
			p.t.Fatalf("%s: did not happen", what)
		}
	}
}

// packet is the next packet, encrypted.
func (p *phone) packet(samples []int16) []byte {
	p.t.Helper()
	payload := make([]byte, len(samples))
	switch p.payload {
	case 9:
		payload = payload[:len(samples)/2]
		p.encoder.Encode(payload, samples)
	case 8:
		audio.LinearToALaw(payload, samples)
	default:
		audio.LinearToULaw(payload, samples)
	}
	raw := p.seal(p.payload, p.timestamp, payload)
	p.timestamp += uint32(len(payload))
	return raw
}

func (p *phone) seal(payloadType uint8, timestamp uint32, payload []byte) []byte {
	p.t.Helper()
	p.sequence++
	packet := rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: payloadType, SequenceNumber: p.sequence, Timestamp: timestamp, SSRC: p.ssrc}, Payload: payload}
	raw, err := packet.Marshal()
	if err != nil {
		p.t.Fatal(err)
	}
	if raw, err = p.encrypt.EncryptRTP(nil, raw, nil); err != nil {
		p.t.Fatal(err)
	}
	return raw
}

func (p *phone) write(raw []byte) {
	p.t.Helper()
	if _, err := p.rtp.WriteToUDPAddrPort(raw, p.target); err != nil {
		p.t.Fatal(err)
	}
}

// pace calls f n times, every 20 ms from now.
func pace(n int, f func(i int)) {
	start := time.Now()
	for i := range n {
		<-time.After(time.Until(start.Add(time.Duration(i) * mixer.FrameDuration)))
		f(i)
	}
}

// frame is the i-th frame of a clip; silence behind its end.
func frame(samples []int16, i, size int) []int16 {
	f := make([]int16, size)
	if i*size < len(samples) {
		copy(f, samples[i*size:])
	}
	return f
}

// teams is somebody in the conference.
type teams struct {
	mu    sync.Mutex
	heard []int16
}

func (u *teams) hear(frame []int16) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.heard = append(u.heard, frame...)
}

func (u *teams) samples() []int16 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.heard)
}

// talk is an answered call whose leg is in a conference with one user.
type talk struct {
	*phone
	call *call
	leg  *Leg
	conf *mixer.Conference
	user teams
	port *mixer.Port
}

func (w *world) talk() *talk {
	w.t.Helper()
	v := w.call("8 0")
	v.port = v.conf.Join("user", v.user.hear)
	v.leg.Attach(v.conf)
	return v
}

// call is a talk of an SBC that offers these codecs, while nobody is in the conference.
func (w *world) call(codecs string) *talk {
	w.t.Helper()
	v := &talk{phone: newPhone(w.t), conf: mixer.New(slog.New(slog.DiscardHandler))}
	w.t.Cleanup(v.conf.Close)
	v.call = w.newCall(w.dial(0))
	v.call.offer = strings.Replace(v.offer(), "SAVP 8 0 ", "SAVP "+codecs+" ", 1)
	v.call.invite()
	v.leg = w.leg()
	v.connect(body(v.call.answered(v.leg)))
	return v
}

// awaitStats waits for packets to be counted; the answer's own packets serve as clock.
func (v *talk) awaitStats(what string, condition func(MediaStats) bool) {
	v.t.Helper()
	v.await(what, func() bool { return condition(v.leg.Media()) })
}

func TestSpeechBothWays(t *testing.T) {
	audio.TestShare(t)
	tests := []struct {
		name    string
		payload uint8
		size    int
		lost    int // every so many packets
	}{
		{"PCMA 20 ms", 8, 160, 0},
		{"PCMU 30 ms", 0, 240, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			v := w.talk()
			v.payload = tt.payload
			customer, agent := audio.CustomerSpeech().Samples[:3*8000], audio.AgentSpeech().Samples[:3*8000]
			due := 0
			pace(len(customer)/mixer.FrameSamples+10, func(i int) {
				for ; due*tt.size <= i*mixer.FrameSamples; due++ {
					v.write(v.packet(frame(customer, due, tt.size)))
				}
				v.port.Write(frame(agent, i, mixer.FrameSamples))
			})
			v.call.line.send(v.call.again("BYE", ""))
			v.call.line.expect("SIP/2.0 200 OK")
			ended(t, v.leg, "sbc", 0, 16, codeNormalBySBC)
			stats := v.leg.Media()
			v.mu.Lock()
			heard, headers := slices.Clone(v.heard), slices.Clone(v.packets)
			v.mu.Unlock()
			for name, m := range map[string]audio.Match{"to Teams": audio.Compare(customer, v.user.samples(), 8000), "to the customer": audio.Compare(agent, heard, 8000)} {
				if m.Correlation < 0.99 || m.LongestGap > 60*time.Millisecond {
					t.Errorf("%s: %+v", name, m)
				}
			}
			if stats.AuthFailures+stats.Dropped+stats.Foreign+stats.Lost != 0 || stats.PacketsIn == 0 || stats.PacketsOut != uint64(len(headers)) {
				t.Errorf("stats %+v, %d packets here", stats, len(headers))
			}
			for i, h := range headers {
				if i > 0 && (h.SequenceNumber != headers[i-1].SequenceNumber+1 || h.Timestamp != headers[i-1].Timestamp+160 || h.SSRC != headers[0].SSRC) || h.Marker != (i == 0) || h.PayloadType != 8 {
					t.Errorf("packet %d: %+v", i, h)
					break
				}
			}
			w.noViolations()
		})
	}
}

func TestMediaRules(t *testing.T) {
	audio.TestShare(t)
	w := newWorld(t, func(c *Config) { c.RTCPInterval = 50 * time.Millisecond })
	v := w.talk()
	silence := make([]int16, 160)

	// What comes from another address than the signalled one is foreign, whatever its key.
	stranger, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 77)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Close() }()
	first := v.packet(silence)
	if _, err := stranger.WriteToUDPAddrPort(first, v.target); err != nil {
		t.Fatal(err)
	}
	v.awaitStats("foreign", func(s MediaStats) bool { return s.Foreign == 1 && s.PacketsIn == 0 })
	v.write(first)
	v.awaitStats("first", func(s MediaStats) bool { return s.PacketsIn == 1 })

	v.write(first)
	v.awaitStats("replay", func(s MediaStats) bool { return s.Dropped == 1 })
	forged := v.packet(silence)
	forged[20] ^= 1
	v.write(forged)
	v.awaitStats("forgery", func(s MediaStats) bool { return s.AuthFailures == 1 })
	v.packet(silence)
	v.write(v.packet(silence))
	v.awaitStats("loss", func(s MediaStats) bool { return s.Lost == 2 && s.PacketsIn == 2 })
	for range 60 { // over the wrap of the sequence number
		v.write(v.packet(silence))
	}
	v.awaitStats("wrap", func(s MediaStats) bool { return s.PacketsIn == 62 && s.AuthFailures == 1 })

	for _, key := range []byte{1, 2, 11} { // three packets a key, the last with its end bit
		for i, end := range []byte{0, 0, 0x80} {
			v.write(v.seal(101, v.timestamp, []byte{key, end | 10, 0, byte(160 * i)}))
		}
		v.timestamp += 480
	}
	v.awaitStats("keys", func(s MediaStats) bool { return s.PacketsIn == 71 })
	if d := v.leg.Digits(); d != "12#" {
		t.Errorf("digits %q", d)
	}
	v.write(v.seal(13, v.timestamp, []byte{40}))
	v.write(v.seal(99, v.timestamp, []byte{40}))
	v.awaitStats("comfort noise", func(s MediaStats) bool { return s.PacketsIn == 73 })

	raw, err := v.encrypt.EncryptRTCP(nil, (&sender{ssrc: v.ssrc}).report(time.Now(), 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.rtcp.WriteToUDPAddrPort(raw, v.targetRTC); err != nil {
		t.Fatal(err)
	}
	v.awaitStats("RTCP", func(s MediaStats) bool { return s.RTCPIn == 1 && s.RTCPOut > 0 })
	v.await("report", func() bool { return v.reports > 0 })

	// Hold: nothing either way but RTCP; resumed with a marker, on the same stream.
	reinvite := func(offer string) {
		v.call.line.send(v.call.again("INVITE", offer))
		v.call.line.expect("SIP/2.0 200 OK")
		v.call.line.send(v.call.request("ACK", fmt.Sprintf("ack%d", v.call.cseq), ""))
	}
	reinvite(strings.Replace(v.call.offer, "sendrecv", "inactive", 1))
	out, reports := v.leg.Media().PacketsOut, 0
	v.mu.Lock()
	reports = v.reports
	v.mu.Unlock()
	v.await("reports on hold", func() bool { return v.reports > reports+1 })
	if s := v.leg.Media(); s.PacketsOut != out {
		t.Errorf("%d packets sent on hold", s.PacketsOut-out)
	}
	reinvite(v.call.offer)
	v.await("resumption", func() bool {
		n := len(v.packets)
		return n > int(out) && v.packets[out].Marker && v.packets[out].SequenceNumber == v.packets[out-1].SequenceNumber+1
	})

	// The key unchanged keeps its ROC, which is 1 by now; a new one starts at 0.
	v.write(v.packet(silence))
	v.awaitStats("same key", func(s MediaStats) bool { return s.PacketsIn == 74 })
	v.rekey(base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcd")))
	reinvite(v.offer())
	v.write(v.packet(silence))
	v.awaitStats("new key", func(s MediaStats) bool { return s.PacketsIn == 75 && s.AuthFailures == 1 })

	v.leg.Attach(nil)
	v.leg.Attach(v.conf)
	if n := v.conf.Parties(); n != 2 {
		t.Errorf("%d parties", n)
	}
	v.leg.Bye(16, "x")
	wait(t, "end", v.leg.Ended())
	if n := v.conf.Parties(); n != 1 {
		t.Errorf("%d parties after the end", n)
	}
	in := <-w.inbound
	in.send(okTo(in.expect("BYE ")))
	wait(t, "end of signalling", v.leg.over)
	v.leg.Attach(v.conf)
	if n := v.conf.Parties(); n != 1 {
		t.Errorf("a leg that is over joined: %d parties", n)
	}
}

func TestLatching(t *testing.T) {
	audio.TestShare(t)
	w := newWorld(t, nil)
	v := &talk{phone: newPhone(t), conf: mixer.New(slog.New(slog.DiscardHandler))}
	t.Cleanup(v.conf.Close)
	v.call = w.newCall(w.dial(0))
	v.call.offer = strings.Replace(strings.Replace(v.offer(), fmt.Sprintf("m=audio %d", portOf(v.rtp)), "m=audio 9", 1), fmt.Sprintf("a=rtcp:%d", portOf(v.rtcp)), "a=rtcp-mux", 1)
	v.call.invite()
	v.leg = w.leg()
	ok := body(v.call.answered(v.leg))
	v.leg.Attach(v.conf)
	if !strings.Contains(ok, "a=rtcp-mux") {
		t.Errorf("no mux in\n%s", ok)
	}
	v.connect(ok)
	v.write(v.packet(make([]int16, 160))) // from a port that was not signalled
	v.await("media", func() bool { return len(v.packets) > 2 })
	raw, err := v.encrypt.EncryptRTCP(nil, (&sender{ssrc: v.ssrc}).report(time.Now(), 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	v.write(raw)
	v.awaitStats("RTCP among RTP", func(s MediaStats) bool { return s.RTCPIn == 1 && s.PacketsIn == 1 })
}

func TestMediaLost(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.MediaTimeout = 200 * time.Millisecond })
	_, leg := w.up(w.dial(0))
	ended(t, leg, "media", 410, 22, codeMediaLost)
	in := <-w.inbound
	bye := in.expect("BYE ")
	like(t, value(bye, "REASON"), `Q.850;cause=22;text="GUID;BackToBackSessionDeleted"`)
	in.send(okTo(bye))
	wait(t, "end of signalling", leg.over)
}

func TestNoPortsLeft(t *testing.T) {
	a := socket(t)
	port := uint16(portOf(a)) &^ 1
	w := newWorld(t, func(c *Config) { c.PortMin, c.PortMax = port, port+1 })
	l := w.dial(0)
	w.newCall(l).invite()
	leg := w.leg()
	if err := leg.Answer(t.Context()); err == nil {
		t.Fatal("answered without ports")
	}
	leg.Reject(503, 41, "No media processor")
	l.expect("SIP/2.0 503")
	ended(t, leg, "microsoft", 503, 41, codeMicrosoft+503)
}

// receiver alone: which frames reach which places.
func TestPlacesOfPackets(t *testing.T) {
	type packet struct {
		sequence  uint16
		timestamp uint32
		size      int
		ssrc      uint32
	}
	tests := []struct {
		name    string
		packets []packet
		mixed   uint64
		lost    uint64
	}{
		{"in order", []packet{{1, 0, 160, 1}, {2, 160, 160, 1}, {3, 320, 160, 1}}, 3, 0},
		{"out of order", []packet{{1, 0, 160, 1}, {3, 320, 160, 1}, {2, 160, 160, 1}}, 3, 0},
		{"a gap", []packet{{1, 0, 160, 1}, {3, 320, 160, 1}}, 2, 1},
		{"10 ms", []packet{{1, 0, 80, 1}, {2, 80, 80, 1}, {3, 160, 80, 1}, {4, 240, 80, 1}}, 2, 0},
		{"40 ms", []packet{{1, 0, 320, 1}, {2, 320, 320, 1}}, 4, 0},
		{"30 ms with a gap", []packet{{1, 0, 240, 1}, {3, 480, 240, 1}}, 3, 1}, // 240 to 319 are still to come
		{"another stream", []packet{{1, 0, 160, 1}, {900, 7, 160, 2}, {901, 167, 160, 2}}, 3, 0},
		{"a jump of the timestamp", []packet{{1, 0, 160, 1}, {2, 1 << 30, 160, 1}, {3, 1<<30 + 160, 160, 1}}, 3, 0},
		{"over the end of the timestamps", []packet{{1, 1<<32 - 160, 160, 1}, {2, 0, 160, 1}}, 2, 0},
		{"the same again", []packet{{1, 0, 160, 1}, {2, 160, 160, 1}, {2, 160, 160, 1}}, 2, 0},
		{"nothing in it", []packet{{1, 0, 0, 1}, {2, 0, 160, 1}}, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conf := mixer.New(slog.New(slog.DiscardHandler))
				defer conf.Close()
				m := &media{codecs: []codec{{8, "PCMA"}}, event: -1, party: conf.Join("leg", nil)}
				for _, p := range tt.packets {
					m.heard.packet(m, &rtp.Packet{Header: rtp.Header{PayloadType: 8, SequenceNumber: p.sequence, Timestamp: p.timestamp, SSRC: p.ssrc}, Payload: make([]byte, p.size)})
				}
				<-time.After(time.Second)
				if s := m.party.Stats(); s.Mixed != tt.mixed || m.heard.lost != tt.lost {
					t.Errorf("stats %+v, lost %d", s, m.heard.lost)
				}
			})
		})
	}
}
