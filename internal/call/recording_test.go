package call

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tandem/internal/fault"
)

func recordingID(n int) RecordingID {
	return RecordingID(fmt.Sprintf("0193a5c0-7d1e-7c3a-9b52-6a1f0c9d%04d", n))
}

func toRecord(n int) RecordAsked {
	return RecordAsked{How: RecordStart, ID: recordingID(n), Format: WAV, Channels: Mixed}
}

// recordingStands checks where the newest recording is, and that its spans fit.
func (s *story) recordingStands(want RecordingState) Recording {
	s.t.Helper()
	r := s.c.recording()
	if r == nil || r.State != want || r.Over() == r.EndedAt.IsZero() {
		s.t.Fatalf("recording %+v, want %s", r, want)
	}
	open := len(r.Spans) > 0 && r.Spans[len(r.Spans)-1].To.IsZero()
	if records := want == RecordingActive || want == RecordingPausing; records && !open || open && r.Over() {
		s.t.Fatalf("%s with the spans %+v", want, r.Spans)
	}
	return *r
}

// recording brings a conversation to the point where it is recorded.
func recording(t *testing.T) *story {
	t.Helper()
	s := operating(t)
	s.expect(toRecord(1), "start_recording")
	s.expect(RecordingStarted{Op: s.op(), Recording: "m1"})
	s.expect(RecordingChanged{Recording: "m1"}) // before the first active
	s.recordingStands(RecordingStarting)
	s.expect(RecordingChanged{Recording: "m1", Active: true})
	s.recordingStands(RecordingActive)
	return s
}

func TestRecording(t *testing.T) {
	s := recording(t)
	start := s.at
	s.at = s.at.Add(time.Minute)
	s.expect(RecordAsked{How: RecordPause}, "change_recording")
	if do := s.asked[0].Do.(ChangeRecording); do != (ChangeRecording{Recording: "m1", How: RecordPause}) {
		t.Errorf("%+v", do)
	}
	s.recordingStands(RecordingPausing)
	s.expect(RecordingDone{Op: s.op()})
	paused := s.at
	s.recordingStands(RecordingPaused)
	s.expect(RecordingChanged{Recording: "m1"})
	s.at = s.at.Add(time.Hour)
	s.expect(RecordAsked{How: RecordResume}, "change_recording")
	s.expect(RecordingDone{Op: s.op()})
	resumed := s.at
	s.at = s.at.Add(time.Minute)
	s.expect(RecordAsked{How: RecordStop}, "change_recording")
	stop := s.op()
	if err := s.c.Permit(RecordAsked{How: RecordStop}); !errors.Is(err, ErrRefused) {
		t.Errorf("stopping twice: %v", err)
	}
	s.expect(RecordingDone{Op: stop})
	r := s.recordingStands(RecordingEnded)
	if want := []Span{{start, paused}, {resumed, s.at}}; !slices.Equal(r.Spans, want) {
		t.Errorf("recorded %v, want %v", r.Spans, want)
	}
	if len(s.c.Deadlines) != 1 { // the watch
		t.Errorf("awaits %v", s.c.Deadlines)
	}
	s.expect(toRecord(2), "start_recording") // another one may follow
	s.play(LegEnded{Side: Near, By: ByCaller})
	s.play(ConnectionDown{Connection: "c1"})
	s.play(LegEnded{Side: Far, By: ByTandem})
	record := s.c.Record().Recordings
	if len(record) != 2 || record[0].Recorded != r.Recorded(s.at) || record[0].Recorded < 2*time.Minute || record[0].Recorded > 2*time.Minute+time.Second || record[1].Recorded != 0 {
		t.Errorf("%+v", record)
	}
}

