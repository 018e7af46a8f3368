package call

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

var (
	prompt = []Source{{Text: "One moment"}}
	expert = &Person{Endpoint: bob, Name: "Bob"}
	listen = &Recognition{Input: InputDTMF, InitialSilence: 5 * time.Second, InterToneGap: 2 * time.Second, MaxTones: 4}
)

// operating is a conversation of customer and Ana in which things can be done.
func operating(t *testing.T) *story {
	t.Helper()
	return talking(t, Plan{Connectivity: acsDirectRouting})
}

// Talk ends when the call is hung up, however long it takes to be sure that nothing of it
// is left: the word of Microsoft's can be lost, and Microsoft be away.
func TestTalkEndsWithTheTalk(t *testing.T) {
	s := operating(t)
	s.at = s.at.Add(time.Minute)
	s.play(LegEnded{Side: Near, By: ByCaller})
	hungUp := s.at
	s.at = s.at.Add(9 * time.Minute)
	s.play(LegEnded{Side: Far, By: ByTandem})
	s.play(ConnectionDown{Connection: "c1"})
	s.over(Termination{Result: Completed, Reason: ReasonCallerHungUp, By: ByCaller, Fault: FaultNone})
	if r := s.c.Record(); r.Talk != hungUp.Sub(s.c.Marks.Connected) || r.Traffic().Minutes != 2 {
		t.Errorf("talked for %s, %d minutes", r.Talk, r.Traffic().Minutes)
	}
}

// asks commands an operation and returns the action that it causes.
func (s *story) asks(id string, o Operation) string {
	s.t.Helper()
	kind := "operate"
	if o.Kind == Mute || o.Kind == Unmute {
		kind = "mute_near"
	}
	kinds := []string{kind}
	if s.c.Parked && o.Kind == Unhold && o.Target == Customer {
		kinds = []string{"hold_near", kind} // the music ends first
	}
	s.expect(OperateAsked{ID: id, Operation: o}, kinds...)
	return s.op()
}

// stands checks where an operation is.
func (s *story) stands(id string, want OperationState) OperationRecord {
	s.t.Helper()
	for _, o := range s.c.Operations {
		if o.ID == id {
			if o.State != want || o.Over() == o.EndedAt.IsZero() {
				s.t.Fatalf("operation %+v, want %s", o, want)
			}
			return o
		}
	}
	s.t.Fatalf("no operation %s", id)
	return OperationRecord{}
}

// Every state meets every fact; what is not here changes nothing.
func TestOperationMachine(t *testing.T) {
	started := func(op string) Event { return OperationStarted{Op: op} }
	ended := func(state OperationState) func(string) Event {
		return func(op string) Event { return OperationEnded{Op: op, State: state} }
	}
	facts := []struct {
		name string
		of   func(string) Event
	}{
		{"started", started}, {"done", ended(OperationDone)}, {"failed", ended(OperationFailed)}, {"cancelled", ended(OperationCancelled)},
		{"heard", func(op string) Event { return SoundBegan{Op: op} }},
		{"action_failed", func(op string) Event { return ActionFailed{Op: op, Action: Operate{}.Kind()} }},
		{"overdue", func(op string) Event { return DeadlinePassed{Name: awaitOperation(op)} }},
	}
	before := map[OperationState]func(string) []Event{
		OperationAsked:     func(string) []Event { return nil },
		OperationRunning:   func(op string) []Event { return []Event{started(op)} },
		OperationDone:      func(op string) []Event { return []Event{ended(OperationDone)(op)} },
		OperationFailed:    func(op string) []Event { return []Event{ended(OperationFailed)(op)} },
		OperationCancelled: func(op string) []Event { return []Event{ended(OperationCancelled)(op)} },
	}
	want := map[string]OperationState{
		"asked heard": OperationRunning, "running heard": OperationRunning,
		"asked started": OperationRunning, "asked done": OperationDone, "asked failed": OperationFailed, "asked cancelled": OperationCancelled,
		"asked action_failed": OperationFailed, "asked overdue": OperationFailed,
		"running done": OperationDone, "running failed": OperationFailed, "running cancelled": OperationCancelled,
		"running action_failed": OperationFailed, "running overdue": OperationFailed,
	}
	for from, events := range before {
		for _, f := range facts {
			s := operating(t)
			op := s.asks("o", Operation{Kind: Play, Sources: prompt})
			for _, e := range events(op) {
				s.play(e)
			}
			s.stands("o", from)
			ignored := s.c.Ignored
			s.play(f.of(op))
			to, changes := want[string(from)+" "+f.name]
			if !changes {
				to = from
			}
			s.stands("o", to)
			if (s.c.Ignored == ignored) != changes {
				t.Errorf("%s when %s: ignored %v", f.name, from, s.c.Ignored > ignored)
			}
			if heard := s.c.Operations[0].HeardAt; heard.Equal(s.at) != (changes && f.name == "heard") {
				t.Errorf("%s when %s: heard at %s", f.name, from, heard)
			}
		}
	}
}

