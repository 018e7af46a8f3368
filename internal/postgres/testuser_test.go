package postgres_test

import (
	"reflect"
	"testing"
	"time"

	"tandem/internal/tenant"
)

func TestTestUser(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	_, err := s.TestUser(ctx, t1.ID)
	wantCode(t, "nobody is named", err, "test_user_unknown")

	named := tenant.TestUser{
		Tenant: t1.ID, OID: "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02", Name: "Ada", Zone: "Europe/Madrid", Days: []time.Weekday{0, 6},
		From: 0, Until: 24 * 60, NamedBy: "key:x", ByName: "contact centre", NamedAt: now(),
	}
	for _, zone := range []string{"UTC", named.Zone} { // the second time in place of the first
		u := named
		u.Zone = zone
		if err := s.SaveTestUser(ctx, u); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.TestUser(ctx, t1.ID)
	if got.NamedAt = got.NamedAt.UTC(); err != nil || !reflect.DeepEqual(got, named) {
		t.Errorf("%+v, %v, want %+v", got, err, named)
	}
	_, err = s.TestUser(ctx, t2.ID)
	wantCode(t, "t2 reads", err, "test_user_unknown")
	if err := s.DeleteTestUser(ctx, t2.ID); err != nil {
		t.Error(err)
	}
	if _, err := s.TestUser(ctx, t1.ID); err != nil {
		t.Errorf("t2 deletes: %v", err)
	}
	for range 2 {
		if err := s.DeleteTestUser(ctx, t1.ID); err != nil {
			t.Fatal(err)
		}
		_, err = s.TestUser(ctx, t1.ID)
		wantCode(t, "forgotten", err, "test_user_unknown")
	}
}