// brought has for each state a way to get a recording there, and the request
// that is under way then.
func brought() map[RecordingState]func(*testing.T) (s *story, op string) {
	asked := func(s *story, how RecordHow) (*story, string) {
		s.play(RecordAsked{How: how})
		return s, s.op()
	}
	paused := func(t *testing.T) *story {
		s, op := asked(recording(t), RecordPause)
		s.play(RecordingDone{Op: op})
		return s
	}
	return map[RecordingState]func(*testing.T) (*story, string){
		RecordingAnnouncing: func(t *testing.T) (*story, string) {
			s := operating(t)
			e := toRecord(1)
			e.Announcement = prompt
			s.play(e)
			return s, s.op()
		},
		RecordingStarting: func(t *testing.T) (*story, string) {
			s := operating(t)
			s.play(toRecord(1))
			return s, s.op()
		},
		RecordingActive:   func(t *testing.T) (*story, string) { return recording(t), "none" },
		RecordingPausing:  func(t *testing.T) (*story, string) { return asked(recording(t), RecordPause) },
		RecordingPaused:   func(t *testing.T) (*story, string) { return paused(t), "none" },
		RecordingResuming: func(t *testing.T) (*story, string) { return asked(paused(t), RecordResume) },
		RecordingStopping: func(t *testing.T) (*story, string) { return asked(recording(t), RecordStop) },
		RecordingEnded: func(t *testing.T) (*story, string) {
			s, op := asked(recording(t), RecordStop)
			s.play(RecordingDone{Op: op})
			return s, op
		},
		RecordingFailed: func(t *testing.T) (*story, string) {
			s := operating(t)
			s.play(toRecord(1))
			op := s.op()
			s.play(ActionFailed{Op: op, Action: StartRecording{}.Kind(), Outcome: Outcome{Class: ClassNotAllowed}})
			return s, op
		},
	}
}

// Every state meets every fact; what is not here changes nothing.
func TestRecordingMachine(t *testing.T) {
	look := func(seen RecordingSeen) func(*story, string) {
		return func(s *story, _ string) {
			s.play(Doubted{})
			for _, a := range s.asked {
				if a.Do.Kind() == (LookRecording{}).Kind() {
					s.play(RecordingObserved{Op: a.ID, Seen: seen})
				}
			}
		}
	}
	play := func(of func(op string) Event) func(*story, string) {
		return func(s *story, op string) { s.play(of(op)) }
	}
	facts := map[string]func(*story, string){
		"start":   play(func(string) Event { return toRecord(2) }),
		"pause":   play(func(string) Event { return RecordAsked{How: RecordPause} }),
		"resume":  play(func(string) Event { return RecordAsked{How: RecordResume} }),
		"stop":    play(func(string) Event { return RecordAsked{How: RecordStop} }),
		"said":    play(func(op string) Event { return OperationEnded{Op: op, State: OperationDone} }),
		"unsaid":  play(func(op string) Event { return OperationEnded{Op: op, State: OperationFailed} }),
		"named":   play(func(op string) Event { return RecordingStarted{Op: op, Recording: "m1"} }),
		"done":    play(func(op string) Event { return RecordingDone{Op: op} }),
		"another": play(func(string) Event { return RecordingDone{Op: "0.0"} }),
		"active":  play(func(string) Event { return RecordingChanged{Recording: "m1", Active: true} }),
		"never":   play(func(string) Event { return RecordingNotStarted{Recording: "m1"} }),
		"refused": play(func(op string) Event { return ActionFailed{Op: op, Action: ChangeRecording{}.Kind()} }),
		"gone": play(func(op string) Event {
			return ActionFailed{Op: op, Action: ChangeRecording{}.Kind(), Outcome: Outcome{Class: ClassGone}}
		}),
		"looks active":   look(RecordingSeenActive),
		"looks inactive": look(RecordingSeenInactive),
		"looks gone":     look(RecordingSeenGone),
		"overdue":        play(func(string) Event { return DeadlinePassed{Name: AwaitRecording} }),
		"the call ends":  play(func(string) Event { return LegEnded{Side: Near, By: ByCaller} }),
		"it is down":     play(func(string) Event { return ConnectionDown{Connection: "c1"} }),
	}
	want := map[string]RecordingState{
		"announcing stop": RecordingEnded, "announcing said": RecordingStarting, "announcing unsaid": RecordingFailed,
		"announcing the call ends": RecordingEnded, "announcing it is down": RecordingFailed,
		"starting active": RecordingActive, "starting never": RecordingFailed, "starting refused": RecordingFailed, "starting gone": RecordingFailed,
		"starting overdue": RecordingFailed, "starting it is down": RecordingFailed,
		"recording pause": RecordingPausing, "recording stop": RecordingStopping, "recording looks inactive": RecordingPaused,
		"recording looks gone": RecordingEnded, "recording the call ends": RecordingStopping, "recording it is down": RecordingEnded,
		"pausing done": RecordingPaused, "pausing stop": RecordingStopping, "pausing gone": RecordingEnded, "pausing looks gone": RecordingEnded,
		"pausing the call ends": RecordingStopping, "pausing it is down": RecordingEnded,
		"paused resume": RecordingResuming, "paused stop": RecordingStopping, "paused looks active": RecordingActive,
		"paused looks gone": RecordingEnded, "paused the call ends": RecordingStopping, "paused it is down": RecordingEnded,
		"resuming done": RecordingActive, "resuming stop": RecordingStopping, "resuming gone": RecordingEnded, "resuming looks gone": RecordingEnded,
		"resuming the call ends": RecordingStopping, "resuming it is down": RecordingEnded,
		"stopping done": RecordingEnded, "stopping gone": RecordingEnded, "stopping looks gone": RecordingEnded, "stopping it is down": RecordingEnded,
		"ended start": RecordingStarting, "failed start": RecordingStarting,
	}
	for from, bring := range brought() {
		for name, happens := range facts {
			s, op := bring(t)
			s.recordingStands(from)
			happens(s, op)
			to, changes := want[string(from)+" "+name]
			if delete(want, string(from)+" "+name); !changes {
				to = from
			}
			if got := s.c.recording().State; got != to {
				t.Errorf("%s -%s-> %s, want %s", from, name, got, to)
				continue
			}
			s.recordingStands(to)
		}
	}
	for row := range want {
		t.Errorf("no such row: %s", row)
	}
}

