package call

import (
	"fmt"
	"slices"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// A recording is made by Microsoft, of all that is heard in the connection, and
// announced by a banner on every Teams screen. A call has one at a time, and may
// have several in turn.
//
//	announcing ──said──▶ starting ──active──▶ recording ◀──resumed── resuming
//	     │                  │                  │     ▲                  ▲
//	     └──not said────────┴──refused──▶ failed  pausing ──paused──▶ paused
//
//	any of them ──stop──▶ stopping ──stopped──▶ ended
//
// What was asked for counts when Microsoft has answered, and never because an
// event of a state came: those arrive doubled and out of order, and the first one
// of a recording that begins says "inactive" (facts/observed-events.md §6). One
// that is not what is believed makes the call look, and what the look shows is
// true, unless something was asked for meanwhile.
//
// Pausing and resuming take no request id, so they are not repeated without a
// look: a caller who says his card number must be able to rely on "paused".
// Nothing is recorded before the announcement, if there is one, was heard by
// everybody. A recording whose start was not answered has no name; the first
// event that names it gives it one, and if nobody wants it any more, it is
// stopped. With its call, or when that is released, a recording ends.

// RecordingID names a recording: a UUID in lower case, chosen by who asks for it.
type RecordingID string

// ParseRecordingID checks the form of an id that came from outside.
func ParseRecordingID(s string) (RecordingID, error) {
	id, err := tenant.ParseID(s)
	if err != nil {
		return "", fmt.Errorf("%q is not a recording id (a UUID)", s)
	}
	return RecordingID(id), nil
}

// RecordingState is where a recording stands.
type RecordingState string

// The states.
const (
	RecordingAnnouncing RecordingState = "announcing" // what is to be said before it plays
	RecordingStarting   RecordingState = "starting"   // asked for; nothing is recorded, as far as is known
	RecordingActive     RecordingState = "recording"
	RecordingPausing    RecordingState = "pausing" // still recorded, as far as is known
	RecordingPaused     RecordingState = "paused"
	RecordingResuming   RecordingState = "resuming"
	RecordingStopping   RecordingState = "stopping"
	RecordingEnded      RecordingState = "ended"
	RecordingFailed     RecordingState = "failed" // never began
)

// RecordingFormat is what the file is.
type RecordingFormat string

// The formats of sound (facts/call-automation.md §10). Microsoft makes MP4 of
// video alone, which calls with telephones do not have.
const (
	WAV RecordingFormat = "wav"
	MP3 RecordingFormat = "mp3"
)

// RecordingChannels says whether speakers are kept apart.
type RecordingChannels string

// The channels.
const (
	Mixed   RecordingChannels = "mixed"
	Unmixed RecordingChannels = "unmixed" // WAV; each speaker in a channel of his own, five at most; the customer in the first
)

// RecordHow is what can be asked of a recording.
type RecordHow string

// What can be asked.
const (
	RecordStart  RecordHow = "start"
	RecordPause  RecordHow = "pause"
	RecordResume RecordHow = "resume"
	RecordStop   RecordHow = "stop"
)

// RecordingSeen is what Microsoft says of a recording that it is asked about.
type RecordingSeen string

// What it says.
const (
	RecordingSeenActive   RecordingSeen = "active"
	RecordingSeenInactive RecordingSeen = "inactive"
	RecordingSeenGone     RecordingSeen = "gone"
)

// Recording is one recording of a call.
type Recording struct {
	ID        RecordingID       `json:"id"`
	State     RecordingState    `json:"state"`
	Format    RecordingFormat   `json:"format"`
	Channels  RecordingChannels `json:"channels"`
	Paused    bool              `json:"paused,omitempty"`    // it begins paused
	Announces string            `json:"announces,omitempty"` // the operation that plays the announcement
	Microsoft string            `json:"microsoft,omitempty"` // its id there, opaque
	Op        string            `json:"op,omitempty"`        // the request under way
	Look      string            `json:"look,omitempty"`      // the look under way whose answer still counts
	Tries     int               `json:"tries,omitempty"`     // of the same request; looks while it starts
	Unwanted  bool              `json:"unwanted,omitempty"`  // to be stopped as soon as it has a name
	Spans     []Span            `json:"spans,omitempty"`     // when it recorded
	Outcome   Outcome           `json:"outcome,omitzero"`
	AskedAt   time.Time         `json:"asked_at"`
	StartedAt time.Time         `json:"started_at,omitzero"` // there is a file from here on, perhaps an empty one
	ChangedAt time.Time         `json:"changed_at"`          // of state, or of what it is called
	EndedAt   time.Time         `json:"ended_at,omitzero"`
}

// Span is a time in which a call was recorded.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"` // zero: until now
}

