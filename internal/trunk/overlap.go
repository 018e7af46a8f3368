package trunk

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

// Note is something about a routing that a person should know, although Microsoft takes it.
type Note struct {
	Code    string `json:"code"`
	Subject string `json:"subject"` // the route or trunk
	Text    string `json:"text"`    // names the cure where there is one
}

// Codes of notes.
const (
	NoteNotChecked  = "pattern_not_checked" // Go cannot read the pattern
	NoteNoTrunks    = "route_without_trunks"
	NoteMatchesNone = "route_matches_nothing"
	NoteNoPlus      = "route_without_plus" // matches numbers, but none that begins with +
	NoteOverlap     = "routes_overlap"
	NoteUnreachable = "route_unreachable"
	NoteTooMany     = "overlaps_not_all_checked"
	NoteUnused      = "trunk_unused"
	NoteDomain      = "domain_not_verified"
	NoteDisabled    = "trunk_disabled"
	NoteCertificate = "certificate_does_not_cover"
)

// overlapSteps is how many steps are made to compare the patterns of one routing.
// It is a second at most; the patterns of real routes need a few dozen a pair.
const overlapSteps = 4_000_000

// Notes tells what is odd about a routing: routes that overlap or are never reached, which
// is found out for all numbers of up to 15 digits and not by examples, and what a reader of
// the document would stumble over.
func (r Routing) Notes() []Note {
	var notes []Note
	say := func(code, subject, format string, args ...any) {
		notes = append(notes, Note{code, subject, fmt.Sprintf(format, args...)})
	}
	used := map[string]bool{}
	readable := make([]*pattern, len(r.Routes))
	budget := overlapSteps
	for i, route := range r.Routes {
		for _, fqdn := range route.Trunks {
			used[fqdn] = true
		}
		if len(route.Trunks) == 0 {
			say(NoteNoTrunks, route.Name, "route %q has no trunks: its numbers go to the next route that matches", route.Name)
		}
		p, err := readPattern(route.Pattern)
		if err != nil {
			say(NoteNotChecked, route.Name, "route %q: the pattern uses what only .NET can read, so it was not checked", route.Name)
			continue
		}
		switch alone := compare(p, p, &budget); {
		case alone.both == "" && alone.complete:
			say(NoteMatchesNone, route.Name, "route %q matches no number of up to 15 digits", route.Name)
			continue
		case alone.complete && !p.takesPlus(&budget):
			say(NoteNoPlus, route.Name, `route %q matches no number that begins with a plus sign, as those that Microsoft dials do: a plus sign is written \+`, route.Name)
		}
		readable[i] = p
	}
	for j := range r.Routes {
		for i := range j {
			if readable[i] != nil && readable[j] != nil {
				r.notePair(i, j, compare(readable[i], readable[j], &budget), say)
			}
		}
	}
	if budget <= 0 {
		say(NoteTooMany, "", "the patterns are so many or so large that not all were compared")
	}
	for _, t := range r.Trunks {
		if !used[t.FQDN] {
			say(NoteUnused, t.FQDN, "no route names trunk %s: it gets no calls from Microsoft", t.FQDN)
		}
	}
	return notes
}

// notePair tells how the later route j stands to route i.
func (r Routing) notePair(i, j int, c comparison, say func(code, subject, format string, args ...any)) {
	first, later := r.Routes[i], r.Routes[j]
	missing := slices.IndexFunc(later.Trunks, func(fqdn string) bool { return !slices.Contains(first.Trunks, fqdn) })
	switch {
	case c.both == "":
	case c.complete && c.onlySecond == "" && missing < 0 && len(first.Trunks) > 0:
		say(NoteUnreachable, later.Name, "route %q is never used: route %q comes first, matches all its numbers and has all its trunks", later.Name, first.Name)
	case c.complete && c.onlySecond == "" && len(first.Trunks) > 0:
		say(NoteOverlap, later.Name, "route %q is used only when every trunk of route %q has failed, which matches all its numbers", later.Name, first.Name)
	default:
		say(NoteOverlap, later.Name, "routes %q and %q both match numbers such as %s: %q is tried first", first.Name, later.Name, c.both, first.Name)
	}
}

// numberAlphabet is what numbers are made of, and longestNumber the most digits (E.164).
const (
	numberAlphabet = "+0123456789"
	longestNumber  = 15
)

// pattern is a regular expression as the automaton that it is. Its states are made when
// they are first come to: there are few of them for real patterns, and they are met again
// with every other route.
type pattern struct {
	prog   *syntax.Prog
	states []state // the first is where it begins
	known  map[string]int32
}

// state is where a pattern is after some characters.
type state struct {
	pcs     []uint32 // instructions from which the next character is read; sorted
	prev    rune     // the last character, '0' for any digit; -1 at the beginning
	matched bool     // already, whatever follows
	accepts bool     // if no more follows
	dead    bool     // whatever follows, it will not match
	next    [len(numberAlphabet)]int32
}

