package trunk

import "time"

// Hold says for how long a verdict has to last until it is believed, so that what flaps does
// not have people woken by each change.
type Hold struct{ Worse, Better time.Duration }

// HoldDown is what is used: one OPTIONS of a minute may be lost, two are a sign; and
// Microsoft itself counts three minutes (facts/direct-routing.md §5.3).
var HoldDown = Hold{Worse: 90 * time.Second, Better: 3 * time.Minute}

// Held is the condition that is believed. The zero value believes nothing: that all is well it
// takes at once, and anything else when it lasts, for a trunk is registered minutes after its
// node has begun.
type Held struct {
	Condition Condition `json:"condition"`
	Reason    Reason    `json:"reason"`
	Since     time.Time `json:"since"`
	// What verdicts say since another moment, and is not believed yet.
	Next      Verdict   `json:"next,omitzero"`
	NextSince time.Time `json:"next_since,omitzero"`
}

// Take takes a verdict of a moment. While verdicts differ from what is believed but not in
// the same way, they agree at least on the mildest of them. One that knows nothing changes
// nothing.
func (h Held) Take(v Verdict, at time.Time, hold Hold) Held {
	if h.Condition == "" {
		h = Held{Condition: Unknown, Reason: v.Reason, Since: at}
	}
	switch {
	case v.Condition == Unknown:
		return h
	case h.Condition == Unknown && v.Condition == Up:
		return Held{Condition: Up, Since: at}
	case h.Condition == Unknown:
		h.Reason = Reason{"not_sure", "nothing has been seen for long enough yet: " + v.Reason.Found, "wait a minute; if it stays so: " + v.Reason.Cure}
	case v.Condition == h.Condition:
		h.Reason, h.Next, h.NextSince = v.Reason, Verdict{}, time.Time{}
		return h
	}
	worse := v.Condition.Worse(h.Condition)
	switch {
	case h.NextSince.IsZero() || h.Next.Condition.Worse(h.Condition) != worse:
		h.Next, h.NextSince = v, at
	case v.Condition == h.Next.Condition || h.Next.Condition.Worse(v.Condition) == worse:
		h.Next = v
	}
	wait := hold.Better
	if worse {
		wait = hold.Worse
	}
	if at.Sub(h.NextSince) < wait {
		return h
	}
	return Held{Condition: h.Next.Condition, Reason: h.Next.Reason, Since: at}
}