// A pause that nobody answered is not taken for one, nor done again without a
// look; a look that began before something was asked shows nothing.
func TestRecordingIsNotPausedBlindly(t *testing.T) {
	s := recording(t)
	s.expect(Doubted{}, "look", "look_recording")
	s.expect(RecordingObserved{Op: s.op(), Seen: RecordingSeenActive}) // as believed
	s.expect(Doubted{}, "look", "look_recording")
	stale := s.op()
	s.expect(RecordAsked{How: RecordPause}, "change_recording")
	s.expect(RecordingObserved{Op: stale, Seen: RecordingSeenInactive})
	s.recordingStands(RecordingPausing)
	pause := s.c.recording().Op
	s.expect(ActionFailed{Op: pause, Action: "change_recording", Unsure: true}, "look_recording")
	s.expect(RecordingObserved{Op: s.op(), Seen: RecordingSeenActive}, "change_recording") // it was not done
	s.expect(RecordingDone{Op: pause})                                                     // too late to mean anything
	s.recordingStands(RecordingPausing)
	s.expect(ActionFailed{Op: s.c.recording().Op, Action: "change_recording", Unsure: true}, "look_recording")
	s.expect(RecordingObserved{Op: s.op(), Seen: RecordingSeenInactive}) // now it was
	s.recordingStands(RecordingPaused)

	s = recording(t)
	s.expect(RecordAsked{How: RecordPause}, "change_recording")
	for range maxTries - 1 {
		s.expect(ActionFailed{Op: s.c.recording().Op, Action: "change_recording", Outcome: Outcome{Class: ClassUnknown}}, "look_recording")
		s.expect(RecordingObserved{Op: s.op(), Seen: RecordingSeenActive}, "change_recording")
	}
	s.expect(ActionFailed{Op: s.c.recording().Op, Action: "change_recording", Outcome: Outcome{Class: ClassUnknown}}, "look_recording")
	s.expect(RecordingObserved{Op: s.op(), Seen: RecordingSeenActive})
	if r := s.recordingStands(RecordingActive); r.Outcome.Class != ClassUnknown {
		t.Errorf("that it cannot be paused is not told: %+v", r)
	}
}

