package powershell

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"tandem/internal/simulator/teams"
)

// Error is what is wrong with a script, in PowerShell's words, and where.
type Error struct {
	Line int
	Text string

	who   string // the cmdlet, or the kind of error
	where span
	ended bool   // the script has, or does
	as    string // -ErrorAction, if given
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// problem is an Error that located is to place.
func problem(format string, args ...any) error { return &Error{Text: fmt.Sprintf(format, args...)} }

// located makes an error an *Error of that place, unless it has one.
func located(err error, who string, where span) error {
	if err == nil {
		return nil
	}
	e := (*Error)(nil)
	if !errors.As(err, &e) {
		e = &Error{Text: err.Error()}
	}
	if e.who == "" {
		e.who, e.where = who, where
	}
	return e
}

// Scripts that do or print more are stopped.
const (
	maxSteps = 10_000
	maxOut   = 1 << 20
)

// Run runs a script for an administrator of a tenant of the directory and returns
// what it printed, errors too. The error is the first one, an *Error, whether or
// not it ended the script; what was changed stays changed.
func Run(ctx context.Context, d *teams.Directory, tenant, script string) (string, error) {
	p := &parser{text: []rune(strings.ReplaceAll(script, "\r\n", "\n"))}
	do := p.body(eof, "")
	r := &runner{ctx: ctx, directory: d, tenant: strings.ToLower(tenant), script: p.text, variables: maps.Clone(constants)}
	r.variables["erroractionpreference"] = "Continue"
	r.emit = r.print
	if p.err != nil {
		r.report(p.err)
	} else {
		_ = r.run(do) // reported
	}
	if r.first != nil {
		return r.out.String(), r.first
	}
	return r.out.String(), nil
}

type runner struct {
	ctx       context.Context
	directory *teams.Directory
	tenant    string
	script    []rune
	connected bool
	steps     int
	variables map[string]any // by name in lower case
	emit      func(list)     // takes what statements leave over
	out       strings.Builder
	first     *Error
}

// run runs statements. An error ends the one that it is in, and all if the
// preference says so.
func (r *runner) run(do body) error {
	for _, statement := range do {
		err := statement(r)
		if r.steps++; r.steps > maxSteps || r.out.Len() > maxOut || r.ctx.Err() != nil {
			err = &Error{Text: "The pipeline has been stopped.", who: "OperationStopped", as: "stop"}
		}
		if e := (*Error)(nil); errors.As(err, &e) && !r.goesOn(e) {
			return e
		}
	}
	return nil
}

// goesOn tells of an error, and whether the next statement is to run.
func (r *runner) goesOn(e *Error) bool {
	if e.ended {
		return false
	}
	if e.as == "" {
		e.as = show(r.variables["erroractionpreference"])
	}
	switch strings.ToLower(e.as) {
	case "silentlycontinue", "ignore":
		return true
	case "stop":
		e.ended = true
	}
	r.report(e)
	return !e.ended
}

// report prints an error as PowerShell 7 does (ErrorView is ConciseView): the
// cmdlet, the line with what is wrong underlined, the text.
func (r *runner) report(e *Error) {
	start := min(e.where.from, len(r.script))
	stop := start
	e.Line = 1
	for i, c := range r.script[:start] {
		if c == '\n' && i < len(r.script)-1 { // what is missing at the end is missing in the last line
			e.Line++
		}
	}
	for start > 0 && r.script[start-1] != '\n' {
		start--
	}
	for stop < len(r.script) && r.script[stop] != '\n' {
		stop++
	}
	if r.first == nil {
		r.first = e
	}
	from := min(e.where.from, stop)
	indent := strings.Map(func(c rune) rune {
		if c == '\t' {
			return c
		}
		return ' '
	}, string(r.script[start:from]))
	fmt.Fprintf(&r.out, "%s:\nLine |\n%4d |  %s\n     |  %s%s\n", e.who, e.Line, string(r.script[start:stop]), indent, strings.Repeat("~", max(1, min(e.where.to, stop)-from)))
	fmt.Fprintf(&r.out, "     | %s\n", strings.ReplaceAll(e.Text, "\n", "\n     | "))
}

// collect runs statements for what they leave over.
func (r *runner) collect(do body) (list, error) {
	outer, out := r.emit, list{}
	r.emit = func(values list) {
		if len(out) <= maxItems {
			out = append(out, values...)
		}
	}
	defer func() { r.emit = outer }()
	err := r.run(do)
	if err == nil && len(out) > maxItems {
		err = problem(tooMuch)
	}
	return out, err
}

// print writes what a statement leaves over, objects as lists.
func (r *runner) print(values list) {
	for i, v := range values {
		switch o := v.(type) {
		case nil, nothing:
		case *object:
			r.out.WriteString(formatList(o, o.names))
			if i == len(values)-1 {
				r.out.WriteByte('\n')
			}
		default:
			fmt.Fprintln(&r.out, show(v))
		}
	}
}

// maxShown is $FormatEnumerationLimit.
const maxShown = 4

// formatList is Format-List of one object.
func formatList(o *object, names []string) string {
	var b strings.Builder
	width := 0
	for _, name := range names {
		width = max(width, len(name))
	}
	b.WriteByte('\n')
	for _, name := range names {
		value := o.values[strings.ToLower(name)]
		text := show(value)
		if all, isList := value.(list); isList {
			var shown []string
			for _, item := range all[:min(len(all), maxShown)] {
				shown = append(shown, within(item))
			}
			text = "{" + strings.Join(shown, ", ")
			if len(all) > maxShown {
				text += "…"
			}
			text += "}"
		}
		fmt.Fprintf(&b, "%-*s : %s\n", width, name, text)
	}
	return b.String()
}
