package admin_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/secret"
)

// legs is the sound of calls of this process.
type legs struct {
	away     bool // another process has them
	captured bridge.Capture
	kept     bool
}

func (l *legs) state() bridge.CaptureState {
	return bridge.CaptureState{Capture: l.captured, Began: time.Unix(1764500000, 0), Size: 4}
}

func (l *legs) Quality(context.Context, call.ID) ([]bridge.LegQuality, error) {
	if l.away {
		return nil, fault.NotFound("no_leg", "there is no such leg here")
	}
	return []bridge.LegQuality{
		{Side: call.Near, End: call.Near, Media: call.MediaStats{PacketsIn: 100, Lost: 3, JitterMS: 4, RTTMS: 31, MOS: 4.3, LostThere: 1}},
		{Side: call.Far, End: call.Far, Media: call.MediaStats{PacketsIn: 97}},
	}, nil
}

// Traces has the near leg of Contoso's call, which is in the store too, and a far one that is not.
func (l *legs) Traces(_ context.Context, id call.ID) ([]call.Trace, error) {
	if id != contosoCall || l.away {
		return nil, fault.NotFound("no_leg", "there is no such leg here")
	}
	at := id.StartedAt()
	return []call.Trace{nearTrace(id), {
		Leg: call.Far, End: call.Far, Began: at.Add(time.Second), Sound: []call.SoundPoint{{At: at.Add(time.Minute), Packets: 500, Lost: 4, MOS: 4.1}},
		Messages: []call.SIPMessage{{At: at.Add(time.Second), Sent: true, Transport: "TLS", Local: "192.0.2.1:5061", Remote: "sip.pstnhub.microsoft.com:5061", Text: "INVITE sip:+493012345678@host SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n"}},
	}}, nil
}

func (l *legs) Capture(_ context.Context, _ call.ID, want bridge.Capture) (bridge.CaptureState, error) {
	if l.away {
		return bridge.CaptureState{}, fault.NotFound("no_leg", "there is no such leg here")
	}
	l.captured, l.kept = want, true
	return l.state(), nil
}

func (l *legs) EndCapture(context.Context, call.ID) (bridge.CaptureState, error) {
	s := l.state()
	s.Ended = s.Began.Add(time.Minute)
	return s, l.known()
}

func (l *legs) Captured(context.Context, call.ID) (bridge.CaptureState, []byte, error) {
	return l.state(), []byte("pcap"), l.known()
}

func (l *legs) DropCapture(context.Context, call.ID) error { return l.known() }

func (l *legs) known() error {
	if !l.kept {
		return fault.NotFound("no_capture", "this call is not being captured here")
	}
	return nil
}

func TestQuality(t *testing.T) {
	w := newWorld(t)
	var got struct{ Legs []map[string]any }
	w.do(t, owner, "GET", "/v1/calls/"+string(contosoCall)+"/quality", "").want(http.StatusOK).into(&got)
	if len(got.Legs) != 2 || got.Legs[0]["leg"] != "near" || got.Legs[0]["end"] != "peer" || got.Legs[0]["mos"] != 4.3 || got.Legs[0]["rtt_ms"] != 31.0 || got.Legs[1]["end"] != "microsoft" || got.Legs[1]["mos"] != nil {
		t.Errorf("%+v", got)
	}
	w.legs.away = true
	w.do(t, owner, "GET", "/v1/calls/"+string(contosoCall)+"/quality", "").problem(http.StatusConflict, "no_leg_here")
}

func TestCapture(t *testing.T) {
	w := newWorld(t)
	path := "/v1/calls/" + string(contosoCall) + "/capture"
	w.legs.kept = false
	w.do(t, owner, "GET", path+"/content", "").problem(http.StatusNotFound, "no_capture")
	w.do(t, owner, "POST", path, "").want(http.StatusCreated)
	if w.legs.captured != (bridge.Capture{For: 10 * time.Minute}) {
		t.Errorf("%+v", w.legs.captured)
	}
	w.do(t, owner, "POST", path, `{"sound": true, "seconds": 30}`).want(http.StatusCreated)
	if w.legs.captured != (bridge.Capture{Sound: true, For: 30 * time.Second}) {
		t.Errorf("%+v", w.legs.captured)
	}
	before := len(w.trail.lines)
	a := w.do(t, owner, "GET", path+"/content", "")
	if a.want(http.StatusOK); a.Body.String() != "pcap" || a.Header().Get("Content-Type") != "application/vnd.tcpdump.pcap" {
		t.Errorf("%s %q", a.Header(), a.Body)
	}
	if lines := w.trail.lines[before:]; len(lines) != 1 || lines[0].Action != "downloadCapture" || lines[0].Tenant != contoso || lines[0].Subject != string(contosoCall) {
		t.Errorf("%+v", lines)
	}
	w.legs.away = true
	w.do(t, owner, "POST", path, "").problem(http.StatusConflict, "no_leg_here")

	// Sound is for who may hear recordings.
	w.legs.away = false
	const deaf = "tdm_deaf00000000000000000"
	if _, err := w.CreateKey(t.Context(), provider.Key{
		ID: "0000000a-0000-4000-8000-000000000000", Name: "deaf", Scopes: []provider.Scope{provider.CallsWrite}, Hash: secret.Hash(deaf), Hint: "0000",
	}); err != nil {
		t.Fatal(err)
	}
	w.do(t, deaf, "POST", path, `{"sound": true}`).problem(http.StatusForbidden, "scope_missing")
	w.do(t, deaf, "POST", path, `{}`).want(http.StatusCreated)
}