// Over reports whether nothing more is expected of the recording.
func (r Recording) Over() bool { return r.State == RecordingEnded || r.State == RecordingFailed }

// Recorded is how long it recorded, without its pauses, seen at a moment.
func (r Recording) Recorded(at time.Time) (d time.Duration) {
	for _, s := range r.Spans {
		if s.To.IsZero() {
			s.To = at
		}
		d += s.To.Sub(s.From)
	}
	return d
}

const (
	maxRecordings = 20 // of one call
	maxTries      = 3  // of a pause that Microsoft does not do
	// maxStartLooks times AwaitedRecording is how long Microsoft may take to begin.
	maxStartLooks = 4
	// AwaitedRecording is how long a change may take until the call looks.
	AwaitedRecording = 15 * time.Second
)

// AwaitRecording is the name of a deadline: a change of the recording.
const AwaitRecording = "recording"

// recording is the newest one; nil if there was none.
func (c *Call) recording() *Recording {
	if len(c.Recordings) == 0 {
		return nil
	}
	return &c.Recordings[len(c.Recordings)-1]
}

// permitRecord says what stands against a command about the recording.
func (c Call) permitRecord(e RecordAsked) error {
	r := c.recording()
	if e.How == RecordStart {
		return c.permitRecordStart(e)
	}
	if r == nil || r.Over() {
		return fmt.Errorf("%w: it is not recorded", ErrRefused)
	}
	if e.ID != "" && e.ID != r.ID {
		return fmt.Errorf("%w: that recording is over", ErrRefused)
	}
	switch {
	case e.How == RecordPause && r.State == RecordingActive, e.How == RecordResume && r.State == RecordingPaused,
		e.How == RecordStop && r.State != RecordingStopping && !r.Unwanted:
		return nil
	case e.How == RecordPause || e.How == RecordResume || e.How == RecordStop:
		return fmt.Errorf("%w: the recording is %s", ErrRefused, r.State)
	}
	return fmt.Errorf("%w: nobody knows how to %q a recording", ErrRefused, string(e.How))
}

func (c Call) permitRecordStart(e RecordAsked) error {
	var mistakes fault.Problems
	if e.Check(&mistakes); mistakes.Err("", "") != nil {
		return fmt.Errorf("%w: it makes no sense: %w", ErrRefused, mistakes.Err("recording_invalid", "the recording is not valid"))
	}
	if c.Phase != Connected && !c.Treatable() {
		return fmt.Errorf("%w: a call is recorded when it is connected, this one is %s", ErrRefused, c.Phase)
	}
	if c.Connection.State != ConnectionIsUp {
		return fmt.Errorf("%w: its connection is %s", ErrRefused, c.Connection.State)
	}
	if c.transferring() != nil {
		return fmt.Errorf("%w: a transfer is under way", ErrRefused)
	}
	if able := Able(c.Plan.Connectivity, Record, Everybody); !able.Allowed() {
		return &NotAble{able}
	}
	if r := c.recording(); r != nil && !r.Over() {
		return fmt.Errorf("%w: its recording is %s already, and Microsoft makes one at a time (400/8559)", ErrRefused, r.State)
	}
	if slices.ContainsFunc(c.Recordings, func(r Recording) bool { return r.ID == e.ID }) {
		return fmt.Errorf("%w: recording %s was asked for already", ErrRefused, e.ID)
	}
	if len(c.Recordings) >= maxRecordings {
		return fmt.Errorf("%w: it was recorded %d times", ErrRefused, len(c.Recordings))
	}
	if len(e.Announcement) > 0 {
		return c.permitOperation(e.announcing())
	}
	return nil
}

// announcing is the operation that plays the announcement.
func (e RecordAsked) announcing() OperateAsked {
	return OperateAsked{ID: "recording-" + string(e.ID), Operation: Operation{Kind: Play, Sources: e.Announcement}}
}

// Check notes everything that is wrong with what is asked for by itself. Paths
// are those of the JSON members.
func (e RecordAsked) Check(p *fault.Problems) {
	if _, err := ParseRecordingID(string(e.ID)); err != nil {
		p.Add("id", "must be a UUID")
	}
	switch e.Format {
	case WAV, MP3:
	default:
		p.Add("format", "must be wav or mp3; Microsoft makes mp4 of video alone")
	}
	switch e.Channels {
	case Mixed:
	case Unmixed:
		if e.Format != WAV {
			p.Add("channels", "unmixed is for the format wav")
		}
	default:
		p.Add("channels", "must be mixed or unmixed")
	}
	if len(e.Announcement) > 0 {
		var sources fault.Problems
		checkSources(&sources, e.Announcement, 0, MaxSources)
		p.Under("announcement", sources.Err("sources_invalid", "the announcement is not valid"))
	}
}
