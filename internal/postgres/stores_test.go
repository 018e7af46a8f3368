package postgres_test

import (
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// nobody is an id that nothing has.
const nobody = "99999999-9999-4999-8999-999999999999"

// wantCode fails unless err is the fault with this code.
func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Errorf("%s: %v, want the code %s", what, err, code)
	}
}

func TestTenants(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	if got, err := s.Tenant(ctx, t1.ID); err != nil || got != t1 {
		t.Errorf("%+v, %v, want %+v", got, err, t1)
	}
	if age := time.Since(t1.CreatedAt); age < -time.Minute || age > time.Minute || t1.CreatedAt.Location() != time.UTC {
		t.Errorf("created at %v", t1.CreatedAt)
	}
	_, err := s.CreateTenant(ctx, tenant.Tenant{Name: "Again", EntraTenantID: strings.ToUpper(t1.EntraTenantID), State: tenant.Invited, HomeRegion: "eu"})
	wantCode(t, "the same Entra tenant", err, "tenant_exists")
	_, err = s.CreateTenant(ctx, tenant.Tenant{Name: "Far", EntraTenantID: nobody, State: tenant.Invited, HomeRegion: "mars"})
	wantCode(t, "an unknown region", err, "tenant_invalid")
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Path != "home_region" {
		t.Errorf("an unknown region: %+v", f)
	}
	_, err = s.CreateTenant(ctx, tenant.Tenant{})
	wantCode(t, "an empty one", err, "tenant_invalid")

	after, err := s.ChangeTenant(ctx, t1.ID, func(v tenant.Tenant) (tenant.Tenant, error) {
		v.Name, v.ID = "Contoso Airlines", t2.ID // an id does not change
		return v.Become(tenant.Suspended)
	})
	if err != nil || after.Name != "Contoso Airlines" || after.State != tenant.Suspended || after.ID != t1.ID || !after.ChangedAt.After(t1.ChangedAt) {
		t.Errorf("%+v, %v", after, err)
	}
	_, err = s.ChangeTenant(ctx, t1.ID, func(v tenant.Tenant) (tenant.Tenant, error) { return v.Become(tenant.Invited) })
	wantCode(t, "an arrow that is not there", err, "tenant_state")
	_, err = s.ChangeTenant(ctx, t1.ID, func(v tenant.Tenant) (tenant.Tenant, error) {
		v.EntraTenantID = t2.EntraTenantID
		return v, nil
	})
	wantCode(t, "the other's Entra tenant", err, "tenant_exists")
	mine := errors.New("mine")
	_, err = s.ChangeTenant(ctx, t1.ID, func(v tenant.Tenant) (tenant.Tenant, error) { v.Name = "x"; return v, mine })
	if err != mine { //nolint:errorlint // it must be the very same
		t.Errorf("the caller's error came back as %v", err)
	}
	if got, _ := s.Tenant(ctx, t2.ID); got != t2 {
		t.Errorf("t2 became %+v", got)
	}

	all, err := s.ListTenants(ctx, "", onboarding.TenantFilter{}, "", 1)
	if err != nil || len(all) != 1 || all[0].ID != t1.ID {
		t.Errorf("first page %v, %v", all, err)
	}
	if all, err = s.ListTenants(ctx, "", onboarding.TenantFilter{}, t1.ID, 0); err != nil || len(all) != 1 || all[0].ID != t2.ID {
		t.Errorf("second page %v, %v", all, err)
	}
	_, err = s.ListTenants(ctx, "", onboarding.TenantFilter{}, "x", 0)
	wantCode(t, "an odd cursor", err, "cursor_invalid")

	agent(t, s, t2.ID, "1")
	wantCode(t, "delete a tenant with an agent", s.DeleteTenant(ctx, t2.ID), "tenant_in_use")
	if err := s.DeleteTenant(ctx, t1.ID); err != nil {
		t.Error(err)
	}
	wantCode(t, "delete it again", s.DeleteTenant(ctx, t1.ID), "tenant_unknown")
	_, err = s.Tenant(ctx, t1.ID)
	wantCode(t, "read it", err, "tenant_unknown")
	_, err = s.ChangeTenant(ctx, t1.ID, func(v tenant.Tenant) (tenant.Tenant, error) { return v, nil })
	wantCode(t, "change it", err, "tenant_unknown")
}

