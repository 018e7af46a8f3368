package dev_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"tandem/internal/dev"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
	"tandem/sip/siptest"
)

// TestGuesses: where nothing tells what Microsoft does, the simulator has a
// switch. The product behaves the same whatever the truth is: once with every
// switch at its default, once with every one flipped. Nor does it rest on
// Microsoft being as quick as a simulator.
func TestGuesses(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]dev.Options{"as believed": {}, "all flipped": {}, "with documented delays": {Delays: "documented"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flip := name == "all flipped"
			log := &journal{}
			o.LostAfter, o.Logger = 4*time.Second, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			f := &flows{log: log, stack: start(t, o)}
			f.centre = f.phone(t)
			if flip {
				f.control(t, "PUT", "/inferences", map[string]bool{"flip": true}, nil)
			}
			for _, g := range guesses {
				t.Run(g.name, func(t *testing.T) { f.guess(t, g, flip) })
			}
			t.Run("the caller gives up", f.givesUp)
			t.Run("the provider takes it back", f.takenBack)
			t.Run("a second agent", f.threesome)
		})
	}
}

// guess is one essential call and how it must be accounted for.
type guess struct {
	name   string
	people []teams.Change
	fault  faults.Fault // none without a knob
	// end ends a call that reaches somebody; nil: it reaches nobody.
	end      func(*flows, *testing.T, *siptest.Call, []dev.FileAgent)
	result   string
	reasons  []string // and the one when all is flipped, if that must differ
	outcomes []string // of the attempts; nil: one of any kind
	statuses []int    // that a customer is told who reaches nobody, as reasons
}

// either picks what holds for this setting of the switches.
func either[T any](values []T, flipped bool) T {
	if flipped {
		return values[len(values)-1]
	}
	return values[0]
}

func (f *flows) guess(t *testing.T, g guess, flipped bool) {
	agents := f.cast(t, g.people...)
	if g.fault.Knob != "" {
		f.fault(t, g.fault)
	}
	asked := f.request(t, agents)
	customer := f.place(t, asked.SIPURI)
	if g.end == nil {
		r := f.ended(t, asked.ID, soon)
		if no := refused(t, customer); no.Status != either(g.statuses, flipped) {
			t.Errorf("the customer got %d, want %d", no.Status, either(g.statuses, flipped))
		}
		f.account(t, g, r, flipped)
		return
	}
	f.connected(t, asked.ID, customer, soon)
	g.end(f, t, customer, agents)
	r := f.ended(t, asked.ID, soon)
	select {
	case <-customer.Ended():
	case <-time.After(soon):
		t.Error("the customer's phone still believes in the call")
	}
	f.account(t, g, r, flipped)
}

// account checks the record, and that nobody is left in a call or ringing.
func (f *flows) account(t *testing.T, g guess, r record, flipped bool) {
	t.Helper()
	r.check(t, g.result, either(g.reasons, flipped), "none")
	if got := r.outcomes(); len(got) == 0 || g.outcomes != nil && !slices.Equal(got, g.outcomes) {
		t.Errorf("outcomes %v, want %v", got, g.outcomes)
	}
	eventually(t, "nobody left in a call at Microsoft", soon, func() bool {
		return len(f.calls(t)) == 0 && !slices.ContainsFunc(f.Sim.Users().Users(), func(u teams.View) bool { return len(u.Calls)+len(u.Ringing) > 0 })
	})
}

func theCaller(_ *flows, t *testing.T, c *siptest.Call, _ []dev.FileAgent) {
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := c.Hangup(ctx); err != nil {
		t.Error(err)
	}
}

func theAgent(f *flows, t *testing.T, _ *siptest.Call, a []dev.FileAgent) {
	f.control(t, "POST", "/users/"+a[len(a)-1].OID+"/hangup", nil, nil)
}

var (
	accepts = does(teams.Accept)
	// Graph says nothing, so that a user is rung whatever his presence.
	blind = faults.Fault{Knob: faults.GraphStatus, Value: "500"}
)

func shows(availability string) teams.Change {
	return teams.Change{Presence: &teams.Presence{Availability: availability}}
}

var guesses = []guess{
	{
		name: "the caller hangs up", people: []teams.Change{accepts}, end: theCaller,
		result: "completed", reasons: []string{"caller_hung_up"}, outcomes: []string{"ended"},
	},
	{
		name: "the agent hangs up", people: []teams.Change{accepts}, end: theAgent,
		result: "completed", reasons: []string{"agent_hung_up"}, outcomes: []string{"ended"},
	},
	{
		name: "the second takes it", people: []teams.Change{does(teams.Decline), accepts}, end: theCaller,
		result: "completed", reasons: []string{"caller_hung_up"}, outcomes: []string{"declined", "ended"},
	},
	{
		name: "declined", people: []teams.Change{does(teams.Decline)},
		result: "unanswered", reasons: []string{"declined"}, outcomes: []string{"declined"}, statuses: []int{603},
	},
	{
		name: "no answer", people: []teams.Change{does(teams.Never)},
		result: "unanswered", reasons: []string{"no_answer"}, outcomes: []string{"no_answer"}, statuses: []int{480},
	},
	// Flipped, a busy user is told by the code of one who is nowhere, and one who
	// does not want to be disturbed by that of one who declines: the customer
	// reaches nobody all the same.
	{
		name: "busy", people: []teams.Change{shows("Busy")}, fault: blind,
		result: "unanswered", reasons: []string{"busy", "agent_unavailable"}, statuses: []int{486, 480},
	},
	{
		name: "do not disturb", people: []teams.Change{shows("DoNotDisturb")}, fault: blind,
		result: "unanswered", reasons: []string{"agent_unavailable", "declined"}, statuses: []int{480, 603},
	},
	{
		name: "a callback is lost", people: []teams.Change{accepts}, end: theCaller,
		fault:  faults.Fault{Knob: faults.EventLose, Scope: "AddParticipantSucceeded"},
		result: "completed", reasons: []string{"caller_hung_up"}, outcomes: []string{"ended"},
	},
	// The product refuses the token once; whether the callback comes again is a guess.
	{
		name: "a callback is not taken", people: []teams.Change{accepts}, end: theCaller,
		fault:  faults.Fault{Knob: faults.TokenExpired, Scope: "AddParticipantSucceeded", Times: 1},
		result: "completed", reasons: []string{"caller_hung_up"}, outcomes: []string{"ended"},
	},
	{
		name: "a refusal is told twice", people: []teams.Change{does(teams.Decline), accepts}, end: theAgent,
		fault:  faults.Fault{Knob: faults.EventDuplicate},
		result: "completed", reasons: []string{"agent_hung_up"}, outcomes: []string{"declined", "ended"},
	},
}
