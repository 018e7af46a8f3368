package explain

import (
	"os"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
)

const invite = "INVITE sip:+493012345678@host;user=phone SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1234567\r\n" +
	"f: \"030 98765432\" <sip:03098765432@192.0.2.7:5060>\r\n ;tag=a1\r\nTo: <tel:+493012345678>\r\nCall-ID: 98765432@host\r\nCSeq: 7654321 INVITE\r\n" +
	"P-Asserted-Identity: <sip:+493098765432@host>\r\nContent-Type: application/sdp; x=y\r\nContent-Length: 3\r\n\r\nv=0"

// traced is the call of declined with what its edge kept.
func traced(t *testing.T) *journal {
	j := declined(t)
	ms := time.Millisecond
	message := func(at time.Duration, sent bool, text string) call.SIPMessage {
		return call.SIPMessage{At: t0.Add(at), Sent: sent, Transport: "UDP", Local: "192.0.2.1:5060", Remote: "192.0.2.7:5060", Text: text}
	}
	answer := func(line string) string {
		return "SIP/2.0 " + line + "\r\nTo: <tel:+493012345678>;tag=b2;x=y\r\nCall-ID: 98765432@host\r\nCSeq: 7654321 INVITE\r\nReason: Q.850;cause=21;text=\"declined\"\r\n\r\n"
	}
	again := message(500*ms, false, invite)
	again.Again = true
	j.m.Traces = []call.Trace{{
		Leg: call.Near, End: call.Near, Began: t0, Left: 2,
		Messages: []call.SIPMessage{message(0, false, invite), message(ms, true, answer("401 Unauthorized")), again, message(4020*ms, true, answer("603 Decline"))},
		Sound:    []call.SoundPoint{{At: t0.Add(4 * time.Second).In(time.FixedZone("of the writer", 3600)), Packets: 180, Lost: 2, JitterMS: 3, RTTMS: 31, MOS: 4.31}},
	}}
	return j
}

// TestMessages: each message has a line, in its place, and what the engine was told of its leg is a note.
func TestMessages(t *testing.T) {
	j := traced(t)
	x := Explain(j.c, j.m, t0.Add(time.Minute))
	var text strings.Builder
	if err := x.Text(&text); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/messages.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text.String() != string(want) {
		t.Errorf("the text is another one:\n%s", text.String())
	}
	first := x.Lines[0].Message
	if first == nil || first.StartLine != "INVITE sip:+493012345678@host;user=phone SIP/2.0" || first.CSeq != "7654321 INVITE" || first.CallID != "98765432@host" || first.FromTag != "a1" || first.ToTag != "" || first.Body != "application/sdp" {
		t.Errorf("read: %+v", first)
	}
	for _, l := range x.Lines {
		if l.Source == SIP && l.Leg == "near" && l.Message == nil {
			t.Errorf("told, and not a message: %+v", l)
		}
		if m := l.Message; m != nil && (l.Failed != strings.Contains(m.StartLine, "603") || strings.Contains(m.StartLine, "603") && (m.ToTag != "b2" || m.Reason == "")) {
			t.Errorf("%+v", l)
		}
	}
}

// TestMaskMessage: no number is left anywhere in a message, and what is no number stays.
func TestMaskMessage(t *testing.T) {
	m := MaskMessage(call.SIPMessage{Text: invite}, true, true).Text
	for _, number := range []string{"12345678", "98765432>", "8765432@1", "030 9876"} {
		if strings.Contains(m, number) {
			t.Errorf("%s is there: %s", number, m)
		}
	}
	for _, rest := range []string{"z9hG4bK1234567", "Call-ID: 98765432@host", "CSeq: 7654321", "…678@host", "192.0.2.7", "\r\n\r\nv=0", ";tag=a1"} {
		if !strings.Contains(m, rest) {
			t.Errorf("%s is gone: %s", rest, m)
		}
	}
	press := call.SIPMessage{Text: "INFO sip:x SIP/2.0\r\nContent-Type: application/dtmf-relay\r\n\r\nSignal=5\r\n"}
	if m := MaskMessage(press, false, true).Text; strings.Contains(m, "Signal") {
		t.Errorf("what was pressed is there: %s", m)
	}
	if m := MaskMessage(press, true, false).Text; !strings.Contains(m, "Signal=5") {
		t.Errorf("what was pressed is gone: %s", m)
	}
	j := traced(t)
	x := Explain(j.c, j.m, t0).Mask(true, true)
	if l := x.Lines[0]; strings.Contains(l.Message.StartLine+l.Message.Text+l.What, "493012345678") {
		t.Errorf("%+v", l.Message)
	}
	if !strings.Contains(j.m.Traces[0].Messages[0].Text, "+493012345678") {
		t.Error("masking changed what it was made from")
	}
}
