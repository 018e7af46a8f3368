package desk

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/teams"
)

// page is a page that is open: it reads the pushed states.
type page struct {
	t      *testing.T
	states chan state
}

// serve opens the desk's port.
func (b *bench) serve() string {
	b.t.Helper()
	s := httptest.NewServer(b)
	b.t.Cleanup(s.Close)
	return s.URL
}

func open(t *testing.T, base string) *page {
	t.Helper()
	answer, err := http.Get(base + "/desk/events")
	if err != nil {
		t.Fatal(err)
	}
	p := &page{t, make(chan state, 256)}
	ended := make(chan struct{})
	t.Cleanup(func() { _ = answer.Body.Close(); <-ended; http.DefaultClient.CloseIdleConnections() })
	if kind := answer.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("type %s", kind)
	}
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(answer.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var s state
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(data), &s) == nil {
				p.states <- s
			}
		}
	}()
	return p
}

// until waits for a state, at most as long as a toast may take, and says how long
// that was.
func (p *page) until(what string, ok func(s state) bool) time.Duration {
	p.t.Helper()
	start := time.Now()
	for deadline := time.After(500 * time.Millisecond); ; {
		select {
		case s := <-p.states:
			if ok(s) {
				return time.Since(start)
			}
		case <-deadline:
			p.t.Fatalf("%s was not pushed within 500 ms", what)
		}
	}
}

func TestPushes(t *testing.T) {
	b := newBench(t)
	base := b.serve()
	first, second := open(t, base), open(t, base)
	for _, p := range []*page{first, second} {
		p.until("the first state", func(s state) bool { return len(s.Users) == 1 && s.Users[0].Initials == "AL" })
	}
	var slowest time.Duration
	for range 5 {
		b.ring()
		for _, p := range []*page{first, second} {
			slowest = max(slowest, p.until("the ring", func(s state) bool {
				r := s.Users[0].Ringing
				return len(r) == 1 && r[0].DisplayName == "Contoso queue" && r[0].VoIPHeaders["order"] == "<17>"
			}))
		}
		if err := b.Directory.Decline(ada, ""); err != nil {
			t.Fatal(err)
		}
		first.until("the end", func(s state) bool { return len(s.Users[0].Ringing) == 0 })
		second.until("the end", func(s state) bool { return len(s.Users[0].Ringing) == 0 })
	}
	t.Logf("slowest push %v", slowest)

	for len(b.sessions) > 0 {
		<-b.sessions
	}
	b.ring()
	if err := b.Directory.Answer(ada, ""); err != nil {
		t.Fatal(err)
	}
	session := <-b.sessions
	first.until("the call with its parties", func(s state) bool {
		want := []party{{Number: "+4930901820"}, {OID: ada}}
		return len(s.Users[0].Calls) == 1 && slices.Equal(s.Calls["call-1"], want)
	})
	session.SetRecording(true)
	first.until("the banner", func(s state) bool { return s.Users[0].Calls[0].Recording })
	late := open(t, base)
	late.until("the banner for a page opened later", func(s state) bool { return len(s.Users[0].Calls) == 1 && s.Users[0].Calls[0].Recording })
	session.Leave()
	first.until("the end of the call", func(s state) bool { return len(s.Users[0].Calls) == 0 && len(s.Calls) == 0 })
}

// A telephone that rings, and a fault that is set, are seen as soon as a call to
// a person.
func TestPushesPhonesAndFaults(t *testing.T) {
	b := newBench(t)
	base := b.serve()
	p := open(t, base)
	p.until("the first state", func(s state) bool {
		return s.Phones != nil && s.Faults != nil && s.Inferences["add.duplicate"] == "refused"
	})
	do := func(method, path, body string) {
		t.Helper()
		if w := b.do(method, path, body); w.Code >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	}
	const number = "+34910000001"
	do("PUT", "/_sim/phones/"+number, `{"behaviour":"manual"}`)
	p.until("the phone", func(s state) bool { return len(s.Phones) == 1 && s.Phones[0].Behaviour == phones.Manual })
	lines := make(chan *phones.Line, 1)
	go func() {
		line, err := b.Phones.Dial(t.Context(), phones.Call{From: "+4930901820", To: number, DisplayName: "Contoso"})
		if err != nil {
			t.Error(err)
		}
		lines <- line
	}()
	in := func(want string) func(state) bool {
		return func(s state) bool { return len(s.Phones[0].Calls) == 1 && s.Phones[0].Calls[0].State == want }
	}
	p.until("the ring", in("ringing"))
	do("POST", "/_sim/phones/"+number+"/accept", "")
	line := <-lines
	p.until("the call", in("talking"))
	if err := line.Press(t.Context(), "42#"); err != nil {
		t.Fatal(err)
	}
	p.until("the tones", func(s state) bool { return s.Phones[0].Digits == "42#" })
	line.Bye(0, "")
	p.until("the end", func(s state) bool { return len(s.Phones[0].Calls) == 0 })
	b.Phones.Place(number, "+4930901820", nil)
	p.until("a call that is placed", in("calling"))
	b.Phones.Reset()
	p.until("the reset", func(s state) bool { return s.Phones[0].Behaviour == phones.Accept })
	do("POST", "/_sim/phones/"+number+"/hangup", "")

	do("POST", "/_sim/faults", `{"knob":"event.lose","count":1}`)
	p.until("the fault", func(s state) bool { return len(s.Faults) == 1 && s.Faults[0].Left == 1 })
	do("DELETE", "/_sim/faults", "")
	p.until("its end", func(s state) bool { return len(s.Faults) == 0 })
	do("PUT", "/_sim/inferences", `{"flip":true}`)
	p.until("the other guess", func(s state) bool { return s.Inferences["add.duplicate"] == "accepted" })
}

// Nobody is told twice of the same, and a burst is one push.
func TestPushesOnlyChanges(t *testing.T) {
	b := newBench(t)
	p := open(t, b.serve())
	p.until("the first state", func(state) bool { return true })
	for range 100 {
		for _, who := range []string{"Busy", "Available"} {
			if _, err := b.Directory.Update(ada, teams.Change{Presence: &teams.Presence{Availability: who}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	away := teams.Presence{Availability: "Away"}
	if _, err := b.Directory.Update(ada, teams.Change{Presence: &away}); err != nil {
		t.Fatal(err)
	}
	pushes := 0
	p.until("the last change", func(s state) bool { pushes++; return s.Users[0].Presence.Availability == "Away" })
	if pushes > 10 {
		t.Errorf("%d pushes for one burst", pushes)
	}
	b.Directory.Reset()
	p.until("the reset", func(s state) bool { return s.Users[0].Presence.Availability == "Available" })
	b.Directory.Reset()
	if _, err := b.Directory.Update(ada, teams.Change{Presence: &away}); err != nil {
		t.Fatal(err)
	}
	var last state
	p.until("away again", func(s state) bool { last = s; return s.Users[0].Presence.Availability == "Away" })
	if len(last.Users) != 1 {
		t.Errorf("state %+v", last)
	}
}

func TestParseParty(t *testing.T) {
	for raw, want := range map[string]party{
		"4:+4930":                {Number: "+4930"},
		"8:orgid:" + ada:         {OID: ada},
		"8:acs:1_2":              {Raw: "8:acs:1_2"},
		"8:orgid:ABCDEF":         {OID: "abcdef"},
		"28:orgid:some-resource": {Raw: "28:orgid:some-resource"},
	} {
		if got := parseParty(raw); got != want {
			t.Errorf("%s: %+v", raw, got)
		}
	}
}
