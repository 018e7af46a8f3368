package teams

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
)

const (
	agents   = "aaaaaaaa-0000-4000-8000-000000000001"
	everyone = "aaaaaaaa-0000-4000-8000-000000000002"
)

func reconfigured(t *testing.T, d *Directory, do func(*Settings)) {
	t.Helper()
	if err := d.Reconfigure(tenant, func(s *Settings) error { do(s); return nil }); err != nil {
		t.Fatal(err)
	}
}

// Who may be called is decided by the settings of his tenant, his policy, his
// licence and his voice.
func TestSettingsDecide(t *testing.T) {
	no := false
	update := func(c Change) func(*testing.T, *Directory) {
		return func(t *testing.T, d *Directory) {
			t.Helper()
			if _, err := d.Update(oid, c); err != nil {
				t.Fatal(err)
			}
		}
	}
	settings := func(do func(*Settings)) func(*testing.T, *Directory) {
		return func(t *testing.T, d *Directory) { reconfigured(t, d, do) }
	}
	group := func(s *Settings) {
		s.SetGroup(Group{ID: agents, Name: "Agents", Members: []string{strings.ToUpper(oid)}})
	}
	block := func(s *Settings) { s.SetPolicy(Policy{"NoAcs", false}) }
	resourceAccount, blocking, none := AccountResource, "noacs", []Plan{}
	for _, c := range []struct {
		name string
		do   func(*testing.T, *Directory)
		want Outcome
	}{
		{"nothing", func(*testing.T, *Directory) {}, accepted},
		{"switch off", settings(func(s *Settings) { s.Federation.EnableAcsUsers = false }), switchedOff},
		{"list replaced", settings(func(s *Settings) { s.Federation.AllowedAcsResources = []string{agents} }), notListed},
		{"listed in upper case", settings(func(s *Settings) { s.Federation.AllowedAcsResources = []string{strings.ToUpper(resource)} }), accepted},
		{"Global blocks", settings(func(s *Settings) { s.SetPolicy(Policy{"global", false}) }), forbidden},
		{"Global blocks, his own allows", func(t *testing.T, d *Directory) {
			reconfigured(t, d, func(s *Settings) { s.SetPolicy(Policy{GlobalPolicy, false}); s.SetPolicy(Policy{"Acs", true}) })
			own := "Acs"
			update(Change{Policy: &own})(t, d)
		}, accepted},
		{"his own blocks", func(t *testing.T, d *Directory) {
			reconfigured(t, d, block)
			update(Change{Policy: &blocking})(t, d)
		}, forbidden},
		{"that of a group blocks", settings(func(s *Settings) { block(s); group(s); s.SetGrant(Grant{agents, "NoAcs", 1}) }), forbidden},
		{"the lowest rank counts", settings(func(s *Settings) {
			block(s)
			group(s)
			s.SetGroup(Group{ID: everyone, Name: "Everyone", Members: []string{oid}})
			s.SetPolicy(Policy{"Acs", true})
			s.SetGrant(Grant{agents, "NoAcs", 2})
			s.SetGrant(Grant{everyone, "Acs", 1})
		}), accepted},
		{"that of a nested group does not count", settings(func(s *Settings) {
			block(s)
			group(s)
			s.SetGroup(Group{ID: everyone, Name: "Everyone", Groups: []string{agents}})
			s.SetGrant(Grant{everyone, "NoAcs", 1})
		}), accepted},
		{"no licence", update(Change{Plans: &none}), unlicensed},
		{"licence for Teams alone", update(Change{Plans: &[]Plan{{Name: "TEAMS1"}}}), unlicensed},
		{"licence suspended", update(Change{Plans: &[]Plan{{ID: PlanTeams}, {ID: PlanPhone, State: "Suspended"}}}), unlicensed},
		{"licence in its grace", update(Change{Plans: &[]Plan{{ID: PlanTeams}, {ID: PlanPhone, State: PlanWarning}}}), accepted},
		{"no Enterprise Voice", update(Change{EnterpriseVoice: &no}), unlicensed},
		{"resource account", update(Change{AccountType: &resourceAccount}), unlicensed},
		{"account disabled", update(Change{Enabled: &no}), unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, _, _ := newDirectory(t, Profile{})
			c.do(t, d)
			results, _ := ringing(d, oid, resource)
			got := <-results
			if got.Code != c.want.Code || got.SubCode != c.want.SubCode {
				t.Errorf("%v, want %v", got.Outcome, c.want)
			}
			if got.session != nil {
				got.session.Leave()
			}
			v, err := d.Tenant(tenant)
			if err != nil || len(v.People) != 1 {
				t.Fatal(err)
			}
			if listed := c.want != notListed && c.want != unavailable; listed && v.People[0].Callable != c.want.Accepted() {
				t.Errorf("shown as %+v", v.People[0])
			}
			d.Reset()
			results, _ = ringing(d, oid, resource)
			if got := <-results; got.Code != 200 {
				t.Errorf("after a reset: %v", got.Outcome)
			}
		})
	}
}

