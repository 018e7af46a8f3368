package events

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"tandem/internal/simulator/faults"
)

// Event Grid's limits of the retry policy, which are its defaults too [D].
const (
	maxAttempts = 30
	maxLifetime = 24 * time.Hour
)

// keptDead is how many dead letters a Grid keeps; the oldest go first.
const keptDead = 1000

// schedule is how long Event Grid waits after the first failed attempt, the
// second and so on; after its end, 12 hours each time [D]. The service adds a
// little chance and may skip attempts at an endpoint that keeps failing; the
// simulator does not, so that a run repeats.
var schedule = []time.Duration{
	10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 3 * time.Hour, 6 * time.Hour,
}

// pause is how long Event Grid waits after the nth attempt, which was answered
// with status: after 408 two minutes at least, after 503 half a minute [D].
func pause(n, status int) time.Duration {
	d := 12 * time.Hour
	if n <= len(schedule) {
		d = schedule[n-1]
	}
	switch status {
	case http.StatusRequestTimeout:
		return max(d, 2*time.Minute)
	case http.StatusServiceUnavailable:
		return max(d, 30*time.Second)
	}
	return d
}

// hopeless are the statuses of a webhook after which nothing is tried again.
// The documentation lists the first three always, 403 in its newer editions [D].
var hopeless = []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusRequestEntityTooLarge, http.StatusForbidden}

// Reasons of dead letters. The first is documented; the words of the other two
// are inferred [?].
const (
	MaxDeliveryAttemptsExceeded = "MaxDeliveryAttemptsExceeded"
	TimeToLiveExceeded          = "TimeToLiveExceeded"
	NotRetriable                = "NotRetriable"
)

// DeadLetter is an event that was given up. The service drops it, or stores it
// five minutes later where the subscription has a place for it; the simulator
// keeps all of them and at once.
type DeadLetter struct {
	Subscription string `json:"subscription"`
	Topic        string `json:"topic"`
	// Event is the type without prefix.
	Event  string `json:"event"`
	ID     string `json:"id"`
	Reason string `json:"deadLetterReason"`
	// Attempts is how many there were.
	Attempts int `json:"deliveryAttempts"`
	// Outcome of the last attempt: BadRequest, Unauthorized, Forbidden, NotFound,
	// PayloadTooLarge, Busy, TimedOut, Aborted (no connection), else GenericError.
	Outcome string `json:"lastDeliveryOutcome"`
	// Status of the last attempt; 0 when nothing answered.
	Status int `json:"lastHttpStatusCode,omitempty"`
	// Published and Last, the time of the last attempt, are the simulator's time.
	Published time.Time `json:"publishTime"`
	Last      time.Time `json:"lastDeliveryAttemptTime"`
	// Body is what was sent.
	Body string `json:"body"`
}

// DeadLetters returns the events that were given up, oldest first.
func (g *Grid) DeadLetters() []DeadLetter {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.dead)
}

// ClearDeadLetters forgets the events that were given up.
func (g *Grid) ClearDeadLetters() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dead = nil
}

func (g *Grid) bury(d DeadLetter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dead = append(g.dead, d)
	if len(g.dead) > keptDead {
		g.dead = slices.Delete(g.dead, 0, len(g.dead)-keptDead)
	}
}

// delivery is one event on its way to one subscription.
type delivery struct {
	grid *Grid
	sub  Subscription
	name string
	id   string
	body []byte
	born time.Time
}

// attempt sends the event for the nth time, due at that time of the simulator's
// clock, and sees to what follows from the answer. Only 200 to 204 are taken for
// success [D]. Times follow from due and not from the clock, so that a clock
// that is pushed forward by a day at once plays the whole schedule.
func (d delivery) attempt(n int, due time.Time) {
	s := d.grid.sender
	began := time.Now()
	var r reply
	var err error
	if _, struck := s.Faults.Take(faults.GridLose, d.name); struck {
		err = context.DeadlineExceeded
	} else {
		r, err = send(s.ctx, s.Client, gridTimeout, http.MethodPost, d.sub.URL, d.sub.header("Notification", d.id, n-1), d.body)
	}
	if err == nil && r.status >= 200 && r.status <= 204 || s.ctx.Err() != nil {
		return
	}
	giveUp := func(reason string) {
		s.Logger.Warn("event given up", "event", d.name, "subscription", d.sub.Name, "reason", reason, "attempts", n, "status", r.status, "error", err)
		d.grid.bury(DeadLetter{
			Subscription: d.sub.Name, Topic: d.sub.Topic, Event: d.name, ID: d.id, Reason: reason, Attempts: n,
			Outcome: outcome(r.status, err), Status: r.status, Published: d.born, Last: due, Body: string(d.body),
		})
	}
	switch {
	case slices.Contains(hopeless, r.status):
		giveUp(NotRetriable)
	case n >= d.sub.Attempts:
		giveUp(MaxDeliveryAttemptsExceeded)
	default:
		// Whether the event has outlived itself is looked at when the next
		// attempt is due, not before [D].
		next := due.Add(time.Since(began)).Add(pause(n, r.status))
		s.Clock.AfterFunc(next.Sub(s.Clock.Now()), func() {
			if next.Sub(d.born) > d.sub.Lifetime {
				giveUp(TimeToLiveExceeded)
				return
			}
			d.attempt(n+1, next)
		})
	}
}

// outcome is Event Grid's word for how an attempt ended.
func outcome(status int, err error) string {
	switch status {
	case 0:
		if errors.Is(err, context.DeadlineExceeded) {
			return "TimedOut"
		}
		return "Aborted"
	case http.StatusBadRequest:
		return "BadRequest"
	case http.StatusUnauthorized:
		return "Unauthorized"
	case http.StatusForbidden:
		return "Forbidden"
	case http.StatusNotFound:
		return "NotFound"
	case http.StatusRequestEntityTooLarge:
		return "PayloadTooLarge"
	case http.StatusRequestTimeout:
		return "TimedOut"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return "Busy"
	}
	return "GenericError"
}