// What is done goes to whom it is meant for, and comes back.
func TestRecognize(t *testing.T) {
	s := operating(t)
	op := s.asks("o", Operation{Kind: Recognize, Target: Customer, Sources: prompt, Listen: listen})
	do := s.asked[0].Do.(Operate)
	if do.Endpoint.ID != "+4930123" || do.Connection != "c1" || do.Operation.Listen != listen {
		t.Errorf("%+v", do)
	}
	if due := s.c.Deadlines[awaitOperation(op)]; due.Sub(s.at) != playsWithin(prompt)+listenWithin+13*time.Second {
		t.Errorf("awaited for %v", due.Sub(s.at))
	}
	s.expect(OperationStarted{Op: op})
	s.expect(OperationEnded{Op: op, State: OperationDone, Recognized: &Recognized{Tones: "42"}})
	o := s.stands("o", OperationDone)
	if o.Recognized.Tones != "42" || o.Sources != nil || len(s.c.Deadlines) != 1 { // the watch is left
		t.Errorf("%+v, awaiting %v", o, s.c.Deadlines)
	}
}

func TestHoldAndMuteAreMarked(t *testing.T) {
	s := operating(t)
	done := func(id string, o Operation) string {
		op := s.asks(id, o)
		s.play(OperationEnded{Op: op, State: OperationDone})
		return op
	}
	hold := done("1", Operation{Kind: Hold, Target: Customer})
	if on := s.c.Customer; !on.Held || on.Muted {
		t.Errorf("%+v", on)
	}
	s.expect(OperationEnded{Op: hold, State: OperationFailed, Outcome: Outcome{Class: ClassMisconfigured}}, "hold_near") // no music
	s.stands("1", OperationFailed)
	if s.c.Customer.Held {
		t.Error("a hold that failed holds")
	}
	done("2", Operation{Kind: Hold, Target: Customer})
	done("3", Operation{Kind: Mute, Target: Customer})
	if on := s.c.Customer; !on.Held || !on.Muted {
		t.Errorf("%+v", on)
	}
	done("4", Operation{Kind: Unhold, Target: Customer})
	done("5", Operation{Kind: Unmute, Target: Customer})
	if s.c.Customer != (Treated{}) {
		t.Errorf("%+v", s.c.Customer)
	}
}

