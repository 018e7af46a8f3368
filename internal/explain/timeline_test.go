package explain

import (
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/provider"
)

var update = flag.Bool("update", false, "write the golden files anew")

// journal keeps what a call does, as the store does.
type journal struct {
	t *testing.T
	c call.Call
	m Material
}

func (j *journal) play(at time.Duration, e call.Event, callback string) {
	j.t.Helper()
	payload, err := json.Marshal(e)
	if err != nil {
		j.t.Fatal(err)
	}
	moment := t0.Add(at)
	c, asked := call.Next(j.c, moment, e)
	if c.Ignored > j.c.Ignored {
		j.t.Fatalf("%s is ignored in %s", e.Kind(), j.c.Phase)
	}
	j.c = c
	j.m.Events = append(j.m.Events, Event{Seq: c.Seq, At: moment, Kind: e.Kind(), Payload: payload, Callback: callback})
	for _, a := range asked {
		payload, err := json.Marshal(a.Do)
		if err != nil {
			j.t.Fatal(err)
		}
		j.m.Actions = append(j.m.Actions, Action{ID: a.ID, Seq: c.Seq, At: moment, Kind: a.Do.Kind(), Payload: payload, State: "done", Attempts: 1})
	}
}

func (j *journal) op() string { return j.m.Actions[len(j.m.Actions)-1].ID }

// declined is a call whose agent declines.
func declined(t *testing.T) *journal {
	j := &journal{t: t, c: call.New(call.NewID(t0, [10]byte{1}), "t1", call.Plan{RingTimeout: 20 * time.Second, Policy: "with_agent"})}
	ms := time.Millisecond
	j.play(0, call.Offered{Peer: "ccaas", Caller: "+493098765432", Called: "+493012345678", SIPCallID: "a@pc33", Dialog: json.RawMessage(`{"to_tag":"secret"}`)}, "")
	j.play(3*ms, call.AgentChosen{Op: j.op(), Agent: "a1", Name: "Ana", Endpoint: ana, Why: []string{"Ana is Available, 3 s old from graph", "Bob is Busy (InACall), 3 s old from graph"}}, "")
	j.play(5*ms, call.LegProceeding{Side: call.Far, SIPCallID: "f@edge"}, "")
	j.play(60*ms, call.LegProceeding{Side: call.Far, Status: 180}, "")
	j.play(150*ms, call.Invited{Resource: "eu-0", Context: "very secret", Correlation: "corr"}, "e1")
	j.play(230*ms, call.ConnectionAccepted{Op: j.op(), Connection: "c1", ServerCall: "srv"}, "")
	j.play(300*ms, call.LegAnswered{Side: call.Far}, "")
	j.play(320*ms, call.ConnectionUp{Connection: "c1"}, "e2")
	j.play(350*ms, call.AgentInvited{Op: j.op(), Invitation: "i1"}, "")
	j.play(4*time.Second, call.AgentFailed{Connection: "c1", Op: j.c.Participants[0].Op, Endpoint: ana, Outcome: call.Outcome{Class: call.ClassDeclined, Code: 487, SubCode: 10024}}, "e3")
	if j.c.Choosing != "" {
		j.play(4*time.Second+2*ms, call.NobodyAvailable{Op: j.c.Choosing, Why: []string{"Bob is Busy (InACall), 7 s old from graph"}}, "")
	}
	j.play(4*time.Second+20*ms, call.LegEnded{Side: call.Near, By: call.ByTandem, Status: 603, Q850: 21, Text: "declined"}, "")
	j.play(4*time.Second+40*ms, call.ConnectionDown{Connection: "c1", Outcome: call.Outcome{Class: call.ClassEnded, Code: 200, SubCode: 7000}}, "e4")
	j.play(4*time.Second+60*ms, call.LegEnded{Side: call.Far, By: call.ByMicrosoft, Q850: 16, Media: call.MediaStats{PacketsIn: 180, PacketsOut: 185, Lost: 2, JitterMS: 3, MOS: 4.3}}, "")
	j.m.Told = []Told{{
		Event: provider.Event{ID: "ev", Type: provider.CallEnded, At: t0.Add(4100 * ms), Data: json.RawMessage(`{"call":"x","caller":"+493098765432"}`)},
		Deliveries: []provider.Delivery{{DeliveryKey: provider.DeliveryKey{Webhook: "w1"}, State: provider.DeliveryDelivered, Attempts: []provider.Attempt{
			{At: t0.Add(4200 * ms), Error: "connection refused"}, {At: t0.Add(5200 * ms), Status: 204, Took: 12 * ms},
		}}},
	}}
	j.m.Trail = []provider.Entry{{At: t0.Add(9 * time.Second), ActorName: "night shift", Action: "downloadCapture"}}
	return j
}

