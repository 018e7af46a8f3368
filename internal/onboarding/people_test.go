package onboarding

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const desk = "dddddddd-0000-4000-8000-000000000001" // a group

func sight(change func(*Sight)) Sight {
	yes := true
	s := Sight{
		Person: Person{OID: "11111111-0000-4000-8000-000000000001", Name: "Ada", UPN: "ada@contoso.example", Enabled: true},
		At:     start, Found: true, Teams: PlanActive, TeamsPhone: PlanActive, PhoneSystem: &yes, EnterpriseVoice: &yes,
		AccountType: "user", Presence: "Available",
	}
	change(&s)
	return s
}

// TestVerdict is the table of facts/entra-graph-teams.md §2.5.
func TestVerdict(t *testing.T) {
	no := false
	failedPolicy := tenant.Standing{Items: []tenant.Item{{Name: itemPolicy, State: tenant.ItemFailed}}}
	for name, c := range map[string]struct {
		seen  Sight
		was   tenant.Standing
		ready bool
		item  string // the one that is not ok (the policy apart)
		state tenant.ItemState
		cure  string
	}{
		"all well":        {sight(func(*Sight) {}), tenant.Standing{}, true, "", "", ""},
		"gone":            {sight(func(s *Sight) { *s = Sight{At: start} }), tenant.Standing{}, false, itemAccount, tenant.ItemFailed, "pick_person"},
		"blocked":         {sight(func(s *Sight) { s.Enabled = false }), tenant.Standing{}, false, itemAccount, tenant.ItemFailed, "enable_account"},
		"guest":           {sight(func(s *Sight) { s.Guest = true }), tenant.Standing{}, false, itemAccount, tenant.ItemFailed, "pick_person"},
		"guest in Teams":  {sight(func(s *Sight) { s.AccountType = "guest" }), tenant.Standing{}, false, itemAccount, tenant.ItemFailed, "pick_person"},
		"app":             {sight(func(s *Sight) { s.ResourceAccount = true }), tenant.Standing{}, false, itemAccount, tenant.ItemFailed, "pick_person"},
		"app in Teams":    {sight(func(s *Sight) { s.AccountType = "resourceAccount" }), tenant.Standing{}, false, itemAccount, tenant.ItemFailed, "pick_person"},
		"no Teams":        {sight(func(s *Sight) { s.Teams = PlanMissing }), tenant.Standing{}, false, itemTeams, tenant.ItemFailed, "assign_teams"},
		"no phone":        {sight(func(s *Sight) { s.TeamsPhone = PlanMissing }), tenant.Standing{}, false, itemPhone, tenant.ItemFailed, "assign_teams_phone"},
		"phone pending":   {sight(func(s *Sight) { s.TeamsPhone = PlanPending }), tenant.Standing{}, true, itemPhone, tenant.ItemWaiting, "wait"},
		"phone not in":    {sight(func(s *Sight) { s.PhoneSystem = &no }), tenant.Standing{}, true, itemPhone, tenant.ItemWaiting, "wait"},
		"phone unread":    {sight(func(s *Sight) { s.TeamsPhone = PlanUnknown }), tenant.Standing{}, true, itemPhone, tenant.ItemUnknown, ""},
		"voice off":       {sight(func(s *Sight) { s.EnterpriseVoice = &no }), tenant.Standing{}, false, itemVoice, tenant.ItemFailed, "enable_enterprise_voice"},
		"voice unread":    {sight(func(s *Sight) { s.EnterpriseVoice = nil }), tenant.Standing{}, true, itemVoice, tenant.ItemUnknown, ""},
		"offline":         {sight(func(s *Sight) { s.Presence = "Offline" }), tenant.Standing{}, true, itemPresence, tenant.ItemWaiting, "open_teams"},
		"presence unread": {sight(func(s *Sight) { s.Presence = "" }), tenant.Standing{}, true, itemPresence, tenant.ItemUnknown, ""},
		"refused by call": {sight(func(*Sight) {}), failedPolicy, false, itemPolicy, tenant.ItemFailed, ""},
	} {
		c.was.LastRangAt = start.Add(-time.Hour)
		got := verdict(c.seen, c.was)
		if got.Ready != c.ready || !got.CheckedAt.Equal(start) || !got.LastRangAt.Equal(c.was.LastRangAt) {
			t.Errorf("%s: %+v", name, got)
		}
		for _, i := range got.Items {
			switch {
			case i.Name == c.item:
				if i.State != c.state || i.Cure.Code != c.cure {
					t.Errorf("%s: %s is %s, cure %q", name, i.Name, i.State, i.Cure.Code)
				}
				if c.cure == "enable_enterprise_voice" && i.Cure.Command != "Set-CsPhoneNumberAssignment -Identity 'ada@contoso.example' -EnterpriseVoiceEnabled $true" {
					t.Errorf("%s: %s", name, i.Cure.Command)
				}
			case i.Name == itemPolicy:
				if i.State != tenant.ItemUnknown {
					t.Errorf("%s: the policy is %s", name, i.State)
				}
			case i.State != tenant.ItemOK || i.CheckedAt.IsZero() || i.Seen == "":
				t.Errorf("%s: %+v", name, i)
			}
		}
		if c.item != "" && item(got, c.item).Name == "" {
			t.Errorf("%s: nothing about %s", name, c.item)
		}
	}
	if got := item(verdict(sight(func(*Sight) {}), tenant.Standing{}), itemPresence).Seen; !strings.Contains(got, "desktop or web") {
		t.Error(got)
	}
}