func TestAgents(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	a, b := agent(t, s, t1.ID, "1"), agent(t, s, t1.ID, "2")
	other := agent(t, s, t2.ID, "1") // the same person may work for two organisations

	if got, err := s.Agent(ctx, t1.ID, a.ID); err != nil || got != a {
		t.Errorf("%+v, %v, want %+v", got, err, a)
	}
	if got, err := s.Agent(ctx, "", a.ID); err != nil || got != a {
		t.Errorf("without a tenant: %+v, %v", got, err)
	}
	_, err := s.Agent(ctx, t2.ID, a.ID)
	wantCode(t, "t2 reads", err, "agent_unknown")
	_, err = s.ChangeAgent(ctx, t2.ID, a.ID, func(v tenant.Agent) (tenant.Agent, error) { t.Error("t2 sees it"); return v, nil })
	wantCode(t, "t2 changes", err, "agent_unknown")
	wantCode(t, "t2 deletes", s.DeleteAgent(ctx, t2.ID, a.ID), "agent_unknown")
	if got, err := s.KnownAgents(ctx, t1.ID, []tenant.AgentID{b.ID, other.ID, "x", nobody, a.ID}); err != nil || !slices.Equal(got, []tenant.AgentID{b.ID, a.ID}) {
		t.Errorf("known to t1: %v, %v", got, err)
	}

	_, err = s.CreateAgent(ctx, tenant.Agent{Tenant: t1.ID, OID: a.OID, Name: "Again"})
	wantCode(t, "the same person", err, "agent_exists")
	_, err = s.CreateAgent(ctx, tenant.Agent{Tenant: nobody, OID: a.OID, Name: "Lost"})
	wantCode(t, "an unknown tenant", err, "tenant_unknown")
	_, err = s.CreateAgent(ctx, tenant.Agent{Tenant: t1.ID})
	wantCode(t, "an empty one", err, "agent_invalid")

	after, err := s.ChangeAgent(ctx, t1.ID, a.ID, func(v tenant.Agent) (tenant.Agent, error) {
		v.Name, v.ID, v.Tenant = "Ana", nobody, t2.ID
		return v, nil
	})
	if err != nil || after.Name != "Ana" || after.ID != a.ID || after.Tenant != t1.ID {
		t.Errorf("%+v, %v", after, err)
	}
	_, err = s.ChangeAgent(ctx, t1.ID, a.ID, func(v tenant.Agent) (tenant.Agent, error) { v.OID = b.OID; return v, nil })
	wantCode(t, "another's object id", err, "agent_exists")

	id := func(a tenant.Agent) tenant.AgentID { return a.ID }
	for in, want := range map[tenant.ID][]tenant.AgentID{t1.ID: {a.ID, b.ID}, t2.ID: {other.ID}, "": {a.ID, b.ID, other.ID}} {
		if all, err := s.ListAgents(ctx, in, "", 0); err != nil || !slices.Equal(ids(all, id), want) {
			t.Errorf("list of %q: %v, %v, want %v", in, ids(all, id), err, want)
		}
	}
	if all, err := s.ListAgents(ctx, t1.ID, a.ID, 5); err != nil || !slices.Equal(ids(all, id), []tenant.AgentID{b.ID}) {
		t.Errorf("second page: %v, %v", all, err)
	}
	_, err = s.ListAgents(ctx, t1.ID, "x", 0)
	wantCode(t, "an odd cursor", err, "cursor_invalid")

	number(t, s, t1.ID, "+493012345678", b.ID)
	wantCode(t, "delete an agent of a list", s.DeleteAgent(ctx, t1.ID, b.ID), "agent_in_use")
	if err := s.DeleteAgent(ctx, t1.ID, a.ID); err != nil {
		t.Error(err)
	}
	wantCode(t, "delete again", s.DeleteAgent(ctx, t1.ID, a.ID), "agent_unknown")
	wantCode(t, "delete what is no id", s.DeleteAgent(ctx, t1.ID, "x"), "agent_unknown")
}

