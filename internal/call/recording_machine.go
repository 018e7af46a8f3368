package call

import (
	"slices"
	"time"
)

// onRecording hands an event about a recording on.
func (s *step) onRecording(e Event) bool {
	switch e := e.(type) {
	case RecordAsked:
		return s.onRecordAsked(e)
	case RecordingStarted:
		return s.onRecordingStarted(e)
	case RecordingDone:
		return s.onRecordingDone(e)
	case RecordingChanged:
		return s.onRecordingChanged(e)
	case RecordingNotStarted:
		return s.onRecordingNotStarted(e)
	case RecordingObserved:
		return s.onRecordingObserved(e)
	}
	return false
}

func (s *step) onRecordAsked(e RecordAsked) bool {
	if s.c.Permit(e) != nil {
		return false
	}
	switch e.How {
	case RecordStart:
		s.c.Recordings = append(s.c.Recordings, Recording{
			ID: e.ID, Format: e.Format, Channels: e.Channels, Paused: e.Paused, AskedAt: s.at,
		})
		r := s.c.recording()
		if len(e.Announcement) == 0 {
			s.startRecording(r)
			break
		}
		s.record(r, RecordingAnnouncing)
		s.onOperateAsked(e.announcing())
		r.Announces = s.c.Operations[len(s.c.Operations)-1].Op
	case RecordPause:
		s.changeRecording(s.c.recording(), RecordingPausing)
	case RecordResume:
		s.changeRecording(s.c.recording(), RecordingResuming)
	case RecordStop:
		s.stopRecording(s.c.recording())
	}
	return true
}

func (s *step) startRecording(r *Recording) {
	do := StartRecording{Connection: s.c.Connection.ID, Format: r.Format, Channels: r.Channels, Paused: r.Paused}
	if s.c.there() && s.c.Caller != "" && r.Channels == Unmixed {
		do.First = s.c.customer()
	}
	s.record(r, RecordingStarting)
	r.Op = s.ask(do)
	s.await(AwaitRecording, AwaitedRecording)
}

// changeRecording asks for what the state is to lead to.
func (s *step) changeRecording(r *Recording, state RecordingState) {
	how := map[RecordingState]RecordHow{RecordingPausing: RecordPause, RecordingResuming: RecordResume, RecordingStopping: RecordStop}[state]
	if r.State != state {
		s.record(r, state)
		r.Tries = 0
	}
	r.Tries++
	r.Look = "" // what it shows may be from before
	r.Op = s.ask(ChangeRecording{Recording: r.Microsoft, How: how})
	s.await(AwaitRecording, AwaitedRecording)
}

// stopRecording ends a recording, as far as it has begun.
func (s *step) stopRecording(r *Recording) {
	switch {
	case r.State == RecordingAnnouncing:
		s.endRecording(r, Outcome{Class: ClassCancelled})
	case r.Microsoft == "": // on its way, under a name that we do not know yet
		r.Unwanted = true
	default:
		s.changeRecording(r, RecordingStopping)
	}
}

// record moves a recording to a state, and opens and closes its spans.
func (s *step) record(r *Recording, to RecordingState) {
	records := to == RecordingActive || to == RecordingPausing
	if n := len(r.Spans); n > 0 && r.Spans[n-1].To.IsZero() {
		if !records && to != RecordingStopping {
			r.Spans = slices.Clone(r.Spans)
			r.Spans[n-1].To = s.at
		}
	} else if records {
		r.Spans = append(slices.Clip(r.Spans), Span{From: s.at})
	}
	if (records || to == RecordingPaused) && r.StartedAt.IsZero() {
		r.StartedAt = s.at
	}
	r.State, r.ChangedAt, r.Op, r.Look = to, s.at, "", ""
	s.settle(AwaitRecording)
}

// endRecording is the end of one that may have begun.
func (s *step) endRecording(r *Recording, o Outcome) {
	to := RecordingEnded
	if r.StartedAt.IsZero() && o.Class != ClassCancelled && !r.Unwanted {
		to = RecordingFailed
	}
	s.record(r, to)
	r.Outcome, r.EndedAt = o, s.at
}

// announced goes on when the announcement is over: whoever did not hear it whole
// is not recorded.
func (s *step) announced(o OperationRecord) {
	r := s.c.recording()
	switch {
	case r == nil || r.State != RecordingAnnouncing || r.Announces != o.Op:
	case o.State == OperationDone && s.c.Connection.State == ConnectionIsUp:
		s.startRecording(r)
	default:
		why := o.Outcome
		if why.Class == ClassEnded || why.Class == "" {
			why.Class = ClassUnknown
		}
		s.record(r, RecordingFailed)
		r.Outcome, r.EndedAt = why, s.at
	}
}

// onRecordingStarted takes the answer to the start.
func (s *step) onRecordingStarted(e RecordingStarted) bool {
	r := s.c.recording()
	if r == nil || e.Op == "" || r.Op != e.Op || r.State != RecordingStarting {
		return false
	}
	r.Op = ""
	s.nameRecording(r, e.Recording)
	return true
}

// nameRecording gives a recording that starts the id it has at Microsoft.
func (s *step) nameRecording(r *Recording, id string) {
	r.Microsoft, r.ChangedAt = id, s.at
	switch {
	case r.Unwanted:
		s.changeRecording(r, RecordingStopping)
	case r.Paused: // nobody tells that it is paused now: the first "inactive" is of every recording
		s.record(r, RecordingPaused)
	default:
		s.await(AwaitRecording, AwaitedRecording)
	}
}

