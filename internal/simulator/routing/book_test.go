package routing

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/evidence"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const eu, us = "b9614373-fd0b-480c-8fd2-cb58b70eab9f", "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"

// newBook has two resources, of which eu has what before has.
func newBook(t *testing.T, plan string) (*Book, *clock.Clock, *evidence.Switches) {
	t.Helper()
	c := clock.New()
	t.Cleanup(c.Close)
	switches, err := evidence.NewSwitches(evidence.Inferences())
	if err != nil {
		t.Fatal(err)
	}
	delay, err := delays.Parse(plan)
	if err != nil {
		t.Fatal(err)
	}
	b := NewBook(Config{Clock: c, Switches: switches, Delays: delay, Seed: 1})
	t.Cleanup(b.Close)
	for id, has := range map[string]Configuration{eu: before(), us: {}} {
		if err := b.Add(id, has); err != nil {
			t.Fatal(err)
		}
	}
	return b, c, switches
}

func apply(t *testing.T, b *Book, id, body string) {
	t.Helper()
	if _, err := b.change(id, []byte(body), stable); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
}

func wantTrunk(t *testing.T, b *Book, fqdn, id string, port int) {
	t.Helper()
	if gotID, gotPort, ok := b.Trunk(fqdn); gotID != id || gotPort != port || ok != (id != "") {
		t.Errorf("%s is %q's at %d (%v), want %q's at %d", fqdn, gotID, gotPort, ok, id, port)
	}
}

func TestChangesTakeTime(t *testing.T) {
	b, c, _ := newBook(t, delays.Documented)
	apply(t, b, eu, `{"trunks":{"a.sbc.test":{"sipSignalingPort":6061}},"routes":[]}`)
	wantTrunk(t, b, "a.sbc.test", eu, 5061)
	if got := b.Route(eu, "+493012345"); !slices.Equal(got, []string{"a.sbc.test"}) {
		t.Errorf("routes to %v", got)
	}
	c.Advance(3 * time.Minute)
	apply(t, b, eu, `{"trunks":{"b.sbc.test":null}}`)
	wantTrunk(t, b, "a.sbc.test", eu, 5061)
	c.Advance(3 * time.Minute) // the first change holds, the second does not yet
	wantTrunk(t, b, "a.sbc.test", eu, 6061)
	wantTrunk(t, b, "b.sbc.test", eu, 5062)
	if got := b.Route(eu, "+493012345"); len(got) != 0 {
		t.Errorf("routes to %v", got)
	}
	c.Advance(2 * time.Minute)
	wantTrunk(t, b, "b.sbc.test", "", 0)
}

func TestTrunkMoves(t *testing.T) {
	b, c, switches := newBook(t, delays.Documented)
	if err := switches.Set(evidence.TrunkDomain, "accepted"); err != nil {
		t.Fatal(err)
	}
	const take = `{"trunks":{"b.sbc.test":{"sipSignalingPort":7061}}}`
	if _, err := b.change(us, []byte(take), stable); !errors.As(err, new(Refusal)) {
		t.Fatalf("another resource's trunk: %v", err)
	}
	apply(t, b, eu, `{"trunks":{"b.sbc.test":null}}`)
	apply(t, b, us, take)
	c.Advance(10 * time.Minute)
	wantTrunk(t, b, "b.sbc.test", "", 0)
	c.Advance(time.Hour)
	wantTrunk(t, b, "b.sbc.test", us, 7061)
	b.Reset()
	wantTrunk(t, b, "b.sbc.test", eu, 5062)
}