func readPattern(s string) (*pattern, error) {
	re, err := syntax.Parse(s, syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, err
	}
	p := &pattern{prog: prog, known: map[string]int32{}}
	p.state(state{prev: -1, pcs: []uint32{uint32(prog.Start)}})
	return p, nil
}

// state finds the number of a state, which may be a new one.
func (p *pattern) state(s state) int32 {
	var b strings.Builder
	for _, pc := range s.pcs {
		b.WriteString(strconv.FormatUint(uint64(pc), 36) + ",")
	}
	_, _ = fmt.Fprintf(&b, "%v%v", s.prev, s.matched)
	if n, ok := p.known[b.String()]; ok {
		return n
	}
	_, s.accepts = p.reach(s, -1)
	// Only the beginning is left to begin from, and that is over.
	s.dead = !s.matched && s.prev != -1 && len(s.pcs) == 1 && p.prog.StartCond()&syntax.EmptyBeginText != 0
	for i := range s.next {
		s.next[i] = -1
	}
	n := int32(len(p.states))
	p.states, p.known[b.String()] = append(p.states, s), n
	return n
}

// reach follows what reads no character, up to the next one.
func (p *pattern) reach(s state, next rune) (reading []uint32, matched bool) {
	if s.matched {
		return nil, true
	}
	flags := syntax.EmptyOpContext(s.prev, next)
	seen := map[uint32]bool{}
	todo := slices.Clone(s.pcs)
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch in := &p.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^flags == 0 {
				todo = append(todo, in.Out)
			}
		case syntax.InstMatch:
			return nil, true
		case syntax.InstFail:
		default:
			reading = append(reading, pc)
		}
	}
	return reading, false
}

// stateCost is what a new state takes of the budget: it is dearer than to pass one by.
const stateCost = 50

// step is where a pattern is after one more character, by its place in the alphabet.
func (p *pattern) step(from int32, char int, budget *int) int32 {
	if n := p.states[from].next[char]; n >= 0 {
		return n
	}
	*budget -= stateCost
	r := rune(numberAlphabet[char])
	to := state{matched: true}
	if reading, matched := p.reach(p.states[from], r); !matched {
		to = state{prev: '0', pcs: []uint32{uint32(p.prog.Start)}} // it may match from anywhere on
		if r == '+' {
			to.prev = r
		}
		for _, pc := range reading {
			if in := &p.prog.Inst[pc]; in.MatchRune(r) {
				to.pcs = append(to.pcs, in.Out)
			}
		}
		slices.Sort(to.pcs)
		to.pcs = slices.Compact(to.pcs)
	}
	n := p.state(to)
	p.states[from].next[char] = n
	return n
}

// comparison has for each question the shortest number that answers it.
type comparison struct {
	both, onlySecond string // "" if there is none, or if complete is false
	complete         bool   // all numbers were looked at, as far as it took
}

// compare walks both patterns over all numbers at once.
func compare(a, b *pattern, budget *int) comparison {
	var c comparison
	walk(a, b, budget, func(number string, first, second bool) bool {
		if first && second && c.both == "" {
			c.both = number
		}
		if second && !first && c.onlySecond == "" {
			c.onlySecond = number
		}
		return c.both == "" || c.onlySecond == ""
	})
	c.complete = *budget > 0
	return c
}

// takesPlus reports whether the pattern matches a number that begins with a plus sign.
func (p *pattern) takesPlus(budget *int) bool {
	found := false
	walk(p, p, budget, func(number string, matches, _ bool) bool {
		found = found || matches && number[0] == '+'
		return !found
	})
	return found || *budget <= 0
}

// walk tells of every number, one of each kind, whether the patterns match it, the shortest
// first, until more says that it is enough; but for numbers that the second one does not
// match and no longer ones either. The budget is counted down.
func walk(a, b *pattern, budget *int, more func(number string, first, second bool) bool) {
	type kind struct {
		a, b         int32
		plus, digits bool // whether it begins with a plus sign, and has digits
	}
	type place struct {
		kind
		number string
	}
	queue := []place{{}}
	seen := map[kind]bool{}
	for ; len(queue) > 0 && *budget > 0; queue = queue[1:] {
		here := queue[0]
		if here.digits && !more(here.number, a.states[here.a].accepts, b.states[here.b].accepts) {
			return
		}
		if b.states[here.b].dead || len(strings.TrimPrefix(here.number, "+")) == longestNumber {
			continue
		}
		for char := range numberAlphabet {
			if char == 0 && here.number != "" { // the plus sign comes first or not at all
				continue
			}
			*budget--
			next := kind{a.step(here.a, char, budget), b.step(here.b, char, budget), here.plus || char == 0, char != 0}
			if !seen[next] {
				seen[next] = true
				queue = append(queue, place{next, here.number + numberAlphabet[char:char+1]})
			}
		}
	}
}
