package postgres_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/flow"
	"tandem/internal/onboarding"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// few are tables of so few rows that reading them whole is right.
var few = []string{"region", "resource", "trunk", "peer", "schema_migrations"}

// TestNothingScans: with thousands of tenants, none of the questions about
// tenants, agents, numbers and onboarding reads a table from one end to the
// other. The server itself counts (pg_stat_user_tables.seq_scan), so that the
// plans that were used are judged, the general ones of prepared statements too.
func TestNothingScans(t *testing.T) {
	s, db := open(t)
	t1, _ := twoTenants(t, s)
	a := agent(t, s, t1.ID, "1")
	n := number(t, s, t1.ID, "+493012345678", a.ID)
	admin := connect(t, db.Admin)
	crowd(t, admin)
	before := scans(t, admin)
	address, err := url.Parse(db.Admin)
	if err != nil {
		t.Fatal(err)
	}
	q := address.Query()
	q.Set("enable_seqscan", "on") // or what has no index of its own reads another one from end to end
	address.RawQuery = q.Encode()
	reader, err := postgres.Open(t.Context(), postgres.Config{DSN: address.String(), Connections: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 { // a prepared statement gets its general plan after five
		askEverything(t, reader, t1, a, n, i)
	}
	reader.Close()
	s.Close()
	alone(t, admin)
	after := scans(t, admin)
	for _, table := range slices.Sorted(maps.Keys(after)) {
		if n := after[table] - before[table]; n > 0 && !slices.Contains(few, table) {
			t.Errorf("%s was read from one end to the other %d times", table, n)
		}
	}
}

// TestEmptyTablesAreSought: a plan that was made while a table was empty is for an index, too.
// It is kept, and leases and reservations come and go by the thousand between two vacuums.
func TestEmptyTablesAreSought(t *testing.T) {
	s, db := open(t)
	t1, _ := twoTenants(t, s)
	admin := connect(t, db.Admin)
	if _, err := admin.Exec(t.Context(), `ANALYZE agent`); err != nil { // or it is taken for ten pages
		t.Fatal(err)
	}
	before := scans(t, admin)
	if _, err := s.KnownAgents(t.Context(), t1.ID, []tenant.AgentID{nobody}); err != nil {
		t.Fatal(err)
	}
	s.Close()
	alone(t, admin)
	if n := scans(t, admin)["agent"] - before["agent"]; n != 0 {
		t.Errorf("it was read from one end to the other %d times", n)
	}
}

// alone waits for the end of all other connections, which report what they did
// when they end.
func alone(t *testing.T, admin *pgx.Conn) {
	t.Helper()
	gone := time.Now().Add(10 * time.Second)
	for len(strs(t, admin, `SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`)) > 0 {
		if time.Now().After(gone) {
			t.Fatal("the store's connections stay")
		}
	}
}

// crowd makes some thousand tenants with what belongs to them.
func crowd(t *testing.T, admin *pgx.Conn) {
	t.Helper()
	const id = `md5('%s' || n)::uuid`
	of, agentID, invitationID, groupID := fmt.Sprintf(id, "t"), fmt.Sprintf(id, "a"), fmt.Sprintf(id, "i"), fmt.Sprintf(id, "g")
	for _, sql := range []string{
		`INSERT INTO tenant (tenant_id, name, entra_tenant_id, state, home_region, bound_at, standing, attention, drift_since, words, judged_with) SELECT ` + of + `, 'T', md5('e' || n)::uuid,
			'active', 'eu', now(), (ARRAY['ready', 'ready', 'needs_other', 'paused'])[1 + n % 4], n % 4 > 1, CASE WHEN n % 40 = 2 THEN now() END, array_to_tsvector(ARRAY['t', 'n' || n]), n - 2`,
		`INSERT INTO agent (tenant_id, id, endpoint, oid, name) SELECT ` + of + `, ` + agentID + `, 'teams_user', md5('o' || n)::uuid::text, 'A'`,
		`INSERT INTO agent (tenant_id, id, endpoint, oid, name) SELECT ` + of + `, md5('b' || n)::uuid, 'teams_user', md5('p' || n)::uuid::text, 'B'`,
		`INSERT INTO agent_standing (tenant_id, agent_id, ready, blocked, checked_at, items) SELECT ` + of + `, ` + agentID + `, n % 2 = 0, false, now(), '[]'`,
		`INSERT INTO agent_group (tenant_id, id, name, added_by) SELECT ` + of + `, ` + groupID + `, 'G', 'x'`,
		`INSERT INTO agent_group_member (tenant_id, group_id, agent_id) SELECT ` + of + `, ` + groupID + `, ` + agentID,
		`INSERT INTO number (tenant_id, e164, connectivity, display_name, ring_timeout_ms, answer_policy) SELECT ` + of + `, '+1' || n + 1000000, 'c', '', 20000, 'at_once'`,
		`INSERT INTO number_lookup (tenant_id, e164) SELECT ` + of + `, '+1' || n + 1000000`,
		`INSERT INTO number_agent (tenant_id, e164, position, agent_id) SELECT ` + of + `, '+1' || n + 1000000, 1, ` + agentID,
		`INSERT INTO invitation (tenant_id, id, kind, step, note, created_by, expires_at) SELECT ` + of + `, ` + invitationID + `, 'welcome', '', '', 'x', now()`,
		`INSERT INTO invitation_lookup (hash, tenant_id, id) SELECT decode(md5(n::text), 'hex'), ` + of + `, ` + invitationID,
		`INSERT INTO grant_ledger (tenant_id, kind, subject, state, by, looked, code, message) SELECT ` + of + `, 'federation', 'eu-1', 'proved', 'x', 'x', '', ''`,
		`INSERT INTO grant_now (tenant_id, kind, subject, ledger_id, state, at, by, looked, code, message, evidence)
			SELECT tenant_id, kind, subject, id, state, at, by, looked, code, message, evidence FROM grant_ledger WHERE $1 > 0`,
		`INSERT INTO onboarding_step (tenant_id, step, opened_at) SELECT ` + of + `, 'consent', now()`,
		`INSERT INTO test_user (tenant_id, oid, name, zone, days, from_min, until_min, named_by, named_at) SELECT ` + of + `, md5('o' || n)::uuid, 'A', 'UTC', '{1}', 0, 1440, 'x', now()`,
		`INSERT INTO onboarding_look (tenant_id, kind, due_at, tries, code, oid, call, after, total, done) SELECT ` + of + `, 'consent', now() + n * interval '1 minute', 0, '', '', '', '', 0, 0`,
		`INSERT INTO proof (tenant_id, id, resource, oid, name, started_by, next_at) SELECT ` + of + `, md5('f' || n)::uuid, 'eu-1', md5('o' || n)::uuid, 'A', 'x', now() + n * interval '1 minute'`,
		`INSERT INTO prompt (tenant_id, id, name, language, duration_ms, size) SELECT ` + of + `, md5('r' || n)::uuid, 'Greeting ' || n % 7, 'en', 1, 1`,
		`INSERT INTO bot (tenant_id, id, name, url, secret, language, dtmf_clears) SELECT ` + of + `, md5('b' || n)::uuid, 'Bot ' || n, 'wss://bot', '', '', false`,
		`INSERT INTO dialling (tenant_id, prefixes, max_legs, peer) SELECT ` + of + `, '{+49}', 5, ''`,
		`INSERT INTO prompt_audio (tenant_id, prompt_id, version, data) SELECT ` + of + `, md5('r' || n)::uuid, 1, 'x'`,
		`INSERT INTO flow (tenant_id, id, name, published, newest) SELECT ` + of + `, md5('w' || n)::uuid, 'Flow ' || n, 1, 1`,
		`INSERT INTO flow_version (tenant_id, flow_id, version, document) SELECT ` + of + `, md5('w' || n)::uuid, 1, '{}'`,
		`INSERT INTO recording (tenant_id, id, call_id, resource, microsoft_id, seq, state, format, channels, asked_at, started_at, ended_at, recorded_ms, outcome, message, file, expires_at)
			SELECT ` + of + `, md5('w' || n)::uuid, md5('c' || n)::uuid, 'eu-1', 'm' || n, 1, 'ended', 'wav', 'mixed', now(), now(), now(), 1, '', '', 'stored', now() + interval '1 day'`,
		`INSERT INTO recording_lookup (resource, microsoft_id, tenant_id, recording_id) SELECT 'eu-1', 'm' || n, ` + of + `, md5('w' || n)::uuid`,
		`INSERT INTO recording_settings (tenant_id, retention_days, announcement) SELECT ` + of + `, 90, '[]'`,
		`INSERT INTO transcript_phrase (tenant_id, started_at, call_id, seq, transcription, locale, at, speaker, name, words, confidence, offset_ms, duration_ms, expires_at)
			SELECT ` + of + `, now(), md5('c' || n)::uuid, n, 'x', 'en', now(), '', '', 'x', 1, 1, 1, now() + interval '1 day'`,
		`INSERT INTO call_trace (tenant_id, started_at, call_id, leg, far_end, began, trace) SELECT ` + of + `, now(), md5('c' || n)::uuid, 'near', false, now(), '{}'`,
		`INSERT INTO session (hash, tenant_id, entra_tenant_id, oid, person, expires_at) SELECT decode(md5(n::text), 'hex'), ` + of + `, md5('e' || n)::uuid, md5('o' || n)::uuid, 'x', now() + interval '1 hour'`,
		`INSERT INTO journey (hash, kind, luggage, expires_at) SELECT decode(md5(n::text), 'hex'), 'sign_in', 'x', now()`,
		`INSERT INTO audit (tenant_id, actor, action, subject) SELECT ` + of + `, 'x', 'y', 'z'`,
		`INSERT INTO api_key (id, tenant_id, name, scopes, hash, hint) SELECT md5('k' || n)::uuid, ` + of + `, 'k', '{calls.read}', decode(md5(n::text), 'hex'), 'hint'`,
		`INSERT INTO event (tenant_id, id, seq, type, data) SELECT ` + of + `, md5('v' || n)::uuid, n, 'call.ended', '{}'`,
		`INSERT INTO call (tenant_id, id, started_at, phase, peer, caller, called, number) SELECT ` + of + `, md5('c' || n)::uuid, now(), 'ended', '', '', '', ''`,
		`INSERT INTO call_usage (tenant_id, month, direction, calls, connected, talk_ms, minutes, people_ms) SELECT ` + of + `, date_trunc('month', now()), 'inbound', 1, 1, 1, 1, 1`,
		`INSERT INTO agent_usage (tenant_id, month, agent_id) SELECT ` + of + `, date_trunc('month', now()), ` + agentID,
		`INSERT INTO call_lease (call_id, tenant_id, started_at, epoch) SELECT md5('c' || n)::uuid, ` + of + `, now(), 1`,
		`INSERT INTO reservation (tenant_id, agent_id, call_id) SELECT ` + of + `, ` + agentID + `, md5('c' || n)::uuid`,
		`INSERT INTO queue (tenant_id, id, name, strategy, ring_timeout_ms, wrap_up_ms, max_wait_ms, max_length, hours)
			SELECT ` + of + `, md5('q' || n)::uuid, 'Sales', 'longest_idle', 20000, 0, 600000, 100, '{}'`,
		`INSERT INTO queue_agent (tenant_id, queue_id, position, agent_id) SELECT ` + of + `, md5('q' || n)::uuid, 1, ` + agentID,
		`INSERT INTO waiting (call_id, tenant_id, queue_id, since, asked_at, tried) SELECT md5('c' || n)::uuid, ` + of + `, md5('q' || n)::uuid, now(), now(), '{}'`,
		`INSERT INTO agent_turn (tenant_id, agent_id, chosen_at) SELECT ` + of + `, ` + agentID + `, now()`,
		`INSERT INTO queue_pace (tenant_id, queue_id, service_ms, calls) SELECT ` + of + `, md5('q' || n)::uuid, 60000, 20`,
		`INSERT INTO call_snapshot (tenant_id, started_at, call_id, seq, state) SELECT ` + of + `, now(), md5('c' || n)::uuid, 1, '{}'`,
	} {
		if !slices.Contains([]byte(sql), '$') {
			sql += ` FROM generate_series(1, $1) n`
		}
		if _, err := admin.Exec(t.Context(), sql, 4000); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	if _, err := admin.Exec(t.Context(), `VACUUM ANALYZE`); err != nil {
		t.Fatal(err)
	}
}

// scans counts how often each table was read whole, partitions as themselves.
func scans(t *testing.T, admin *pgx.Conn) map[string]int64 {
	t.Helper()
	if _, err := admin.Exec(t.Context(), `SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()`); err != nil {
		t.Fatal(err)
	}
	rows, err := admin.Query(t.Context(), `SELECT relname::text, coalesce(seq_scan, 0) FROM pg_stat_user_tables`)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]int64{}
	var table string
	var n int64
	if _, err := pgx.ForEachRow(rows, []any{&table, &n}, func() error { all[table] = n; return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func treatment(_ call.FlowRef, _ flow.Document, err error) error { return err }

func askEverything(t *testing.T, s *postgres.Store, t1 tenant.Tenant, a tenant.Agent, n tenant.Number, i int) {
	t.Helper()
	ctx, r, yes, at := t.Context(), s.Registry(), true, now()
	word := fmt.Sprintf("word %d", i)
	deep := tenant.AgentID("f0000000-0000-4000-8000-000000000000")
	var failed []error
	check := func(_ any, err error) { failed = append(failed, err) }
	check(r.Number(ctx, n.E164))
	check(r.Choice(ctx, t1.ID, bridge.Wanted{}))
	check(r.Choice(ctx, t1.ID, bridge.Wanted{Agents: []tenant.AgentID{a.ID}}))
	check(r.Choice(ctx, t1.ID, bridge.Wanted{Agents: []tenant.AgentID{a.ID}, Everybody: true}))
	check(r.Choice(ctx, t1.ID, bridge.Wanted{Group: nobody, Everybody: true}))
	askQueues(t, s, t1, a, word, deep, check)
	check(s.Callable(ctx, t1.ID))
	check(s.Tenant(ctx, t1.ID))
	check(s.TenantByEntra(ctx, t1.EntraTenantID))
	check(s.Resources(ctx, t1.ID))
	check(s.Facts(ctx, t1.ID))
	check(nil, s.Rejudge(ctx))
	check(s.KnownAgents(ctx, t1.ID, []tenant.AgentID{a.ID}))
	for _, in := range []tenant.ID{"", t1.ID} {
		check(s.Agent(ctx, in, a.ID))
		check(s.Number(ctx, in, n.E164))
		check(s.ListKeys(ctx, in, "", 0))
		check(s.ListAudit(ctx, in, 0, 0))
		check(s.ListAudit(ctx, in, 2000, 0))
		check(s.CountTenants(ctx, in))
		check(s.EventsAfter(ctx, in, 2000, 0))
		check(s.TenantNames(ctx, in, []tenant.ID{t1.ID, nobody}))
		check(s.PlaceOf(ctx, in, ""))
		check(s.PlaceOf(ctx, in, nobody))
		check(s.ListEvents(ctx, in, "", "", 0))
		check(s.ListEvents(ctx, in, provider.CallEnded, nobody, 0))
		for _, after := range []tenant.AgentID{"", deep} {
			for _, f := range []onboarding.TenantFilter{
				{}, {Text: "t"}, {Text: "n3"}, {States: []tenant.State{tenant.Active, tenant.Invited}}, {Standings: []onboarding.TrackState{onboarding.TrackPaused}},
				{Attention: &yes}, {Drift: &yes}, {Text: "n3", Drift: &yes},
			} {
				check(s.ListTenants(ctx, in, f, tenant.ID(after), 0))
			}
			check(s.ListAgents(ctx, in, after, 0))
			check(s.ListInvitations(ctx, in, tenant.InvitationID(after), 0))
			check(s.ListKeys(ctx, in, provider.KeyID(after), 0))
		}
		for _, after := range []string{"", string(call.NewID(at, [10]byte{}))} {
			check(s.ListCalls(ctx, in, provider.Query{After: after}))
			check(s.ListUsage(ctx, in, call.Months{}, &call.UsageKey{Month: call.MonthOf(time.Now()), Tenant: tenant.ID(deep)}, 0))
		}
		for _, after := range []string{"", "+13"} {
			check(s.ListNumbers(ctx, in, after, 0))
		}
	}
	check(s.ListStandings(ctx, t1.ID, nil, "", 0))
	check(s.ListStandings(ctx, t1.ID, &yes, deep, 0))
	check(s.StandingsByOID(ctx, t1.ID, []string{a.OID}))
	check(s.AgentStanding(ctx, t1.ID, a.ID))
	check(s.CountStandings(ctx, t1.ID))
	check(s.Grants(ctx, t1.ID))
	check(s.GrantHistory(ctx, t1.ID, 0, 0))
	check(s.StepMarks(ctx, t1.ID))
	check(s.Groups(ctx, t1.ID))
	check(s.Proofs(ctx, t1.ID, 0))
	_, unnamed := s.TestUser(ctx, t1.ID)
	wantCode(t, "nobody is named", unnamed, "test_user_unknown")
	check(s.DueProofs(ctx, at.Add(time.Hour), 20))
	check(s.DueLooks(ctx, at.Add(time.Hour), 20))
	check(s.Look(ctx, onboarding.LookRef{Tenant: t1.ID, Kind: onboarding.LookConsent}))

	// Writing looks for what is referred to, too.
	invitation, err := s.CreateInvitation(ctx, welcome(t1.ID), secret.Hash(word))
	check(nil, err)
	check(s.InvitationByHash(ctx, secret.Hash(word)))
	check(s.UseInvitation(ctx, invitation, t1.EntraTenantID, "Ana", at))
	check(nil, s.AppendGrants(ctx, t1.ID, tenant.Grant{Kind: tenant.Federation, Subject: "eu-1", State: tenant.Proved, By: "tandem"}))
	check(nil, s.SaveGroup(ctx, tenant.Group{Tenant: t1.ID, ID: nobody, Name: "Sales"}))
	check(s.AddAgents(ctx, t1.ID, nobody, []tenant.Agent{{OID: nobody, Name: "Ben"}}))
	check(s.KeepMembers(ctx, t1.ID, nobody, nil))
	check(nil, s.DeleteGroup(ctx, t1.ID, nobody))
	check(nil, s.SaveStandings(ctx, t1.ID, []tenant.Standing{{Agent: a.ID, Ready: true, CheckedAt: at}}))
	check(nil, s.MarkRang(ctx, t1.ID, a.OID, at))
	greeting, err := s.CreatePrompt(ctx, tenant.Prompt{Tenant: t1.ID, Name: word}, []byte("x"))
	check(nil, err)
	greeting, err = s.ReplacePromptAudio(ctx, t1.ID, greeting.ID, time.Second, []byte("y"))
	check(nil, err)
	check(io.ReadAll(s.PromptAudio(ctx, greeting)))
	for _, in := range []tenant.ID{"", t1.ID} {
		check(s.Prompt(ctx, in, greeting.ID))
		check(s.ListPrompts(ctx, in, "", tenant.PromptID(deep), 0))
		check(s.ListPrompts(ctx, in, "Greeting 3", "", 0))
	}
	check(nil, s.DeletePrompt(ctx, t1.ID, greeting.ID))
	helper, err := s.CreateBot(ctx, tenant.Bot{Tenant: t1.ID, ID: tenant.BotID(nobody), Name: word, URL: "wss://bot.example.com", Secret: []byte("x")})
	check(nil, err)
	check(s.ChangeBot(ctx, t1.ID, helper.ID, func(b tenant.Bot) (tenant.Bot, error) { return b, nil }))
	for _, in := range []tenant.ID{"", t1.ID} {
		check(s.Bot(ctx, in, helper.ID))
		check(s.ListBots(ctx, in, tenant.BotID(deep), 0))
	}
	check(nil, s.DeleteBot(ctx, t1.ID, helper.ID))
	for _, in := range []tenant.ID{"", t1.ID} {
		check(s.ListRecordings(ctx, in, "", call.RecordingID(deep), 0))
		check(s.ListRecordings(ctx, in, call.NewID(at, [10]byte{}), "", 0))
		_, none := s.Recording(ctx, in, nobody)
		wantCode(t, "nothing is recorded", none, "recording_unknown")
	}
	check(s.WaitingRecordings(ctx, at, call.StoredRecording{}, 100))
	check(s.ExpireRecordings(ctx, at.Add(-time.Hour), 100))
	check(s.ExpireTranscripts(ctx, at.Add(-time.Hour), 100))
	check(nil, s.ForgetTraces(ctx, at.Add(-time.Hour)))
	check(s.RecordingSettings(ctx, t1.ID))
	check(nil, s.SetRecordingSettings(ctx, t1.ID, call.RecordingSettings{RetentionDays: i + 1}))
	treats, err := s.CreateFlow(ctx, flow.Flow{Tenant: t1.ID, Name: word}, flow.Document{})
	check(nil, err)
	check(s.AddFlowVersion(ctx, t1.ID, treats.ID, flow.Document{}))
	check(s.PublishFlow(ctx, t1.ID, treats.ID, 2))
	check(s.FlowVersion(ctx, t1.ID, treats.ID, 1))
	check(nil, treatment(r.Flow(ctx, t1.ID, treats.ID)))
	for _, in := range []tenant.ID{"", t1.ID} {
		check(s.Flow(ctx, in, treats.ID))
		check(s.ListFlows(ctx, in, tenant.FlowID(deep), 0))
	}
	check(s.Speech(ctx, t1.ID))
	check(nil, s.DeleteFlow(ctx, t1.ID, treats.ID))
	check(s.ChangeAgent(ctx, t1.ID, a.ID, func(a tenant.Agent) (tenant.Agent, error) { return a, nil }))
	check(s.ChangeTenant(ctx, t1.ID, func(v tenant.Tenant) (tenant.Tenant, error) { return v, nil }))
	check(nil, s.CreateSession(ctx, provider.Session{Hash: secret.Hash(word), Tenant: t1.ID, EntraTenantID: nobody, OID: nobody, Person: []byte("x"), CreatedAt: at, ExpiresAt: at.Add(time.Hour)}))
	check(s.Session(ctx, secret.Hash(word), at.Add(2*time.Minute)))
	check(s.SessionsToConfirm(ctx, at, at.Add(30*time.Minute), 100))
	check(nil, s.ConfirmSession(ctx, secret.Hash(word), []byte("y"), at.Add(time.Hour)))
	check(s.EndSessions(ctx, nobody, nobody))
	check(nil, s.BeginJourney(ctx, provider.Journey{Hash: secret.Hash(word), Kind: provider.SignInJourney, Luggage: []byte("x"), CreatedAt: at, ExpiresAt: at.Add(time.Hour)}))
	check(s.EndJourney(ctx, provider.SignInJourney, secret.Hash(word), at))
	check(nil, s.Audit(ctx, t1.ID, provider.Entry{Actor: "x", Action: "y"}))
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
}
