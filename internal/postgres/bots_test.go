package postgres_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"

	"tandem/internal/tenant"
)

func TestBots(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	wanted := func(of tenant.ID, name string) tenant.Bot {
		return tenant.Bot{Tenant: of, ID: tenant.BotID(uuid.Must(uuid.NewV7()).String()), Name: name, URL: "wss://bot.example.com/x", Secret: []byte("sealed"), Language: "EN-gb", DTMFClears: true}
	}
	create := func(of tenant.ID, name string) tenant.Bot {
		t.Helper()
		b, err := s.CreateBot(ctx, wanted(of, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first, second, theirs := create(t1.ID, "Flights"), create(t1.ID, "Hotels"), create(t2.ID, "Flights")
	if first.Language != "en-GB" || !first.DTMFClears || string(first.Secret) != "sealed" || first.CreatedAt.IsZero() {
		t.Errorf("%+v", first)
	}
	for name, row := range map[string]struct {
		b    tenant.Bot
		code string
	}{
		"the name again": {wanted(t1.ID, "Flights"), "bot_exists"},
		"no name":        {wanted(t1.ID, ""), "bot_invalid"},
		"of nobody":      {wanted(nobody, "x"), "tenant_unknown"},
		"no id":          {tenant.Bot{Tenant: t1.ID, Name: "x", URL: "wss://x"}, "bot_id"},
	} {
		_, err := s.CreateBot(ctx, row.b)
		wantCode(t, name, err, row.code)
	}
	for _, in := range []tenant.ID{"", t1.ID} {
		if got, err := s.Bot(ctx, in, first.ID); err != nil || !reflect.DeepEqual(got, first) {
			t.Errorf("in %q: %+v %v, want %+v", in, got, err, first)
		}
	}
	id := func(b tenant.Bot) tenant.BotID { return b.ID }
	for _, c := range []struct {
		in    tenant.ID
		after tenant.BotID
		limit int
		want  []tenant.BotID
	}{
		{"", "", 0, []tenant.BotID{first.ID, second.ID, theirs.ID}}, {t1.ID, "", 0, []tenant.BotID{first.ID, second.ID}},
		{t1.ID, first.ID, 0, []tenant.BotID{second.ID}}, {"", "", 1, []tenant.BotID{first.ID}},
	} {
		if got, err := s.ListBots(ctx, c.in, c.after, c.limit); err != nil || !slices.Equal(ids(got, id), c.want) {
			t.Errorf("in %q after %q: %v %v", c.in, c.after, ids(got, id), err)
		}
	}
	changed, err := s.ChangeBot(ctx, t1.ID, first.ID, func(b tenant.Bot) (tenant.Bot, error) {
		b.Name, b.Tenant, b.ID = "Trains", t2.ID, theirs.ID // whose it is stays
		return b, nil
	})
	if err != nil || changed.Name != "Trains" || changed.ID != first.ID || changed.Tenant != t1.ID {
		t.Errorf("%+v, %v", changed, err)
	}
	_, err = s.ChangeBot(ctx, t1.ID, first.ID, func(b tenant.Bot) (tenant.Bot, error) { b.Name = "Hotels"; return b, nil })
	wantCode(t, "another's name", err, "bot_exists")
	same := func(b tenant.Bot) (tenant.Bot, error) { return b, nil }
	for name, do := range map[string]func(tenant.ID, tenant.BotID) error{
		"read":   func(in tenant.ID, id tenant.BotID) error { _, err := s.Bot(ctx, in, id); return err },
		"change": func(in tenant.ID, id tenant.BotID) error { _, err := s.ChangeBot(ctx, in, id, same); return err },
		"delete": func(in tenant.ID, id tenant.BotID) error { return s.DeleteBot(ctx, in, id) },
	} {
		wantCode(t, name+" another tenant's", do(t2.ID, first.ID), "bot_unknown")
		wantCode(t, name+" nobody's", do(t1.ID, tenant.BotID(nobody)), "bot_unknown")
		wantCode(t, name+" no id", do(t1.ID, "x"), "bot_unknown")
	}
	if err := s.DeleteBot(ctx, t1.ID, first.ID); err != nil {
		t.Error(err)
	}
	wantCode(t, "a tenant with bots", s.DeleteTenant(ctx, t1.ID), "tenant_in_use")
	for n := range tenant.MaxBots - 1 {
		create(t1.ID, fmt.Sprint("bot ", n))
	}
	_, err = s.CreateBot(ctx, wanted(t1.ID, "one more"))
	wantCode(t, "one more than fit", err, "bots_full")
}
