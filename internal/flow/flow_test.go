package flow

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const agent = "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"

// line is the flow of an organisation's service line.
const line = `{"steps": [
	{"name": "hours", "hours": {"zone": "Europe/Berlin", "weekly": [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "17:00"}],
		"holidays": ["2026-12-25"], "open": "greeting", "closed": "closed"}},
	{"name": "greeting", "say": {"sounds": [{"text": "Welcome.", "locale": "en-US"}], "next": "menu"}},
	{"name": "menu", "ask": {"sounds": [{"text": "For sales press one, for billing press two."}], "retries": 1, "sorry": [{"text": "Sorry?"}],
		"choices": [{"label": "sales", "tone": "1", "next": "sales"}, {"label": "billing", "tone": "2", "next": "billing"}],
		"no_input": "sales", "not_understood": "bye"}},
	{"name": "sales", "hand_over": {"agents": ["` + agent + `"], "display_name": "Sales", "music": [{"text": "La la."}], "nobody": "billing", "no_answer": "bye"}},
	{"name": "billing", "hand_over": {"music": [{"text": "La la."}], "max_wait_s": 60,
		"announce": {"every_s": 20, "sounds": [{"text": "You are number {position}."}, {"text": "It takes {minutes} minutes."}]},
		"nobody": "bye", "no_answer": "bye", "timeout": "late", "closed": "closed"}},
	{"name": "late", "say": {"sounds": [{"text": "It takes too long."}], "next": "bye"}},
	{"name": "closed", "say": {"sounds": [{"text": "We are closed."}], "next": "bye"}},
	{"name": "bye", "hang_up": {"sounds": [{"text": "Goodbye."}]}}
]}`

func parsed(t testing.TB, raw string) Document {
	t.Helper()
	d, err := Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var (
	monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) // 10:00 in Berlin
	sunday = monday.Add(-24 * time.Hour)
)

func TestRehearse(t *testing.T) {
	d := parsed(t, line)
	if err := d.Validate(Known{}); err != nil {
		t.Fatal(err)
	}
	said := func(words ...string) []string {
		return append([]string{"hours enters", "greeting enters", "greeting hears Welcome.", "menu enters"}, words...)
	}
	question := "menu asked For sales press one, for billing press two."
	bye := []string{"bye enters", "bye hears Goodbye."}
	rows := []struct {
		name   string
		script Script
		want   []string
	}{
		{"closed", Script{At: sunday}, append([]string{"hours enters", "closed enters", "closed hears We are closed."}, append(bye, "bye ends flow_ended")...)},
		{"sales answers", Script{At: monday, Answers: []Answer{{Press: "1"}}, Handovers: []Fate{{Brings: BringsAnswer, After: 5 * time.Second}}},
			said(question, "menu presses 1", "sales enters", "sales seeks 1 agents", "sales rings Sales", "sales hears La la. (again and again)", "sales answered ")},
		{"sales does not answer", Script{At: monday, Answers: []Answer{{Press: "1"}}, Handovers: []Fate{{Brings: BringsNoAnswer}}},
			append(said(question, "menu presses 1", "sales enters", "sales seeks 1 agents", "sales rings Sales", "sales hears La la. (again and again)"),
				append(bye, "bye ends no_answer")...)},
		{"asked again, and nothing said", Script{At: monday, Answers: []Answer{{}, {}}},
			said(question, "menu silent ", "menu asked Sorry? For sales press one, for billing press two.", "menu silent ", "sales enters", "sales seeks 1 agents",
				"billing enters", "billing seeks 0 agents", "billing hears La la. (again and again)", "late enters", "late hears It takes too long.", "bye enters", "bye hears Goodbye.", "bye ends nobody_available")},
		{"not understood", Script{At: monday, Answers: []Answer{{Press: "9"}, {Press: "8"}}},
			append(said(question, "menu presses 9", "menu asked Sorry? For sales press one, for billing press two.", "menu presses 8"), append(bye, "bye ends flow_ended")...)},
		{"waits", Script{At: monday, Answers: []Answer{{Press: "2"}}, Handovers: []Fate{{Brings: BringsAnswer, After: 30 * time.Second, Position: 2, Estimate: 90 * time.Second}}},
			said(question, "menu presses 2", "billing enters", "billing seeks 0 agents",
				"billing hears You are number 2. It takes 2 minutes.", "billing hears La la. (again and again)",
				"billing hears You are number 2. It takes 2 minutes.", "billing hears La la. (again and again)", "billing rings ", "billing answered ")},
		{"the queue is closed", Script{At: monday, Answers: []Answer{{Press: "2"}}, Handovers: []Fate{{Brings: BringsClosed}}},
			append(said(question, "menu presses 2", "billing enters", "billing seeks 0 agents", "closed enters", "closed hears We are closed."), append(bye, "bye ends flow_ended")...)},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			lines, err := Rehearse(d, row.script)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, l := range lines {
				got = append(got, strings.Join([]string{l.Step, l.What, l.Text}, " "))
				if l.After < 0 {
					t.Errorf("%+v", l)
				}
			}
			trim := func(all []string) (out []string) {
				for _, s := range all {
					out = append(out, strings.TrimSpace(s))
				}
				return out
			}
			if !slices.Equal(trim(got), trim(row.want)) {
				t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(row.want, "\n     "))
			}
		})
	}
	if _, err := Rehearse(d, Script{Answers: []Answer{{Press: "1", Say: "one"}}, Handovers: []Fate{{Brings: "luck"}}}); len(fieldsOf(err)) != 2 {
		t.Errorf("a wrong script: %v", err)
	}
}

