// Package delays is the register of the time that the real service takes where
// the simulator by itself takes none: what the recordings show and the
// documentation tells, switched on as a whole. All of it goes by the simulator's
// clock.
//
// How long Event Grid takes with an IncomingCall is told nowhere, so it is not
// here; the fault event.delay does that.
package delays

import (
	"fmt"
	"time"

	"tandem/internal/simulator/evidence"
)

// The settings of Parse.
const (
	None       = "none"
	Documented = "documented"
)

// The names of the delays.
const (
	Repeat         = "participants.repeat"
	Connect        = "connect.second"
	OthersEnd      = "end.others"
	AloneEnd       = "end.alone"
	Prepare        = "media.prepare"
	RecordingStart = "recording.start"
	RecordingFile  = "recording.file"
	Presence       = "presence.seen"
	Routing        = "sip.change"
	TrunkMove      = "sip.move"
)

// Delay is one time that something takes.
type Delay struct {
	Name   string
	Text   string
	Value  time.Duration
	Mark   evidence.Mark
	Source string // in shared/facts
}

// Table returns every delay. Where the sources give a range, Value is in its
// middle, or its end where Text says "up to".
func Table() []Delay {
	return []Delay{
		{
			Repeat, "ParticipantsUpdated comes again to every leg, with nothing changed, as long as three are in the call or a recording runs.",
			400 * time.Millisecond, evidence.Recorded, "observed-events.md §5.3, 0.36 to 0.63 s",
		},
		{
			Connect, "The second of CallConnected and the first ParticipantsUpdated of a leg follows up to this later.",
			110 * time.Millisecond, evidence.Recorded, "call-automation.md §11.4 #1, 0 to 110 ms",
		},
		{
			OthersEnd, "CallDisconnected of a removed leg after RemoveParticipantSucceeded, and of the other legs after the one that hung up.",
			60 * time.Millisecond, evidence.Recorded, "call-automation.md §11.4 #6; observed-events.md §6, within 0.1 s",
		},
		{
			AloneEnd, "CallDisconnected of a leg that was left alone.",
			400 * time.Millisecond, evidence.Recorded, "call-automation.md §11.4 #6",
		},
		{
			Prepare, "From the request until a file is heard, or found to be bad.",
			600 * time.Millisecond, evidence.Recorded, "recorded/acs-events: play-to-target 0.61 s, play-wrong-source 0.97 s, hold-unhold 0.41 s",
		},
		{
			RecordingStart, "From the inactive to the active of a recording that starts.",
			140 * time.Millisecond, evidence.Recorded, "observed-events.md §6, 70 to 140 ms",
		},
		{
			RecordingFile, "RecordingFileStatusUpdated after the end of a recording. Some minutes are documented; how many is inferred.",
			3 * time.Minute, evidence.Documented, "call-automation.md §10",
		},
		{
			Presence, "Until Graph shows what a user does. It lags by seconds to minutes; how long is inferred.",
			10 * time.Second, evidence.Inferred, "entra-graph-teams.md §2.2",
		},
		{
			Routing, "Until a change of trunks and voice routes is in force.",
			5 * time.Minute, evidence.Documented, "direct-routing.md §1.5",
		},
		{
			TrunkMove, "Until the calls of a trunk are those of another resource.",
			time.Hour, evidence.Documented, "direct-routing.md §1.5",
		},
	}
}

// Evidence returns the delays as rows of the register.
func Evidence() []evidence.Behaviour {
	list := make([]evidence.Behaviour, 0, len(Table()))
	for _, d := range Table() {
		list = append(list, evidence.Behaviour{
			Area: "Delays (--delays documented)", Name: d.Name, Text: d.Value.String() + ": " + d.Text, Mark: d.Mark, Source: d.Source,
		})
	}
	return list
}

// Plan is how long things take, by name; a nil Plan has no delays.
type Plan map[string]time.Duration

// Parse reads a setting: "none" or "" for no delays, "documented" for all of
// Table. Anything else is an error that names these.
func Parse(setting string) (Plan, error) {
	switch setting {
	case "", None:
		return nil, nil
	case Documented:
		p := Plan{}
		for _, d := range Table() {
			p[d.Name] = d.Value
		}
		return p, nil
	}
	return nil, fmt.Errorf("delays %q: want %s or %s", setting, None, Documented)
}