func TestExplain(t *testing.T) {
	j := declined(t)
	x := Explain(j.c, j.m, t0.Add(time.Minute))
	if x.Verdict == nil || x.Verdict.ID != "declined_everywhere" || x.Verdict.Fault != Agent {
		t.Fatalf("%+v", x.Verdict)
	}
	var text strings.Builder
	if err := x.Text(&text); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/declined.txt"
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
	for i := 1; i < len(x.Lines); i++ {
		if x.Lines[i].At.Before(x.Lines[i-1].At) {
			t.Errorf("line %d is out of order", i)
		}
	}
	for _, l := range x.Lines {
		for _, secret := range []string{"very secret", "to_tag"} {
			if strings.Contains(string(l.Raw), secret) {
				t.Errorf("%s shows a secret: %s", l.Kind, l.Raw)
			}
		}
	}
}

func TestMask(t *testing.T) {
	j := declined(t)
	j.m.Events = append(j.m.Events, Event{
		Seq: 90, At: t0.Add(time.Hour), Kind: "operation_ended", Payload: json.RawMessage(`{"op":"1.0","state":"done","recognized":{"tones":"4711"}}`),
	})
	x := Explain(j.c, j.m, t0)
	for _, v := range []struct {
		numbers, words     bool
		hasNumber, hasWord bool
	}{{false, false, true, true}, {true, false, false, true}, {true, true, false, false}} {
		m := x.Mask(v.numbers, v.words)
		all := ""
		for _, l := range m.Lines {
			all += l.What + strings.Join(l.Detail, " ") + string(l.Raw)
		}
		for _, number := range []string{"493098765432", "493012345678"} {
			if strings.Contains(all, number) != v.hasNumber {
				t.Errorf("%+v: %s", v, all)
			}
		}
		if strings.Contains(all, "4711") != v.hasWord {
			t.Errorf("%+v: tones in %s", v, all)
		}
		if v.numbers && !strings.Contains(all, "+…432") {
			t.Errorf("the last digits are gone, too: %s", all)
		}
		if !strings.Contains(all, `"text":"declined"`) {
			t.Errorf("the cause of a leg's end is gone: %s", all)
		}
	}
	if !strings.Contains(string(x.Lines[0].Raw), "+493098765432") {
		t.Error("masking changed what it was made from")
	}
}

func TestNumber(t *testing.T) {
	for in, want := range map[string]string{
		"from +493098765432":                   "from +…432",
		"sip:493098765432@host":                "sip:…432@host",
		"to 030123456":                         "to …456",
		"ACS 487/10024":                        "ACS 487/10024",
		"0193a5c0-7d1e-7c3a-9b52-123456789012": "0193a5c0-7d1e-7c3a-9b52-123456789012",
		"180 packets in":                       "180 packets in",
	} {
		if got := Number(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestMissing(t *testing.T) {
	j := declined(t)
	codes := func(x Explanation) (all []string) {
		for _, g := range x.Missing {
			all = append(all, g.Code)
		}
		return all
	}
	if got := strings.Join(codes(Explain(j.c, j.m, t0)), " "); got != "sip_messages media_over_time" {
		t.Errorf("missing %s", got)
	}
	if got := strings.Join(codes(Explain(j.c, Material{}, t0.Add(40*24*time.Hour))), " "); got != "journal webhooks sip_messages media_over_time" {
		t.Errorf("missing %s", got)
	}
}

// Whatever the journal has, it is shown; an event of a later version by its name.
func TestEveryKindHasALine(t *testing.T) {
	m := Material{Events: []Event{{Seq: 1, At: t0, Kind: "of_tomorrow", Payload: json.RawMessage(`{"x":1}`)}}}
	for i, e := range call.Events() {
		payload, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		m.Events = append(m.Events, Event{Seq: i + 2, At: t0, Kind: e.Kind(), Payload: payload})
	}
	x := Explain(call.Call{}, m, t0)
	if len(x.Lines) != len(m.Events) {
		t.Fatalf("%d lines of %d events", len(x.Lines), len(m.Events))
	}
	for _, l := range x.Lines {
		if l.What == "" || l.From == "" || l.To == "" || l.Source == "" {
			t.Errorf("%+v", l)
		}
	}
	for _, do := range call.Doings() {
		if to, what := target(do.Kind()); to == "" && do.Kind() != "dial_far" && do.Kind() != "answer_near" && do.Kind() != "hang_up_leg" && do.Kind() != "bury_leg" || to != "" && what == "" {
			t.Errorf("action %s goes nowhere", do.Kind())
		}
	}
}