func TestNumbers(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	a, b := agent(t, s, t1.ID, "1"), agent(t, s, t1.ID, "2")
	foreign := agent(t, s, t2.ID, "3")
	n := number(t, s, t1.ID, "+493012345678", b.ID, a.ID)
	if !slices.Equal(n.Agents, []tenant.AgentID{b.ID, a.ID}) || n.RingTimeout != 20*time.Second || n.AnswerPolicy != tenant.WithAgent {
		t.Errorf("made %+v", n)
	}
	for _, in := range []tenant.ID{t1.ID, ""} {
		got, err := s.Number(ctx, in, n.E164)
		if err != nil || got.Tenant != t1.ID || !slices.Equal(got.Agents, n.Agents) {
			t.Errorf("in %q: %+v, %v", in, got, err)
		}
	}
	_, err := s.Number(ctx, t2.ID, n.E164)
	wantCode(t, "t2 reads", err, "number_unknown")
	_, err = s.ChangeNumber(ctx, t2.ID, n.E164, func(v tenant.Number) (tenant.Number, error) { t.Error("t2 sees it"); return v, nil })
	wantCode(t, "t2 changes", err, "number_unknown")
	wantCode(t, "t2 deletes", s.DeleteNumber(ctx, t2.ID, n.E164), "number_unknown")
	_, err = s.CreateNumber(ctx, tenant.Number{Tenant: t2.ID, E164: n.E164, Connectivity: "c"})
	wantCode(t, "t2 takes the same number", err, "number_taken")
	if all, err := s.ListNumbers(ctx, t2.ID, "", 0); err != nil || len(all) != 0 {
		t.Errorf("the refused number left %v, %v", all, err)
	}
	_, err = s.CreateNumber(ctx, tenant.Number{Tenant: t1.ID, E164: n.E164, Connectivity: "c"})
	wantCode(t, "the same number again", err, "number_taken")
	_, err = s.CreateNumber(ctx, tenant.Number{Tenant: t2.ID, E164: "+4930111111", Connectivity: "c", Agents: []tenant.AgentID{a.ID}})
	wantCode(t, "an agent of another tenant", err, "number_invalid")
	_, err = s.CreateNumber(ctx, tenant.Number{Tenant: nobody, E164: "+4930111111", Connectivity: "c"})
	wantCode(t, "an unknown tenant", err, "tenant_unknown")

	after, err := s.ChangeNumber(ctx, t1.ID, n.E164, func(v tenant.Number) (tenant.Number, error) {
		v.E164, v.Tenant = "+4930999999", t2.ID
		v.Agents, v.DisplayName, v.RingTimeout, v.AnswerPolicy = []tenant.AgentID{a.ID}, "Contoso", 30*time.Second, tenant.AtOnce
		return v, nil
	})
	if err != nil || after.E164 != n.E164 || after.Tenant != t1.ID || !slices.Equal(after.Agents, []tenant.AgentID{a.ID}) ||
		after.DisplayName != "Contoso" || after.RingTimeout != 30*time.Second || after.AnswerPolicy != tenant.AtOnce {
		t.Errorf("%+v, %v", after, err)
	}
	_, err = s.ChangeNumber(ctx, t1.ID, n.E164, func(v tenant.Number) (tenant.Number, error) {
		v.Agents = []tenant.AgentID{foreign.ID}
		return v, nil
	})
	wantCode(t, "an agent of another tenant", err, "number_invalid")
	if got, err := s.Number(ctx, t1.ID, n.E164); err != nil || !slices.Equal(got.Agents, after.Agents) {
		t.Errorf("the refused change left %v, %v", got.Agents, err)
	}

	number(t, s, t1.ID, "+493012345679")
	number(t, s, t2.ID, "+13125550100")
	e164 := func(n tenant.Number) string { return n.E164 }
	for in, want := range map[tenant.ID][]string{
		t1.ID: {"+493012345678", "+493012345679"}, t2.ID: {"+13125550100"}, "": {"+13125550100", "+493012345678", "+493012345679"},
	} {
		if all, err := s.ListNumbers(ctx, in, "", 0); err != nil || !slices.Equal(ids(all, e164), want) {
			t.Errorf("list of %q: %v, %v, want %v", in, ids(all, e164), err, want)
		}
	}
	if all, err := s.ListNumbers(ctx, "", "+13125550100", 1); err != nil || !slices.Equal(ids(all, e164), []string{"+493012345678"}) {
		t.Errorf("second page %v, %v", all, err)
	}
	if err := s.DeleteNumber(ctx, t1.ID, n.E164); err != nil {
		t.Error(err)
	}
	wantCode(t, "delete again", s.DeleteNumber(ctx, t1.ID, n.E164), "number_unknown")
	_, err = s.Registry().Number(ctx, n.E164)
	wantCode(t, "look it up", err, "number_unknown")
	number(t, s, t2.ID, n.E164) // it is free again
}

