package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/postgres"
	"tandem/internal/trunk"
)

// twoResources makes eu-1 and eu-2, and a trunk e0 of ours in the first.
func twoResources(t *testing.T) *postgres.Store {
	t.Helper()
	s, _ := open(t)
	if _, err := s.CreateRegion(t.Context(), trunk.Region{ID: "eu", Name: "Europe"}); err != nil {
		t.Fatal(err)
	}
	for n, id := range []trunk.ResourceID{"eu-1", "eu-2"} {
		_, err := s.CreateResource(t.Context(), trunk.Resource{
			ID: id, Region: "eu", Endpoint: fmt.Sprintf("https://%s.example/", id), ImmutableID: fmt.Sprintf("0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f%d", n),
			AccessKey: []byte("sealed"), MadeAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CreateTrunk(t.Context(), trunk.Trunk{FQDN: "e0.example.net", Port: 5061, Resource: "eu-1", Kind: trunk.Builtin}); err != nil {
		t.Fatal(err)
	}
	return s
}

func wanted() trunk.Routing {
	return trunk.Routing{
		Trunks: []trunk.Registered{{FQDN: "e0.example.net", Port: 5067}, {FQDN: "e1.example.net", Port: 5061}},
		Routes: []trunk.Route{
			{Name: "b", Pattern: `^\+49`, Trunks: []string{"e1.example.net", "e0.example.net"}, Description: "Germany", CallerIDOverride: "+4930123"},
			{Name: "a", Pattern: ".", Trunks: []string{}},
		},
	}
}

func TestRoutingIsKept(t *testing.T) {
	s := twoResources(t)
	r, err := s.Routing(t.Context(), "eu-1")
	if err != nil || len(r.Trunks) != 1 || len(r.Routes) != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if _, err := s.Routing(t.Context(), "nowhere"); fault.CodeOf(err) != "resource_unknown" {
		t.Error(err)
	}
	set := func(id trunk.ResourceID, r trunk.Routing) error {
		_, err := s.ChangeRouting(t.Context(), id, func(trunk.Routing) (trunk.Routing, error) { return r, nil })
		return err
	}
	if err := set("eu-1", wanted()); err != nil {
		t.Fatal(err)
	}
	if r, err = s.Routing(t.Context(), "eu-1"); err != nil || r.Fingerprint() != wanted().Fingerprint() {
		t.Errorf("%+v, %v", r, err)
	}
	if e0, err := s.Trunk(t.Context(), "e0.example.net"); err != nil || e0.Kind != trunk.Builtin || e0.Port != 5067 {
		t.Errorf("ours has become %+v, %v", e0, err)
	}
	for resource, want := range map[string]bool{"eu-1": true, "eu-2": false, "nowhere": false} {
		if got, err := s.Registry().External(t.Context(), resource); err != nil || got != want {
			t.Errorf("somebody else's SBC at %s: %v, %v", resource, got, err)
		}
	}
	if e1, err := s.Trunk(t.Context(), "e1.example.net"); err != nil || e1.Kind != trunk.External {
		t.Errorf("the new one is %+v, %v", e1, err)
	}
	if err := set("eu-2", wanted()); fault.CodeOf(err) != "routing_invalid" || !strings.Contains(err.Error(), "e0.example.net belongs to resource eu-1") {
		t.Errorf("a trunk of two resources: %v", err)
	}
	if err := set("eu-1", trunk.Routing{Routes: wanted().Routes}); fault.CodeOf(err) != "routing_invalid" {
		t.Errorf("routes to no trunks: %v", err)
	}
	if err := s.DeleteTrunk(t.Context(), "e1.example.net"); fault.CodeOf(err) != "trunk_in_use" {
		t.Errorf("a trunk in a route: %v", err)
	}
	if err := set("eu-1", trunk.Routing{Trunks: wanted().Trunks}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteTrunk(t.Context(), "e1.example.net"); err != nil {
		t.Error(err)
	}
	if err := s.DeleteTrunk(t.Context(), "e1.example.net"); fault.CodeOf(err) != "trunk_unknown" {
		t.Error(err)
	}
}

// TestOursStaysOurs: an edge node that a document takes out of a resource is no stranger
// when a document brings it back, be it to another resource.
func TestOursStaysOurs(t *testing.T) {
	s := twoResources(t)
	set := func(id trunk.ResourceID, fqdns ...string) {
		t.Helper()
		_, err := s.ChangeRouting(t.Context(), id, func(trunk.Routing) (r trunk.Routing, err error) {
			for _, fqdn := range fqdns {
				r.Trunks = append(r.Trunks, trunk.Registered{FQDN: fqdn, Port: 5062})
			}
			return r, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	is := func(fqdn string, resource trunk.ResourceID, kind trunk.Kind) {
		t.Helper()
		if got, err := s.Trunk(t.Context(), fqdn); err != nil || got.Resource != resource || got.Kind != kind {
			t.Errorf("%s is %+v, %v", fqdn, got, err)
		}
	}
	set("eu-1", "x.example.net")
	is("e0.example.net", "", trunk.Builtin)
	set("eu-1", "x.example.net", "e0.example.net")
	is("e0.example.net", "eu-1", trunk.Builtin)
	is("x.example.net", "eu-1", trunk.External)
	set("eu-1")
	set("eu-2", "e0.example.net")
	is("e0.example.net", "eu-2", trunk.Builtin)
	if _, err := s.Trunk(t.Context(), "x.example.net"); fault.CodeOf(err) != "trunk_unknown" {
		t.Errorf("a stranger is kept: %v", err)
	}
	set("eu-2")
	if ways, err := s.Ways(t.Context(), "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9ff", "eu", trunk.Builtin); err != nil || len(ways) != 0 {
		t.Errorf("calls leave by a trunk of no resource: %v, %v", ways, err)
	}
	// Who makes the trunk anew has it; who deletes it means it.
	if made, err := s.CreateTrunk(t.Context(), trunk.Trunk{FQDN: "e0.example.net", Port: 5061, Resource: "eu-1", Kind: trunk.Builtin}); err != nil || made.Resource != "eu-1" {
		t.Errorf("%+v, %v", made, err)
	}
	set("eu-1")
	if err := s.DeleteTrunk(t.Context(), "e0.example.net"); err != nil {
		t.Error(err)
	}
	set("eu-1", "e0.example.net")
	is("e0.example.net", "eu-1", trunk.External)
}

// TestTeamsTrunksAreNoResources: an FQDN is a resource's or Teams', never both.
func TestTeamsTrunksAreNoResources(t *testing.T) {
	s := twoResources(t)
	teams := trunk.Trunk{FQDN: "t0.example.net", Port: 5061, Kind: trunk.Builtin, Connectivity: trunk.TeamsDirectRouting}
	if made, err := s.CreateTrunk(t.Context(), teams); err != nil || made.Resource != "" || made.Connectivity != trunk.TeamsDirectRouting {
		t.Fatalf("%+v, %v", made, err)
	}
	document := trunk.Routing{Trunks: []trunk.Registered{{FQDN: "t0.example.net", Port: 5061}}}
	const why = "t0.example.net is a trunk of Teams direct routing"
	_, err := s.ChangeRouting(t.Context(), "eu-1", func(trunk.Routing) (trunk.Routing, error) { return document, nil })
	if fault.CodeOf(err) != "routing_invalid" || !strings.Contains(err.Error(), why) {
		t.Errorf("in the registry: %v", err)
	}
	for _, state := range []trunk.RevisionState{trunk.Planned, trunk.Active} {
		_, err := s.CreateRevision(t.Context(), trunk.Revision{Resource: "eu-1", Desired: document, State: state})
		if fault.CodeOf(err) != "routing_invalid" || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", state, err)
		}
	}
	for _, c := range []trunk.Trunk{
		{FQDN: "t0.example.net", Port: 5061, Resource: "eu-1", Kind: trunk.External},
		{FQDN: "e0.example.net", Port: 5061, Kind: trunk.Builtin, Connectivity: trunk.TeamsDirectRouting},
		teams,
	} {
		if _, err := s.CreateTrunk(t.Context(), c); fault.CodeOf(err) != "trunk_exists" {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if err := s.DeleteTrunk(t.Context(), "t0.example.net"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateRevision(t.Context(), trunk.Revision{Resource: "eu-1", Desired: document, State: trunk.Active}); err != nil {
		t.Errorf("when Teams has it no more: %v", err)
	}
}

func TestTrunksOfAResourceAreLimited(t *testing.T) {
	s := twoResources(t)
	_, err := s.ChangeRouting(t.Context(), "eu-1", func(r trunk.Routing) (trunk.Routing, error) {
		for n := range 248 {
			r.Trunks = append(r.Trunks, trunk.Registered{FQDN: fmt.Sprintf("x%d.example.net", n), Port: 5061})
		}
		return r, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	errs := make([]error, 8)
	var all sync.WaitGroup
	for n := range errs {
		all.Go(func() {
			_, errs[n] = s.CreateTrunk(t.Context(), trunk.Trunk{FQDN: fmt.Sprintf("y%d.example.net", n), Port: 5061, Resource: "eu-1", Kind: trunk.External})
		})
	}
	all.Wait()
	made := 0
	for _, err := range errs {
		switch {
		case err == nil:
			made++
		case fault.CodeOf(err) != "trunks_full":
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("%d were made beside 249", made)
	}
	if _, err := s.CreateTrunk(t.Context(), trunk.Trunk{FQDN: "z.example.net", Port: 5061, Resource: "none", Kind: trunk.External}); fault.CodeOf(err) != "trunk_invalid" {
		t.Error(err)
	}
}

func plan(t *testing.T, s *postgres.Store, of trunk.ResourceID, desired trunk.Routing) trunk.Revision {
	t.Helper()
	r, err := s.CreateRevision(t.Context(), trunk.Revision{
		Resource: of, Author: trunk.By{ID: "user:1", Name: "Adele"}, Reason: "because", Desired: desired,
		Base: trunk.Routing{Domains: []trunk.Domain{{Name: "example.net", Enabled: true}}}.Normalize(), State: trunk.Planned,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAppliesAreOneAtATime: of many who apply at once one gets the resource, the others
// hear who has it.
func TestAppliesAreOneAtATime(t *testing.T) {
	s := twoResources(t)
	ben := trunk.By{ID: "user:2", Name: "Ben"}
	plans := make([]trunk.Revision, 6)
	for n := range plans {
		plans[n] = plan(t, s, "eu-1", wanted())
	}
	errs := make([]error, len(plans))
	var all sync.WaitGroup
	for n, p := range plans {
		all.Go(func() { _, errs[n] = s.BeginApply(t.Context(), p.ID, ben, time.Minute) })
	}
	all.Wait()
	won := slices.IndexFunc(errs, func(err error) bool { return err == nil })
	if won < 0 {
		t.Fatal(errs)
	}
	for n, err := range errs {
		if n != won && (fault.CodeOf(err) != "apply_under_way" || !strings.Contains(err.Error(), "Ben has been applying")) {
			t.Errorf("%d: %v", n, err)
		}
	}
	if _, err := s.BeginApply(t.Context(), plan(t, s, "eu-2", trunk.Routing{}).ID, ben, time.Minute); err != nil {
		t.Errorf("another resource: %v", err)
	}
	done, err := s.EndApply(t.Context(), plans[won].ID, trunk.Activating, "")
	if err != nil || done.State != trunk.Activating || done.EndedAt.IsZero() || done.Applier != ben {
		t.Fatalf("%+v, %v", done, err)
	}
	if r, err := s.Routing(t.Context(), "eu-1"); err != nil || r.Fingerprint() != wanted().Fingerprint() {
		t.Errorf("the registry has %+v, %v", r, err)
	}
	if _, err := s.BeginApply(t.Context(), plans[won].ID, ben, time.Minute); fault.CodeOf(err) != "plan_not_planned" {
		t.Errorf("applied twice: %v", err)
	}
	if err := s.Activate(t.Context(), done.ID); err != nil {
		t.Fatal(err)
	}
	next := plans[(won+1)%len(plans)]
	if _, err := s.BeginApply(t.Context(), next.ID, ben, time.Minute); err != nil {
		t.Fatal(err)
	}
	// A process that died is given up, by who comes next.
	third := plans[(won+2)%len(plans)]
	if _, err := s.BeginApply(t.Context(), third.ID, ben, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.EndApply(t.Context(), next.ID, trunk.Activating, ""); fault.CodeOf(err) != "apply_overtaken" {
		t.Errorf("the dead one came back: %v", err)
	}
	if _, err := s.EndApply(t.Context(), third.ID, trunk.Failed, "Microsoft refuses"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[trunk.RevisionID]trunk.RevisionState{done.ID: trunk.Active, next.ID: trunk.Failed, third.ID: trunk.Failed} {
		if r, err := s.Revision(t.Context(), id); err != nil || r.State != want || (want == trunk.Failed) != (r.Error != "") {
			t.Errorf("%+v, want %s: %v", r, want, err)
		}
	}
}

func TestRevisions(t *testing.T) {
	s := twoResources(t)
	first := plan(t, s, "eu-1", wanted())
	got, err := s.Revision(t.Context(), first.ID)
	if err != nil || got.Desired.Fingerprint() != wanted().Fingerprint() || len(got.Base.Domains) != 1 || got.Author.Name != "Adele" || got.Reason != "because" || got.State != trunk.Planned {
		t.Errorf("%+v, %v", got, err)
	}
	imported, err := s.CreateRevision(t.Context(), trunk.Revision{Resource: "eu-1", Desired: wanted(), Base: wanted(), State: trunk.Active, RollsBackTo: first.ID})
	if err != nil || imported.RollsBackTo != first.ID {
		t.Fatalf("%+v, %v", imported, err)
	}
	if r, err := s.Routing(t.Context(), "eu-1"); err != nil || r.Fingerprint() != wanted().Fingerprint() {
		t.Errorf("imported %+v, %v", r, err)
	}
	if _, err := s.CreateRevision(t.Context(), trunk.Revision{Resource: "eu-2", Desired: wanted(), State: trunk.Planned}); fault.CodeOf(err) != "routing_invalid" {
		t.Errorf("trunks of another resource: %v", err)
	}
	if _, err := s.CreateRevision(t.Context(), trunk.Revision{Resource: "none", State: trunk.Planned}); fault.CodeOf(err) != "resource_unknown" {
		t.Errorf("no resource: %v", err)
	}
	other := plan(t, s, "eu-2", trunk.Routing{})
	list := func(of trunk.ResourceID, before trunk.RevisionID, limit int) (ids []trunk.RevisionID) {
		all, err := s.ListRevisions(t.Context(), of, before, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all {
			ids = append(ids, r.ID)
		}
		return ids
	}
	if got := list("", "", 10); !slices.Equal(got, []trunk.RevisionID{other.ID, imported.ID, first.ID}) {
		t.Error(got)
	}
	if got := list("eu-1", imported.ID, 10); !slices.Equal(got, []trunk.RevisionID{first.ID}) {
		t.Error(got)
	}
	for _, id := range []trunk.RevisionID{"x", "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"} {
		if _, err := s.Revision(t.Context(), id); fault.CodeOf(err) != "plan_unknown" {
			t.Error(err)
		}
		if _, err := s.BeginApply(t.Context(), id, trunk.By{}, 0); fault.CodeOf(err) != "plan_unknown" {
			t.Error(err)
		}
	}
}

func TestDomainMarks(t *testing.T) {
	s := twoResources(t)
	ana := trunk.By{ID: "user:1", Name: "Ana"}
	at := time.Date(2026, 11, 30, 14, 2, 0, 0, time.UTC)
	publish := func(m *trunk.DomainMark) { m.TXT = "ms1"; m.Published.Set(true, ana, at) }
	for _, id := range []trunk.ResourceID{"eu-1", "eu-2"} {
		if m, err := s.MarkDomain(t.Context(), id, "example.net", publish); err != nil || m.Resource != id || m.Published.By != ana || !m.Published.At.Equal(at) {
			t.Fatalf("%+v, %v", m, err)
		}
	}
	if _, err := s.MarkDomain(t.Context(), "eu-1", "example.net", func(m *trunk.DomainMark) {
		if m.TXT != "ms1" {
			t.Errorf("it was forgotten: %+v", m)
		}
		m.Published.Set(false, ana, at)
		m.Verified.Set(true, ana, at)
	}); err != nil {
		t.Fatal(err)
	}
	if all, err := s.DomainMarks(t.Context(), "eu-1"); err != nil || len(all) != 1 || !all[0].Published.At.IsZero() || !all[0].Verified.At.Equal(at) {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := s.DomainMarks(t.Context(), "eu-2"); err != nil || len(all) != 1 || !all[0].Verified.At.IsZero() {
		t.Errorf("the other resource's: %+v, %v", all, err)
	}
	if _, err := s.MarkDomain(t.Context(), "none", "example.net", publish); fault.CodeOf(err) != "resource_unknown" {
		t.Error(err)
	}
	if _, err := s.MarkDomain(t.Context(), "eu-1", "no", publish); fault.CodeOf(err) != "domain_invalid" {
		t.Error(err)
	}
}