func fieldsOf(err error) []fault.Field {
	var f *fault.Error
	if !errors.As(err, &f) {
		return nil
	}
	return f.Fields
}

func TestSpeech(t *testing.T) {
	d := parsed(t, `{"steps": [
		{"name": "menu", "ask": {"sounds": [{"text": "Sales or billing?"}], "locale": "en-US",
			"choices": [{"label": "sales", "phrases": ["sales", "buy"], "tone": "1", "next": "sales"}, {"label": "billing", "next": "bye"}],
			"no_input": "bye", "not_understood": "menu"}},
		{"name": "sales", "hand_over": {"nobody": "bye", "no_answer": "bye"}},
		{"name": "bye", "hang_up": {}}]}`)
	if err := d.Validate(Known{}); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		a    []Answer
		want string
	}{{[]Answer{{Say: "Buy"}}, "sales"}, {[]Answer{{Say: "hm"}, {Press: "1"}}, "sales"}, {[]Answer{{Say: "billing"}}, "bye"}, {nil, "bye"}} {
		lines, err := Rehearse(d, Script{Answers: row.a, Handovers: []Fate{{Brings: BringsAnswer}}})
		if err != nil || lines[len(lines)-1].Step != row.want {
			t.Errorf("%v: %+v %v, want %s", row.a, lines, err, row.want)
		}
	}
}

func TestVoicemail(t *testing.T) {
	d := parsed(t, `{"steps": [
		{"name": "message", "voicemail": {"sounds": [{"text": "Leave a message."}], "tone": [{"text": "Beep."}], "max_s": 30, "next": "bye"}},
		{"name": "bye", "hang_up": {"sounds": [{"text": "Thank you."}]}}]}`)
	if err := d.Validate(Known{}); err != nil {
		t.Fatal(err)
	}
	lines, err := Rehearse(d, Script{At: monday})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range lines {
		got = append(got, strings.TrimSpace(l.What+" "+l.Text))
	}
	want := []string{"enters", "hears Leave a message.", "hears Beep.", "recorded at most 30s", "enters", "hears Thank you.", "ends flow_ended"}
	if !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	wrong := fieldsOf(parsed(t, `{"steps": [{"name": "a", "voicemail": {"sounds": [], "tone": [{"text": "x"}, {"text": "y"}], "max_s": 999, "next": "b"}}, {"name": "b", "hang_up": {}}]}`).Validate(Known{}))
	if len(wrong) != 3 {
		t.Errorf("%v", wrong)
	}
}

// played is a call at a flow's first operation.
type played struct {
	d  Document
	c  call.Call
	at time.Time
}