// TestRegistry: what the engine gets told about a number and the people behind it.
func TestRegistry(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	a, b := agent(t, s, t1.ID, "1"), agent(t, s, t1.ID, "2")
	foreign := agent(t, s, t2.ID, "3")
	n := number(t, s, t1.ID, "+493012345678", b.ID)
	r := s.Registry()
	if got, err := r.Number(ctx, n.E164); err != nil || got.Tenant != t1.ID || !slices.Equal(got.Agents, n.Agents) {
		t.Errorf("%+v, %v", got, err)
	}
	_, err := r.Number(ctx, "+4930999999")
	wantCode(t, "an unknown number", err, "number_unknown")
	journal := postgres.NewJournal(s, slog.New(slog.DiscardHandler))
	c, owner := newCall(t1.ID), life("n1", 1)
	if _, err := journal.Create(ctx, bridge.Opening{Step: offered(c), Owner: &owner}); err != nil {
		t.Fatal(err)
	}
	if ok, err := journal.Reserve(ctx, t1.ID, b.ID, c.ID, ""); err != nil || !ok {
		t.Fatal(ok, err)
	}
	for name, wanted := range map[string]struct{ wanted, want []tenant.AgentID }{
		"everybody":      {nil, []tenant.AgentID{a.ID, b.ID}},
		"in their order": {[]tenant.AgentID{b.ID, a.ID}, []tenant.AgentID{b.ID, a.ID}},
		"not t2's":       {[]tenant.AgentID{foreign.ID, a.ID}, []tenant.AgentID{a.ID}},
		"nobody":         {[]tenant.AgentID{nobody}, []tenant.AgentID{}},
	} {
		got, err := r.Choice(ctx, t1.ID, bridge.Wanted{Agents: wanted.wanted})
		if err != nil || !slices.Equal(ids(got.Agents, candidateID), wanted.want) {
			t.Errorf("%s: %v, %v", name, ids(got.Agents, candidateID), err)
		}
		if len(got.Agents) > 0 && got.Directory != t1.EntraTenantID {
			t.Errorf("%s: the directory is %q", name, got.Directory)
		}
		for _, x := range got.Agents {
			if (x.Kept.Call == c.ID) != (x.Agent.ID == b.ID) || x.ChosenAt.IsZero() == (x.Agent.ID == b.ID) {
				t.Errorf("%s: %+v", name, x)
			}
		}
	}
	if _, err := s.ChangeTenant(ctx, t1.ID, func(v tenant.Tenant) (tenant.Tenant, error) { return v.Become(tenant.Suspended) }); err != nil {
		t.Fatal(err)
	}
	_, err = r.Number(ctx, n.E164)
	wantCode(t, "a suspended tenant", err, "tenant_suspended")
}

