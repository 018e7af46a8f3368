package admin

import (
	"context"
	"slices"
	"time"

	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

// TestUserHours is whom Tandem may ring by itself, and when.
type TestUserHours struct {
	OID   string   `json:"oid" maxLength:"36" doc:"The person's object id in Entra." example:"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	Name  string   `json:"name,omitempty" maxLength:"256" doc:"What the person is called; without it as in the directory." example:"Adele Vance"`
	Zone  string   `json:"zone" maxLength:"64" doc:"Time zone of the hours: a name of the IANA database." example:"Europe/Madrid"`
	Days  []string `json:"days" nullable:"false" minItems:"1" maxItems:"7" enum:"mon,tue,wed,thu,fri,sat,sun" doc:"Days of the week." example:"[\"mon\",\"fri\"]"`
	From  string   `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" patternDescription:"a time of day, 09:30" doc:"Of those days: the first minute." example:"09:00"`
	Until string   `json:"until" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$" patternDescription:"a time of day, 17:30" doc:"Of those days: the first minute that is too late, 24:00 at the latest." example:"17:00"`
}

// TestUser is whom a tenant named, and what comes of it.
type TestUser struct {
	TestUserHours
	By      string     `json:"by" doc:"Who named him, as in the audit trail." example:"user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	ByName  string     `json:"by_name,omitempty" doc:"What the person, or the key, was called then; absent: nobody knew." example:"Adele Vance"`
	NamedAt time.Time  `json:"named_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	RungAt  *time.Time `json:"rung_at,omitempty" doc:"When he was last rung by ourselves." example:"2026-11-22T09:30:00Z"`
	NextAt  *time.Time `json:"next_at,omitempty" doc:"When we look next whether a ring is needed; calls of people's own put it off." example:"2026-11-23T09:30:00Z"`
}

// The days of the week as the API names them, from Sunday.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func showTestUser(v *onboarding.TestUserView) *TestUser {
	if v == nil {
		return nil
	}
	return &TestUser{
		TestUserHours: TestUserHours{
			OID: v.OID, Name: v.Name, Zone: v.Zone, From: v.From.String(), Until: v.Until.String(),
			Days: each(v.Days, func(d time.Weekday) string { return weekdays[d] }),
		},
		By: v.NamedBy, ByName: v.ByName, NamedAt: v.NamedAt.UTC(), RungAt: at(v.RungAt), NextAt: at(v.NextAt),
	}
}

type testUserHours struct {
	TenantPath
	Body TestUserHours
}

func (in *testUserHours) testUser() (u tenant.TestUser, err error) {
	u = tenant.TestUser{OID: in.Body.OID, Name: in.Body.Name, Zone: in.Body.Zone}
	for i, name := range weekdays {
		if slices.Contains(in.Body.Days, name) {
			u.Days = append(u.Days, time.Weekday(i))
		}
	}
	if u.From, err = tenant.ParseMinute(in.Body.From); err != nil {
		return u, err
	}
	u.Until, err = tenant.ParseMinute(in.Body.Until)
	return u, err
}

func (s *server) nameTestUser(ctx context.Context, in *testUserHours) (*shown[Federation], error) {
	return ofTenant(ctx, s, in.TenantPath, func(t tenant.Tenant) (f onboarding.Federation, err error) {
		u, err := in.testUser()
		if err != nil {
			return f, err
		}
		if err := s.deps.Onboarding.NameTestUser(ctx, callerOf(ctx).actor, t.ID, u); err != nil {
			return f, err
		}
		return s.deps.Onboarding.Federation(ctx, t.ID)
	}, showFederation)
}

func (s *server) forgetTestUser(ctx context.Context, in *TenantPath) (*shown[Federation], error) {
	return ofTenant(ctx, s, *in, func(t tenant.Tenant) (f onboarding.Federation, err error) {
		if err := s.deps.Onboarding.ForgetTestUser(ctx, callerOf(ctx).actor, t.ID); err != nil {
			return f, err
		}
		return s.deps.Onboarding.Federation(ctx, t.ID)
	}, showFederation)
}
