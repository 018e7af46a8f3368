package check

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/trunk"
)

// shelfOfRevisions is a registry of one resource.
type shelfOfRevisions struct {
	now   trunk.Routing
	revs  []trunk.Revision
	marks []trunk.DomainMark
	stuck error // of the next end that is no failure
}

func (s *shelfOfRevisions) DomainMarks(context.Context, trunk.ResourceID) ([]trunk.DomainMark, error) {
	return s.marks, nil
}

func (s *shelfOfRevisions) MarkDomain(_ context.Context, _ trunk.ResourceID, name string, change func(*trunk.DomainMark)) (trunk.DomainMark, error) {
	m := trunk.DomainMark{Name: name}
	change(&m)
	s.marks = append(s.marks, m)
	return m, nil
}

func (s *shelfOfRevisions) Routing(_ context.Context, of trunk.ResourceID) (trunk.Routing, error) {
	if of != "eu-1" {
		return trunk.Routing{}, fault.NotFound("resource_unknown", "there is no such resource")
	}
	return s.now, nil
}

func (s *shelfOfRevisions) CreateRevision(_ context.Context, r trunk.Revision) (trunk.Revision, error) {
	r.ID = trunk.RevisionID(string(rune('a' + len(s.revs))))
	s.revs = append(s.revs, r)
	if r.State == trunk.Active {
		s.now = r.Desired
	}
	return r, nil
}

func (s *shelfOfRevisions) find(id trunk.RevisionID) (*trunk.Revision, error) {
	for i := range s.revs {
		if s.revs[i].ID == id {
			return &s.revs[i], nil
		}
	}
	return nil, fault.NotFound("plan_unknown", "there is no such plan")
}

func (s *shelfOfRevisions) Revision(_ context.Context, id trunk.RevisionID) (trunk.Revision, error) {
	r, err := s.find(id)
	if err != nil {
		return trunk.Revision{}, err
	}
	return *r, nil
}

func (s *shelfOfRevisions) ListRevisions(_ context.Context, _ trunk.ResourceID, before trunk.RevisionID, _ int) ([]trunk.Revision, error) {
	var all []trunk.Revision
	for _, r := range slices.Backward(s.revs) {
		if before == "" || r.ID < before {
			all = append(all, r)
		}
	}
	return all, nil
}

func (s *shelfOfRevisions) BeginApply(_ context.Context, id trunk.RevisionID, by trunk.By, _ time.Duration) (trunk.Revision, error) {
	r, err := s.find(id)
	if err != nil {
		return trunk.Revision{}, err
	}
	r.State, r.Applier = trunk.Applying, by
	return *r, nil
}

func (s *shelfOfRevisions) EndApply(_ context.Context, id trunk.RevisionID, state trunk.RevisionState, reason string) (trunk.Revision, error) {
	r, err := s.find(id)
	if err != nil {
		return trunk.Revision{}, err
	}
	if state != trunk.Failed && s.stuck != nil {
		return trunk.Revision{}, s.stuck
	}
	r.State, r.Error = state, reason
	if state != trunk.Failed {
		s.now = r.Desired
	}
	return *r, nil
}

func (s *shelfOfRevisions) Activate(_ context.Context, id trunk.RevisionID) error {
	r, err := s.find(id)
	if err == nil {
		r.State = trunk.Active
	}
	return err
}

// far is Microsoft's side.
type far struct {
	has    trunk.Routing
	broken error // of the next patch
	done   bool  // whether it is done all the same
	away   error // of reading after a patch
	asked  int   // patches
}

func (f *far) Routing(context.Context) (trunk.Routing, error) {
	if f.asked > 0 && f.away != nil {
		return trunk.Routing{}, f.away
	}
	return f.has.Normalize(), nil
}

func (f *far) PatchRouting(_ context.Context, p trunk.Patch) (trunk.Routing, error) {
	f.asked++
	if f.broken == nil || f.done {
		has := trunk.Routing{Routes: f.has.Routes}
		for _, t := range f.has.Trunks {
			if _, changed := p.Ports[t.FQDN]; !changed && !slices.Contains(p.Remove, t.FQDN) {
				has.Trunks = append(has.Trunks, t)
			}
		}
		for fqdn, port := range p.Ports {
			has.Trunks = append(has.Trunks, trunk.Registered{FQDN: fqdn, Port: port})
		}
		if p.ReplaceRoutes {
			has.Routes = p.Routes
		}
		f.has = has
	}
	return f.has.Normalize(), f.broken
}

