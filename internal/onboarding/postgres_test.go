package onboarding_test

import (
	"testing"
	"time"

	"tandem/internal/onboarding"
	"tandem/internal/postgres"
	"tandem/internal/tenant"
	"tandem/internal/testkit"
	"tandem/internal/trunk"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestOnPostgres: the store that the product has does what the fake one does.
func TestOnPostgres(t *testing.T) {
	s, err := postgres.Open(t.Context(), postgres.Config{DSN: testkit.Postgres(t).Admin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for n, region := range []trunk.RegionID{"eu", "us"} {
		if _, err := s.CreateRegion(t.Context(), trunk.Region{ID: region, Name: "Region " + string(region)}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateResource(t.Context(), trunk.Resource{
			ID: trunk.ResourceID(region + "-1"), Region: region, Endpoint: "https://" + string(region) + ".communication.azure.com/",
			ImmutableID: "aaaaaaaa-0000-4000-8000-00000000000" + string(rune('1'+n)), AccessKey: []byte("sealed"),
			MadeAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		}); err != nil {
			t.Fatal(err)
		}
	}
	made, err := s.CreateTenant(t.Context(), tenant.Tenant{Name: "Contoso", State: tenant.Invited, HomeRegion: "eu"})
	if err != nil {
		t.Fatal(err)
	}
	onboarding.OnStore(t, s, made.ID, func() onboarding.Standing {
		all, err := s.ListTenants(t.Context(), "", onboarding.TenantFilter{}, "", 0)
		if err != nil || len(all) != 1 || all[0].ID != made.ID {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0].Standing
	})
}
