package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// TestEventsOfTwoTenants: whoever follows a tenant's events meets no other
// tenant's, whatever he says he has seen.
func TestEventsOfTwoTenants(t *testing.T) {
	s, db := open(t)
	t1, t2 := twoTenants(t, s)
	const each = 3
	for range each {
		for _, of := range []tenant.ID{t1.ID, t2.ID} {
			if err := s.PublishEvent(t.Context(), of, provider.TenantPaused, now(), map[string]string{"of": string(of)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if more, err := s.RouteEvents(t.Context(), func(context.Context, pgx.Tx, provider.DeliveryKey, int) error { return nil }); err != nil || more {
		t.Fatal(more, err)
	}
	all, err := s.EventsAfter(t.Context(), "", 0, 0)
	if err != nil || len(all) != 2*each {
		t.Fatal(all, err)
	}
	foreign := all[1].ID // t2's first
	for name, ask := range map[string]func() ([]provider.Event, error){
		"from the beginning": func() ([]provider.Event, error) { return s.EventsAfter(t.Context(), t1.ID, 0, 0) },
		"the newest first":   func() ([]provider.Event, error) { return s.ListEvents(t.Context(), t1.ID, "", "", 0) },
		"from an event of another's on": func() ([]provider.Event, error) {
			place, err := s.PlaceOf(t.Context(), t1.ID, foreign)
			if place != 0 || err != nil {
				t.Errorf("another's event has the place %d, %v", place, err)
			}
			return s.EventsAfter(t.Context(), t1.ID, place, 0)
		},
	} {
		found, err := ask()
		if err != nil || len(found) != each {
			t.Errorf("%s: %v %v", name, found, err)
		}
		for _, e := range found {
			if e.Tenant != t1.ID {
				t.Errorf("%s: an event of %s", name, e.Tenant)
			}
		}
	}
	if before, err := s.ListEvents(t.Context(), t1.ID, "", foreign, 0); err != nil || len(before) != 0 {
		t.Errorf("before another's event: %v %v", before, err)
	}
	if last, err := s.PlaceOf(t.Context(), t1.ID, ""); err != nil || last != all[2*each-2].Seq {
		t.Errorf("the last one is %d, %v", last, err)
	}
	if _, err := s.TenantOfEvent(t.Context(), t1.ID, foreign); fault.KindOf(err) != fault.KindNotFound {
		t.Error(err)
	}

	// Also a query that forgets to ask for a tenant finds no other's rows.
	conn := connect(t, db.Admin)
	if _, err := conn.Exec(t.Context(), `SET ROLE tandem_app; SELECT set_config('app.tenant_id', '`+string(t1.ID)+`', false)`); err != nil {
		t.Fatal(err)
	}
	if seen := strs(t, conn, `SELECT DISTINCT tenant_id::text FROM event`); len(seen) != 1 || seen[0] != string(t1.ID) {
		t.Error(seen)
	}
}