func (p *played) take(e call.Event) []call.Action {
	var asked, more []call.Action
	p.c, asked = call.Next(p.c, p.at, e)
	p.c, _, more = Advance(p.d, p.c, p.at)
	return append(asked, more...)
}

func play(t *testing.T, raw string) (p *played, first call.Action) {
	t.Helper()
	p = &played{d: parsed(t, raw), at: monday, c: call.New(call.NewID(monday, [10]byte{1}), "t", call.Plan{Flow: &call.FlowRef{}, Connectivity: call.Capabilities()[0].Connectivity})}
	for _, e := range []call.Event{call.Offered{Caller: "+10"}, call.Invited{Context: "x"}, call.LegAnswered{Side: call.Far}, call.ConnectionUp{Connection: "c"}} {
		p.take(e)
	}
	return p, p.take(call.LegAnswered{Side: call.Near})[0]
}

// A message that cannot be recorded does not keep the caller.
func TestVoicemailThatFails(t *testing.T) {
	p, said := play(t, `{"steps": [{"name": "message", "voicemail": {"sounds": [{"text": "x"}], "next": "bye"}}, {"name": "bye", "hang_up": {}}]}`)
	start := p.take(call.OperationEnded{Op: said.ID, State: call.OperationDone})[0]
	if _, ok := start.Do.(call.StartRecording); !ok || p.c.Flow.Step != "message" {
		t.Fatalf("%s in %s", start.Do.Kind(), p.c.Flow.Step)
	}
	p.take(call.ActionFailed{Op: start.ID, Action: start.Do.Kind(), Outcome: call.Outcome{Class: call.ClassNotAllowed}})
	if p.c.Flow.Step != "bye" || p.c.Ending == nil {
		t.Errorf("%+v", p.c.Flow)
	}
}

// The end of a prompt is lost: the caller does not wait for half an hour.
func TestEndThatIsNotTold(t *testing.T) {
	p, said := play(t, `{"steps": [{"name": "hello", "say": {"sounds": [{"text": "0123456789"}], "next": "bye"}}, {"name": "bye", "hang_up": {}}]}`)
	p.take(call.OperationStarted{Op: said.ID})
	due := p.c.Deadlines[call.AwaitFlow]
	if due.Sub(p.at) != leeway+1500*time.Millisecond {
		t.Fatalf("the flow waits until %s", due)
	}
	p.at = due
	cancel := p.take(call.DeadlinePassed{Name: call.AwaitFlow})
	if len(cancel) != 1 || cancel[0].Do.(call.Operate).Operation.Kind != call.CancelMedia {
		t.Fatalf("%+v", cancel)
	}
	p.take(call.OperationEnded{Op: cancel[0].ID, State: call.OperationDone})
	p.at = p.at.Add(call.CancelWithin)
	p.take(call.DeadlinePassed{Name: call.AwaitOperation + "/" + said.ID})
	if p.c.Flow.Step != "bye" || p.c.Ending == nil {
		t.Errorf("%+v", p.c.Flow)
	}
}

// What is still said is not taken for over: breaks last longer than they are written.
func TestLongSoundsAreHeard(t *testing.T) {
	const pauses = `<speak>wait<break time=\"20s\"/><break time=\"20s\"/>for it<break time=\"20s\"/></speak>`
	for name, v := range map[string]struct {
		step  string
		takes time.Duration
	}{
		"breaks":             {`"say": {"sounds": [{"ssml": "` + pauses + `"}], "next": "bye"}`, time.Minute},
		"breaks, then a key": {`"ask": {"sounds": [{"ssml": "` + pauses + `"}], "choices": [{"label": "one", "tone": "1", "next": "bye"}], "no_input": "bye", "not_understood": "bye"}`, time.Minute + defaultWait},
		"a file in marks":    {`"say": {"sounds": [{"ssml": "<speak><audio src=\"https://example.com/x.wav\"/></speak>"}], "next": "bye"}`, 10 * time.Minute},
	} {
		p, said := play(t, `{"steps": [{"name": "hello", `+v.step+`}, {"name": "bye", "hang_up": {}}]}`)
		p.take(call.OperationStarted{Op: said.ID})
		if due := p.c.Deadlines[call.AwaitFlow].Sub(p.at); due < v.takes {
			t.Errorf("%s: the flow cuts it off after %s", name, due)
		}
	}
}

