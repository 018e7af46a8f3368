package voice

import (
	"strings"
	"time"

	"tandem/internal/simulator/events"
)

// Collector collects the digits of one recognize request. It is a pure machine:
// times are durations since the moment from which initial silence counts (the end
// of the prompt, or the first digit that interrupted it), and whoever has the
// clock calls [Collector.Tick] at [Collector.Next]. Set the exported fields before
// first use; they are those of the request (facts/call-automation.md §7).
type Collector struct {
	// Max is maxTonesToCollect; 0 is without limit.
	Max int
	// StopTones are digits: 0 to 9, A to D, * and #.
	StopTones string
	// InterTone is the longest pause after a digit; 0 waits for ever.
	InterTone time.Duration
	// InitialSilence is the longest wait for the first one; 0 waits for ever.
	InitialSilence time.Duration

	tones []byte
	last  time.Duration // of the last digit
	ended bool
}

// Digit takes a digit at a time and reports whether it, or a pause before it,
// ended the collection, and how: 200/8531 all tones, 200/8514 stop tone,
// 400/8510 initial silence, 400/8532 pause between digits. Digits after the end
// are ignored.
func (c *Collector) Digit(at time.Duration, digit byte) (events.Result, bool) {
	if r, over := c.Tick(at); over || c.ended {
		return r, over
	}
	// Whether tones[] contains the stop tone is not documented; here it does not [?].
	if strings.IndexByte(c.StopTones, digit) >= 0 {
		return c.end(StopTone)
	}
	c.tones = append(c.tones, digit)
	c.last = at
	if c.Max > 0 && len(c.tones) == c.Max {
		return c.end(MaxTones)
	}
	return events.Result{}, false
}

// Tick reports whether the time has run out, and how; once.
func (c *Collector) Tick(at time.Duration) (events.Result, bool) {
	due, waiting := c.Next()
	if !waiting || at < due {
		return events.Result{}, false
	}
	if len(c.tones) == 0 {
		return c.end(InitialSilence)
	}
	return c.end(InterToneTimeout)
}

// Next is when time runs out; false if nothing is waited for.
func (c *Collector) Next() (time.Duration, bool) {
	switch {
	case c.ended:
		return 0, false
	case len(c.tones) > 0:
		return c.last + c.InterTone, c.InterTone > 0
	}
	return c.InitialSilence, c.InitialSilence > 0
}

// Tones are the digits collected so far.
func (c *Collector) Tones() string { return string(c.tones) }

func (c *Collector) end(r events.Result) (events.Result, bool) {
	c.ended = true
	return r, true
}

// toneNames are the digits by their names on the wire (facts/call-automation.md §7).
var toneNames = []struct {
	name  string
	digit byte
}{
	{"zero", '0'}, {"one", '1'}, {"two", '2'}, {"three", '3'}, {"four", '4'}, {"five", '5'}, {"six", '6'}, {"seven", '7'},
	{"eight", '8'}, {"nine", '9'}, {"a", 'A'}, {"b", 'B'}, {"c", 'C'}, {"d", 'D'}, {"pound", '#'}, {"asterisk", '*'},
}

// ToneDigit is the digit of a tone's name on the wire, in any case.
func ToneDigit(name string) (digit byte, ok bool) {
	for _, t := range toneNames {
		if strings.EqualFold(t.name, name) {
			return t.digit, true
		}
	}
	return 0, false
}

// ToneName is the name on the wire of a digit; empty if it is none.
func ToneName(digit byte) string {
	for _, t := range toneNames {
		if t.digit == digit {
			return t.name
		}
	}
	return ""
}
