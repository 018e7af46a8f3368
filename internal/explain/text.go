package explain

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// The ladder in plain text: a column a lane, an arrow a message, with its name in it.
const (
	laneGap = 27 // characters between two lanes: room for the longest name of a callback
	noteGap = 2
)

// titles of the lanes.
var titles = map[Lane]string{
	LaneProvider: "provider", LanePeer: "peer", LaneTandem: "Tandem", LaneMicrosoft: "Microsoft SIP", LaneCalls: "Call Automation",
}

// Text writes the explanation for people without a browser: the verdict, the ladder, the
// figures of sound and what is missing. Times are UTC, and seconds since the first line.
func (x Explanation) Text(out io.Writer) error {
	w := bufio.NewWriter(out)
	_, _ = fmt.Fprintf(w, "Call %s\nStarted %s\n\n", x.Call.ID, x.Call.ID.StartedAt().Format(time.RFC3339Nano))
	if v := x.Verdict; v == nil {
		_, _ = fmt.Fprintf(w, "Not over: the call is %s.\n", x.Call.Phase)
	} else {
		_, _ = fmt.Fprintf(w, "%s\nFault: %s\n", v.What, v.Fault)
		if v.Do != "" {
			_, _ = fmt.Fprintf(w, "To do: %s\n", v.Do)
		}
		if v.Codes != "" {
			_, _ = fmt.Fprintf(w, "Codes: %s\n", v.Codes)
		}
		if !v.Known {
			_, _ = fmt.Fprintln(w, "These codes are not in the table of endings: what is said is general.")
		}
	}
	_, _ = fmt.Fprintln(w)
	x.ladder(w)
	if figures := x.Figures(); len(figures) > 0 {
		_, _ = fmt.Fprintln(w, "\nSound, as each leg ended")
		for _, f := range figures {
			m := f.Media
			_, _ = fmt.Fprintf(w, "  %-8s in %d, out %d, lost %d, lost there %d, jitter %d ms, round trip %d ms, MOS %.2f\n",
				f.Leg, m.PacketsIn, m.PacketsOut, m.Lost, m.LostThere, m.JitterMS, m.RTTMS, m.MOS)
		}
	}
	x.soundOverTime(w)
	x.messages(w)
	if len(x.Missing) > 0 {
		_, _ = fmt.Fprintln(w, "\nNot in here")
		for _, g := range x.Missing {
			_, _ = fmt.Fprintf(w, "  %s: %s\n", g.Code, g.Why)
		}
	}
	return w.Flush() // keeps the first error of all
}

// soundOverTime writes a table for each end of a leg.
func (x Explanation) soundOverTime(w io.Writer) {
	for _, t := range x.Traces {
		if len(t.Sound) == 0 {
			continue
		}
		_, _ = fmt.Fprintf(w, "\nSound over time, %s, from %s\n  %-12s %8s %6s %10s %9s %9s %5s\n", t.Leg, titles[laneOf(t.End)], "until", "packets", "lost", "lost there", "jitter ms", "trip ms", "MOS")
		for _, p := range t.Sound {
			_, _ = fmt.Fprintf(w, "  %-12s %8d %6d %10d %9d %9d %5.2f\n", p.At.UTC().Format("15:04:05.000"), p.Packets, p.Lost, p.LostThere, p.JitterMS, p.RTTMS, p.MOS)
		}
	}
}

// messages writes those of SIP as they were.
func (x Explanation) messages(w io.Writer) {
	first := true
	for _, l := range x.Lines {
		m := l.Message
		if m == nil {
			continue
		}
		if first {
			_, _ = fmt.Fprintln(w, "\nSIP messages, without keys and answers to challenges")
			first = false
		}
		way := "from"
		if m.Sent {
			way = "to"
		}
		again := ""
		if m.Again {
			again = ", again"
		}
		_, _ = fmt.Fprintf(w, "\n--- %s %s %s %s by %s, %s%s\n%s\n", l.At.Format("15:04:05.000000"), way, titles[them(l)], m.Remote, m.Transport, l.Leg, again,
			strings.TrimRight(strings.ReplaceAll(m.Text, "\r\n", "\n"), "\n"))
	}
}

// them is the lane of a message that is not ours.
func them(l Line) Lane {
	if l.From == LaneTandem {
		return l.To
	}
	return l.From
}

// ladder writes the lanes that something happens in.
func (x Explanation) ladder(w io.Writer) {
	if len(x.Lines) == 0 {
		_, _ = fmt.Fprintln(w, "Nothing is kept of what happened.")
		return
	}
	place := map[Lane]int{}
	var head []rune
	for _, l := range Lanes() {
		if l != LaneTandem && !slices.ContainsFunc(x.Lines, func(k Line) bool { return k.From == l || k.To == l }) {
			continue
		}
		place[l] = len(place) * laneGap
		head = put(head, place[l], titles[l])
	}
	_, _ = fmt.Fprintf(w, "%-12s %9s  %s\n", "time", "seconds", string(head))
	first := x.Lines[0].At
	for _, l := range x.Lines {
		row := make([]rune, (len(place)-1)*laneGap+1)
		for i := range row {
			row[i] = ' '
		}
		for _, at := range place {
			row[at] = '│'
		}
		name := l.What
		if l.Failed {
			name = "✗ " + name
		}
		if l.From == l.To {
			row[place[l.From]] = '●'
			row = put(row, place[l.From]+noteGap, name+" ")
		} else {
			arrow(row, place[l.From], place[l.To], name)
		}
		_, _ = fmt.Fprintf(w, "%s %9.3f  %s%s\n", l.At.Format("15:04:05.000"), l.At.Sub(first).Seconds(), string(row), tail(l))
	}
}

// tail is what there is to say beside the arrow.
func tail(l Line) string {
	if len(l.Detail) == 0 {
		return ""
	}
	return "  " + strings.Join(l.Detail, "; ")
}

// arrow draws a message from one lane to another, its name in it.
func arrow(row []rune, from, to int, name string) {
	low, high := min(from, to), max(from, to)
	for i := low + 1; i < high; i++ {
		row[i] = '─'
	}
	if to > from {
		row[high-1] = '▶'
	} else {
		row[low+1] = '◀'
	}
	room := high - low - 3
	if utf8.RuneCountInString(name) > room {
		name = string([]rune(name)[:room-1]) + "…"
	}
	at := low + 1 + (high-low-1-utf8.RuneCountInString(name))/2
	copy(row[at:], []rune(name))
}

// put writes a text over a row from a place on, which grows if it must.
func put(row []rune, at int, text string) []rune {
	for len(row) < at {
		row = append(row, ' ')
	}
	runes := []rune(text)
	if end := at + len(runes); end > len(row) {
		row = append(row, make([]rune, end-len(row))...)
	}
	copy(row[at:], runes)
	return row
}
