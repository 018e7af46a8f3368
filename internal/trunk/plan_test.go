package trunk_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tandem/internal/trunk"
)

var fqdns = []string{"e0.sbc.example.net", "e1.sbc.example.net", "e2.sbc.example.net", "x.other.example"}

func routings() *rapid.Generator[trunk.Routing] {
	return rapid.Custom(func(t *rapid.T) trunk.Routing {
		var r trunk.Routing
		for _, fqdn := range rapid.SliceOfDistinct(rapid.SampledFrom(fqdns), rapid.ID).Draw(t, "trunks") {
			r.Trunks = append(r.Trunks, trunk.Registered{FQDN: fqdn, Port: rapid.IntRange(5060, 5063).Draw(t, "port"), Disabled: rapid.Bool().Draw(t, "disabled")})
		}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 4, rapid.ID).Draw(t, "routes") {
			route := trunk.Route{Name: name, Pattern: rapid.SampledFrom([]string{`^\+49`, `^\+1`, `.`}).Draw(t, "pattern"),
				Description: rapid.SampledFrom([]string{"", "x"}).Draw(t, "description"), CallerIDOverride: rapid.SampledFrom([]string{"", "+4930"}).Draw(t, "caller")}
			for _, has := range r.Trunks {
				if rapid.Bool().Draw(t, "named") {
					route.Trunks = append(route.Trunks, has.FQDN)
				}
			}
			r.Routes = append(r.Routes, route)
		}
		return r.Normalize()
	})
}

// patched is what Microsoft makes of a patch (facts/direct-routing.md §1.3).
func patched(r trunk.Routing, p trunk.Patch) trunk.Routing {
	trunks := map[string]trunk.Registered{}
	for _, t := range r.Trunks {
		trunks[t.FQDN] = t
	}
	for fqdn, port := range p.Ports {
		t := trunks[fqdn]
		t.FQDN, t.Port = fqdn, port
		trunks[fqdn] = t
	}
	for _, fqdn := range p.Remove {
		delete(trunks, fqdn)
	}
	out := trunk.Routing{Trunks: slices.Collect(maps.Values(trunks)), Routes: r.Routes}
	if p.ReplaceRoutes {
		out.Routes = p.Routes
	}
	return out.Normalize()
}

// TestPlanMakesItSo: the patch of a plan makes of what is there what shall be, all that is
// changed is told, and what is equal needs nothing.
func TestPlanMakesItSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		desired, observed := routings().Draw(t, "desired"), routings().Draw(t, "observed")
		p := trunk.NewPlan(desired, observed)
		after := patched(observed, p.Patch)
		if after.Fingerprint() != desired.Fingerprint() {
			t.Fatalf("wanted %v\ngot %v", desired, after)
		}
		if again := trunk.NewPlan(desired, after); !again.Patch.Empty() || len(again.Changes) != 0 {
			t.Fatalf("the second plan has %v", again.Changes)
		}
		if p.Patch.Empty() != (len(p.Changes) == 0) {
			t.Fatalf("patch %v, but changes %v", p.Patch, p.Changes)
		}
		if p.Base != observed.Fingerprint() {
			t.Fatal("the base is another one")
		}
		for _, is := range after.Trunks { // what is not planned stays
			for _, was := range observed.Trunks {
				if is.FQDN == was.FQDN && is.Disabled != was.Disabled {
					t.Fatalf("%s was switched", is.FQDN)
				}
			}
		}
	})
}

