package media

import (
	"bytes"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"tandem/internal/audio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const ms = int64(time.Millisecond)

func TestOutgoingSwitches(t *testing.T) {
	var o outgoing
	o.begin(1, 100, 1000)
	type sent struct {
		seq uint16
		ts  uint32
	}
	var got []sent
	generate := func(at int64) {
		seq, ts := o.generate(frameSamples, at)
		got = append(got, sent{seq, ts})
	}
	relay := func(ssrc uint32, seq uint16, ts uint32, at int64) {
		if seq, ts, ok := o.relay(ssrc, seq, ts, frameSamples, at); ok {
			got = append(got, sent{seq, ts})
		}
	}
	generate(0)
	generate(20 * ms)
	relay(7, 65535, 5000, 33*ms) // the other side speaks up between two frames
	relay(7, 0, 5160, 52*ms)
	relay(7, 0, 5160, 53*ms) // twice
	relay(7, 2, 5480, 93*ms) // one is late
	relay(7, 1, 5320, 94*ms)
	relay(9, 500, 99, 113*ms) // another source
	generate(213 * ms)        // which falls silent for 100 ms
	relay(9, 510, 1699, 233*ms)
	want := []sent{{100, 1000}, {101, 1160}, {102, 1320}, {103, 1480}, {105, 1800}, {104, 1640}, {106, 1960}, {107, 2760}, {108, 2920}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// Whatever the sources do, no sequence number is used twice (RFC 3711 §9.1: that would reveal both payloads), and no packet that follows
// another by sequence number is earlier or much later.
func TestOutgoingProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o outgoing
		o.begin(1, rapid.Uint16().Draw(t, "first"), rapid.Uint32().Draw(t, "ts"))
		sources := map[uint32]*struct {
			seq uint16
			ts  uint32
		}{}
		used := map[int]bool{}
		extended, now := int(o.seq), int64(0)
		record := func(seq uint16) {
			at := extended + int(int16(seq-uint16(extended)))
			if used[at] {
				t.Fatalf("number %d is used twice", seq)
			}
			used[at] = true
			if at > extended {
				if at-extended > maxForward {
					t.Fatalf("jump by %d", at-extended)
				}
				extended = at
			}
		}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now += rapid.Int64Range(0, 60*ms).Draw(t, "passes")
			if rapid.IntRange(0, 4).Draw(t, "what") == 0 {
				before := o.ts
				seq, ts := o.generate(frameSamples, now)
				if int32(ts-before) < 0 {
					t.Fatalf("timestamp goes back by %d", int32(before-ts))
				}
				record(seq)
				continue
			}
			ssrc := rapid.Uint32Range(1, 3).Draw(t, "ssrc")
			if sources[ssrc] == nil {
				sources[ssrc] = &struct {
					seq uint16
					ts  uint32
				}{rapid.Uint16().Draw(t, "their seq"), rapid.Uint32().Draw(t, "their ts")}
			}
			s := sources[ssrc]
			step := rapid.SampledFrom([]int16{1, 1, 1, 1, 2, 3, -1, -2, 0, 80, -80, 5000, -5000}).Draw(t, "step")
			s.seq += uint16(step)
			s.ts += uint32(int32(step) * frameSamples)
			if rapid.IntRange(0, 9).Draw(t, "skip") == 0 {
				o.skip(ssrc, s.seq)
				continue
			}
			if seq, _, ok := o.relay(ssrc, s.seq, s.ts, frameSamples, now); ok {
				record(seq)
			}
		}
	})
}

func TestReception(t *testing.T) {
	var r reception
	at, ts := int64(0), uint32(math.MaxUint32-300)
	for _, seq := range []uint16{65534, 65535, 1, 0, 4} { // wraps, one out of order, 2 and 3 missing
		r.add(5, seq, ts, 160, at)
		at, ts = at+20*ms, ts+160
	}
	if r.packets != 5 || r.lost() != 2 || r.highest != 65536+4 {
		t.Errorf("packets %d, lost %d, highest %d", r.packets, r.lost(), r.highest)
	}
	if f := r.fraction(); f != 2*256/7 {
		t.Errorf("fraction %d", f)
	}
	if r.jitter != 0 {
		t.Errorf("jitter %v of a steady stream", r.jitter)
	}
	r.add(5, 5, ts, 160, at+16*ms) // 16 ms late: 128 units, a sixteenth of it counts
	if math.Abs(r.jitter-8) > 0.01 {
		t.Errorf("jitter %v, want 8", r.jitter)
	}
	r.add(6, 1000, 0, 160, at) // another source: what was lost stays lost
	if r.lost() != 0 || r.lostBefore != 2 {
		t.Errorf("after a new source: lost %d before %d", r.lost(), r.lostBefore)
	}
}

