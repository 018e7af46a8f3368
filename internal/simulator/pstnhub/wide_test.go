package pstnhub

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"tandem/internal/audio"
	"tandem/internal/simulator/mixer"
)

// wideSpeech is speech with a whistle in the upper band.
func wideSpeech(narrow []int16) []int16 {
	var j audio.BandJoiner
	out := j.Widen(narrow)
	for i := range out {
		out[i] = out[i]/2 + int16(1500*math.Sin(2*math.Pi*6100*float64(i)/mixer.WideRate)*math.Sin(float64(i)/5000))
	}
	return out
}

func narrowed(wide []int16) []int16 {
	var s audio.BandSplitter
	low, _ := s.Split(wide)
	return low
}

func TestWideSpeechBothWays(t *testing.T) {
	audio.TestShare(t)
	customerNarrow, agentNarrow := audio.CustomerSpeech().Samples[:2*8000], audio.AgentSpeech().Samples[:2*8000]
	customerWide, agentWide := wideSpeech(customerNarrow), wideSpeech(agentNarrow)
	const wide, narrow = 16000, 8000
	tests := []struct {
		name              string
		codecs            string // of the offer
		payload           uint8  // that the SBC sends
		legWide, userWide bool
		customer, agent   []int16 // as sent
		toUser, toSBC     []int16 // as heard
	}{
		{"G.722, wide user", "9 8 0", 9, true, true, customerWide, agentWide, customerWide, agentWide},
		{"G.722, narrow user", "9 8", 9, true, false, customerWide, agentNarrow, narrowed(customerWide), widened(agentNarrow)},
		{"PCMA, wide user", "8 9", 8, false, true, customerNarrow, agentWide, widened(customerNarrow), narrowed(agentWide)},
		{"PCMA sent to G.722", "9 8", 8, true, true, customerNarrow, agentWide, widened(customerNarrow), agentWide},
		{"G.722 sent to PCMA", "8 9", 9, false, false, customerWide, agentNarrow, narrowed(customerWide), agentNarrow},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			v := w.call(tt.codecs)
			v.payload = tt.payload
			rate := map[bool]int{true: wide, false: narrow}
			join := v.conf.Join
			if tt.userWide {
				join = v.conf.JoinWide
			}
			v.port = join("user", v.user.hear)
			port := v.leg.Attach(v.conf)
			if port == nil || v.conf.Parties() != 2 {
				t.Fatalf("port %v, %d parties", port, v.conf.Parties())
			}
			sent, late := rate[tt.payload == 9]/50, audio.Lateness()
			pace(len(tt.customer)/sent+10, func(i int) {
				v.write(v.packet(frame(tt.customer, i, sent)))
				v.port.Write(frame(tt.agent, i, rate[tt.userWide]/50))
			})
			excused := late()
			stats := v.leg.Media()
			v.leg.Attach(nil)
			v.mu.Lock()
			heard, headers := slices.Clone(v.heard), slices.Clone(v.packets)
			v.mu.Unlock()
			for name, m := range map[string]audio.Match{
				"to Teams":        audio.Compare(tt.toUser, v.user.samples(), rate[tt.userWide]),
				"to the customer": audio.Compare(tt.toSBC, heard, rate[tt.legWide]),
			} {
				whole := m.Correlation >= 0.98 && m.LongestGap <= 60*time.Millisecond && math.Abs(m.Gain-1) <= 0.03
				if !whole && (m.Correlation < 0.9 || m.Damaged > excused) {
					t.Errorf("%s: %+v; this machine was late by %v", name, m, excused)
				}
			}
			if stats.Lost+stats.Dropped+stats.AuthFailures != 0 || port.Stats().Mixed == 0 {
				t.Errorf("stats %+v, %+v", stats, port.Stats())
			}
			for i, h := range headers {
				if i > 0 && (h.SequenceNumber != headers[i-1].SequenceNumber+1 || h.Timestamp != headers[i-1].Timestamp+160) || h.Marker != (i == 0) || (h.PayloadType == 9) != tt.legWide {
					t.Errorf("packet %d: %+v", i, h)
					break
				}
			}
			w.noViolations()
		})
	}
}