func TestPeers(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	md5Hex, shaHex := trunk.HA1("acme", "sbc.example", "secret")
	digest, err := s.CreatePeer(ctx, trunk.Peer{
		ID: "33333333-3333-4333-8333-333333333333", Name: "acme", Auth: trunk.Digest, Username: "acme", Realm: "sbc.example",
		HA1MD5: []byte(md5Hex), HA1SHA256: []byte(shaHex), Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.7/16")}, MaxCalls: 5,
	})
	if err != nil {
		t.Fatal(err)
	}
	carrier, err := s.CreatePeer(ctx, trunk.Peer{
		Name: "carrier", Auth: trunk.Address,
		Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/64")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreatePeer(ctx, trunk.Peer{Name: "tls", Auth: trunk.Certificate, CertificateName: "SIP.carrier.example"}); err != nil {
		t.Fatal(err)
	}
	pinned, err := s.CreatePeer(ctx, trunk.Peer{Name: "pinned", Auth: trunk.Certificate, CertificateFingerprints: []string{strings.Repeat("0F:", 31) + "0F"}})
	if err != nil || !slices.Equal(pinned.CertificateFingerprints, []string{strings.Repeat("0f", 32)}) {
		t.Errorf("pinned: %+v, %v", pinned, err)
	}
	_, err = s.CreatePeer(ctx, trunk.Peer{Name: "pinned-too", Auth: trunk.Certificate, CertificateFingerprints: []string{strings.Repeat("1f", 32), strings.Repeat("0f", 32)}})
	wantCode(t, "the same fingerprint", err, "peer_exists")
	renewed := []string{strings.Repeat("0f", 32), strings.Repeat("2f", 32)}
	if after, err := s.ChangePeer(ctx, pinned.ID, func(p trunk.Peer) (trunk.Peer, error) {
		p.CertificateFingerprints = renewed
		return p, nil
	}); err != nil || !slices.Equal(after.CertificateFingerprints, renewed) {
		t.Errorf("renewed: %+v, %v", after, err)
	}
	if err := s.DeletePeer(ctx, pinned.ID); err != nil {
		t.Error(err)
	}
	got, err := s.Peer(ctx, digest.ID)
	if err != nil || got.Username != "acme" || string(got.HA1SHA256) != shaHex || got.MaxCalls != 5 ||
		!slices.Equal(got.Addresses, []netip.Prefix{netip.MustParsePrefix("192.0.0.0/16")}) {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = s.CreatePeer(ctx, trunk.Peer{Name: "carrier", Auth: trunk.Certificate, CertificateName: "x.example"})
	wantCode(t, "the same name", err, "peer_exists")
	after, err := s.ChangePeer(ctx, carrier.ID, func(p trunk.Peer) (trunk.Peer, error) {
		p.MaxCalls, p.ID, p.Identity, p.DialTo, p.PingSeconds = 7, digest.ID, trunk.FromOnly, "sip:a.example", 30
		p.MaxCallsPerSecond, p.DialPrefixes = 9, []string{"+49", "+431"}
		p.NumberRules = []trunk.NumberRule{{AppliesTo: trunk.CalledIn, Match: `00(\d+)`, Replace: "+$1"}}
		return p, nil
	})
	if err != nil || after.Identity != trunk.FromOnly || after.PingSeconds != 30 || after.MaxCallsPerSecond != 9 || !slices.Equal(after.DialPrefixes, []string{"+49", "+431"}) || len(after.NumberRules) != 1 || after.NumberRules[0].Match != `00(\d+)` || digest.Identity != trunk.Asserted || after.MaxCalls != 7 || after.ID != carrier.ID || len(after.Addresses) != 2 {
		t.Errorf("%+v, %v", after, err)
	}
	_, err = s.ChangePeer(ctx, carrier.ID, func(p trunk.Peer) (trunk.Peer, error) { p.Addresses = nil; return p, nil })
	wantCode(t, "without its address", err, "peer_invalid")
	all, err := s.ListPeers(ctx, "", 0)
	if err != nil || len(all) != 3 {
		t.Errorf("%v, %v", all, err)
	}
	if rest, err := s.ListPeers(ctx, all[0].ID, 0); err != nil || len(rest) != 2 {
		t.Errorf("second page: %v, %v", rest, err)
	}
	if err := s.DeletePeer(ctx, carrier.ID); err != nil {
		t.Error(err)
	}
	wantCode(t, "delete again", s.DeletePeer(ctx, carrier.ID), "peer_unknown")
	_, err = s.Peer(ctx, "x")
	wantCode(t, "what is no id", err, "peer_unknown")
}

func TestPlaces(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	made := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	resource := func(id trunk.ResourceID, immutable string, owner tenant.ID) trunk.Resource {
		r, err := s.CreateResource(ctx, trunk.Resource{
			ID: id, Region: "eu", Endpoint: "https://" + string(id) + ".communication.azure.com", ImmutableID: immutable,
			AccessKey: []byte("sealed"), MadeAt: made, OwnerTenant: owner, AnchorNumber: "+4969100000",
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateTrunk(ctx, trunk.Trunk{FQDN: string(id) + ".sbc.example", Port: 5061, Resource: id, Kind: trunk.Builtin}); err != nil {
			t.Fatal(err)
		}
		return r
	}
	shared := resource("a-shared", "44444444-4444-4444-8444-444444444444", "")
	resource("b-own", "55555555-5555-4555-8555-555555555555", t1.ID)
	if got, err := s.Resource(ctx, "a-shared"); err != nil || got.Endpoint != "https://a-shared.communication.azure.com/" || !got.MadeAt.Equal(made) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := s.Trunk(ctx, "b-own.sbc.example"); err != nil || got.Resource != "b-own" || got.Port != 5061 {
		t.Errorf("%+v, %v", got, err)
	}
	id := func(w postgres.Way) trunk.ResourceID { return w.Resource.ID }
	for of, want := range map[tenant.ID][]trunk.ResourceID{t1.ID: {"b-own", "a-shared"}, t2.ID: {"a-shared"}} {
		if ways, err := s.Ways(ctx, of, "eu", trunk.Builtin); err != nil || !slices.Equal(ids(ways, id), want) {
			t.Errorf("ways of %s: %v, %v", of, ids(ways, id), err)
		}
	}
	for of, want := range map[tenant.ID]trunk.ResourceID{t1.ID: "b-own", t2.ID: "a-shared"} {
		if r, err := s.ResourceOf(ctx, of, "eu"); err != nil || r.ID != want {
			t.Errorf("resource of %s: %s, %v", of, r.ID, err)
		}
	}
	_, err := s.ResourceOf(ctx, t1.ID, "us")
	wantCode(t, "a resource in another region", err, "resource_unknown")
	if ways, err := s.Ways(ctx, t1.ID, "us", trunk.Builtin); err != nil || len(ways) != 0 {
		t.Errorf("ways in another region: %v, %v", ways, err)
	}

	again := shared
	again.ID, again.Endpoint = "c", "https://c.example/"
	_, err = s.CreateResource(ctx, again)
	wantCode(t, "the same immutable id", err, "resource_exists")
	again.ImmutableID, again.Region = nobody, "mars"
	_, err = s.CreateResource(ctx, again)
	wantCode(t, "an unknown region", err, "resource_invalid")
	_, err = s.CreateTrunk(ctx, trunk.Trunk{FQDN: "x.sbc.example", Port: 5061, Resource: "nope", Kind: trunk.Builtin})
	wantCode(t, "an unknown resource", err, "trunk_invalid")
	_, err = s.CreateTrunk(ctx, trunk.Trunk{FQDN: "B-own.sbc.example.", Port: 5061, Resource: "b-own", Kind: trunk.Builtin})
	wantCode(t, "the same trunk", err, "trunk_exists")
	_, err = s.CreateRegion(ctx, trunk.Region{ID: "eu", Name: "Again"})
	wantCode(t, "the same region", err, "region_exists")
	_, err = s.Region(ctx, "mars")
	wantCode(t, "a region", err, "region_unknown")
	_, err = s.Resource(ctx, "nope")
	wantCode(t, "a resource", err, "resource_unknown")
	_, err = s.Trunk(ctx, "nope.example")
	wantCode(t, "a trunk", err, "trunk_unknown")

	regions, err1 := s.ListRegions(ctx, "", 0)
	resources, err2 := s.ListResources(ctx, "a-shared", 0)
	trunks, err3 := s.ListTrunks(ctx, "", 1)
	if err := errors.Join(err1, err2, err3); err != nil || len(regions) != 1 || len(resources) != 1 || len(trunks) != 1 {
		t.Errorf("%v, %v, %v, %v", regions, resources, trunks, err)
	}
}

func TestKeys(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	key := func(of tenant.ID, hash []byte, scopes ...provider.Scope) (provider.Key, error) {
		return s.CreateKey(ctx, provider.Key{Tenant: of, Name: "a key", Scopes: scopes, Hash: hash, Hint: "wxyz"})
	}
	token := secret.Token(provider.KeyPrefix)
	owner, err := key("", secret.Hash(string(token)), provider.Everything)
	if err != nil {
		t.Fatal(err)
	}
	of1, err := key(t1.ID, secret.Hash("of t1"), provider.CallsRead, provider.CallsWrite)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.KeyByHash(ctx, secret.Hash("of t1"))
	if err != nil || got.ID != of1.ID || got.Tenant != t1.ID || !slices.Equal(got.Scopes, of1.Scopes) || !got.LastUsedAt.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	used, err := s.KeyByHash(ctx, secret.Hash("of t1"))
	if err != nil || used.LastUsedAt.IsZero() {
		t.Errorf("its use was not noted: %+v, %v", used, err)
	}
	if again, err := s.KeyByHash(ctx, secret.Hash("of t1")); err != nil || !again.LastUsedAt.Equal(used.LastUsedAt) {
		t.Errorf("noted again within a minute: %v, %v, %v", again.LastUsedAt, used.LastUsedAt, err)
	}
	_, err = s.KeyByHash(ctx, secret.Hash("unknown"))
	wantCode(t, "an unknown key", err, "key_not_found")
	_, err = key("", secret.Hash(string(token)), provider.Everything)
	wantCode(t, "the same key", err, "key_exists")
	_, err = key(nobody, secret.Hash("x"), provider.CallsRead)
	wantCode(t, "an unknown tenant", err, "key_invalid")
	_, err = key(t1.ID, secret.Hash("x"), provider.Everything)
	wantCode(t, "too many rights", err, "key_invalid")

	id := func(k provider.Key) provider.KeyID { return k.ID }
	for of, want := range map[tenant.ID][]provider.KeyID{"": {owner.ID, of1.ID}, t1.ID: {of1.ID}, t2.ID: {}} {
		if all, err := s.ListKeys(ctx, of, "", 0); err != nil || !slices.Equal(ids(all, id), want) {
			t.Errorf("keys of %q: %v, %v", of, ids(all, id), err)
		}
	}
	if err := s.RevokeKey(ctx, of1.ID); err != nil {
		t.Fatal(err)
	}
	first, err := s.Key(ctx, of1.ID)
	if err != nil || first.RevokedAt.IsZero() {
		t.Errorf("%+v, %v", first, err)
	}
	if err := s.RevokeKey(ctx, of1.ID); err != nil {
		t.Error(err)
	}
	if second, err := s.Key(ctx, of1.ID); err != nil || !second.RevokedAt.Equal(first.RevokedAt) {
		t.Errorf("revoked anew: %+v, %v", second, err)
	}
	wantCode(t, "revoke nothing", s.RevokeKey(ctx, nobody), "key_not_found")
	wantCode(t, "delete a tenant with a key", s.DeleteTenant(ctx, t1.ID), "tenant_in_use")
}

func TestTenantNames(t *testing.T) {
	s, _ := open(t)
	t1, t2 := twoTenants(t, s)
	for in, want := range map[tenant.ID]map[tenant.ID]string{
		"": {t1.ID: t1.Name, t2.ID: t2.Name}, t1.ID: {t1.ID: t1.Name}, t2.ID: {t2.ID: t2.Name},
	} {
		if got, err := s.TenantNames(t.Context(), in, []tenant.ID{t1.ID, t2.ID, nobody}); err != nil || !maps.Equal(got, want) {
			t.Errorf("in %q: %v, %v", in, got, err)
		}
	}
}

func TestAudit(t *testing.T) {
	s, db := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	for of, action := range map[tenant.ID]string{t1.ID: "one", t2.ID: "two"} {
		if err := s.Audit(ctx, of, provider.Entry{Actor: "key:x", ActorName: "key\x00", Action: action, Subject: "y", SubjectName: "Ada", Detail: []byte(`{"a": 1}`)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Audit(ctx, t1.ID, provider.Entry{Actor: "tandem", Action: "three", Subject: "y"}); err != nil {
		t.Fatal(err)
	}
	action := func(e provider.Entry) string { return e.Action }
	all, err := s.ListAudit(ctx, t1.ID, 0, 0)
	if err != nil || !slices.Equal(ids(all, action), []string{"three", "one"}) || string(all[0].Detail) != `{}` || all[1].At.IsZero() || all[1].ActorName != "key" || all[1].SubjectName != "Ada" || all[0].ActorName != "" {
		t.Errorf("%+v, %v", all, err)
	}
	if rest, err := s.ListAudit(ctx, t1.ID, all[0].ID, 0); err != nil || !slices.Equal(ids(rest, action), []string{"one"}) {
		t.Errorf("second page: %v, %v", rest, err)
	}
	if other, err := s.ListAudit(ctx, t2.ID, 0, 0); err != nil || !slices.Equal(ids(other, action), []string{"two"}) {
		t.Errorf("t2 sees %v, %v", other, err)
	}
	if both, err := s.ListAudit(ctx, "", 0, 0); err != nil || len(both) != 3 {
		t.Errorf("all: %v, %v", both, err)
	}
	// What is about the installation as a whole no tenant sees.
	if err := s.Audit(ctx, "", provider.Entry{Actor: "key:x", Action: "region.create", Subject: "eu", Detail: []byte(`{"name":"\u0000"}`)}); err != nil {
		t.Fatal(err)
	}
	if both, err := s.ListAudit(ctx, "", 0, 1); err != nil || len(both) != 1 || both[0].Action != "region.create" || both[0].Tenant != "" {
		t.Errorf("the provider's own: %+v, %v", both, err)
	}
	for _, of := range []tenant.ID{t1.ID, t2.ID} {
		if all, err := s.ListAudit(ctx, of, 0, 0); err != nil || slices.Contains(ids(all, action), "region.create") {
			t.Errorf("%s sees %v, %v", of, all, err)
		}
	}
	_, err = s.ListAudit(ctx, "00000000-0000-0000-0000-000000000000", 0, 0)
	wantCode(t, "by the id that stands for the provider", err, "tenant_unknown")
	wantCode(t, "an odd tenant", s.Audit(ctx, "x", provider.Entry{}), "tenant_unknown")
	if _, err := connect(t, db.App).Exec(ctx, `UPDATE audit SET actor = 'nobody'`); err == nil {
		t.Error("the trail could be changed")
	}
}
