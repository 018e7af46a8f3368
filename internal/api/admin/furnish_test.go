package admin_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

func (w *world) furnish(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, x := range []struct {
		id, name, agent, person, number string
		call                            call.ID
	}{
		{contoso, "Contoso Airlines", adele, "Adele Vance", theirNumber, contosoCall},
		{fabrikam, "Fabrikam", ben, "Ben Walters", otherNumber, fabrikamCall},
	} {
		id, agent := tenant.ID(x.id), tenant.AgentID(x.agent)
		_, err := w.CreateTenant(ctx, tenant.Tenant{ID: id, Name: x.name, EntraTenantID: fmt.Sprintf("2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d1%d", i), State: tenant.Active, HomeRegion: "eu"})
		must(err)
		_, err = w.CreateAgent(ctx, tenant.Agent{ID: agent, Tenant: id, Endpoint: tenant.TeamsUser, OID: fmt.Sprintf("c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a0%d", i), Name: x.person})
		must(err)
		_, err = w.CreateNumber(ctx, tenant.Number{E164: x.number, Tenant: id, Connectivity: trunk.ACSDirectRouting, Agents: []tenant.AgentID{agent}}.Normalize())
		must(err)
		c := call.New(x.call, id, call.Plan{Number: x.number, Agents: []tenant.AgentID{agent}, RingTimeout: tenant.DefaultRingTimeout, Policy: tenant.WithAgent, Context: json.RawMessage(`{"ticket":4711}`)})
		c.Phase, c.Caller, c.Called, c.Peer = call.Connected, "+493098765432", x.number, "contact-centre"
		c.Near, c.Far = call.Leg{State: call.LegUp, SIPCallID: "near@example.com"}, call.Leg{State: call.LegUp}
		c.Participants = []call.Participant{{ID: "4.0", Agent: agent, Name: x.person, State: call.Joined, RungAt: day.Add(time.Second), JoinedAt: day.Add(8 * time.Second)}}
		c.Plan.Connectivity, c.Connection.State = trunk.ACSDirectRouting, call.ConnectionIsUp
		c.Operations = []call.OperationRecord{{
			ID: contosoPlay, Op: "9.0", Operation: call.Operation{Kind: call.Recognize, Target: call.Customer}, State: call.OperationDone,
			Recognized: &call.Recognized{Tones: "42"}, AskedAt: day, EndedAt: day.Add(time.Second),
		}}
		c.Marks = call.Marks{Offered: day, Ringing: day.Add(time.Second), Joined: day.Add(8 * time.Second), Connected: day.Add(8200 * time.Millisecond)}
		w.all = append(w.all, c)
		c.Ending = &call.Termination{Result: call.Completed, Reason: call.ReasonAgentHungUp, By: call.ByAgent, Fault: call.FaultNone}
		c.Marks.Ended = day.Add(250 * time.Second)
		w.records = append(w.records, c.Record())
	}
	w.furnishWebhooks(t)
	w.furnishPrompts(t)
	w.furnishBots(t)
	w.furnishFlows(t)
	w.furnishQueues(t)
	w.furnishRecordings(t)
	w.furnishOnboarding(t)
	_, err := w.CreatePeer(ctx, trunk.Peer{ID: peerOne, Name: "carrier", Auth: trunk.Digest, Username: "carrier", Realm: "tandem", HA1MD5: []byte("a"), HA1SHA256: []byte("b"), MaxCalls: 10})
	must(err)
	_, err = w.CreateRegion(ctx, trunk.Region{ID: "na", Name: "North America"})
	must(err)
	_, err = w.CreateResource(ctx, trunk.Resource{ID: "eu-0", Region: "eu", Endpoint: "https://eu0.communication.azure.com/", ImmutableID: "e9c1f8d2-2b49-4a53-8a2c-0a4b1f3f5d44", AccessKey: []byte("sealed"), MadeAt: day.AddDate(-1, 0, 0)})
	must(err)
	_, err = w.CreateTrunk(ctx, trunk.Trunk{FQDN: "e0.sbc.example.net", Port: 5061, Resource: "eu-0", Kind: trunk.Builtin})
	must(err)
	w.furnishRouting(t)
	w.proofs.furnish()
	for i, k := range []struct {
		token  string
		of     tenant.ID
		scopes []provider.Scope
		until  time.Time
	}{
		{owner, "", []provider.Scope{provider.Everything}, time.Time{}},
		{contosoKey, contoso, provider.TenantScopes(), time.Time{}},
		{fabrikamKey, fabrikam, provider.TenantScopes(), time.Time{}},
		{powerless, "", nil, time.Time{}},
		{expired, "", []provider.Scope{provider.Everything}, day},
	} {
		_, err = w.CreateKey(ctx, provider.Key{
			ID: provider.KeyID(fmt.Sprintf("0000000%d-0000-4000-8000-000000000000", i)), Tenant: k.of, Name: k.token, Scopes: k.scopes,
			Hash: secret.Hash(k.token), Hint: k.token[len(k.token)-4:], ExpiresAt: k.until,
		})
		must(err)
	}
	_, err = w.CreateKey(ctx, provider.Key{ID: spareKey, Name: "spare", Scopes: []provider.Scope{provider.CallsRead}, Hash: secret.Hash("spare"), Hint: "pare"})
	must(err)
}