func widened(samples []int16) []int16 {
	var j audio.BandJoiner
	return j.Widen(samples)
}

// A port held by the application says and hears nothing although packets flow.
func TestAttachReturnsThePort(t *testing.T) {
	w := newWorld(t, nil)
	v := w.call("8 0")
	port := v.leg.Attach(v.conf)
	prompt := port.Whisper("prompt", nil)
	for range 3 {
		prompt.Write(slices.Repeat([]int16{5000}, mixer.WideSamples))
	}
	v.await("prompt", func() bool { return len(v.heard) > 0 && slices.Max(v.heard) > 4500 })
	if v.leg.Attach(nil) != nil || v.conf.Parties() != 0 {
		t.Errorf("%d parties", v.conf.Parties())
	}
	v.leg.Bye(16, "x")
	wait(t, "end", v.leg.Ended())
	if p := v.leg.Attach(v.conf); p != nil {
		t.Errorf("a leg that is over got %v", p)
	}
	in := <-w.inbound
	in.send(okTo(in.expect("BYE ")))
	wait(t, "end of signalling", v.leg.over)
}

// A re-INVITE takes another codec: both ends go on, converted until the leg is attached again.
func TestCodecChanges(t *testing.T) {
	w := newWorld(t, nil)
	v := w.call("9 8")
	v.port = v.conf.JoinWide("user", v.user.hear)
	v.leg.Attach(v.conf)
	v.await("G.722", func() bool { return len(v.packets) > 2 && v.packets[0].PayloadType == 9 })
	v.call.line.send(v.call.again("INVITE", strings.Replace(v.call.offer, "SAVP 9 8", "SAVP 8", 1)))
	v.call.line.expect("SIP/2.0 200 OK")
	v.call.line.send(v.call.request("ACK", fmt.Sprintf("ack%d", v.call.cseq), ""))
	heard := func() bool { // the packets that arrive set the pace
		v.port.Write(slices.Repeat([]int16{5000}, mixer.WideSamples))
		return v.codec == 8 && len(v.heard) > 0 && slices.Max(v.heard) > 4500
	}
	v.await("PCMA on a wide port", heard)
	v.leg.Attach(v.conf)
	v.mu.Lock()
	v.heard, v.started = nil, false
	v.mu.Unlock()
	v.await("PCMA on a narrow port", heard)
}

// With two samples a tick of the clock every packet still reaches its place.
func TestPlacesOfWidePackets(t *testing.T) {
	tests := []struct {
		name    string
		packets [][2]uint32 // timestamp and bytes
		mixed   uint64
	}{
		{"in order", [][2]uint32{{0, 160}, {160, 160}, {320, 160}}, 3},
		{"out of order", [][2]uint32{{0, 160}, {320, 160}, {160, 160}}, 3},
		{"10 ms", [][2]uint32{{0, 80}, {80, 80}, {160, 80}, {240, 80}}, 2},
		{"30 ms with a gap", [][2]uint32{{0, 240}, {480, 240}}, 3},
		{"a gap into the middle of a frame", [][2]uint32{{0, 160}, {240, 160}, {400, 80}}, 3},
		{"over the end of the timestamps", [][2]uint32{{1<<32 - 160, 160}, {0, 160}}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conf := mixer.New(nil)
				defer conf.Close()
				m := &media{codecs: []codec{{9, "G722"}}, event: -1, wide: true, party: conf.JoinWide("leg", nil)}
				for i, p := range tt.packets {
					m.heard.packet(m, &rtp.Packet{Header: rtp.Header{PayloadType: 9, SequenceNumber: uint16(i), Timestamp: p[0], SSRC: 1}, Payload: make([]byte, p[1])})
				}
				<-time.After(time.Second)
				if s := m.party.Stats(); s.Mixed != tt.mixed {
					t.Errorf("stats %+v", s)
				}
			})
		})
	}
}