// What stands against an operation, and that Next then ignores it.
func TestPermitOperation(t *testing.T) {
	toOne := Operation{Kind: Play, Sources: prompt, Target: Customer}
	hear := Operation{Kind: Recognize, Target: Customer, Listen: listen}
	tones := Operation{Kind: SendDTMF, Target: Customer, Tones: "1"}
	toAll := Operation{Kind: Play, Sources: prompt}
	holdHim, muteHim := Operation{Kind: Hold, Target: Customer}, Operation{Kind: Mute, Target: Customer}
	gone := func(s *story) {
		s.play(AddAsked{Agent: "a2"})
		s.play(AgentChosen{Op: s.op(), Agent: "a2", Endpoint: bob})
		s.play(AgentFailed{Connection: "c1", Op: s.op(), Endpoint: bob})
	}
	for name, v := range map[string]struct {
		from   func(*testing.T) *story
		before func(*story)
		o      Operation
		want   string // in the error; "": permitted
	}{
		"to all":                   {operating, nil, toAll, ""},
		"to the customer":          {operating, nil, toOne, ""},
		"to Ana":                   {operating, nil, Operation{Kind: Play, Sources: prompt, Target: "1.0"}, ""},
		"what makes no sense":      {operating, nil, Operation{Kind: Recognize, Target: Customer}, "makes no sense"},
		"while it rings":           {func(t *testing.T) *story { return ringing(t, Plan{Connectivity: acsDirectRouting}) }, nil, toAll, "this one is routing"},
		"over a way that is new":   {func(t *testing.T) *story { return talking(t, Plan{Connectivity: "new"}) }, nil, toAll, "not known to work"},
		"to nobody":                {operating, nil, Operation{Kind: Play, Sources: prompt, Target: "9.9"}, "no such participant"},
		"to somebody gone":         {operating, gone, Operation{Kind: Play, Sources: prompt, Target: "12.0"}, "that participant is gone"},
		"what Teams does not do":   {operating, nil, Operation{Kind: Mute, Target: "1.0"}, "mutes ACS users only"},
		"beside one to all":        {operating, func(s *story) { s.asks("a", toAll) }, toOne, ""},
		"two to one":               {operating, func(s *story) { s.asks("a", toOne) }, tones, "one such thing at a time"},
		"two to one, first over":   {operating, func(s *story) { s.play(OperationEnded{Op: s.asks("a", toOne), State: OperationDone}) }, tones, ""},
		"listening in a group":     {operating, func(s *story) { s.asks("a", tones) }, hear, "one such thing at a time"},
		"to all beside one to one": {operating, func(s *story) { s.asks("a", toOne) }, toAll, ""},
		"the same id":              {operating, func(s *story) { s.asks("o", toAll) }, toAll, "asked for already"},
		"too many": {operating, func(s *story) {
			for i := range maxRunning {
				s.asks(fmt.Sprint("a", i), toAll)
			}
		}, toAll, "10 operations are under way"},
		"a hold that is so":     {operating, func(s *story) { s.play(OperationEnded{Op: s.asks("a", holdHim), State: OperationDone}) }, holdHim, "is on hold already"},
		"two who hold":          {operating, func(s *story) { s.asks("a", holdHim) }, holdHim, "hold a is under way"},
		"unhold while it holds": {operating, func(s *story) { s.asks("a", holdHim) }, Operation{Kind: Unhold, Target: Customer}, "not on hold"},
		"an unhold of nothing":  {operating, nil, Operation{Kind: Unhold, Target: Customer}, "is not on hold"},
		"an unhold that only Microsoft knows a reason for": {operating, func(s *story) { s.c.CustomerTold.Held = true }, Operation{Kind: Unhold, Target: Customer}, ""},
		"a mute that is so":          {operating, func(s *story) { s.play(OperationEnded{Op: s.asks("a", muteHim), State: OperationDone}) }, muteHim, "is muted already"},
		"an unmute of nothing":       {operating, nil, Operation{Kind: Unmute, Target: Customer}, "is not muted"},
		"a transfer to who is there": {operating, nil, Operation{Kind: Transfer, Target: Customer, To: &Person{Endpoint: ana, Name: "Ana"}}, "is joined already"},
		"during a transfer":          {operating, func(s *story) { s.asks("a", Operation{Kind: Transfer, Target: Customer, To: expert}) }, toAll, "a transfer is under way"},
		"when it is over":            {operating, func(s *story) { s.play(HangUpAsked{}) }, toAll, "it is ending"},
	} {
		s := v.from(t)
		if v.before != nil {
			v.before(s)
		}
		e := OperateAsked{ID: "o", Operation: v.o}
		err := s.c.Permit(e)
		if v.want == "" && err != nil || v.want != "" && (err == nil || !strings.Contains(err.Error(), v.want)) {
			t.Errorf("%s: %v, want %q", name, err, v.want)
		}
		var never *NotAble
		if err != nil && !errors.Is(err, ErrRefused) && !errors.As(err, &never) {
			t.Errorf("%s: %v is of no kind", name, err)
		}
		ignored := s.c.Ignored
		if s.play(e); (s.c.Ignored > ignored) != (err != nil) {
			t.Errorf("%s: Next and Permit do not agree", name)
		}
	}
}

