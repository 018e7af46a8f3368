package flow

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

const away = `{"steps": [
	{"name": "hello", "say": {"sounds": [{"text": "Hello."}], "next": "away"}},
	{"name": "away", "transfer": {"agent": "` + agent + `", "no_answer": "sorry", "failed": "bye"}},
	{"name": "sorry", "say": {"sounds": [{"text": "Sorry."}], "next": "bye"}},
	{"name": "bye", "hang_up": {}}]}`

// redirecting sends callers on in office hours, and answers them otherwise.
const redirecting = `{"steps": [
	{"name": "hours", "hours": {"zone": "UTC", "weekly": [{"days": ["mon"], "from": "00:00", "to": "24:00"}], "open": "away", "closed": "closed"}},
	{"name": "away", "redirect": {"agent": "` + agent + `", "failed": "closed"}},
	{"name": "closed", "say": {"sounds": [{"text": "Closed."}], "next": "bye"}},
	{"name": "bye", "hang_up": {}}]}`

func TestRehearseLeaving(t *testing.T) {
	for _, row := range []struct {
		name, doc string
		script    Script
		want      []string
	}{
		{"transferred", away, Script{At: monday, Handovers: []Fate{{Brings: BringsAnswer, After: 4 * time.Second}}},
			[]string{"hello enters", "hello hears Hello.", "away enters", "away rings " + agent, "away released " + agent}},
		{"not taken", away, Script{At: monday, Handovers: []Fate{{Brings: BringsNoAnswer}}},
			[]string{"hello enters", "hello hears Hello.", "away enters", "away rings " + agent, "sorry enters", "sorry hears Sorry.", "bye enters", "bye ends flow_ended"}},
		{"refused", away, Script{At: monday},
			[]string{"hello enters", "hello hears Hello.", "away enters", "away rings " + agent, "bye enters", "bye ends flow_ended"}},
		{"redirected", redirecting, Script{At: monday}, []string{"hours enters", "away enters", "away released " + agent}},
		{"closed", redirecting, Script{At: sunday}, []string{"hours enters", "closed enters", "closed hears Closed.", "bye enters", "bye ends flow_ended"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := parsed(t, row.doc)
			if err := d.Validate(Known{Agents: []tenant.AgentID{agent}}); err != nil {
				t.Fatal(err)
			}
			lines, err := Rehearse(d, row.script)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range lines {
				got = append(got, strings.TrimSpace(strings.Join([]string{l.Step, l.What, l.Text}, " ")))
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(row.want, "\n     "))
			}
		})
	}
}

// Everything that is wrong with leaving steps, at once.
func TestLeavingThatIsWrong(t *testing.T) {
	d := parsed(t, `{"steps": [
		{"name": "hello", "say": {"sounds": [{"text": "Hello."}], "next": "first"}},
		{"name": "first", "redirect": {"agent": "`+agent+`", "failed": "second"}},
		{"name": "second", "redirect": {"agent": "Ana", "failed": "third"}},
		{"name": "third", "transfer": {"agent": "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e99", "failed": "fourth"}},
		{"name": "fourth", "transfer": {"agent": "`+agent+`", "failed": "bye", "no_answer": "bye"}, "redirect": {"agent": "`+agent+`", "failed": "bye"}},
		{"name": "bye", "hang_up": {}}]}`)
	var got []string
	for _, f := range fieldsOf(d.Validate(Known{Agents: []tenant.AgentID{agent}})) {
		got = append(got, f.Path)
	}
	slices.Sort(got)
	want := []string{"steps[1]", "steps[2]", "steps[2].redirect.agent", "steps[3].transfer.agent", "steps[4]"}
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, to := range []string{"transfer", "redirect"} {
		d := parsed(t, `{"steps": [{"name": "x", "`+to+`": {"agent": "`+agent+`", "failed": "nowhere"}}]}`)
		if f := fieldsOf(d.Validate(Known{})); len(f) != 1 || f[0].Path != "steps[0]."+to+".failed" {
			t.Errorf("%s: %+v", to, f)
		}
	}
	d = parsed(t, `{"steps": [{"name": "x", "transfer": {"agent": "`+agent+`", "failed": "x"}}]}`)
	if err := d.Validate(Known{}); err != nil {
		t.Errorf("a transfer that is tried again: %v", err)
	}
}

// plays gives a document to a call, with an imagined Microsoft.
func plays(t *testing.T, d Document, events ...call.Event) (c call.Call, asked []string) {
	t.Helper()
	c = call.New("1", "t", call.Plan{Flow: &call.FlowRef{}, Policy: tenant.AtOnce, RingTimeout: time.Second, Connectivity: call.Capabilities()[0].Connectivity})
	for _, e := range events {
		after, actions := call.Next(c, monday, e)
		after, _, more := Advance(d, after, monday)
		c = after
		for _, a := range append(actions, more...) {
			asked = append(asked, a.Do.Kind())
		}
	}
	return c, asked
}

var people = map[tenant.AgentID]call.Person{agent: {Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: "ana"}, Name: "Ana"}}

// A redirect is asked for before anything is answered, and not of who cannot be rung.
func TestRedirectBeforeTheAnswer(t *testing.T) {
	offered := []call.Event{call.Offered{Caller: "+10"}, call.Invited{Context: "x"}}
	c, asked := plays(t, parsed(t, redirecting).Knowing(people), offered...)
	if want := []string{"ring_near", "dial_far", "redirect_invitation"}; !slices.Equal(asked, want) || c.Flow.Step != "away" || c.Redirect.Name != "Ana" {
		t.Errorf("asked for %v at %q", asked, c.Flow.Step)
	}
	c, asked = plays(t, parsed(t, redirecting), offered...) // she is no agent any more
	if want := []string{"ring_near", "dial_far", "accept_invitation"}; !slices.Equal(asked, want) || c.Flow.Step != "closed" {
		t.Errorf("asked for %v at %q", asked, c.Flow.Step)
	}
}

// A transfer that cannot even be asked for leads on.
func TestTransferOfNobody(t *testing.T) {
	up := []call.Event{
		call.Offered{Caller: "+10"}, call.Invited{Context: "x"}, call.LegAnswered{Side: call.Far}, call.ConnectionUp{Connection: "c"}, call.LegAnswered{Side: call.Near},
	}
	d := parsed(t, `{"steps": [{"name": "away", "transfer": {"agent": "`+agent+`", "failed": "bye"}}, {"name": "bye", "hang_up": {}}]}`)
	c, _ := plays(t, d, up...)
	if c.Ending == nil || c.Ending.Reason != call.ReasonFlowEnded || c.Flow.Step != "bye" {
		t.Errorf("%+v at %q", c.Ending, c.Flow.Step)
	}
	c, asked := plays(t, d.Knowing(people), up...)
	if asked[len(asked)-1] != "operate" || c.Operations[0].Kind != call.Transfer || !c.Deadlines[call.AwaitFlow].IsZero() {
		t.Errorf("asked for %v, awaits %v", asked, c.Deadlines)
	}
	op := c.Operations[0].Op
	released, _ := call.Next(c, monday, call.OperationEnded{Op: op, State: call.OperationDone})
	if released.Phase != call.Released || released.ReleasedTo.Name != "Ana" || released.Marks.Connected.IsZero() {
		t.Errorf("%s to %+v", released.Phase, released.ReleasedTo)
	}
}
