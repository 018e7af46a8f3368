package dev_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
)

// A badDay is weather that all examples are run in once more. Which event is struck
// follows from seeds and from the order in which the examples' calls come, so no two
// runs are the same; how a row ends does not depend on it.
type badDay struct {
	name   string
	faults []faults.Fault
	not    map[string]string // rows that cannot be meant on this day, and why
}

var badDays = []badDay{
	{
		name: "told twice, late, in disorder, and before the answer",
		faults: []faults.Fault{
			{Knob: faults.EventDuplicate},
			{Knob: faults.EventDelay, Value: "700ms", Seed: 1, Probability: 0.3},
			{Knob: faults.EventReorder, Seed: 2},
			{Knob: faults.EventBeforeResponse, Seed: 3},
		},
		not: withoutCallbacks,
	},
	{
		// Only what a look shows can get lost here. That a sound has ended, or what was
		// pressed, Microsoft tells once and cannot be asked: TestServiceLineOnBadDays loses those.
		name: "not told",
		faults: []faults.Fault{
			{Knob: faults.EventLose, Scope: events.AddParticipantSucceeded},
			{Knob: faults.EventLose, Scope: events.RemoveParticipantSucceeded},
			{Knob: faults.EventLose, Scope: events.CancelAddParticipantSucceeded},
			{Knob: faults.EventLose, Scope: events.CallTransferAccepted},
			{Knob: faults.EventLose, Scope: events.RecordingStateChanged, Seed: 4},
			{Knob: faults.EventLose, Scope: events.ParticipantsUpdated, Seed: 5, Probability: 0.3},
			{Knob: faults.EventLose, Scope: events.CallDisconnected, Seed: 6, Probability: 0.3},
			{Knob: faults.EventLose, Scope: events.CallConnected, Seed: 7, Probability: 0.1},
		},
		not: untold,
	},
}

// withoutCallbacks are rows in which Microsoft tells nothing.
var withoutCallbacks = map[string]string{
	"availability": "there is no call in it",
	"capabilities": "it only asks the table",
	"usage":        "it reads records",
	"flow":         "its caller presses a key at a time of his own, for which all else may be too late: see TestServiceLineOnBadDays",
	"bot":          "the caller interrupts it by his voice, which is for a machine with nothing else to do: see TestVirtualAgentOnBadDays",
}

// untold are those, and rows whose events must not get lost.
var untold = with(withoutCallbacks, map[string]string{
	"choices":   "what was chosen is told once",
	"dtmf":      "that the tones were sent is told once",
	"loop":      "that the music was cancelled is told once",
	"play":      "that it was played is told once",
	"recognize": "what was pressed is told once",
	// The customer is gone to somebody, which two events tell. If both get lost, a look
	// finds out, but later than an example waits. TestOperations loses the first.
	"flow-call": "both events of a transfer may get lost",
	"transfer":  "both events of a transfer may get lost",
})

func with(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// TestExamplesOnBadDays: every row of the examples ends as on a good day, and leaves
// nothing behind, when what Microsoft tells comes twice, late, in disorder or not at all.
func TestExamplesOnBadDays(t *testing.T) {
	t.Parallel()
	scripts, tandem := examples(t), tandemProgram(t)
	for _, day := range badDays {
		for row := range day.not {
			if !slices.ContainsFunc(scripts, func(path string) bool { return exampleName(path) == row }) {
				t.Errorf("%s: there is no row %s", day.name, row)
			}
		}
		t.Run(day.name, func(t *testing.T) {
			t.Parallel()
			s, dir := inDirectory(t)
			for _, x := range day.faults {
				if err := s.Sim.Faults().Set(x); err != nil {
					t.Fatal(err)
				}
			}
			rows := slices.DeleteFunc(slices.Clone(scripts), func(path string) bool { return day.not[exampleName(path)] != "" })
			s.examples(t, dir, tandem, rows, time.Minute, "LISTEN=no") // beside other tests, without the audio lock
			s.Sim.Faults().Reset()
			s.nothingLeft(t)
		})
	}
}