// An outbound call has nobody beside Ana.
func TestOperationsWithoutCustomer(t *testing.T) {
	s := begin(t, Plan{Direction: Outbound, Connectivity: acsDirectRouting, Agents: []tenant.AgentID{"a1"}})
	s.play(RequestedByAPI{})
	s.play(AgentChosen{Op: s.op(), Agent: "a1", Endpoint: ana})
	s.play(AgentCalled{Op: s.op(), Connection: "c1"})
	s.play(ConnectionUp{Connection: "c1"})
	s.asks("o", Operation{Kind: Play, Sources: prompt})
	if err := s.c.Permit(OperateAsked{ID: "p", Operation: Operation{Kind: Hold, Target: Customer}}); err == nil || !strings.Contains(err.Error(), "no customer") {
		t.Error(err)
	}
}

// With the call its operations end, the newest of those that are over are kept,
// and an action that was lost with its process is told as failed.
func TestOperationsEnd(t *testing.T) {
	s := operating(t)
	for i := range keptEnded + 5 {
		s.play(OperationEnded{Op: s.asks(fmt.Sprint(i), Operation{Kind: Play, Sources: prompt}), State: OperationDone})
	}
	if n := len(s.c.Operations); n != keptEnded || s.c.Operations[0].ID != "5" {
		t.Errorf("%d operations kept, the oldest is %s", n, s.c.Operations[0].ID)
	}
	s.asks("loop", Operation{Kind: Play, Sources: prompt, Loop: true})
	s.play(LegEnded{Side: Near, By: ByCaller})
	s.stands("loop", OperationCancelled)
	if len(s.c.Deadlines) != 1 {
		t.Errorf("an ending call awaits %v", s.c.Deadlines)
	}
}