func TestSettingsSwitches(t *testing.T) {
	d, _, _ := newDirectory(t, Profile{NoEnterpriseVoice: true})
	var err error
	if d.Switches, err = evidence.NewSwitches(evidence.Inferences()); err != nil {
		t.Fatal(err)
	}
	d.Switches.FlipAll()
	for _, c := range []struct {
		on   bool
		want Outcome
	}{{false, notAllowed}, {true, wrongArgument}} {
		reconfigured(t, d, func(s *Settings) { s.Federation.EnableAcsUsers = c.on })
		results, _ := ringing(d, oid, resource)
		if got := <-results; got.Outcome != c.want {
			t.Errorf("switched %v: %v, want %v", c.on, got.Outcome, c.want)
		}
	}
}

// A change is seen by administrators at once and acts on calls later; what was
// under way at a reset never does.
func TestPropagation(t *testing.T) {
	d, clk, _ := newDirectory(t, Profile{})
	if err := d.SetDelay(tenant, time.Minute); err != nil {
		t.Fatal(err)
	}
	code := func() int {
		results, _ := ringing(d, oid, resource)
		r := <-results
		if r.session != nil {
			r.session.Leave()
		}
		return r.Code
	}
	off := func() { reconfigured(t, d, func(s *Settings) { s.Federation.EnableAcsUsers = false }) }
	off()
	if s, err := d.Settings(tenant); err != nil || s.Federation.EnableAcsUsers {
		t.Errorf("an administrator sees %+v, %v", s, err)
	}
	if v, _ := d.Tenant(tenant); v.Waiting != 1 || v.Delay != 60 {
		t.Errorf("%d waiting after %v s", v.Waiting, v.Delay)
	}
	clk.Advance(59 * time.Second)
	if c := code(); c != 200 {
		t.Errorf("before its time: %d", c)
	}
	no := false
	if _, err := d.Update(oid, Change{EnterpriseVoice: &no}); err != nil {
		t.Fatal(err)
	}
	clk.Advance(time.Second)
	if c := code(); c != 403 {
		t.Errorf("in its time: %d", c)
	}
	reconfigured(t, d, func(s *Settings) { s.Federation.EnableAcsUsers = true })
	clk.Advance(time.Minute)
	if c := code(); c != 400 {
		t.Errorf("voice off: %d", c)
	}
	d.Reset()
	if err := d.SetDelay(tenant, time.Minute); err != nil {
		t.Fatal(err)
	}
	off()
	d.Reset()
	clk.Advance(time.Hour)
	if c := code(); c != 200 {
		t.Errorf("after a reset: %d", c)
	}

	// A change that took less time is not undone by an older one that took more.
	delay := func(after time.Duration) {
		if err := d.SetDelay(tenant, after); err != nil {
			t.Fatal(err)
		}
	}
	voice := func(on bool) {
		if _, err := d.Update(oid, Change{EnterpriseVoice: &on}); err != nil {
			t.Fatal(err)
		}
	}
	delay(time.Minute)
	off()
	voice(false)
	delay(0)
	reconfigured(t, d, func(s *Settings) { s.Federation.EnableAcsUsers = true })
	voice(true)
	clk.Advance(time.Minute)
	if c := code(); c != 200 {
		t.Errorf("after an older change: %d", c)
	}
	// Nor when the tenant was replaced meanwhile.
	voice(false)
	if err := d.AddTenant(Tenant{ID: tenant, Name: "Contoso Airlines", Federation: []string{resource}}); err != nil {
		t.Fatal(err)
	}
	voice(true)
	if c := code(); c != 200 {
		t.Errorf("after a new tenant: %d", c)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	d, _, _ := newDirectory(t, Profile{})
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		do   func(*Settings) error
		want string
	}{
		"no GUID":         {func(s *Settings) error { s.Federation.AllowedAcsResources = []string{"eu-1"}; return nil }, "immutable id"},
		"no name":         {func(s *Settings) error { s.SetPolicy(Policy{" ", true}); return nil }, "name"},
		"unknown member":  {func(s *Settings) error { s.SetGroup(Group{agents, "Agents", "", []string{bob}, nil}); return nil }, "no user"},
		"unknown group":   {func(s *Settings) error { s.SetGroup(Group{agents, "Agents", "", nil, []string{everyone}}); return nil }, "no such group"},
		"nameless group":  {func(s *Settings) error { s.SetGroup(Group{ID: agents}); return nil }, "GUID and a name"},
		"grant to nobody": {func(s *Settings) error { s.SetGrant(Grant{agents, GlobalPolicy, 1}); return nil }, "not there"},
		"its own error":   {func(*Settings) error { return broken }, "broken"},
		"by sign-in name": {func(s *Settings) error {
			s.SetGroup(Group{agents, "Agents", "", []string{"ada@contosoairlines.example"}, nil})
			return nil
		}, "no user"},
	} {
		if err := d.Reconfigure(tenant, c.do); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if s, _ := d.Settings(tenant); len(s.Groups) != 0 || len(s.Policies) != 1 {
		t.Errorf("something stayed: %+v", s)
	}
	if err := d.Reconfigure(bob, func(*Settings) error { return nil }); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown tenant: %v", err)
	}
	word := "NotThere"
	for _, c := range []Change{
		{Policy: &word}, {UserType: &word}, {AccountType: &word},
		{Plans: &[]Plan{{Name: "PIZZA"}}}, {Plans: &[]Plan{{ID: PlanPhone, State: "Gone"}}}, {TelephoneNumbers: &[]string{"112"}},
	} {
		if _, err := d.Update(oid, c); err == nil {
			t.Errorf("took %+v", c)
		}
	}
}