func TestAddPeople(t *testing.T) {
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	good, guest := w.person(1), w.person(2)
	g := w.dir.people[guest]
	g.Guest = true
	w.dir.people[guest] = g
	nobody := "33333333-0000-4000-8000-000000000009"
	got := must[Added](t)(w.AddPeople(t.Context(), actor, w.tenant, []string{good, guest, nobody}))
	if want := []RefusedPerson{{guest, "guest"}, {nobody, "person_unknown"}}; got.Added != 1 || !slices.Equal(got.Refused, want) {
		t.Errorf("%+v", got)
	}
	if again := must[Added](t)(w.AddPeople(t.Context(), actor, w.tenant, []string{good})); again.Added != 0 || len(again.Refused) > 0 {
		t.Errorf("again: %+v", again)
	}
	found := must[[]FoundPerson](t)(w.SearchPeople(t.Context(), w.tenant, " person ", 10))
	for _, p := range found {
		if p.OID == good && (p.Agent == "" || !p.CanBeAgent) || p.OID == guest && (p.CanBeAgent || p.Reason != "guest" || p.Agent != "") {
			t.Errorf("%+v", p)
		}
	}
	if len(found) != 2 {
		t.Errorf("found %d", len(found))
	}
	for name, oids := range map[string][]string{
		"nobody": nil, "no id": {"ana"}, "hostile": {"' OR 1=1 --"}, "too many": make([]string, maxPicked+1),
	} {
		if _, err := w.AddPeople(t.Context(), actor, w.tenant, oids); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.SearchPeople(t.Context(), w.tenant, strings.Repeat("ü", maxText+1), 10); fault.KindOf(err) != fault.KindInvalid {
		t.Error(err)
	}
	if _, err := w.SearchPeople(t.Context(), w.tenant, strings.Repeat("ü", maxText), 10); err != nil {
		t.Error(err)
	}
	if _, err := newWorld(t).SearchPeople(t.Context(), w.tenant, "x", 10); fault.CodeOf(err) != "tenant_unbound" {
		t.Errorf("before sign-in: %v", err)
	}
}

func (w *world) oids() (all []string) {
	for _, a := range w.store.agents {
		all = append(all, a.OID)
	}
	slices.Sort(all)
	return all
}

func TestGroupIsKeptInStep(t *testing.T) {
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	var all []string
	for n := range 8 {
		all = append(all, w.person(n))
	}
	app := w.dir.people[all[7]]
	app.ResourceAccount = true
	w.dir.people[all[7]] = app
	must[Added](t)(w.AddPeople(t.Context(), actor, w.tenant, all[:1]))
	w.dir.group[desk] = slices.Clone(all)
	if _, err := w.AddGroup(t.Context(), actor, w.tenant, "nobody"); fault.KindOf(err) != fault.KindInvalid {
		t.Error(err)
	}
	must[tenant.Group](t)(w.AddGroup(t.Context(), actor, w.tenant, strings.ToUpper(desk)))
	w.work(t)
	if got := w.oids(); !slices.Equal(got, all[:7]) {
		t.Errorf("agents %v", got)
	}
	if c, _ := w.store.CountStandings(t.Context(), w.tenant); c.Ready != 7 {
		t.Errorf("who came by the group was not looked at: %+v", c)
	}
	if g := w.store.groups[desk]; g.Members != 7 || g.SyncedAt.IsZero() || g.SyncError != "" {
		t.Errorf("%+v", g)
	}

	w.dir.group[desk] = all[2:5] // 0 was picked too, and stays
	w.pass(regroup)
	w.work(t)
	if got, want := w.oids(), append([]string{all[0]}, all[2:5]...); !slices.Equal(got, want) {
		t.Errorf("agents %v, want %v", got, want)
	}

	w.dir.group[desk], w.dir.gone[desk] = nil, true
	w.trouble = true
	w.pass(regroup)
	looks, _, _ := w.Due(t.Context(), 10)
	for _, l := range looks {
		_, _ = w.RunLook(t.Context(), l)
	}
	if got := w.oids(); len(got) != 4 || w.store.groups[desk].SyncError != "group_not_found" {
		t.Errorf("a group that is gone took its people along: %v, %+v", got, w.store.groups[desk])
	}
	if err := w.RemoveGroup(t.Context(), actor, w.tenant, desk); err != nil {
		t.Fatal(err)
	}
	if line := w.store.audits[len(w.store.audits)-1]; line.Subject != desk || line.SubjectName != "Service desk" || line.ActorName != "Ana Ruiz" {
		t.Errorf("%+v", line)
	}
	if got := w.oids(); !slices.Equal(got, all[:1]) {
		t.Errorf("agents %v", got)
	}
}

// TestLookAtAgents: under throttling and with people passed over nobody is lost,
// and it goes on where it was.
func TestLookAtAgents(t *testing.T) {
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	const many = 1234
	var people []tenant.Agent
	for n := range many {
		oid := w.person(n)
		people = append(people, tenant.Agent{Tenant: w.tenant, OID: oid, Endpoint: tenant.TeamsUser, Name: "x", Source: tenant.FromSingle})
	}
	if _, err := w.store.AddAgents(t.Context(), w.tenant, "", people); err != nil {
		t.Fatal(err)
	}
	throttled := fault.Unavailable("directory_throttled", "slower")
	w.dir.troubles = []error{nil, nil, throttled, nil, throttled, throttled} // the first page is asked for twice
	w.dir.skip[people[5].OID] = 1                                            // once
	w.dir.skip[people[6].OID] = 2                                            // also when asked again
	p := must[Progress](t)(w.CheckAgents(t.Context(), actor, w.tenant))
	if p.Total != many || !p.Running() {
		t.Errorf("asked: %+v", p)
	}
	ref := LookRef{w.tenant, LookAgents}
	_, err := w.RunLook(t.Context(), ref)
	if fault.CodeOf(err) != "directory_throttled" {
		t.Fatal(err)
	}
	mid := must[Progress](t)(w.AgentsProgress(t.Context(), w.tenant))
	if !mid.Running() || mid.Done == 0 || mid.Done >= many || mid.Code != "directory_throttled" || !mid.NextAt.After(w.now()) {
		t.Errorf("in the middle: %+v", mid)
	}
	if again := must[Progress](t)(w.CheckAgents(t.Context(), actor, w.tenant)); again != mid {
		t.Errorf("asking again began again: %+v", again)
	}
	if next, err := w.RunLook(t.Context(), ref); err != nil || !next.Equal(mid.NextAt) {
		t.Errorf("goes on before its time: %s, %v", next, err)
	}
	w.workFor(t, time.Minute)
	end := must[Progress](t)(w.AgentsProgress(t.Context(), w.tenant))
	if end.Running() || end.Done != many || end.Total != many || end.Code != "" {
		t.Errorf("at the end: %+v", end)
	}
	if c, _ := w.store.CountStandings(t.Context(), w.tenant); c.Ready != many-1 || c.Unchecked != 1 {
		t.Errorf("%+v", c)
	}
	if n := w.told.count("agent.readiness_changed"); n == 0 {
		t.Error("nobody was told")
	}
	again := 0
	for _, oid := range w.dir.looked {
		if oid == people[0].OID { // of the first page, which went well
			again++
		}
	}
	if again != 1 || len(w.dir.looked) > many+2*pageOfAgents {
		t.Errorf("%d looks at %d people, %d at the first", len(w.dir.looked), many, again)
	}
	told := w.told.count("agent.readiness_changed")
	w.pass(w.Recheck)
	w.work(t)
	if w.told.count("agent.readiness_changed") != told+1 { // the one who was passed over
		t.Errorf("told %d times", w.told.count("agent.readiness_changed"))
	}
}

func TestCancelLook(t *testing.T) {
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	var people []tenant.Agent
	for n := range 3 * pageOfAgents {
		people = append(people, tenant.Agent{Tenant: w.tenant, OID: w.person(n), Endpoint: tenant.TeamsUser, Name: "x"})
	}
	_, _ = w.store.AddAgents(t.Context(), w.tenant, "", people)
	must[Progress](t)(w.CheckAgents(t.Context(), actor, w.tenant))
	w.Directory = cancelling{w.dir, func() {
		must[Progress](t)(w.CancelCheck(context.Background(), actor, w.tenant))
	}}
	if _, err := w.RunLook(t.Context(), LookRef{w.tenant, LookAgents}); err != nil {
		t.Fatal(err)
	}
	p := must[Progress](t)(w.AgentsProgress(t.Context(), w.tenant))
	if p.Running() || len(w.dir.looked) != pageOfAgents {
		t.Errorf("%+v after %d people", p, len(w.dir.looked))
	}
	w.Directory = w.dir
	w.pass(w.Recheck)
	w.work(t)
	if c, _ := w.store.CountStandings(t.Context(), w.tenant); c.Ready != len(people) {
		t.Errorf("the next look does not see all: %+v", c)
	}
}

// cancelling stops the look in its first page.
type cancelling struct {
	*fakeDirectory
	cancel func()
}

func (c cancelling) Look(ctx context.Context, entra string, oids []string, seen func(Sight) error) error {
	c.cancel()
	return c.fakeDirectory.Look(ctx, entra, oids, seen)
}

// TestTestCall: how it ends is found out by whoever looks first.
func TestTestCall(t *testing.T) {
	for name, c := range map[string]struct {
		steps []CallStep
		state StepState
		cure  string
	}{
		"answered":   {answered(), StepDone, ""},
		"unanswered": {ends(487, 10004, check.Authorised, check.None), StepFailed, "try_again"},
		"away":       {ends(480, 10037, check.Inconclusive, check.SignIn), StepFailed, "open_teams"},
		"policy":     {ends(403, 7604, check.NotYet, check.FederationPolicy), StepFailed, "allow_policy"},
		"lost":       {[]CallStep{{State: CallPlaced}}, StepFailed, "try_again"},
	} {
		for _, way := range []string{"watched", "asked", "by job"} {
			w := newWorld(t)
			actor := w.bind(t)
			w.work(t)
			w.caller.answer = func(string, string, int) []CallStep { return c.steps }
			call := must[string](t)(w.TestCall(t.Context(), actor, w.tenant, actor.OID, ""))
			if got := step(t, w.track(t, actor), tenant.StepTestCall); got.State != StepWaiting {
				t.Errorf("%s: while it rings %s", name, got.State)
			}
			w.pass(time.Second)
			_, err := w.TestCall(t.Context(), actor, w.tenant, actor.OID, "")
			if running := fault.CodeOf(err) == "test_call_running"; running != (name == "lost") || !running && err != nil {
				t.Errorf("%s: a second call: %v", name, err)
			}
			if name != "lost" {
				call = "call-2"
			}
			switch way {
			case "watched":
				n := 0
				for range must[<-chan CallStep](t)(w.WatchCall(t.Context(), w.tenant, call)) {
					n++
				}
				if n != len(c.steps) {
					t.Errorf("%s: %d steps", name, n)
				}
			case "asked":
				v := must[TestCallView](t)(w.TestCallState(t.Context(), w.tenant, call))
				if name != "lost" && (v.Cure == nil) != (c.cure == "") {
					t.Errorf("%s: %+v", name, v)
				}
			}
			w.workFor(t, callLasts+time.Minute)
			got := step(t, w.track(t, actor), tenant.StepTestCall)
			code := ""
			if got.Problem != nil {
				code = got.Problem.Cure.Code
			}
			if got.State != c.state || code != c.cure {
				t.Errorf("%s, %s: %s, cure %q", name, way, got.State, code)
			}
		}
	}
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	was, _ := w.store.Look(t.Context(), LookRef{w.tenant, LookTestCall})
	w.caller.fail = fault.Unavailable("no_process", "nobody can make a call now")
	if _, err := w.TestCall(t.Context(), actor, w.tenant, actor.OID, ""); fault.CodeOf(err) != "no_process" {
		t.Error(err)
	}
	if is, _ := w.store.Look(t.Context(), LookRef{w.tenant, LookTestCall}); is != was {
		t.Errorf("a call that was not made left %+v", is)
	}
	// Impatient fingers, in many windows.
	w.caller.fail = nil
	w.caller.answer = func(string, string, int) []CallStep { return []CallStep{{State: CallPlaced}} }
	codes := make(chan string, 8)
	for range cap(codes) {
		go func() {
			_, err := w.TestCall(t.Context(), actor, w.tenant, actor.OID, "")
			codes <- fault.CodeOf(err)
		}()
	}
	count := map[string]int{}
	for range cap(codes) {
		count[<-codes]++
	}
	if count[""] != 1 || count["test_call_running"] != cap(codes)-1 || len(w.caller.placed) != 1 {
		t.Errorf("%v, %d calls", count, len(w.caller.placed))
	}
	// Whoever takes a turn and dies with it has perhaps rung: asked again, it is that call.
	w.workFor(t, 2*callLasts)
	w.caller.answer = func(string, string, int) []CallStep {
		w.store.failLook = errors.New("the process is killed")
		return []CallStep{{State: CallPlaced}}
	}
	rang := len(w.caller.placed)
	if _, err := w.TestCall(t.Context(), actor, w.tenant, actor.OID, ""); err == nil {
		t.Error("nothing was lost")
	}
	if _, err := w.TestCall(t.Context(), actor, w.tenant, actor.OID, ""); fault.CodeOf(err) != "test_call_running" {
		t.Errorf("while the other may be about to ring: %v", err)
	}
	w.workFor(t, placeTakes)
	call := must[string](t)(w.TestCall(t.Context(), actor, w.tenant, actor.OID, ""))
	if len(w.caller.placed) != rang+1 || call != fmt.Sprintf("call-%d", rang+1) {
		t.Errorf("rang %d times, and is %s", len(w.caller.placed)-rang, call)
	}
	w.caller.calls[call] = answered()
	w.workFor(t, time.Minute)
	if got := step(t, w.track(t, actor), tenant.StepTestCall); got.State != StepDone {
		t.Errorf("%s", got.State)
	}
	if _, err := w.TestCallState(t.Context(), w.tenant, "nobody's"); fault.KindOf(err) != fault.KindNotFound {
		t.Error(err)
	}
}

// TestHangUpTestCall: whoever tests need not wait for the end.
func TestHangUpTestCall(t *testing.T) {
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	w.caller.answer = func(string, string, int) []CallStep { return []CallStep{{State: CallPlaced}, {State: CallRinging}} }
	call := must[string](t)(w.TestCall(t.Context(), actor, w.tenant, actor.OID, ""))
	if err := w.HangUpTestCall(t.Context(), actor, w.tenant, call); err != nil {
		t.Fatal(err)
	}
	if v := must[TestCallView](t)(w.TestCallState(t.Context(), w.tenant, call)); !v.Over || v.Cure == nil || v.Cure.Code != "try_again" {
		t.Errorf("%+v", v)
	}
	if line := w.store.audits[len(w.store.audits)-1]; line.Action != "test_call.hang_up" || line.Subject != call || line.ActorName != "Ana Ruiz" {
		t.Errorf("%+v", line)
	}
	for id, code := range map[string]string{call: "call_state", "nobody's": "call_not_found"} { // over; never there
		if err := w.HangUpTestCall(t.Context(), actor, w.tenant, id); fault.CodeOf(err) != code || w.audited("test_call.hang_up") != 1 {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, err := w.TestCall(t.Context(), actor, w.tenant, actor.OID, ""); err != nil { // the next one need not wait
		t.Error(err)
	}
}