// One whose start was not answered gets its name by an event, is stopped if it
// is not wanted any more, and is given up in the end.
func TestRecordingWithoutAnswer(t *testing.T) {
	unsure := func(t *testing.T) *story {
		s := operating(t)
		s.expect(toRecord(1), "start_recording")
		s.expect(ActionFailed{Op: s.op(), Action: "start_recording", Unsure: true})
		return s
	}
	s := unsure(t)
	s.expect(RecordingChanged{Recording: "m1"})
	s.recordingStands(RecordingStarting)
	s.expect(RecordingChanged{Recording: "m1", Active: true})
	s.recordingStands(RecordingActive)

	s = unsure(t)
	s.expect(RecordAsked{How: RecordStop})
	s.expect(RecordingChanged{Recording: "m1"}, "change_recording")
	s.expect(RecordingDone{Op: s.op()})
	s.recordingStands(RecordingEnded)

	s = unsure(t)
	s.expect(DeadlinePassed{Name: AwaitRecording})
	s.recordingStands(RecordingFailed)
	s.expect(RecordingChanged{Recording: "m1", Active: true}, "change_recording") // nobody wants it any more
	s.expect(RecordingDone{Op: s.op()})
	s.recordingStands(RecordingEnded)

	s = operating(t)
	s.expect(toRecord(1), "start_recording")
	s.expect(RecordingStarted{Op: s.op(), Recording: "m1"})
	for range maxStartLooks - 1 {
		s.expect(DeadlinePassed{Name: AwaitRecording}, "look_recording")
		s.expect(RecordingObserved{Op: s.op(), Seen: RecordingSeenInactive})
	}
	s.expect(DeadlinePassed{Name: AwaitRecording}, "look_recording")
	s.expect(RecordingObserved{Op: s.op(), Seen: RecordingSeenInactive}, "change_recording")
	s.expect(ActionFailed{Op: s.op(), Action: "change_recording", Outcome: Outcome{Class: ClassGone}})
	s.recordingStands(RecordingEnded)
}

func TestRecordingBeginsPaused(t *testing.T) {
	s := operating(t)
	e := toRecord(1)
	e.Paused, e.Channels = true, Unmixed
	s.expect(e, "start_recording")
	if do := s.asked[0].Do.(StartRecording); !do.Paused || do.First.ID != "+4930123" || do.Connection != "c1" {
		t.Errorf("%+v", do)
	}
	s.expect(RecordingStarted{Op: s.op(), Recording: "m1"})
	s.expect(RecordingChanged{Recording: "m1"})
	if r := s.recordingStands(RecordingPaused); r.StartedAt.IsZero() || len(r.Spans) > 0 {
		t.Errorf("%+v", r)
	}
	s.expect(RecordAsked{How: RecordResume}, "change_recording")
}

// A customer who was transferred is not recorded any more.
func TestRecordingOfAReleasedCall(t *testing.T) {
	s := recording(t)
	op := s.asks("o", Operation{Kind: Transfer, Target: Customer, To: expert})
	s.expect(OperationEnded{Op: op, State: OperationDone}, "change_recording", "end_connection")
	s.recordingStands(RecordingStopping)
	s.expect(ConnectionDown{Connection: "c1"})
	s.recordingStands(RecordingEnded)
}