func oneTrunk(port int) trunk.Routing {
	return trunk.Routing{Trunks: []trunk.Registered{{FQDN: "e0.example.net", Port: port}}, Routes: []trunk.Route{{Name: "all", Pattern: `^\+`, Trunks: []string{"e0.example.net"}}}}.Normalize()
}

func routings(has, wanted trunk.Routing) (*Routings, *shelfOfRevisions, *far) {
	s, f := &shelfOfRevisions{now: wanted}, &far{has: has}
	return &Routings{
		Registry: s, Far: func(context.Context, trunk.ResourceID) (Far, error) { return f, nil },
		Proved: func(context.Context, string, time.Time) (bool, error) { return true, nil },
	}, s, f
}

func planned(t *testing.T, r *Routings, p Proposal) trunk.Revision {
	t.Helper()
	p.Resource = "eu-1"
	rev, err := r.Plan(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

func TestPlanAndApply(t *testing.T) {
	r, s, f := routings(oneTrunk(5061), oneTrunk(5062))
	rev := planned(t, r, Proposal{Reason: "moved", By: trunk.By{ID: "user:1"}})
	if len(rev.Plan().Changes) != 1 || f.asked != 0 {
		t.Fatalf("%+v, %d patches", rev, f.asked)
	}
	done, err := r.Apply(t.Context(), rev.ID, trunk.By{ID: "user:2"})
	if err != nil || done.State != trunk.Activating || done.Applier.ID != "user:2" || f.has.Fingerprint() != oneTrunk(5062).Fingerprint() {
		t.Fatalf("%+v, %v; Microsoft has %+v", done, err, f.has)
	}
	// A file, back again, and nothing to do.
	document := oneTrunk(5063)
	rev = planned(t, r, Proposal{Document: &document})
	if _, err := r.Apply(t.Context(), rev.ID, trunk.By{}); err != nil || s.now.Trunks[0].Port != 5063 {
		t.Fatalf("%+v, %v", s.now, err)
	}
	back := planned(t, r, Proposal{RollBackTo: done.ID})
	if _, err := r.Apply(t.Context(), back.ID, trunk.By{}); err != nil || f.has.Trunks[0].Port != 5062 || back.RollsBackTo != done.ID {
		t.Fatalf("%+v, %v", f.has, err)
	}
	before := f.asked
	if _, err := r.Apply(t.Context(), planned(t, r, Proposal{}).ID, trunk.By{}); err != nil || f.asked != before {
		t.Errorf("nothing to do took %d patches: %v", f.asked-before, err)
	}
}

func TestPlanRefuses(t *testing.T) {
	r, s, _ := routings(oneTrunk(5061), oneTrunk(5061))
	lookAhead := oneTrunk(5061)
	lookAhead.Routes[0].Pattern = `^(?!x)`
	other, _ := s.CreateRevision(t.Context(), trunk.Revision{Resource: "us-1"})
	for name, c := range map[string]struct {
		p    Proposal
		code string
	}{
		"no resource":      {Proposal{Resource: "no"}, "resource_unknown"},
		"two wishes":       {Proposal{Resource: "eu-1", Document: &lookAhead, RollBackTo: "a"}, "plan_invalid"},
		"a new look-ahead": {Proposal{Resource: "eu-1", Document: &lookAhead}, "routing_invalid"},
		"no revision":      {Proposal{Resource: "eu-1", RollBackTo: "z"}, "plan_unknown"},
		"another one's":    {Proposal{Resource: "eu-1", RollBackTo: other.ID}, "plan_invalid"},
	} {
		if _, err := r.Plan(t.Context(), c.p); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEditedElsewhere: what somebody did in the portal since is told, and left alone.
func TestEditedElsewhere(t *testing.T) {
	r, s, f := routings(oneTrunk(5061), oneTrunk(5062))
	rev := planned(t, r, Proposal{})
	f.has.Trunks = append(f.has.Trunks, trunk.Registered{FQDN: "x.example.net", Port: 1})
	_, err := r.Apply(t.Context(), rev.ID, trunk.By{})
	if fault.CodeOf(err) != "base_changed" || !strings.Contains(err.Error(), "+ trunk x.example.net") || f.asked != 0 {
		t.Errorf("%v after %d patches", err, f.asked)
	}
	if s.revs[0].State != trunk.Failed || !strings.Contains(s.revs[0].Error, "plan again") {
		t.Errorf("%+v", s.revs[0])
	}
	if s.now.Trunks[0].Port != 5062 || len(s.now.Trunks) != 1 {
		t.Error("the registry was changed")
	}
}

// TestNoAnswerToThePatch: it is found out what became of it, where that can be done.
func TestNoAnswerToThePatch(t *testing.T) {
	away := fault.Unavailable("acs_unavailable", "no answer")
	for name, c := range map[string]struct {
		done    bool
		away    error
		refused error
		code    string
		state   trunk.RevisionState
	}{
		"it was done":     {true, nil, away, "", trunk.Activating},
		"it was not":      {false, nil, away, "acs_unavailable", trunk.Failed},
		"nobody knows":    {true, away, away, "apply_unknown", trunk.Failed},
		"it was refused":  {false, nil, fault.Conflict("routing_refused", "no"), "routing_refused", trunk.Failed},
		"something broke": {false, nil, errors.New("x"), "internal", trunk.Failed},
	} {
		r, s, f := routings(oneTrunk(5061), oneTrunk(5062))
		rev := planned(t, r, Proposal{})
		f.broken, f.done, f.away = c.refused, c.done, c.away
		_, err := r.Apply(t.Context(), rev.ID, trunk.By{})
		if got := fault.CodeOf(err); got != c.code || s.revs[0].State != c.state {
			t.Errorf("%s: %v, %s", name, err, s.revs[0].State)
		}
	}
}

// TestRegistryCannotFollow: Microsoft has it, so the plan does not wait for its end for ever.
func TestRegistryCannotFollow(t *testing.T) {
	r, s, f := routings(oneTrunk(5061), oneTrunk(5062))
	s.stuck = fault.Invalid("routing_invalid", "e0 is another resource's by now")
	rev := planned(t, r, Proposal{})
	_, err := r.Apply(t.Context(), rev.ID, trunk.By{})
	if fault.CodeOf(err) != "apply_not_followed" || !strings.Contains(err.Error(), "import the routing") || f.asked != 1 {
		t.Errorf("%v after %d patches", err, f.asked)
	}
	if s.revs[0].State != trunk.Failed || !strings.Contains(s.revs[0].Error, "another resource's") {
		t.Errorf("%+v", s.revs[0])
	}
}

// TestDomainsAreAPersonsStep: what is said of them is in the notes of plans, in the list,
// and in what a refusal tells.
func TestDomainsAreAPersonsStep(t *testing.T) {
	r, s, f := routings(trunk.Routing{}, oneTrunk(5061))
	txt := "ms1"
	m, err := r.MarkDomain(t.Context(), "eu-1", "example.net", DomainStep{TXT: &txt, Published: true, By: trunk.By{ID: "user:1", Name: "Ana"}})
	if err != nil || m.TXT != "ms1" || m.Published.By.Name != "Ana" || m.Published.At.IsZero() || !m.Verified.At.IsZero() {
		t.Fatalf("%+v, %v", m, err)
	}
	rev := planned(t, r, Proposal{})
	notes, err := r.Notes(t.Context(), rev)
	if err != nil || len(notes) != 1 || notes[0].Code != trunk.NoteDomain || !strings.Contains(notes[0].Text, "Ana has put") {
		t.Errorf("%v, %v", notes, err)
	}
	s.now = trunk.Routing{} // the plan alone needs it
	if all, err := r.Domains(t.Context(), "eu-1"); err != nil || len(all) != 1 || all[0].State != trunk.DomainPublished || len(all[0].Trunks) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	f.broken = fault.Conflict("routing_refused", "Microsoft refuses")
	if _, err := r.Apply(t.Context(), rev.ID, trunk.By{}); fault.CodeOf(err) != "domain_not_verified" || !strings.Contains(err.Error(), "Microsoft refuses\nMicrosoft does not list the domain example.net") {
		t.Errorf("refused with %v", err)
	}
	if s.revs[0].State != trunk.Failed || !strings.Contains(s.revs[0].Error, "example.net") {
		t.Errorf("%+v", s.revs[0])
	}
}

// TestMistakesAreFoundWhereTheyAre: a document is judged in the order in which it was written.
func TestMistakesAreFoundWhereTheyAre(t *testing.T) {
	r, _, _ := routings(trunk.Routing{}, trunk.Routing{})
	document := trunk.Routing{
		Trunks: []trunk.Registered{{FQDN: "Z.example.net", Port: 5061}, {FQDN: "a.example.net"}},
		Routes: []trunk.Route{{Name: "all", Pattern: `^\+`, Trunks: []string{"z.example.net", "b.example.net"}}},
	}.Plain()
	_, err := r.Plan(t.Context(), Proposal{Resource: "eu-1", Document: &document})
	if fault.CodeOf(err) != "routing_invalid" || !strings.Contains(err.Error(), "trunks[1].port") || !strings.Contains(err.Error(), "routes[0].trunks[1]") {
		t.Error(err)
	}
}

func TestImport(t *testing.T) {
	has := oneTrunk(5061)
	has.Routes[0].Pattern = `^\+(?!1)`
	r, s, _ := routings(has, trunk.Routing{})
	rev, err := r.Import(t.Context(), "eu-1", "as it was", trunk.By{})
	if err != nil || rev.State != trunk.Active || s.now.Fingerprint() != has.Fingerprint() {
		t.Fatalf("%+v, %v", rev, err)
	}
	if notes, err := r.Notes(t.Context(), planned(t, r, Proposal{})); err != nil || len(notes) != 1 || notes[0].Code != trunk.NoteNotChecked {
		t.Errorf("an imported look-ahead: %v, %v", notes, err)
	}
	if _, err := r.Import(t.Context(), "no", "", trunk.By{}); fault.CodeOf(err) != "resource_unknown" {
		t.Error(err)
	}
}

func TestCertificatesOfOurTrunks(t *testing.T) {
	r, _, _ := routings(oneTrunk(5061), oneTrunk(5061))
	for _, c := range []struct {
		names []string
		ours  bool
		notes int
	}{{[]string{"*.example.net"}, true, 0}, {[]string{"*.net"}, true, 1}, {nil, false, 0}} {
		r.CertificateNames = func(string) ([]string, bool) { return c.names, c.ours }
		if notes, err := r.Notes(t.Context(), planned(t, r, Proposal{})); err != nil || len(notes) != c.notes {
			t.Errorf("%v: %v, %v", c.names, notes, err)
		}
	}
}

func TestWatch(t *testing.T) {
	r, s, f := routings(oneTrunk(5061), oneTrunk(5062))
	proved := false
	r.Proved = func(_ context.Context, fqdn string, _ time.Time) (bool, error) {
		return proved && fqdn == "e0.example.net", nil
	}
	if d, err := r.Watch(t.Context(), "eu-1"); err != nil || !d.Never {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := r.Apply(t.Context(), planned(t, r, Proposal{}).ID, trunk.By{}); err != nil {
		t.Fatal(err)
	}
	planned(t, r, Proposal{}) // a later one that was not applied
	f.has.Trunks[0].Health = &trunk.Health{Overall: "unknown"}
	if d, err := r.Watch(t.Context(), "eu-1"); err != nil || len(d.Changes) != 0 || len(d.Inactive) != 1 || s.revs[0].State != trunk.Activating {
		t.Errorf("before it is heard: %+v, %v, %s", d, err, s.revs[0].State)
	}
	f.has.Trunks[0].Health.Overall = "active"
	if d, err := r.Watch(t.Context(), "eu-1"); err != nil || len(d.Unproved) != 1 || s.revs[0].State != trunk.Activating {
		t.Errorf("before a call: %+v, %v, %s", d, err, s.revs[0].State)
	}
	proved = true
	if d, err := r.Watch(t.Context(), "eu-1"); err != nil || len(d.Inactive) != 0 || s.revs[0].State != trunk.Active {
		t.Errorf("after: %+v, %v, %s", d, err, s.revs[0].State)
	}
	f.has.Routes = nil
	if d, err := r.Watch(t.Context(), "eu-1"); err != nil || len(d.Changes) != 1 || d.Changes[0].Action != trunk.Add {
		t.Errorf("a route was taken out: %+v, %v", d, err)
	}
}