func TestHours(t *testing.T) {
	h := *parsed(t, line).Steps[0].Hours
	for at, open := range map[string]bool{
		"2026-03-02T07:59:59Z": false, "2026-03-02T08:00:00Z": true, "2026-03-02T15:59:59Z": true, "2026-03-02T16:00:00Z": false, // CET
		"2026-07-06T07:00:00Z": true, "2026-07-06T15:00:00Z": false, // CEST
		"2026-12-25T10:00:00Z": false, "2026-12-24T23:30:00Z": false,
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if h.open(moment) != open {
			t.Errorf("%s: open %v", at, !open)
		}
	}
	h.Weekly = []Period{{Days: []string{"sun"}, From: "00:00", To: "24:00"}}
	if !h.open(sunday) || h.open(monday) {
		t.Error("a whole day")
	}
}

func TestValidate(t *testing.T) {
	no := false
	known := Known{Prompts: []tenant.PromptID{}, Agents: []tenant.AgentID{}, Queues: []tenant.QueueID{}, Speech: &no}
	raw := `{"steps": [
		{"name": "a", "say": {"sounds": [{"prompt": "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"}, {"text": "x", "ssml": "y"}, {"text": "hello"}], "next": "nowhere"}},
		{"name": "a", "say": {"sounds": [], "next": "a"}},
		{"name": "B!", "hang_up": {}, "say": {"sounds": [], "next": "a"}},
		{"name": "c", "ask": {"sounds": [], "retries": 9, "wait_s": -1, "choices": [{"label": "x", "next": "a"}, {"label": "x", "tone": "1", "next": "a"}], "no_input": "a", "not_understood": "a"}},
		{"name": "d", "hours": {"zone": "Middle/Earth", "weekly": [{"days": ["someday"], "from": "9:00", "to": "25:00"}, {"days": [], "from": "12:00", "to": "11:00"}], "holidays": ["xmas"], "open": "a", "closed": "a"}},
		{"name": "e", "hand_over": {"agents": ["` + agent + `"], "queue": "q", "ring_s": 1, "max_wait_s": 99999, "nobody": "a", "no_answer": "a"}},
		{"name": "f", "hand_over": {"announce": {"every_s": 1, "sounds": []}, "nobody": "a", "no_answer": "a"}},
		{"name": "g", "ask": {"sounds": [{"prompt": "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"}], "choices": [{"label": "x", "phrases": [""], "next": "a"}], "no_input": "a", "not_understood": "a"}}
	]}`
	want := []string{
		"steps[0].say.next", "steps[0].say.sounds[0].prompt", "steps[0].say.sounds[1]", "steps[0].say.sounds[1]", "steps[0].say.sounds[2]",
		"steps[1].name", "steps[1].say.sounds", "steps[2].name", "steps[2]",
		"steps[3].ask.sounds", "steps[3].ask.retries", "steps[3].ask.wait_s", "steps[3].ask.choices[0].tone", "steps[3].ask.choices[1].label",
		"steps[4].hours.zone", "steps[4].hours.weekly[0].days[0]", "steps[4].hours.weekly[0].from", "steps[4].hours.weekly[0].to",
		"steps[4].hours.weekly[1].days", "steps[4].hours.weekly[1].to", "steps[4].hours.holidays[0]",
		"steps[5].hand_over.agents[0]", "steps[5].hand_over.queue", "steps[5].hand_over.queue", "steps[5].hand_over.ring_s", "steps[5].hand_over.max_wait_s",
		"steps[6].hand_over.announce", "steps[6].hand_over.announce.every_s", "steps[6].hand_over.announce.sounds",
		"steps[7].ask.sounds[0].prompt", "steps[7].ask.choices[0].phrases[0]", "steps[7].ask.choices",
	}
	var got []string
	for _, f := range fieldsOf(parsed(t, raw).Validate(known)) {
		got = append(got, f.Path)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
}

// A label is counted in characters, as the answer says, whatever script it is in.
func TestLabelsOfAnyScript(t *testing.T) {
	for n, good := range map[int]bool{100: true, 101: false} {
		raw := fmt.Sprintf(`{"steps": [{"name": "a", "ask": {"sounds": [{"text": "x"}], "choices": [{"label": %q, "tone": "1", "next": "b"}], "no_input": "b", "not_understood": "b"}},
			{"name": "b", "hang_up": {}}]}`, strings.Repeat("ж", n))
		if err := parsed(t, raw).Validate(Known{}); (err == nil) != good {
			t.Errorf("%d characters: %v", n, err)
		}
	}
}

func TestValidateGraph(t *testing.T) {
	say := func(name, next string) string {
		return fmt.Sprintf(`{"name": %q, "say": {"sounds": [{"text": "x"}], "next": %q}}`, name, next)
	}
	for _, row := range []struct {
		steps string
		want  []string
	}{
		{say("a", "b") + `,{"name": "b", "hang_up": {}},{"name": "c", "hang_up": {}}`, []string{"steps[2]: no other step leads to it"}},
		{say("a", "b") + "," + say("b", "a"), []string{"steps[0]: leads to no end", "steps[1]: leads to no end"}},
		{`{"name": "h", "hours": {"zone": "UTC", "weekly": [], "open": "s", "closed": "x"}},` + say("s", "h") + `,{"name": "x", "hang_up": {}}`,
			[]string{"steps[0]: goes in a circle", "steps[1]: goes in a circle"}},
		{`{"name": "m", "hand_over": {"nobody": "s", "no_answer": "s"}},` + say("s", "m"), nil},
	} {
		var got []string
		for _, f := range fieldsOf(parsed(t, `{"steps": [`+row.steps+`]}`).Validate(Known{})) {
			got = append(got, f.Path+": "+f.Msg)
		}
		same := len(got) == len(row.want)
		for i := range row.want {
			same = same && strings.HasPrefix(got[i], row.want[i])
		}
		if !same {
			t.Errorf("%s: got %q, want %q", row.steps, got, row.want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, raw := range []string{`{"steps": [{"name": "a", "sing": {}}]}`, `[]`, `{`, ``} {
		if _, err := Parse([]byte(raw)); fault.CodeOf(err) != "flow_invalid" {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(line))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := Parse(raw)
		if err != nil || len(d.Steps) > MaxSteps {
			return
		}
		d.References()
		if d.Validate(Known{}) != nil {
			return
		}
		if _, err := Rehearse(d, Script{At: monday}); err != nil {
			t.Error(err)
		}
	})
}

// Whatever the document and whatever happens in the call: a flow neither panics nor
// hangs, and what it keeps survives the journal.
func TestAdvanceIsTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"a", "b", "c", "d", "none"})
		sounds := rapid.SampledFrom([][]Sound{{{Text: "x"}}, {{Text: "{position}"}}, {}, {{}}})
		block := rapid.Custom(func(t *rapid.T) Block {
			next := func(s string) string { return name.Draw(t, s) }
			return rapid.SampledFrom([]Block{
				{Say: &Say{Sounds: sounds.Draw(t, "say"), Next: next("say next")}},
				{Ask: &Ask{Sounds: sounds.Draw(t, "ask"), Retries: 1, Choices: []Choice{{Label: "x", Tone: "1", Next: next("choice")}}, NoInput: next("none"), NotUnderstood: next("wrong")}},
				{Hours: &Hours{Zone: "UTC", Open: next("open"), Closed: next("closed")}},
				{HandOver: &HandOver{Music: sounds.Draw(t, "music"), MaxWaitS: rapid.IntRange(0, 60).Draw(t, "wait"), Announce: &Announce{EveryS: 10, Sounds: sounds.Draw(t, "announce")},
					Nobody: next("nobody"), NoAnswer: next("no answer"), Timeout: next("timeout")}},
				{Voicemail: &Voicemail{Sounds: sounds.Draw(t, "leave"), Tone: sounds.Draw(t, "tone"), Next: next("after")}},
				{VirtualAgent: &VirtualAgent{Bot: aBot, MaxS: rapid.IntRange(0, 60).Draw(t, "talk"), HandedOver: next("handed over"), Ended: next("ended"), Failed: next("failed")}},
				{HangUp: &HangUp{Sounds: sounds.Draw(t, "bye")}}, {},
			}).Draw(t, "kind")
		})
		var d Document
		for _, n := range []string{"a", "b", "c", "d"} {
			b := block.Draw(t, n)
			b.Name = n
			d.Steps = append(d.Steps, b)
		}
		lines, err := Rehearse(d, Script{At: monday, Answers: rapid.SliceOf(rapid.SampledFrom([]Answer{{}, {Press: "1"}, {Press: "2"}, {Say: "x"}})).Draw(t, "answers"),
			Bots:      rapid.SliceOf(rapid.SampledFrom([]BotFate{{Brings: BringsHandover, After: time.Second}, {Brings: BringsEnd, After: time.Minute}, {Brings: BringsFailure}})).Draw(t, "bots"),
			Handovers: rapid.SliceOf(rapid.SampledFrom([]Fate{{Brings: BringsNobody}, {Brings: BringsNoAnswer, Position: 1}, {Brings: BringsAnswer, After: 20 * time.Second, Position: 1}, {Brings: BringsClosed}})).Draw(t, "fates")})
		if err != nil {
			t.Fatal(err)
		}
		if last := lines[len(lines)-1]; last.What != "ends" && last.What != "answered" {
			t.Fatalf("the rehearsal stops at %+v", last)
		}
	})
}