// Each operation has one word about each party, and each refusal its reason.
func TestCapabilities(t *testing.T) {
	seen := map[Capability]bool{}
	kinds, parties := map[OperationKind]bool{}, map[Party]bool{}
	for _, c := range Capabilities() {
		key := Capability{Connectivity: c.Connectivity, Operation: c.Operation, Party: c.Party}
		if c.Guest || c.External {
			such := Call{Plan: Plan{Direction: Guest, Connectivity: c.Connectivity}}
			if c.External {
				such.Plan.Direction, such.Plan.External = Inbound, true
			}
			if got := such.Able(c.Operation, c.Party); got != c || c.Allowed() || c.Why == "" || c.Source == "" {
				t.Errorf("%+v, want %+v", got, c)
			}
			continue
		}
		if seen[key] || c.Source == "" || !c.Allowed() && c.Why == "" {
			t.Errorf("%+v", c)
		}
		seen[key], kinds[c.Operation], parties[c.Party] = true, true, true
		if got := Able(c.Connectivity, c.Operation, c.Party); got != c {
			t.Errorf("%+v, want %+v", got, c)
		}
	}
	if len(seen) != len(kinds)*len(parties) {
		t.Errorf("%d cells for %d operations and %d parties", len(seen), len(kinds), len(parties))
	}
	for kind := range kinds {
		if kind == Record || kind == Remove || kind == Move || kind == Terminate { // go their own way
			continue
		}
		var p fault.Problems
		Operation{Kind: kind, Sources: prompt, Tones: "1", Listen: listen, To: expert}.Check(&p)
		if err := p.Err("x", "x"); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestCheckOperation(t *testing.T) {
	file := func(at string) Operation { return Operation{Kind: Play, Sources: []Source{{File: at}}} }
	say := func(s Source) Operation { return Operation{Kind: Play, Sources: []Source{s}} }
	hear := func(change func(*Recognition)) Operation {
		r := *listen
		change(&r)
		return Operation{Kind: Recognize, Target: Customer, Listen: &r}
	}
	choose := func(c ...Choice) Operation {
		return Operation{Kind: Recognize, Listen: &Recognition{Input: InputChoices, Choices: c}}
	}
	long := strings.Repeat("x", MaxText+1)
	for name, v := range map[string]struct {
		o    Operation
		want string // paths
	}{
		"a file":               {file("https://x.test/a.wav"), ""},
		"a prompt":             {say(Source{Prompt: "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"}), ""},
		"no prompt's id":       {say(Source{Prompt: "greeting"}), "sources[0].prompt"},
		"not https":            {file("http://x.test/a.wav"), "sources[0].file"},
		"a password":           {file("https://u:p@x.test/a.wav"), "sources[0].file"},
		"no address":           {file("a.wav"), "sources[0].file"},
		"nothing":              {Operation{Kind: Play}, "sources"},
		"two at once":          {say(Source{File: "https://x.test/a.wav", Text: "x"}), "sources[0]"},
		"none at all":          {say(Source{}), "sources[0]"},
		"long text":            {say(Source{Text: long}), "sources[0].text"},
		"a language":           {say(Source{Text: "x", Locale: "de-DE"}), ""},
		"no language":          {say(Source{Text: "x", Locale: "<>"}), "sources[0].locale"},
		"a language of a file": {say(Source{File: "https://x.test/a.wav", Locale: "de-DE"}), "sources[0]"},
		"SSML":                 {say(Source{SSML: `<speak version="1.0"><p>x</p></speak>`}), ""},
		"SSML cut off":         {say(Source{SSML: `<speak><p>x</speak>`}), "sources[0].ssml"},
		"another root":         {say(Source{SSML: `<html/>`}), "sources[0].ssml"},
		"SSML that is text":    {say(Source{SSML: `hello`}), "sources[0].ssml"},
		"interrupts one":       {Operation{Kind: Play, Sources: prompt, Target: Customer, Interrupt: true}, "interrupt"},
		"no tones":             {Operation{Kind: SendDTMF}, "tones"},
		"too many tones":       {Operation{Kind: SendDTMF, Tones: strings.Repeat("1", 19)}, "tones"},
		"letters":              {Operation{Kind: SendDTMF, Tones: "12x"}, "tones"},
		"music twice":          {Operation{Kind: Hold, Sources: []Source{{Text: "a"}, {Text: "b"}}}, "sources"},
		"transfers to nobody":  {Operation{Kind: Transfer, Target: Customer}, "to"},
		"unheard of":           {Operation{Kind: "sing"}, "kind"},
		"listens for nothing":  {Operation{Kind: Recognize}, "listen"},
		"no input":             {hear(func(r *Recognition) { *r = Recognition{} }), "listen.input"},
		"patience":             {hear(func(r *Recognition) { r.InitialSilence = 301 * time.Second }), "listen.initial_silence"},
		"tones for ever":       {hear(func(r *Recognition) { r.MaxTones, r.InterToneGap = 0, 0 }), "listen.inter_tone_gap listen.max_tones"},
		"stop at x":            {hear(func(r *Recognition) { r.StopTones = "x" }), "listen.stop_tones"},
		"tones of speech":      {hear(func(r *Recognition) { r.Input = InputSpeech }), "listen"},
		"speech":               {hear(func(r *Recognition) { *r = Recognition{Input: InputSpeech, EndSilence: time.Second} }), ""},
		"silence after tones":  {hear(func(r *Recognition) { r.EndSilence = time.Second }), "listen.end_silence"},
		"choices":              {choose(Choice{"Sales", []string{"sales"}, "1"}, Choice{"Other", []string{"other"}, ""}, Choice{"More", []string{"more"}, ""}), ""},
		"no choices":           {choose(), "listen.choices"},
		"the same twice":       {choose(Choice{"Sales", []string{"sales"}, "1"}, Choice{"Sales", []string{"x"}, "1"}), "listen.choices[1].label listen.choices[1].tone"},
		"nothing to say":       {choose(Choice{"Sales", nil, "12"}), "listen.choices[0].phrases listen.choices[0].tone"},
		"an empty phrase":      {choose(Choice{"", []string{""}, ""}), "listen.choices[0].label listen.choices[0].phrases[0]"},
		"choices of tones":     {hear(func(r *Recognition) { r.Choices = []Choice{{"a", []string{"a"}, ""}} }), "listen.choices"},
	} {
		var p fault.Problems
		v.o.Check(&p)
		var paths []string
		var e *fault.Error
		if errors.As(p.Err("x", "x"), &e) {
			for _, f := range e.Fields {
				paths = append(paths, f.Path)
			}
		}
		if got := strings.Join(paths, " "); got != v.want {
			t.Errorf("%s: %q, want %q", name, got, v.want)
		}
	}
}

// A transfer that was accepted takes the customer out of our hands; he is not
// hung up, and the first leg to end ends the call.
func TestTransfer(t *testing.T) {
	accepted := func(s *story, op string) {
		s.expect(OperationEnded{Op: op, State: OperationDone}, "end_connection")
		if do := s.asked[0].Do.(EndConnection); do.ForEveryone {
			t.Error("the customer is in that call, perhaps")
		}
	}
	for name, v := range map[string]struct {
		how func(*story, string)
		end Event
		by  Reason
	}{
		"told": {accepted, LegEnded{Side: Near, By: ByCaller, Q850: 16}, ReasonCallerHungUp},
		"told, then it is down": {func(s *story, op string) {
			accepted(s, op)
			s.expect(ConnectionDown{Connection: "c1", Outcome: Outcome{Class: ClassEnded}})
		}, LegEnded{Side: Far, By: ByMicrosoft, Q850: 16}, ReasonMicrosoftHungUp},
		"not told, but it is down": {func(s *story, _ string) {
			s.expect(ConnectionDown{Connection: "c1", Outcome: Outcome{Class: ClassEnded}})
		}, LegEnded{Side: Far, By: ByMicrosoft, Q850: 16}, ReasonMicrosoftHungUp},
		"seen to be gone": {func(s *story, _ string) { s.expect(Observed{Connection: "c1"}) }, HangUpAsked{}, ReasonHangUpRequested},
		"not told, but he is not there": {func(s *story, op string) {
			here := Endpoint{Kind: tenant.PhoneNumber, ID: s.c.Caller}
			s.expect(ParticipantsChanged{Connection: "c1", Sequence: 7, Present: []Endpoint{ana, here}})
			s.expect(ParticipantsChanged{Connection: "c1", Sequence: 6, Present: []Endpoint{ana}}) // older
			s.expect(ParticipantsChanged{Connection: "c1", Sequence: 8, Present: []Endpoint{ana}}, "end_connection")
		}, LegEnded{Side: Near, By: ByCaller}, ReasonCallerHungUp},
		"overdue, and he is not there": {func(s *story, op string) {
			s.expect(ParticipantsChanged{Connection: "c1", Sequence: 7, Present: []Endpoint{ana, {Kind: tenant.PhoneNumber, ID: s.c.Caller}}})
			s.expect(DeadlinePassed{Name: awaitOperation(op)}, "look")
			s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}}, "end_connection")
		}, LegEnded{Side: Near, By: ByCaller}, ReasonCallerHungUp},
		"leaving it is not told": {func(s *story, op string) {
			accepted(s, op)
			s.expect(DeadlinePassed{Name: AwaitLeave}, "look")
			s.expect(Observed{Connection: "c1", Up: true}, "end_connection")
			s.expect(DeadlinePassed{Name: AwaitLeave}, "look")
			s.expect(Observed{Connection: "c1"})
		}, LegEnded{Side: Near, By: ByCaller}, ReasonCallerHungUp},
	} {
		s := operating(t)
		op := s.asks("o", Operation{Kind: Transfer, Target: Customer, To: expert})
		s.expect(OperationStarted{Op: op})
		v.how(s, op)
		s.stands("o", OperationDone)
		if s.c.Phase != Released || s.c.ReleasedTo != expert || s.c.Near.State != LegUp || s.c.Far.State != LegUp {
			t.Fatalf("%s: %s to %v, legs %s and %s", name, s.c.Phase, s.c.ReleasedTo, s.c.Near.State, s.c.Far.State)
		}
		if err := s.c.Permit(OperateAsked{ID: "p", Operation: Operation{Kind: CancelMedia}}); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
		s.play(v.end)
		s.play(LegEnded{Side: Near, By: ByTandem})
		s.play(LegEnded{Side: Far, By: ByTandem})
		s.play(ConnectionDown{Connection: "c1"})
		if s.c.Phase != Ended || s.c.Ending.Result != Completed || s.c.Ending.Reason != v.by || len(s.c.Deadlines)+len(s.c.Held()) != 0 {
			t.Errorf("%s: %s %+v, awaiting %v", name, s.c.Phase, s.c.Ending, s.c.Deadlines)
		}
	}
}