func TestPermitRecord(t *testing.T) {
	for name, v := range map[string]struct {
		from func(*testing.T) *story
		e    RecordAsked
		want string
	}{
		"start":                  {operating, toRecord(1), ""},
		"twice":                  {recording, toRecord(2), "one at a time"},
		"while it rings":         {func(t *testing.T) *story { return ringing(t, Plan{Connectivity: acsDirectRouting}) }, toRecord(1), "this one is routing"},
		"over a way that is new": {func(t *testing.T) *story { return talking(t, Plan{Connectivity: "new"}) }, toRecord(1), "not known to work"},
		"during a transfer": {func(t *testing.T) *story {
			s := operating(t)
			s.asks("a", Operation{Kind: Transfer, Target: Customer, To: expert})
			return s
		}, toRecord(1), "a transfer is under way"},
		"what makes no sense": {operating, RecordAsked{How: RecordStart, ID: "x"}, "makes no sense"},
		"pause of nothing":    {operating, RecordAsked{How: RecordPause}, "not recorded"},
		"resume what records": {recording, RecordAsked{How: RecordResume}, "the recording is recording"},
		"another one":         {recording, RecordAsked{How: RecordPause, ID: recordingID(9)}, "that recording is over"},
		"this one":            {recording, RecordAsked{How: RecordPause, ID: recordingID(1)}, ""},
		"unheard of":          {recording, RecordAsked{How: "rewind"}, "nobody knows"},
		"too often": {func(t *testing.T) *story {
			s := operating(t)
			for n := range maxRecordings {
				s.play(toRecord(n))
				s.play(ActionFailed{Op: s.op(), Action: "start_recording"})
			}
			return s
		}, toRecord(99), "20 times"},
		"when it is over": {func(t *testing.T) *story {
			s := recording(t)
			s.play(HangUpAsked{})
			return s
		}, RecordAsked{How: RecordStop}, "it is ending"},
	} {
		s := v.from(t)
		err := s.c.Permit(v.e)
		if v.want == "" && err != nil || v.want != "" && (err == nil || !strings.Contains(err.Error(), v.want)) {
			t.Errorf("%s: %v, want %q", name, err, v.want)
		}
		ignored := s.c.Ignored
		if s.play(v.e); (s.c.Ignored > ignored) != (err != nil) {
			t.Errorf("%s: Next and Permit do not agree", name)
		}
	}
}

func TestCheckRecording(t *testing.T) {
	for name, v := range map[string]struct {
		change func(*RecordAsked)
		want   string // paths
	}{
		"fine":            {func(*RecordAsked) {}, ""},
		"mp3":             {func(e *RecordAsked) { e.Format = MP3 }, ""},
		"video":           {func(e *RecordAsked) { e.Format = "mp4" }, "format"},
		"unmixed mp3":     {func(e *RecordAsked) { e.Format, e.Channels = MP3, Unmixed }, "channels"},
		"everything":      {func(e *RecordAsked) { *e = RecordAsked{Announcement: []Source{{}}} }, "id format channels announcement.sources[0]"},
		"an announcement": {func(e *RecordAsked) { e.Announcement = prompt }, ""},
	} {
		e := toRecord(1)
		v.change(&e)
		var p fault.Problems
		e.Check(&p)
		var paths []string
		var f *fault.Error
		if errors.As(p.Err("x", "x"), &f) {
			for _, x := range f.Fields {
				paths = append(paths, x.Path)
			}
		}
		if got := strings.Join(paths, " "); got != v.want {
			t.Errorf("%s: %q, want %q", name, got, v.want)
		}
	}
}

// anyRecording draws an event about recordings.
func anyRecording(t *rapid.T, c Call, op string) Event {
	name := rapid.SampledFrom([]string{"m1", "m2", ""}).Draw(t, "recording")
	start := toRecord(len(c.Recordings))
	start.Paused = rapid.Bool().Draw(t, "paused")
	if rapid.Bool().Draw(t, "announced") {
		start.Announcement = prompt
	}
	return rapid.SampledFrom([]Event{
		start, start, RecordAsked{How: RecordPause}, RecordAsked{How: RecordResume}, RecordAsked{How: RecordStop},
		RecordingStarted{Op: op, Recording: name}, RecordingDone{Op: op}, RecordingNotStarted{Recording: name},
		RecordingChanged{Recording: name, Active: rapid.Bool().Draw(t, "active")},
		RecordingObserved{Op: op, Seen: rapid.SampledFrom([]RecordingSeen{RecordingSeenActive, RecordingSeenInactive, RecordingSeenGone}).Draw(t, "seen")},
		ActionFailed{Op: op, Action: StartRecording{}.Kind(), Unsure: rapid.Bool().Draw(t, "unsure answer")},
	}).Draw(t, "recording event")
}
