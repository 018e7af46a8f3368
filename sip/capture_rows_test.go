package sip

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/siptest"
)

// captured is one packet of a pcap file.
type captured struct {
	fromPort, toPort uint16
	payload          []byte
	whole            int // length of the payload as it was
}

// readPcap reads a file as its format is specified, and checks every checksum that it can.
func readPcap(t *testing.T, pcap []byte) (list []captured) {
	t.Helper()
	le := binary.LittleEndian
	if len(pcap) < 24 || le.Uint32(pcap) != 0xa1b23c4d || le.Uint16(pcap[4:]) != 2 || le.Uint32(pcap[20:]) != 101 {
		t.Fatalf("header %x", pcap[:min(24, len(pcap))])
	}
	for pcap = pcap[24:]; len(pcap) > 0; {
		kept, whole := int(le.Uint32(pcap[8:])), int(le.Uint32(pcap[12:]))
		p := pcap[16 : 16+kept]
		pcap = pcap[16+kept:]
		if p[0] != 0x45 || int(binary.BigEndian.Uint16(p[2:])) != whole || p[9] != 17 || checksum(p[:20]) != 0xffff {
			t.Fatalf("IP header %x", p[:20])
		}
		if kept == whole {
			pseudo := append(append([]byte{}, p[12:20]...), 0, 17, p[24], p[25])
			if checksum(append(pseudo, p[20:]...)) != 0xffff {
				t.Fatalf("UDP checksum of %x", p)
			}
		}
		list = append(list, captured{binary.BigEndian.Uint16(p[20:]), binary.BigEndian.Uint16(p[22:]), p[28:], whole - 28})
	}
	return list
}

func checksum(b []byte) uint16 {
	var total uint32
	for i, c := range b {
		total += uint32(c) << (8 * (1 - i%2))
	}
	for total > 0xffff {
		total = total>>16 + total&0xffff
	}
	return uint16(total)
}

// capturing makes a call, captures a conversation and its end, and returns what was captured.
func capturing(t *testing.T, audible bool) (*sounds, []captured) {
	t.Helper()
	s := sound(t, reporting, usual, usual)
	r := s.r
	want := bridge.Capture{Sound: audible}
	state, err := r.edge.Capture(r.ctx(), "call-1", want)
	r.must(err)
	if state.For != captureMost || state.Sound != audible || !state.Ended.IsZero() {
		t.Errorf("%+v", state)
	}
	if _, err := r.edge.Capture(r.ctx(), "call-1", want); fault.CodeOf(err) != "capture_running" {
		t.Errorf("twice: %v", err)
	}
	if status, m := s.k.asks("INVITE", "", s.near.describe("RTP/AVP", "", usual...)); status != 200 {
		t.Fatalf("re-INVITE: %s", m)
	}
	s.k.acks("")
	for n := range 3 {
		s.near.says(8, n)
		s.far.hearsWord(n)
		s.far.says(8, n)
		s.near.hearsWord(n)
	}
	s.near.report("report", func([]rtcp.Packet) bool { return true })
	s.over()
	pcap := fetched(r, "call-1")
	if _, err := r.edge.Capture(r.ctx(), "call-9", want); fault.KindOf(err) != fault.KindNotFound {
		t.Errorf("a call that is not here: %v", err)
	}
	return s, readPcap(t, pcap)
}

// fetched ends a capture, and takes and forgets its file.
func fetched(r *rig, id call.ID) []byte {
	r.t.Helper()
	state, err := r.edge.EndCapture(r.ctx(), id)
	r.must(err)
	_, pcap, err := r.edge.Captured(r.ctx(), id)
	r.must(err)
	if state.Ended.IsZero() || state.Size != len(pcap) || state.Missing != 0 {
		r.t.Errorf("%d bytes: %+v", len(pcap), state)
	}
	r.must(r.edge.DropCapture(r.ctx(), id))
	if _, _, err := r.edge.Captured(r.ctx(), id); fault.CodeOf(err) != "no_capture" {
		r.t.Errorf("forgotten: %v", err)
	}
	return pcap
}

// captureOut: a telephone that Microsoft calls through us is captured with its call, also one
// that comes after the capture began.
func captureOut(t *testing.T) {
	r := newRig(t, nil)
	r.carrier(nil)
	_, id, _, _, _ := r.up(siptest.CallOptions{})
	_, err := r.edge.Capture(r.ctx(), id, bridge.Capture{})
	r.must(err)
	r.engine.joins(id)
	leg, phone, _ := r.talkingOut()
	eventually(t, func() bool { return leg.Media().PacketsIn > 10 && phone.Stats().Received > 10 })
	quality, err := r.edge.Quality(r.ctx(), id)
	r.must(err)
	if len(quality) != 4 || quality[0].Side != call.Near || quality[1].Side != call.Far || quality[2].Side != quality[3].Side || quality[2].Media.PacketsIn == 0 || quality[3].Media.PacketsOut == 0 {
		t.Errorf("%+v", quality)
	}
	pcap := fetched(r, id)
	invites, sound := map[string]int{}, 0
	for _, p := range readPcap(t, pcap) {
		if head, _, _ := strings.Cut(string(p.payload), "\r\n"); strings.HasPrefix(head, "INVITE ") {
			invites[field(string(p.payload), "Call-ID")]++
		} else if p.whole == 172 && len(p.payload) == 12 {
			sound++
		}
	}
	if len(invites) != 2 || sound < 20 {
		t.Errorf("INVITEs %v, %d packets of sound; want that of Microsoft and ours to the peer", invites, sound)
	}
}

