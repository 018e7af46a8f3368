package teams

import (
	"errors"
	"strings"
	"testing"
	"time"
)

const bob = "0f9d33b0-1111-4222-8333-444455556666"

// inCall puts Ada into a call.
func inCall(t *testing.T, inv Invitation) (*Directory, *Session) {
	t.Helper()
	d, _, _ := newDirectory(t, Profile{})
	if err := d.Add(Profile{OID: bob, Tenant: tenant, Name: "Bob"}); err != nil {
		t.Fatal(err)
	}
	sessions := make(chan *Session, 1)
	inv.ID, inv.Call, inv.Resource, inv.From, inv.DisplayName, inv.Timeout = "i1", "c1", resource, "+4930", "Queue", time.Minute
	inv.Done = func(_ Outcome, s *Session) { sessions <- s }
	d.Ring(oid, inv)
	return d, <-sessions
}

func TestTransfer(t *testing.T) {
	const refuses = "+4930666"
	var targets []string
	d, _ := inCall(t, Invitation{Transfer: func(target string) error {
		if target == refuses {
			return errors.New("the far end said no")
		}
		targets = append(targets, target)
		return nil
	}})
	for _, c := range []struct{ call, target, want string }{
		{"", bob, ""},
		{"c1", strings.ToUpper(bob), ""},
		{"c1", " +493012345 ", ""},
		{"c1", refuses, "the far end said no"},
		{"c1", oid, "himself"},
		{"c1", "00000000-0000-4000-8000-000000000000", "not found"},
		{"c1", "Bob", "neither"},
		{"c1", "", "neither"},
		{"c2", bob, "not found"},
	} {
		err := d.Transfer(oid, c.call, c.target)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("to %q in call %q: %v, want %q", c.target, c.call, err, c.want)
		}
	}
	if got := strings.Join(targets, " "); got != bob+" "+bob+" +493012345" {
		t.Errorf("targets %s", got)
	}
	d, _ = inCall(t, Invitation{})
	if err := d.Transfer(oid, "", bob); err == nil || !strings.Contains(err.Error(), "cannot be passed on") {
		t.Errorf("a call without transfer: %v", err)
	}
}

func TestPress(t *testing.T) {
	var keys []byte
	d, _ := inCall(t, Invitation{Pressed: func(digit byte) { keys = append(keys, digit) }})
	for digits, good := range map[string]bool{"12*#": true, "ad": true, "": false, "1x": false, "1 2": false} {
		keys = nil
		err := d.Press(oid, "", digits)
		want := ""
		if good {
			want = strings.ToUpper(digits)
		}
		if (err == nil) != good || string(keys) != want {
			t.Errorf("%q: pressed %q, %v", digits, keys, err)
		}
	}
	if err := d.Press(oid, "c2", "1"); !errors.Is(err, ErrUnknown) {
		t.Errorf("in a call that is not there: %v", err)
	}
}

func TestRecordingBannerAndHeaders(t *testing.T) {
	d, s := inCall(t, Invitation{VoIPHeaders: map[string]string{"order": "17"}})
	s.SetRecording(true)
	v, err := d.User(oid)
	if err != nil || len(v.Calls) != 1 {
		t.Fatalf("view %+v, %v", v, err)
	}
	if c := v.Calls[0]; !c.Recording || c.VoIPHeaders["order"] != "17" || c.DisplayName != "Queue" || c.From != "+4930" {
		t.Errorf("call %+v", c)
	}
	if s.Port() != nil {
		t.Error("a port without a room")
	}
	s.SetRecording(false)
	if v, _ = d.User(oid); v.Calls[0].Recording {
		t.Error("the banner stays")
	}
}

func TestWatch(t *testing.T) {
	d, _, _ := newDirectory(t, Profile{Behaviour: Behaviour{Do: Manual}})
	changes, stop := d.Watch()
	client := Custom
	var s *Session
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"ring", func() { ringing(d, oid, resource) }},
		{"decline", func() { _ = d.Decline(oid, "") }},
		{"accept", func() {
			results, _ := ringing(d, oid, resource)
			_ = d.Answer(oid, "")
			s = (<-results).session
		}},
		{"mute", func() { _ = d.Mute(oid, "", true) }},
		{"hold", func() { _ = d.Hold(oid, "", true) }},
		{"record", func() { s.SetRecording(true) }},
		{"leave", func() { s.Leave() }},
		{"update", func() { _, _ = d.Update(oid, Change{Client: &client}) }},
		{"voice", func() { _, _ = d.Voice(oid, "v", nil, nil) }},
		{"reset", d.Reset},
	} {
		step.do()
		select {
		case <-changes:
		default:
			t.Errorf("%s: not told", step.name)
		}
	}
	stop()
	d.Reset()
	if len(changes) != 0 {
		t.Error("told after the end")
	}
}
