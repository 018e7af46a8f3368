package tenant_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const someUUID = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

// paths lists the fields an error complains about.
func paths(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var e *fault.Error
	if !errors.As(err, &e) || e.Kind != fault.KindInvalid {
		t.Fatalf("not a fault of kind invalid: %v", err)
	}
	var all []string
	for _, f := range e.Fields {
		all = append(all, f.Path)
	}
	return all
}

func TestValidateTellsEverythingAtOnce(t *testing.T) {
	agents := []tenant.AgentID{someUUID, "no", someUUID}
	for name, c := range map[string]struct {
		err  error
		want []string
	}{
		"a whole tenant": {tenant.Tenant{
			Name: "Contoso Airlines", EntraTenantID: someUUID, State: tenant.Invited, HomeRegion: "eu",
		}.Validate(), nil},
		"an empty tenant": {tenant.Tenant{}.Validate(), []string{"name", "state", "home_region"}},
		"untidy, normalized": {tenant.Tenant{
			Name: " Contoso ", EntraTenantID: " " + strings.ToUpper(someUUID), State: tenant.Active, HomeRegion: "eu",
		}.Normalize().Validate(), nil},
		"upper case": {tenant.Tenant{
			Name: "C", EntraTenantID: strings.ToUpper(someUUID), State: tenant.Active, HomeRegion: "eu",
		}.Validate(), []string{"entra_tenant_id"}},
		"a line feed in a name": {tenant.Tenant{
			Name: "a\nb", EntraTenantID: someUUID, State: tenant.Active, HomeRegion: "eu",
		}.Validate(), []string{"name"}},

		"an agent":              {tenant.Agent{OID: strings.ToUpper(someUUID), Name: "Ana"}.Normalize().Validate(), nil},
		"an agent with a phone": {tenant.Agent{Endpoint: tenant.PhoneNumber, OID: "+493012345678", Name: "Ana"}.Validate(), nil},
		"an empty agent":        {tenant.Agent{}.Validate(), []string{"endpoint", "name"}},
		"a phone as Teams user": {tenant.Agent{Endpoint: tenant.TeamsUser, OID: "+493012345678", Name: "Ana"}.Validate(), []string{"oid"}},
		"the nil UUID": {tenant.Agent{
			Endpoint: tenant.TeamsUser, OID: "00000000-0000-0000-0000-000000000000", Name: "Ana",
		}.Validate(), []string{"oid"}},
		"a name of 257 characters": {tenant.Agent{OID: someUUID, Name: strings.Repeat("ä", 257)}.Normalize().Validate(), []string{"name"}},

		"a number": {tenant.Number{E164: "+493012345678", Connectivity: "c"}.Normalize().Validate(), nil},
		"an empty number": {
			tenant.Number{}.Validate(),
			[]string{"e164", "connectivity", "ring_timeout", "answer_policy"},
		},
		"agents": {
			tenant.Number{E164: "+493012345678", Connectivity: "c", Agents: agents}.Normalize().Validate(),
			[]string{"agents[1]", "agents[2]"},
		},
		"a ring of 4 s": {
			tenant.Number{E164: "+493012345678", Connectivity: "c", RingTimeout: 4 * time.Second}.Normalize().Validate(),
			[]string{"ring_timeout"},
		},
		"half a second": {
			tenant.Number{E164: "+493012345678", Connectivity: "c", RingTimeout: 5500 * time.Millisecond}.Normalize().Validate(),
			[]string{"ring_timeout"},
		},
		"too many agents": {
			tenant.Number{E164: "+493012345678", Connectivity: "c", Agents: make([]tenant.AgentID, 101)}.Normalize().Validate(),
			[]string{"agents"},
		},
	} {
		if got := paths(t, c.err); !slices.Equal(got, c.want) {
			t.Errorf("%s: problems with %v, want %v (%v)", name, got, c.want, c.err)
		}
	}
}