func TestNamesAndCrowd(t *testing.T) {
	d, _, _ := newDirectory(t, Profile{})
	if err := d.Add(Profile{OID: bob, Tenant: tenant, Name: "Ada"}); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]string{oid: "ada@contosoairlines.example", bob: "ada2@contosoairlines.example"} {
		p, found := d.Person(tenant, id)
		again, _ := d.Person(tenant, strings.ToUpper(want))
		if !found || p.UPN != want || p.Mail != want || again.OID != id || p.UserType != Member || !p.HasPhone() || !p.HasTeams() {
			t.Errorf("%+v", p)
		}
	}
	if err := d.Add(Profile{OID: everyone, Tenant: tenant, Name: "Eve", UPN: "ADA@contosoairlines.example"}); err == nil {
		t.Error("a name was given twice")
	}
	oids, err := d.AddCrowd(tenant, 600)
	if err != nil || len(oids) != 600 {
		t.Fatalf("%d, %v", len(oids), err)
	}
	if more, err := d.AddCrowd(tenant, 1); err != nil || slices.Contains(oids, more[0]) {
		t.Errorf("%v, %v", more, err)
	}
	v, _ := d.Tenant(tenant)
	if len(d.Users()) != 2 || len(v.People) != 2 || v.Unlisted != 601 || len(d.People(tenant)) != 603 || len(d.People(bob)) != 0 {
		t.Errorf("%d listed, %d unlisted, %d in all", len(d.Users()), v.Unlisted, len(d.People(tenant)))
	}
	results, _ := ringing(d, oids[599], resource)
	if got := <-results; !got.Accepted() {
		t.Errorf("one of the crowd: %v", got.Outcome)
	}
	for _, n := range []int{0, -1, maxCrowd + 1} {
		if _, err := d.AddCrowd(tenant, n); err == nil {
			t.Errorf("took %d", n)
		}
	}
}

// Whatever is set, the policy that counts is one that is there, and one's own
// comes first.
func TestEffectivePolicy(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{GlobalPolicy, "A", "B", "C"}
		var s Settings
		for _, n := range names {
			s.SetPolicy(Policy{n, rapid.Bool().Draw(t, n)})
		}
		for i, id := range []string{agents, everyone} {
			g := Group{ID: id, Name: names[i+1]}
			if rapid.Bool().Draw(t, "member") {
				g.Members = []string{oid}
			}
			s.SetGroup(g)
			s.SetGrant(Grant{id, rapid.SampledFrom(append(names, "")).Draw(t, "policy"), rapid.IntRange(0, 3).Draw(t, "rank")})
		}
		own := rapid.SampledFrom([]string{"", "a", "B", "Gone"}).Draw(t, "own")
		got := s.Effective(oid, own)
		if _, there := s.Policy(got.Name); !there {
			t.Fatalf("%q is not there", got.Name)
		}
		if own == "a" || own == "B" {
			if !strings.EqualFold(got.Name, own) {
				t.Fatalf("%q before his own %q", got.Name, own)
			}
			return
		}
		for _, grant := range s.Grants {
			if g, _ := s.Group(grant.Group); len(g.Members) > 0 && got.Name == GlobalPolicy && grant.Policy != GlobalPolicy {
				better := slices.ContainsFunc(s.Grants, func(o Grant) bool {
					h, _ := s.Group(o.Group)
					return o.Policy == GlobalPolicy && len(h.Members) > 0 && o.Rank <= grant.Rank
				})
				if !better {
					t.Fatalf("Global instead of %+v", grant)
				}
			}
		}
	})
}

func TestTenantsThatMakeNoSense(t *testing.T) {
	clk := clock.New()
	defer clk.Close()
	d := New(clk, &faults.Book{}, slog.New(slog.DiscardHandler))
	if err := d.AddTenant(Tenant{ID: tenant, Name: "T", Federation: []string{"eu"}}); err == nil {
		t.Error("took a resource without a GUID")
	}
	if err := d.AddTenant(Tenant{ID: tenant, Name: "Große T!", Federation: []string{resource}, FederationOff: true}); err != nil {
		t.Fatal(err)
	}
	got, known := d.Lookup(strings.ToUpper(tenant))
	if !known || got.Domain != "groet.example" {
		t.Errorf("%+v", got)
	}
	if s, _ := d.Settings(tenant); s.Federation.EnableAcsUsers || len(s.Federation.AllowedAcsResources) != 1 {
		t.Errorf("%+v", s)
	}
	if names := d.Tenants(); len(names) != 1 || names[0].Name != "Große T!" {
		t.Errorf("%+v", names)
	}
}