func TestState(t *testing.T) {
	s := State{Step: "a", Begun: true, Op: "flow-1", Tries: 1, Next: monday, Ops: 4, Entered: 2}
	if back, ok := decode(encode(s)); !ok || back != s {
		t.Errorf("%+v", back)
	}
	if _, ok := decode([]byte(`[]`)); ok {
		t.Error("nonsense was read")
	}
	c := call.New("x", "t", call.Plan{})
	c.Flow.State = json.RawMessage(`[]`)
	if _, commands, actions := Advance(Document{}, c, monday); commands != nil || actions != nil {
		t.Error("a flow that cannot be read did something")
	}
}

// TestPlacesAreKnown: what nobody fills in is refused, and not read to the caller.
func TestPlacesAreKnown(t *testing.T) {
	document := func(announced, said string) Document {
		return parsed(t, `{"steps": [
			{"name": "wait", "hand_over": {"queue": "0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77", "max_wait_s": 60, "nobody": "bye", "no_answer": "bye",
				"announce": {"every_s": 20, "sounds": [`+announced+`]}}},
			{"name": "bye", "hang_up": {"sounds": [`+said+`]}}]}`)
	}
	for name, row := range map[string]struct{ announced, said, at string }{
		"both known":       {`{"text":"{position} {minutes}"}`, `{"text":"Bye."}`, ""},
		"in marks":         {`{"ssml":"<speak>{position}</speak>"}`, `{"text":"Bye."}`, ""},
		"a slip":           {`{"text":"You are {place}."}`, `{"text":"Bye."}`, "steps[0].hand_over.announce.sounds[0].text"},
		"elsewhere":        {`{"text":"{position}"}`, `{"text":"You were {position}."}`, "steps[1].hang_up.sounds[0].text"},
		"nothing but room": {`{"text":"{position}"}`, `{"text":"  "}`, "steps[1].hang_up.sounds[0].text"},
	} {
		found := fieldsOf(document(row.announced, row.said).Validate(Known{}))
		if row.at == "" && len(found) > 0 || row.at != "" && (len(found) != 1 || found[0].Path != row.at) {
			t.Errorf("%s: %+v", name, found)
		}
	}
	said := document(`{"ssml":"<speak>{position}, {minutes}</speak>"}`, `{"text":"Bye."}`).Steps[0].HandOver.Announce.said(call.Handover{Position: 2, Estimate: 61 * time.Second})
	if len(said) != 1 || said[0].SSML != "<speak>2, 2</speak>" {
		t.Errorf("%+v", said)
	}
}