// captureEnds: a capture ends by itself.
func captureEnds(t *testing.T) {
	s := sound(t, reporting, usual, usual)
	_, err := s.r.edge.Capture(s.r.ctx(), "call-1", bridge.Capture{For: 50 * time.Millisecond})
	s.r.must(err)
	eventually(t, func() bool {
		state, _, err := s.r.edge.Captured(s.r.ctx(), "call-1")
		s.r.must(err)
		return !state.Ended.IsZero()
	})
	_, before, _ := s.r.edge.Captured(s.r.ctx(), "call-1")
	s.near.says(8, 1)
	s.far.hearsWord(1)
	if _, after, _ := s.r.edge.Captured(s.r.ctx(), "call-1"); len(after) != len(before) {
		t.Error("it goes on")
	}
	_, err = s.r.edge.Capture(s.r.ctx(), "call-1", bridge.Capture{}) // another one takes its place
	s.r.must(err)
	s.over()
}

func captureHeaders(t *testing.T) {
	s, list := capturing(t, false)
	found := map[string]int{}
	for _, p := range list {
		switch head, _, _ := strings.Cut(string(p.payload), "\r\n"); {
		case strings.HasSuffix(head, "SIP/2.0"):
			method, _, _ := strings.Cut(head, " ")
			found[method]++
		case strings.HasPrefix(head, "SIP/2.0 "):
			found[head]++
			if bytes.Contains(p.payload, []byte("inline:")) && !bytes.Contains(p.payload, []byte("inline:redacted")) {
				t.Error("a key is in the capture")
			}
		case len(p.payload) == 12 && p.whole == 172:
			found["RTP"]++
		case p.payload[1] >= 200 && p.payload[1] <= 204:
			found["RTCP"]++
			if p.fromPort != s.near.reportTo.Port() && p.toPort != s.near.reportTo.Port() && p.fromPort != s.far.reportTo.Port() && p.toPort != s.far.reportTo.Port() {
				t.Errorf("RTCP from %d to %d", p.fromPort, p.toPort)
			}
		default:
			t.Errorf("%d of %d bytes: %x", len(p.payload), p.whole, p.payload)
		}
	}
	for _, what := range []string{"INVITE", "ACK", "BYE", "SIP/2.0 200 OK", "RTP", "RTCP"} {
		if found[what] == 0 {
			t.Errorf("no %s in the capture: %v", what, found)
		}
	}
	if found["BYE"] != 2 || found["RTP"] < 12 {
		t.Errorf("%v, want the BYE of either side and each packet there and on", found)
	}
}

func captureSound(t *testing.T) {
	s, list := capturing(t, true)
	came, went := 0, 0
	for _, p := range list {
		if len(p.payload) == 172 && bytes.Equal(p.payload[12:], word(1)) {
			switch uint16(portOf(s.near.rtp)) { //nolint:gosec // a port
			case p.fromPort:
				came++
			case p.toPort:
				went++
			}
		}
	}
	if came != 1 || went != 1 {
		t.Errorf("the word is %d times there as it came, %d times as it went; want one of each, without SRTP", came, went)
	}
}

// captureAfterReplaces: what is captured is the dialog that has taken the place of the first one.
func captureAfterReplaces(t *testing.T) {
	r := newRig(t, nil)
	_, id, far, _, _ := r.up(siptest.CallOptions{})
	taker, err := r.hub.Dial(r.ctx(), pstnhub.Call{Trunk: trunkName, Port: int(r.edge.Addrs().Far.Port()), From: number, To: caller, Replaces: far})
	r.must(err)
	<-far.Ended()
	event[call.LegAnswered](r)
	_, err = r.edge.Capture(r.ctx(), id, bridge.Capture{})
	r.must(err)
	r.hangUp(id, call.Near, 0, 16, "over")
	r.hangUp(id, call.Far, 0, 16, "over")
	<-taker.Ended()
	r.ended(call.Far)
	_, pcap, err := r.edge.Captured(r.ctx(), id)
	r.must(err)
	if !bytes.Contains(pcap, []byte(taker.CallID())) {
		t.Error("nothing of the dialog that goes on")
	}
}
