package media

import (
	"math"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// blockOf is the report block of one of our packets, as an independent decoder reads it.
func blockOf(t *testing.T, raw []byte) rtcp.ReceptionReport {
	t.Helper()
	packets, err := rtcp.Unmarshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	switch r := packets[0].(type) {
	case *rtcp.SenderReport:
		return r.Reports[0]
	case *rtcp.ReceiverReport:
		return r.Reports[0]
	}
	t.Fatalf("got %v", packets[0])
	panic("unreachable")
}

// TestRoundTrip: the other end gets what it needs to measure its round trip, and we measure ours from what it says (RFC 3550 §6.4.1).
func TestRoundTrip(t *testing.T) {
	start := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	at := func(now int64) time.Time { return start.Add(time.Duration(now)) }
	var o outgoing
	o.begin(0xabcd, 1, 1000)
	o.generate(frameSamples, 0)
	var in reception
	in.add(77, 9, 0, 160, 0)
	var h hearsay

	// They got our report of 0 ms after 30 ms and answer 250 ms later; that takes 30 ms again.
	theirs := &rtcp.SenderReport{SSRC: 77, NTPTime: 0x1111_2222_3333_4444, Reports: []rtcp.ReceptionReport{
		{SSRC: 1, TotalLost: 99},
		{SSRC: 0xabcd, FractionLost: 64, TotalLost: 12, Jitter: 80, LastSenderReport: uint32(ntp(at(0)) >> 16), Delay: 65536 / 4},
	}}
	raw, err := theirs.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	h.take(raw, 0xabcd, at(310*ms), 310*ms)
	if h.lost != 12 || h.fraction != 64 || h.jitter != 80 || math.Abs(float64(h.rtt-60*ms)) > float64(ms)/10 {
		t.Fatalf("%+v", h)
	}
	b := blockOf(t, report(nil, &o, &in, &h, nil, sent{}, at(1310*ms), 1310*ms))
	if b.LastSenderReport != 0x2222_3333 || math.Abs(float64(b.Delay)-65536) > 2 {
		t.Errorf("%+v", b)
	}

	for name, broken := range map[string][]byte{
		"nothing": nil, "short": raw[:6], "cut": raw[:len(raw)-4], "no sender info": {0x81, 200, 0, 1, 0, 0, 0, 77}, "length 0": {0x81, 201, 0, 0, 0, 0, 0, 0},
	} {
		before := h
		if h.take(broken, 0xabcd, at(0), 400*ms); h != before {
			t.Errorf("%s: %+v", name, h)
		}
	}
}

// TestReportsBeyond: what the other side of the call loses of their packets is lost for them too, once the sides are joined.
func TestReportsBeyond(t *testing.T) {
	var o outgoing
	o.begin(1, 1, 0)
	var in reception
	in.add(77, 0, 0, 160, 0)
	in.add(77, 3, 480, 160, 60*ms) // half of four is lost on their way to us
	beyond := &hearsay{at: 50 * ms, lost: 17, before: 10, fraction: 128}
	b := blockOf(t, report(nil, &o, &in, &hearsay{}, beyond, sent{}, time.Now(), 60*ms))
	if b.TotalLost != 2+7 || b.FractionLost != 192 {
		t.Errorf("%+v", b)
	}
	in.fraction()
	in.add(77, 4, 640, 160, 80*ms)
	b = blockOf(t, report(nil, &o, &in, &hearsay{}, beyond, sent{}, time.Now(), 80*ms+4*int64(reportEvery)))
	if b.TotalLost != 2 || b.FractionLost != 0 {
		t.Errorf("what was told long ago still counts: %+v", b)
	}
}

func FuzzHearsay(f *testing.F) {
	sr, _ := (&rtcp.SenderReport{SSRC: 7, Reports: []rtcp.ReceptionReport{{SSRC: 9, LastSenderReport: 5}}}).Marshal()
	rr, _ := (&rtcp.ReceiverReport{SSRC: 7, Reports: []rtcp.ReceptionReport{{SSRC: 9}}}).Marshal()
	f.Add(sr)
	f.Add(rr)
	f.Add(append(rr, sr...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var h hearsay
		h.take(raw, 9, time.Now(), 1)
		if h.rtt < 0 || h.rtt > int64(11*time.Second) || h.lost > mostLost {
			t.Errorf("%+v", h)
		}
	})
}

// TestEModel holds the ratings against known points: G.107 gives R 93.2 and MOS 4.41 at its defaults (less the delay of one packet here), and G.113
// Ie,eff = 95·Ppl/(Ppl+Bpl).
func TestEModel(t *testing.T) {
	for _, c := range []struct {
		lost   float64
		delay  time.Duration
		r, mos float64
	}{
		{0, 0, 93.2, 4.41},
		{0, 20 * time.Millisecond, 92.7, 4.40},
		{0, 150 * time.Millisecond, 89.6, 4.34},
		{0, 400 * time.Millisecond, 59.1, 3.05},
		{1, 20 * time.Millisecond, 89.1, 4.32},
		{5, 20 * time.Millisecond, 76.9, 3.90},
		{20, 100 * time.Millisecond, 48.7, 2.51},
		{100, time.Second, 0, 1},
	} {
		if q := rate(c.lost, c.delay); math.Abs(q.R-c.r) > 0.1 || math.Abs(q.MOS-c.mos) > 0.02 {
			t.Errorf("%v%% and %v: %+v, want R %v MOS %v", c.lost, c.delay, q, c.r, c.mos)
		}
	}
	if q := (StreamStats{Packets: 49}).Quality(); q != (Quality{}) {
		t.Errorf("of next to nothing: %+v", q)
	}
	if q := (StreamStats{Packets: 950, Lost: 50, Jitter: 10 * time.Millisecond, RTT: 100 * time.Millisecond}).Quality(); q.MOS < 3.7 || q.MOS > 3.9 {
		t.Errorf("5%% lost: %+v", q)
	}
}