// onRecordingChanged takes what an event says of a recording's state.
func (s *step) onRecordingChanged(e RecordingChanged) bool {
	i := slices.IndexFunc(s.c.Recordings, func(r Recording) bool { return r.Microsoft == e.Recording })
	if e.Recording == "" {
		return false
	}
	if i < 0 {
		return s.onRecordingUnnamed(e)
	}
	r := &s.c.Recordings[i]
	switch {
	case r.State == RecordingStarting && e.Active:
		s.record(r, RecordingActive)
		return true
	case e.Active && r.State == RecordingPaused, !e.Active && r.State == RecordingActive: // late, or true
		return s.lookRecording()
	}
	return false
}

// onRecordingUnnamed takes the event of a recording that we do not know: the one
// whose start was not answered, and which may not be wanted any more.
func (s *step) onRecordingUnnamed(e RecordingChanged) bool {
	r := s.c.recording()
	if r == nil || r.Microsoft != "" {
		return false
	}
	switch {
	case r.State == RecordingStarting:
		s.nameRecording(r, e.Recording)
		if e.Active && r.State == RecordingStarting {
			s.record(r, RecordingActive)
		}
		return true
	case r.Over() && r.Outcome.Class == ClassTimeout && s.c.Ending == nil:
		r.Microsoft, r.EndedAt, r.Unwanted = e.Recording, time.Time{}, true
		s.changeRecording(r, RecordingStopping)
		return true
	}
	return false
}

// onRecordingDone takes the answer to a change: it is as asked.
func (s *step) onRecordingDone(e RecordingDone) bool {
	r := s.c.recording()
	if r == nil || e.Op == "" || r.Op != e.Op {
		return false
	}
	s.recordingIs(r)
	return true
}

// recordingIs takes what was asked for as done.
func (s *step) recordingIs(r *Recording) {
	switch r.State {
	case RecordingPausing:
		s.record(r, RecordingPaused)
	case RecordingResuming:
		s.record(r, RecordingActive)
	case RecordingStopping:
		s.endRecording(r, Outcome{Class: ClassEnded})
	}
}

// onRecordingNotStarted takes the event that tells that none will begin.
func (s *step) onRecordingNotStarted(e RecordingNotStarted) bool {
	r := s.c.recording()
	if r == nil || r.State != RecordingStarting || r.Microsoft != "" && r.Microsoft != e.Recording {
		return false
	}
	s.endRecording(r, e.Outcome)
	return true
}

// lookRecording asks how the recording stands, if there is one to ask about.
func (s *step) lookRecording() bool {
	r := s.c.recording()
	if r == nil || r.Over() || r.Microsoft == "" {
		return false
	}
	r.Look = s.ask(LookRecording{Recording: r.Microsoft})
	return true
}

// onRecordingObserved takes what a look showed, unless something was asked since.
func (s *step) onRecordingObserved(e RecordingObserved) bool {
	r := s.c.recording()
	if r == nil || e.Op == "" || r.Look != e.Op || r.Over() {
		return false
	}
	r.Look = ""
	active := e.Seen == RecordingSeenActive
	switch {
	case e.Seen == RecordingSeenGone:
		s.endRecording(r, Outcome{Class: ClassGone})
	case r.State == RecordingStarting && active, r.State == RecordingPaused && active:
		s.record(r, RecordingActive)
	case r.State == RecordingActive && !active:
		s.record(r, RecordingPaused)
	case r.State == RecordingStarting: // "inactive" is what it is before it begins
		s.notBegun(r)
	case r.State == RecordingActive || r.State == RecordingPaused: // as believed
	case r.Op != "": // the answer to the request is still to come
	case r.State == RecordingPausing && !active, r.State == RecordingResuming && active:
		s.recordingIs(r)
	case r.State == RecordingStopping || r.Tries < maxTries:
		if s.c.Phase != Ending {
			s.changeRecording(r, r.State)
		}
	case active:
		s.record(r, RecordingActive)
	default:
		s.record(r, RecordingPaused)
	}
	return true
}

// notBegun gives up on what does not begin.
func (s *step) notBegun(r *Recording) {
	if r.Tries++; r.Tries < maxStartLooks {
		s.await(AwaitRecording, AwaitedRecording)
		return
	}
	r.Unwanted = true
	s.changeRecording(r, RecordingStopping)
}

// onRecordFailed: a request about the recording was refused, or not answered.
func (s *step) onRecordFailed(e ActionFailed) bool {
	r := s.c.recording()
	if r == nil || e.Op == "" {
		return false
	}
	if r.Look == e.Op {
		r.Look = ""
		return true // the deadline looks again
	}
	if r.Op != e.Op {
		return false
	}
	r.Op = ""
	switch {
	case r.State == RecordingStarting && e.Unsure: // its first event names it
	case r.State == RecordingStarting && r.Microsoft == "", e.Outcome.Class == ClassGone:
		s.endRecording(r, e.Outcome)
	default:
		r.Outcome = e.Outcome
		s.lookRecording()
	}
	return true
}

// recordingOverdue: nobody told what became of the request.
func (s *step) recordingOverdue() {
	r := s.c.recording()
	if r == nil || r.Over() {
		return
	}
	if s.lookRecording() {
		s.await(AwaitRecording, AwaitedRecording)
		return
	}
	s.endRecording(r, Outcome{Class: ClassTimeout, Message: "Microsoft did not say whether it began"})
}

// leaveRecording stops what the call records before it lets go of the connection.
func (s *step) leaveRecording() {
	switch r := s.c.recording(); {
	case r == nil || r.Over():
	case !s.c.Connection.Live():
		s.endRecordings()
	case r.State != RecordingStopping:
		s.stopRecording(r)
	}
}

// endRecordings: nothing is recorded without its call.
func (s *step) endRecordings() {
	if r := s.c.recording(); r != nil && !r.Over() {
		s.endRecording(r, Outcome{Class: ClassEnded})
	}
}