// One that failed leaves the call as it was, as far as a look shows.
func TestTransferFails(t *testing.T) {
	s := operating(t)
	op := s.asks("o", Operation{Kind: Transfer, Target: Customer, To: expert})
	s.expect(OperationEnded{Op: op, State: OperationFailed, Outcome: Outcome{Class: ClassDeclined}}, "look")
	s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}})
	if s.c.Phase != Connected {
		t.Errorf("%s", s.c.Phase)
	}
	op = s.asks("p", Operation{Kind: Transfer, Target: Customer, To: expert})
	s.expect(DeadlinePassed{Name: awaitOperation(op)}, "look")
	s.expect(Observed{Connection: "c1", Up: true, Present: []Endpoint{ana}}) // an anonymous customer is never seen
	s.expect(DeadlinePassed{Name: awaitOperation(op)}, "look")
	if o := s.stands("p", OperationFailed); o.Outcome.Class != ClassTimeout {
		t.Errorf("%+v", o.Outcome)
	}
}

// Music goes on for ever, so that somebody has to notice if the word is lost that it
// was cancelled.
func TestCancelledButNotTold(t *testing.T) {
	s := treated(t)
	s.expect(OperateAsked{ID: "m", Operation: music}, "operate")
	play := s.op()
	s.expect(OperationStarted{Op: play})
	if _, ok := s.c.Deadlines[awaitOperation(play)]; ok {
		t.Fatal("music has an end")
	}
	s.expect(OperateAsked{ID: "c", Operation: Operation{Kind: CancelMedia}}, "operate")
	s.expect(OperationEnded{Op: s.op(), State: OperationDone})
	s.expect(DeadlinePassed{Name: awaitOperation(play)})
	if o := s.c.Operations[0]; o.State != OperationFailed {
		t.Errorf("%+v", o)
	}
	s.expect(OperateAsked{ID: "m2", Operation: music}, "operate")
}