// TestStates walks every pair: the diagram of the package comment is the whole truth.
func TestStates(t *testing.T) {
	allowed := map[tenant.State][]tenant.State{
		tenant.Invited:    {tenant.Onboarding, tenant.Offboarded},
		tenant.Onboarding: {tenant.Active, tenant.Offboarded},
		tenant.Active:     {tenant.Suspended, tenant.Offboarded},
		tenant.Suspended:  {tenant.Active, tenant.Offboarded},
	}
	for _, from := range tenant.States() {
		for _, to := range tenant.States() {
			got, err := tenant.Tenant{State: from}.Become(to)
			if from == to || slices.Contains(allowed[from], to) {
				if err != nil || got.State != to {
					t.Errorf("%s to %s: %v", from, to, err)
				}
			} else if fault.KindOf(err) != fault.KindConflict || got.State != from {
				t.Errorf("%s to %s: %v, want a conflict", from, to, err)
			}
		}
		err := tenant.Tenant{State: from}.Callable()
		if (err == nil) != (from == tenant.Active) {
			t.Errorf("%s: callable says %v", from, err)
		}
		if err != nil && fault.CodeOf(err) != "tenant_"+string(from) {
			t.Errorf("%s: code %s", from, fault.CodeOf(err))
		}
	}
}

func TestParseE164(t *testing.T) {
	for _, s := range []string{"+49110", "+493012345678", "+123456789012345"} {
		if got, err := tenant.ParseE164(s); err != nil || got != s {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "+", "4930123456", "004930123456", "+4930 123456", "+0493012345", "+4911", "+1234567890123456", "+49301234x6", "+4930123456\n", "\uff0b493012345678", "+\uff14\uff1930123456",
	} {
		if _, err := tenant.ParseE164(s); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%q: %v, want invalid", s, err)
		}
	}
}

// FuzzParse: whatever is accepted is canonical, so that accepting it again changes nothing.
func FuzzParse(f *testing.F) {
	for _, s := range []string{someUUID, strings.ToUpper(someUUID), "+493012345678", "+", "{" + someUUID + "}", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := tenant.ParseID(s); err == nil {
			if again, err := tenant.ParseID(string(id)); err != nil || again != id || !strings.EqualFold(s, string(id)) {
				t.Errorf("%q became %q, then %q, %v", s, id, again, err)
			}
		}
		if n, err := tenant.ParseE164(s); err == nil && n != s {
			t.Errorf("%q became %q", s, n)
		}
	})
}

// TestNormalizeOnce: a second pass changes nothing, whatever was typed.
func TestNormalizeOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := tenant.Agent{OID: rapid.String().Draw(t, "oid"), Name: rapid.String().Draw(t, "name")}.Normalize()
		if a != a.Normalize() {
			t.Fatalf("%+v is not stable", a)
		}
	})
}

// TestBlocked: only what Teams cannot ring without keeps a person from being rung.
func TestBlocked(t *testing.T) {
	for name, blocks := range map[string]bool{
		"account": true, "phone_licence": true, "enterprise_voice": true, "teams_licence": true, "policy": false, "presence": false,
	} {
		for state, failed := range map[tenant.ItemState]bool{tenant.ItemFailed: true, tenant.ItemWaiting: false, tenant.ItemUnknown: false, tenant.ItemOK: false} {
			s := tenant.Standing{Items: []tenant.Item{{Name: "presence", State: tenant.ItemOK}, {Name: name, State: state}}}
			if s.Blocked() != (blocks && failed) {
				t.Errorf("%s %s: blocked %v", name, state, s.Blocked())
			}
		}
	}
}

// TestNamesThatCanBeShown: names of people in every script, and none that turns round
// what stands beside it.
func TestNamesThatCanBeShown(t *testing.T) {
	for name, good := range map[string]bool{
		"Zoë 😀": true, "👨\u200d👩\u200d👧 Familie": true, "می\u200cخواهم": true, "क्\u200dष": true, "שלום\u200f": true,
		"abc\u202etxt.exe": false, "a\u2066b": false, "a\nb": false, "a\x00b": false, " a": false, "a\u200bb": false,
	} {
		var p fault.Problems
		tenant.CheckDisplayName(&p, "display_name", name)
		if err := p.Err("x", "x"); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}