func TestDomainsAreProved(t *testing.T) {
	b, _, switches := newBook(t, "none")
	zone := map[string][]string{}
	b.Text = func(_ context.Context, domain string) ([]string, error) { return zone[domain], nil }
	const add = `{"trunks":{"x.new.test":{"sipSignalingPort":5061}}}`
	refused := func(why string) {
		t.Helper()
		if _, err := b.change(us, []byte(add), stable); !errors.As(err, new(Refusal)) {
			t.Errorf("%s: %v", why, err)
		}
	}
	refused("nobody proved it")
	if err := b.VerifyDomain(t.Context(), us, "new.test"); !errors.Is(err, ErrUnknown) {
		t.Errorf("proved before it was added: %v", err)
	}
	text, err := b.AddDomain(us, "new.test")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.AddDomain(us, "NEW.test"); err != nil || again != text {
		t.Errorf("added again: %q, %v", again, err)
	}
	zone["new.test"] = []string{"v=spf1 -all"}
	if err := b.VerifyDomain(t.Context(), us, "new.test"); err == nil {
		t.Error("proved without the record")
	}
	refused("the record is not there")
	zone["new.test"] = append(zone["new.test"], text)
	if err := b.VerifyDomain(t.Context(), us, "new.test"); err != nil {
		t.Fatal(err)
	}
	apply(t, b, us, add)
	if _, err := b.change(us, []byte(`{"trunks":{"y.deep.new.test":{"sipSignalingPort":5061}}}`), stable); err == nil {
		t.Error("a domain was proved by its parent")
	}
	if err := switches.Set(evidence.TrunkDomain, "accepted"); err != nil {
		t.Fatal(err)
	}
	apply(t, b, eu, `{"trunks":{"z.other.test":{"sipSignalingPort":5061}}}`)
}

func TestRoutes(t *testing.T) {
	b, _, switches := newBook(t, "none")
	apply(t, b, eu, `{"routes":[
		{"name":"abroad","numberPattern":"^\\+(?!49)\\d+$","trunks":["b.sbc.test"]},
		{"name":"all","numberPattern":"^\\+[1-9]\\d{3,23}$","trunks":["B.sbc.test","a.sbc.test"]}]}`)
	if err := switches.Set(evidence.TrunkOrder, "listed"); err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string][]string{
		"+493012345": {"b.sbc.test", "a.sbc.test"}, "+12025550123": {"b.sbc.test", "a.sbc.test"}, "112": nil,
	} {
		if got := b.Route(eu, number); !slices.Equal(got, want) {
			t.Errorf("%s goes to %v, want %v", number, got, want)
		}
	}
	if err := switches.Set(evidence.TrunkOrder, "shuffled"); err != nil {
		t.Fatal(err)
	}
	firsts := map[string]bool{}
	for range 64 {
		firsts[b.Route(eu, "+493012345")[0]] = true
	}
	if len(firsts) != 2 {
		t.Errorf("one of two trunks is always first: %v", firsts)
	}
	if _, err := b.change(eu, []byte(`{"trunks":{"b.sbc.test":{"enabled":false}}}`), newestPreview); err != nil {
		t.Fatal(err)
	}
	if got := b.Route(eu, "+12025550123"); !slices.Equal(got, []string{"a.sbc.test"}) {
		t.Errorf("a trunk that is switched off: %v", got)
	}
	wantTrunk(t, b, "b.sbc.test", "", 0)
}

// TestPatternsAreGivenUp: a pattern that would look at a number for hours matches nothing.
func TestPatternsAreGivenUp(t *testing.T) {
	b, _, _ := newBook(t, "none")
	apply(t, b, eu, `{"routes":[{"name":"slow","numberPattern":"^(\\+?(\\d+)+)+x$","trunks":["a.sbc.test"]},{"name":"all","numberPattern":"1","trunks":["b.sbc.test"]}]}`)
	if got := b.Route(eu, "+4911111111111111111111111111111"); !slices.Equal(got, []string{"b.sbc.test"}) {
		t.Errorf("goes to %v", got)
	}
}

// TestRegister: a trunk that is registered while the simulator runs is one resource's, and
// survives a reset.
func TestRegister(t *testing.T) {
	b, _, _ := newBook(t, delays.Documented)
	if err := b.Register(us, "B.sbc.test", 9061); err != nil {
		t.Fatal(err)
	}
	wantTrunk(t, b, "b.sbc.test", us, 9061)
	b.Reset()
	wantTrunk(t, b, "b.sbc.test", us, 9061)
	if err := b.Register("nobody", "c.sbc.test", 5061); !errors.Is(err, ErrUnknown) {
		t.Errorf("an unknown resource: %v", err)
	}
}