func TestReportIsRTCP(t *testing.T) {
	var o outgoing
	o.begin(0xabcd, 1, 1000)
	in := reception{}
	wall := time.Date(2026, 11, 24, 0, 0, 0, 500_000_000, time.UTC)
	packets, err := rtcp.Unmarshal(report(nil, &o, &in, &hearsay{}, nil, sent{}, wall, 0))
	if err != nil {
		t.Fatal(err)
	}
	if rr, ok := packets[0].(*rtcp.ReceiverReport); !ok || rr.SSRC != 0xabcd || len(rr.Reports) != 0 {
		t.Errorf("before anything: %v", packets[0])
	}
	o.generate(frameSamples, 0)
	in.add(77, 9, 0, 160, 0)
	in.add(77, 11, 320, 160, 40*ms)
	packets, err = rtcp.Unmarshal(report(nil, &o, &in, &hearsay{}, nil, sent{3, 480}, wall, 10*ms))
	if err != nil {
		t.Fatal(err)
	}
	sr, ok := packets[0].(*rtcp.SenderReport)
	if !ok || sr.PacketCount != 3 || sr.OctetCount != 480 || sr.RTPTime != 1000+80 || len(sr.Reports) != 1 {
		t.Fatalf("got %v", packets[0])
	}
	if sr.NTPTime>>32 != uint64(wall.Unix())+2208988800 || uint32(sr.NTPTime) != 1<<31 {
		t.Errorf("NTP %x", sr.NTPTime)
	}
	if b := sr.Reports[0]; b.SSRC != 77 || b.TotalLost != 1 || b.LastSequenceNumber != 11 || b.FractionLost != 85 {
		t.Errorf("block %+v", b)
	}
	if sdes, ok := packets[1].(*rtcp.SourceDescription); !ok || sdes.Chunks[0].Source != 0xabcd || sdes.Chunks[0].Items[0].Text != cname {
		t.Errorf("got %v", packets[1])
	}
}

func TestRingback(t *testing.T) {
	for _, codec := range []Codec{PCMU, PCMA} {
		tones := makeTones(codec)
		loud := 0
		samples := make([]int16, frameSamples)
		for n := range 500 { // two periods of 5 s
			decode := audio.ULawToLinear
			if codec == PCMA {
				decode = audio.ALawToLinear
			}
			decode(samples, tones.frame(Ringback, n))
			var peak int16
			for _, s := range samples {
				peak = max(peak, s)
			}
			if peak > 4000 {
				loud++
				if n%250 >= 50 {
					t.Fatalf("frame %d sounds", n)
				}
			}
		}
		if loud != 100 {
			t.Errorf("codec %d: %d loud frames, want 100", codec, loud)
		}
	}
}

func TestConfig(t *testing.T) {
	loopback := netip.MustParseAddr("127.0.0.1")
	for name, tc := range map[string]struct {
		config Config
		want   string
	}{
		"no address":      {Config{}, "no address"},
		"unspecified":     {Config{Address: netip.IPv4Unspecified()}, "cannot be advertised"},
		"family":          {Config{Address: loopback, Advertise: netip.IPv6Loopback()}, "cannot be advertised"},
		"single port":     {Config{Address: loopback, PortMin: 4000, PortMax: 4000}, "no port pair"},
		"odd pair":        {Config{Address: loopback, PortMin: 4001, PortMax: 4002}, "no port pair"},
		"upside down":     {Config{Address: loopback, PortMin: 5000, PortMax: 4000}, "no port pair"},
		"one pair is ok":  {Config{Address: loopback, PortMin: 4001, PortMax: 4003}, ""},
		"defaults are ok": {Config{Address: netip.IPv4Unspecified(), Advertise: loopback}, ""},
	} {
		_, err := tc.config.withDefaults()
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	c := Config{PortMin: 4001, PortMax: 4009}
	if c.pairs() != 4 || c.pair(0) != 4002 || c.pair(3) != 4008 {
		t.Errorf("%d pairs, %d to %d", c.pairs(), c.pair(0), c.pair(3))
	}
}

func TestKeyIsHidden(t *testing.T) {
	c := Crypto{Local: Key{1, 2, 3}, Remote: Key{4, 5, 6}}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", c.Local)
	if text := fmt.Sprintf("%v %+v %#v", c, c, c) + log.String(); strings.Contains(text, "1 2 3") || strings.Contains(text, "0x1") {
		t.Errorf("key shows in %q", text)
	}
}
