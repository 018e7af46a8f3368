package postgres_test

import (
	"os"
	"testing"

	"tandem/internal/postgres"
	"tandem/internal/tenant"
	"tandem/internal/testkit"
	"tandem/internal/trunk"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// open makes a store on a database of the test's own.
func open(t *testing.T) (*postgres.Store, *testkit.Database) {
	t.Helper()
	db := testkit.Postgres(t)
	s, err := postgres.Open(t.Context(), postgres.Config{DSN: db.Admin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, db
}

// twoTenants is where every test of a store begins: what is t1's must not
// exist for t2.
func twoTenants(t *testing.T, s *postgres.Store) (t1, t2 tenant.Tenant) {
	t.Helper()
	if _, err := s.CreateRegion(t.Context(), trunk.Region{ID: "eu", Name: "Europe"}); err != nil {
		t.Fatal(err)
	}
	make := func(name, entra string) tenant.Tenant {
		made, err := s.CreateTenant(t.Context(), tenant.Tenant{
			Name: name, EntraTenantID: entra, State: tenant.Active, HomeRegion: "eu",
		})
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	return make("Contoso", "11111111-1111-4111-8111-111111111111"), make("Fabrikam", "22222222-2222-4222-8222-222222222222")
}

// agent makes an agent of a tenant; n tells them apart.
func agent(t *testing.T, s *postgres.Store, of tenant.ID, n string) tenant.Agent {
	t.Helper()
	a, err := s.CreateAgent(t.Context(), tenant.Agent{
		Tenant: of, OID: "aaaaaaaa-0000-4000-8000-00000000000" + n, Name: "Agent " + n,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// number makes a number of a tenant.
func number(t *testing.T, s *postgres.Store, of tenant.ID, e164 string, agents ...tenant.AgentID) tenant.Number {
	t.Helper()
	n, err := s.CreateNumber(t.Context(), tenant.Number{
		Tenant: of, E164: e164, Connectivity: trunk.ACSDirectRouting, Agents: agents,
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// ids lists what a list returned, for comparison.
func ids[T any, K comparable](all []T, key func(T) K) []K {
	out := []K{}
	for _, v := range all {
		out = append(out, key(v))
	}
	return out
}

func removeAll(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}