// TestHowLongAPlayMayTake: a word of Microsoft's that is lost blocks the next thing to be
// said no longer than what was said can take.
func TestHowLongAPlayMayTake(t *testing.T) {
	for name, row := range map[string]struct {
		sources []Source
		want    time.Duration
	}{
		"a sentence":     {[]Source{{Text: strings.Repeat("x", 40)}}, 36 * time.Second},
		"with a pause":   {[]Source{{SSML: `<speak>a<break time="9s"/></speak>`}}, playLeeway + 34*perLetter + perBreak},
		"a prompt":       {[]Source{{Prompt: "p"}, {Text: "x"}}, playLeeway + tenant.MaxPromptDuration + perLetter},
		"a file":         {[]Source{{Text: "x"}, {File: "https://example.com/x.wav"}}, playWithin},
		"one in marks":   {[]Source{{SSML: `<speak><audio src="https://example.com/x.wav"/></speak>`}}, playWithin},
		"all of a novel": {slices.Repeat([]Source{{Text: strings.Repeat("x", MaxText)}}, 4), playWithin},
	} {
		if got := (Operation{Kind: Play, Sources: row.sources}).within(); got != row.want {
			t.Errorf("%s: %s, want %s", name, got, row.want)
		}
	}
	long := slices.Repeat([]Source{{Prompt: "p"}}, 2)
	if got := (Operation{Kind: Recognize, Sources: long, Listen: &Recognition{}}).within(); got < 2*tenant.MaxPromptDuration {
		t.Errorf("listened to for %s after prompts that take longer", got)
	}
	s := operating(t)
	op := s.asks("1", Operation{Kind: Play, Target: Customer, Sources: prompt})
	if due := s.c.Deadlines[awaitOperation(op)]; due.Sub(s.at) > time.Minute {
		t.Errorf("due %s", due.Sub(s.at))
	}
}
