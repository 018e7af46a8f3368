package postgres_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/flow"
	"tandem/internal/tenant"
)

func goodbye(text string) flow.Document {
	return flow.Document{Steps: []flow.Block{{Name: "bye", HangUp: &flow.HangUp{Sounds: []flow.Sound{{Text: text}}}}}}
}

func TestFlows(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	create := func(of tenant.ID, name string) flow.Flow {
		t.Helper()
		f, err := s.CreateFlow(ctx, flow.Flow{Tenant: of, Name: name}, goodbye(name))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first, second, theirs := create(t1.ID, " Service line "), create(t1.ID, "Night"), create(t2.ID, "Service line")
	if first.Name != "Service line" || first.Published != 1 || first.Newest != 1 || first.CreatedAt.IsZero() {
		t.Errorf("%+v", first)
	}
	_, err := s.CreateFlow(ctx, flow.Flow{Tenant: t1.ID, Name: "Night"}, goodbye("x"))
	wantCode(t, "the name again", err, "flow_exists")
	_, err = s.CreateFlow(ctx, flow.Flow{Tenant: t1.ID}, goodbye("x"))
	wantCode(t, "no name", err, "flow_invalid")
	_, err = s.CreateFlow(ctx, flow.Flow{Tenant: nobody, Name: "x"}, goodbye("x"))
	wantCode(t, "of nobody", err, "tenant_unknown")

	id := func(f flow.Flow) tenant.FlowID { return f.ID }
	for _, c := range []struct {
		in    tenant.ID
		after tenant.FlowID
		want  []tenant.FlowID
	}{
		{"", "", []tenant.FlowID{first.ID, second.ID, theirs.ID}}, {t1.ID, "", []tenant.FlowID{first.ID, second.ID}},
		{t1.ID, first.ID, []tenant.FlowID{second.ID}}, {t2.ID, "", []tenant.FlowID{theirs.ID}},
	} {
		all, err := s.ListFlows(ctx, c.in, c.after, 0)
		if got := ids(all, id); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v %v", c, got, err)
		}
		if got, err := s.Flow(ctx, c.in, all[0].ID); err != nil || !reflect.DeepEqual(got, all[0]) {
			t.Errorf("in %q: %+v %v", c.in, got, err)
		}
	}

	// A new version waits until it is published; versions do not change.
	changed, err := s.AddFlowVersion(ctx, t1.ID, first.ID, goodbye("later"))
	if err != nil || changed.Newest != 2 || changed.Published != 1 {
		t.Errorf("%+v %v", changed, err)
	}
	runs := func(want int, said string) {
		t.Helper()
		ref, d, err := s.Registry().Flow(ctx, t1.ID, first.ID)
		if err != nil || ref.ID != first.ID || ref.Version != want || !reflect.DeepEqual(d, goodbye(said)) {
			t.Errorf("%+v %+v %v, want %d", ref, d, err, want)
		}
	}
	runs(1, " Service line ")
	if changed, err = s.PublishFlow(ctx, t1.ID, first.ID, 2); err != nil || changed.Published != 2 {
		t.Errorf("%+v %v", changed, err)
	}
	runs(2, "later")
	if v, err := s.FlowVersion(ctx, t1.ID, first.ID, 1); err != nil || v.Version != 1 || v.Tenant != t1.ID || !reflect.DeepEqual(v.Document, goodbye(" Service line ")) {
		t.Errorf("%+v %v", v, err)
	}
	for _, n := range []int{0, 3} {
		_, err = s.PublishFlow(ctx, t1.ID, first.ID, n)
		wantCode(t, "no version", err, "flow_version_unknown")
		_, err = s.FlowVersion(ctx, t1.ID, first.ID, n)
		wantCode(t, "no version", err, "flow_version_unknown")
	}

	// A requested call has the version that it was asked for with, and who of those whom
	// it hands callers to can be rung.
	ana, ben := agent(t, s, t1.ID, "1"), agent(t, s, t1.ID, "2")
	away := flow.Document{Steps: []flow.Block{
		{Name: "first", Transfer: &flow.Transfer{Agent: string(ana.ID), Failed: "second"}},
		{Name: "second", Transfer: &flow.Transfer{Agent: string(ben.ID), Failed: "bye"}}, {Name: "bye", HangUp: &flow.HangUp{}},
	}}
	if changed, err = s.AddFlowVersion(ctx, t1.ID, first.ID, away); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ChangeAgent(ctx, t1.ID, ben.ID, func(a tenant.Agent) (tenant.Agent, error) { a.PausedAt = time.Now(); return a, nil }); err != nil {
		t.Fatal(err)
	}
	want := away.Knowing(map[tenant.AgentID]call.Person{ana.ID: {Endpoint: call.Endpoint{Kind: ana.Endpoint, ID: ana.OID}, Name: ana.Name}})
	ref := call.FlowRef{ID: first.ID, Version: changed.Newest}
	if d, err := s.Registry().FlowVersion(ctx, t1.ID, ref); err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("%+v %v", d, err)
	}
	_, err = s.Registry().FlowVersion(ctx, t2.ID, ref)
	wantCode(t, "t2 runs a version", err, "flow_version_unknown")

	// A number has it, so it stays.
	n := tenant.Number{Tenant: t1.ID, E164: "+493012345678", Connectivity: "c", Flow: first.ID}
	n, err = s.CreateNumber(ctx, n)
	if err != nil || n.Flow != first.ID || n.AnswerPolicy != tenant.AtOnce {
		t.Errorf("%+v %v", n, err)
	}
	wantCode(t, "in use", s.DeleteFlow(ctx, t1.ID, first.ID), "flow_in_use")
	give := func(f tenant.FlowID) error {
		_, err := s.ChangeNumber(ctx, t1.ID, n.E164, func(n tenant.Number) (tenant.Number, error) { n.Flow = f; return n, nil })
		return err
	}
	wantCode(t, "another tenant's", give(theirs.ID), "number_invalid")
	wantCode(t, "no id", give("x"), "number_invalid")
	if err := give(""); err != nil {
		t.Error(err)
	}
	if err := s.DeleteFlow(ctx, t1.ID, first.ID); err != nil {
		t.Error(err)
	}
	_, err = s.FlowVersion(ctx, t1.ID, first.ID, 1)
	wantCode(t, "it is gone", err, "flow_version_unknown")

	// The other tenant has none of it.
	_, err = s.Flow(ctx, t2.ID, second.ID)
	wantCode(t, "t2 reads", err, "flow_unknown")
	_, err = s.AddFlowVersion(ctx, t2.ID, second.ID, goodbye("x"))
	wantCode(t, "t2 changes", err, "flow_unknown")
	_, err = s.PublishFlow(ctx, t2.ID, second.ID, 1)
	wantCode(t, "t2 publishes", err, "flow_unknown")
	_, err = s.FlowVersion(ctx, t2.ID, second.ID, 1)
	wantCode(t, "t2 reads a version", err, "flow_version_unknown")
	_, _, err = s.Registry().Flow(ctx, t2.ID, second.ID)
	wantCode(t, "t2 runs it", err, "flow_unknown")
	wantCode(t, "t2 deletes", s.DeleteFlow(ctx, t2.ID, second.ID), "flow_unknown")
	wantCode(t, "no id", s.DeleteFlow(ctx, t1.ID, "x"), "flow_unknown")
}

// Of many who add versions at once each gets another number.
func TestFlowVersionsAtOnce(t *testing.T) {
	s, _ := open(t)
	t1, _ := twoTenants(t, s)
	f, err := s.CreateFlow(t.Context(), flow.Flow{Tenant: t1.ID, Name: "x"}, goodbye("0"))
	if err != nil {
		t.Fatal(err)
	}
	var g errgroup.Group
	for i := range 8 {
		g.Go(func() error {
			_, err := s.AddFlowVersion(t.Context(), t1.ID, f.ID, goodbye(fmt.Sprint(i)))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if f, err = s.Flow(t.Context(), t1.ID, f.ID); err != nil || f.Newest != 9 || f.Published != 1 || f.ChangedAt.Sub(f.CreatedAt) > time.Minute {
		t.Errorf("%+v %v", f, err)
	}
	if _, err := s.FlowVersion(t.Context(), t1.ID, f.ID, 9); fault.KindOf(err) != fault.KindNone {
		t.Error(err)
	}
}