// TestPlanIsReadable has a change of every kind.
func TestPlanIsReadable(t *testing.T) {
	was := trunk.Routing{
		Trunks: []trunk.Registered{{FQDN: "old.example.net", Port: 5061}, {FQDN: "e0.example.net", Port: 5061}},
		Routes: []trunk.Route{{Name: "gone", Pattern: "1"}, {Name: "a", Pattern: `^\+49`, Trunks: []string{"old.example.net"}}, {Name: "b", Pattern: "."}},
	}
	is := trunk.Routing{
		Trunks: []trunk.Registered{{FQDN: "E0.example.net.", Port: 5067}, {FQDN: "e1.example.net", Port: 5061}},
		Routes: []trunk.Route{
			{Name: "b", Pattern: "."},
			{Name: "a", Pattern: `^\+49`, Trunks: []string{"e0.example.net"}, Description: "Germany", CallerIDOverride: "+4930123"},
			{Name: "new", Pattern: "2", Trunks: []string{"e1.example.net"}, Description: "x", CallerIDOverride: "+4930"},
		},
	}
	var lines []string
	for _, c := range trunk.NewPlan(is, was).Changes {
		lines = append(lines, c.String())
	}
	want := `~ trunk e0.example.net
    port: 5061 → 5067
+ trunk e1.example.net
    port: 5061
- route gone
~ route a
    trunks: old.example.net → e0.example.net
    description: (none) → Germany
    caller id: (none) → +4930123
+ route new
    place: 3
    pattern: 2
    trunks: e1.example.net
    description: x
    caller id: +4930
~ order of routes
    "a", "b" → "b", "a"
- trunk old.example.net`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestValidateRouting(t *testing.T) {
	many := func(n int) (trunks []trunk.Registered) {
		for i := range n {
			trunks = append(trunks, trunk.Registered{FQDN: fmt.Sprintf("e%d.example.net", i), Port: 5061})
		}
		return trunks
	}
	var routes []trunk.Route
	for i := range 251 {
		routes = append(routes, trunk.Route{Name: fmt.Sprint(i), Pattern: "1"})
	}
	one := func(change func(*trunk.Route)) trunk.Routing {
		r := trunk.Route{Name: "all", Pattern: `^\+[1-9]\d{3,23}$`, Trunks: []string{"e0.example.net"}}
		change(&r)
		return trunk.Routing{Trunks: many(2), Routes: []trunk.Route{r}}
	}
	dotNet := one(func(r *trunk.Route) { r.Pattern = `^\+(?!1)\d+$` })
	for name, c := range map[string]struct {
		r     trunk.Routing
		known []trunk.Routing
		want  []string
	}{
		"nothing":           {r: trunk.Routing{}},
		"good":              {r: one(func(*trunk.Route) {})},
		"250 trunks":        {r: trunk.Routing{Trunks: many(250)}},
		"251 trunks":        {r: trunk.Routing{Trunks: many(251)}, want: []string{"trunks"}},
		"251 routes":        {r: trunk.Routing{Routes: routes}, want: []string{"routes"}},
		"bad trunks":        {r: trunk.Routing{Trunks: []trunk.Registered{{FQDN: "-1"}, {FQDN: "a.azure.com", Port: 1}, {FQDN: "a.onmicrosoft.com", Port: 65536}}}, want: []string{"trunks[0].fqdn", "trunks[0].port", "trunks[1].fqdn", "trunks[2].fqdn", "trunks[2].port"}},
		"a long name":       {r: trunk.Routing{Trunks: []trunk.Registered{{FQDN: strings.Repeat("abcde.", 41) + "test", Port: 1}}}, want: []string{"trunks[0].fqdn"}},
		"twice":             {r: trunk.Routing{Trunks: append(many(1), many(1)...)}, want: []string{"trunks[1].fqdn"}},
		"no name":           {r: one(func(r *trunk.Route) { r.Name = "" }), want: []string{"routes[0].name"}},
		"no pattern":        {r: one(func(r *trunk.Route) { r.Pattern = "" }), want: []string{"routes[0].pattern"}},
		"look-ahead":        {r: dotNet, want: []string{"routes[0].pattern"}},
		"known look-ahead":  {r: dotNet, known: []trunk.Routing{dotNet}},
		"long":              {r: one(func(r *trunk.Route) { r.Pattern, r.Description = strings.Repeat("1", 1025), strings.Repeat("1", 1025) }), want: []string{"routes[0].description", "routes[0].pattern"}},
		"a trunk elsewhere": {r: one(func(r *trunk.Route) { r.Trunks = []string{"e1.example.net", "e2.example.net"} }), want: []string{"routes[0].trunks[1]"}},
		"a trunk twice":     {r: one(func(r *trunk.Route) { r.Trunks = []string{"e1.example.net", "e1.example.net"} }), want: []string{"routes[0].trunks[1]"}},
		"caller":            {r: one(func(r *trunk.Route) { r.CallerIDOverride = "030" }), want: []string{"routes[0].caller_id_override"}},
		"a name twice":      {r: trunk.Routing{Routes: []trunk.Route{{Name: "a", Pattern: "1"}, {Name: "a", Pattern: "2"}}}, want: []string{"routes[1].name"}},
	} {
		if got := paths(t, c.r.Validate(c.known...)); !slices.Equal(got, c.want) {
			t.Errorf("%s: problems with %v, want %v", name, got, c.want)
		}
	}
}

func TestNotes(t *testing.T) {
	both := []string{"e0.example.net", "e1.example.net"}
	note := func(routes ...trunk.Route) []string {
		r := trunk.Routing{Trunks: []trunk.Registered{{FQDN: both[0], Port: 1}, {FQDN: both[1], Port: 1}}, Routes: append(routes, trunk.Route{Name: "zz", Pattern: "^0$", Trunks: both})}
		var all []string
		for _, n := range r.Notes() {
			all = append(all, n.Code+" "+n.Subject)
		}
		return all
	}
	germany := trunk.Route{Name: "germany", Pattern: `^\+49\d+$`, Trunks: both}
	for name, c := range map[string]struct{ got, want []string }{
		"apart":          {note(germany, trunk.Route{Name: "us", Pattern: `^\+1\d{10}$`, Trunks: both}), nil},
		"without trunks": {note(trunk.Route{Name: "none", Pattern: `^\+1$`}), []string{"route_without_trunks none"}},
		"look-ahead":     {note(trunk.Route{Name: "net", Pattern: `^\+(?!1)\d+$`, Trunks: both}), []string{"pattern_not_checked net"}},
		"no plus":        {note(trunk.Route{Name: "lint", Pattern: `^+[1-9][0-9]{3,23}$`, Trunks: both}), []string{"route_without_plus lint"}},
		"letters":        {note(trunk.Route{Name: "letters", Pattern: `^[a-z]+$`, Trunks: both}), []string{"route_matches_nothing letters"}},
		"too long":       {note(trunk.Route{Name: "long", Pattern: `^\+\d{16}$`, Trunks: both}), []string{"route_matches_nothing long"}},
		"never used":     {note(germany, trunk.Route{Name: "berlin", Pattern: `^\+4930\d+$`, Trunks: both[:1]}), []string{"route_unreachable berlin"}},
		"a fallback":     {note(trunk.Route{Name: "first", Pattern: `^\+49\d+$`, Trunks: both[:1]}, trunk.Route{Name: "second", Pattern: `^\+49\d+$`, Trunks: both[1:]}), []string{"routes_overlap second"}},
		"special first":  {note(trunk.Route{Name: "berlin", Pattern: `^\+4930\d+$`, Trunks: both}, germany), []string{"routes_overlap germany"}},
	} {
		want := c.want
		if name == "no plus" || name == "letters" || name == "too long" || name == "look-ahead" || name == "without trunks" {
			want = c.want[:1]
		}
		// The last route, which uses all trunks, is not plus-ready on purpose.
		want = append(slices.Clone(want), "route_without_plus zz")
		slices.Sort(want)
		slices.Sort(c.got)
		if !slices.Equal(c.got, want) {
			t.Errorf("%s: %v, want %v", name, c.got, want)
		}
	}
	r := trunk.Routing{Trunks: []trunk.Registered{{FQDN: both[0], Port: 1}}}
	if n := r.Notes(); len(n) != 1 || n[0].Code != trunk.NoteUnused {
		t.Errorf("a trunk without a route: %v", n)
	}
}

// TestOverlapsHoldAgainstRegexp: what the walk says of two patterns is true of numbers.
func TestOverlapsHoldAgainstRegexp(t *testing.T) {
	parts := rapid.SliceOfN(rapid.SampledFrom([]string{`^`, `\+`, `\+?`, `49`, `[1-9]`, `\d`, `\d*`, `\d{2,4}`, `(1|49|4)`, `$`, `\b`, `30`}), 1, 6)
	numbers := rapid.StringMatching(`\+?(49|1|4|30|[0-9])[0-9]{0,5}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := strings.Join(parts.Draw(t, "a"), ""), strings.Join(parts.Draw(t, "b"), "")
		first, err1 := regexp.Compile(a)
		later, err2 := regexp.Compile(b)
		if err1 != nil || err2 != nil {
			t.Skip()
		}
		r := trunk.Routing{Trunks: []trunk.Registered{{FQDN: "e", Port: 1}}, Routes: []trunk.Route{{Name: "a", Pattern: a, Trunks: []string{"e"}}, {Name: "b", Pattern: b, Trunks: []string{"e"}}}}
		codes := map[string]bool{}
		for _, n := range r.Notes() {
			codes[n.Code+n.Subject] = true
		}
		for range 30 {
			n := numbers.Draw(t, "number")
			inA, inB := first.MatchString(n), later.MatchString(n)
			switch {
			case inA && codes[trunk.NoteMatchesNone+"a"]:
				t.Fatalf("%s matches %s", a, n)
			case inA && n[0] == '+' && codes[trunk.NoteNoPlus+"a"]:
				t.Fatalf("%s matches %s", a, n)
			case inA && inB && !codes[trunk.NoteOverlap+"b"] && !codes[trunk.NoteUnreachable+"b"]:
				t.Fatalf("%s and %s both match %s: %v", a, b, n, codes)
			case inB && !inA && codes[trunk.NoteUnreachable+"b"]:
				t.Fatalf("%s is reached by %s", b, n)
			}
		}
	})
}

func TestManyRoutesAreNotLookedAtForEver(t *testing.T) {
	var r trunk.Routing
	r.Trunks = []trunk.Registered{{FQDN: "e0.example.net", Port: 1}}
	for i := range 250 {
		r.Routes = append(r.Routes, trunk.Route{Name: fmt.Sprint(i), Pattern: fmt.Sprintf(`\+?(\d{3})*%d\d*[1-8]{2,9}`, i), Trunks: []string{"e0.example.net"}})
	}
	if notes := r.Notes(); !slices.ContainsFunc(notes, func(n trunk.Note) bool { return n.Code == trunk.NoteTooMany }) {
		t.Error("not told that something was left out")
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		name, fqdn string
		want       bool
	}{
		{"e0.sbc.example.net", "e0.sbc.example.net", true}, {"E0.sbc.example.net", "e0.SBC.example.net.", true},
		{"*.sbc.example.net", "e0.sbc.example.net", true}, {"*.example.net", "e0.sbc.example.net", false},
		{"*.sbc.example.net", "sbc.example.net", false}, {"*.*.example.net", "e0.sbc.example.net", false},
		{"e*.sbc.example.net", "e0.sbc.example.net", false}, {"*", "e0", false}, {"*.", "e0", false},
	} {
		if got := trunk.Covers([]string{"other.example", c.name}, c.fqdn); got != c.want {
			t.Errorf("%s for %s: %v", c.name, c.fqdn, got)
		}
	}
}

func TestDoubts(t *testing.T) {
	desired := trunk.Routing{
		Trunks: []trunk.Registered{{FQDN: "a.new.example", Port: 1}, {FQDN: "a.ours.example", Port: 1}, {FQDN: "b.whole.example", Port: 1}, {FQDN: "off.example.net", Port: 1}},
		Routes: []trunk.Route{{Name: "all", Pattern: `^\+`, Trunks: []string{"a.new.example", "a.ours.example", "b.whole.example", "off.example.net"}}},
	}
	observed := trunk.Routing{
		Trunks:  []trunk.Registered{{FQDN: "off.example.net", Port: 1, Disabled: true}},
		Domains: []trunk.Domain{{Name: "ours.example", Enabled: true}, {Name: "b.whole.example", Enabled: true}, {Name: "new.example"}},
	}
	var got []string
	for _, n := range trunk.Doubts(desired, observed, nil) {
		got = append(got, n.Code+" "+n.Subject)
	}
	if want := []string{"trunk_disabled off.example.net", "domain_not_verified a.new.example"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
