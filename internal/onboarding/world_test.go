package onboarding

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// fakeDirectory is one Microsoft 365.
type fakeDirectory struct {
	mu      sync.Mutex
	id      string // organisation
	refused error  // no token
	without map[string]int
	people  map[string]Sight
	group   map[string][]string
	gone    map[string]bool // groups
	// troubles are given out by Look, one a call, after half of the people.
	troubles []error
	skip     map[string]int // people passed over, so many times
	looked   []string
}

func (d *fakeDirectory) Prove(context.Context, string, string) (Consent, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refused != nil {
		return Consent{}, d.refused
	}
	c := Consent{ID: d.id, Name: "Contoso", Domain: "contoso.example"}
	for _, p := range Permissions() {
		status, missing := d.without[p.Name]
		if !missing {
			status = 200
		}
		c.Permissions = append(c.Permissions, Probe{Permission: p.Name, InToken: !missing, Status: status, OK: !missing})
	}
	return c, nil
}

func (d *fakeDirectory) Search(ctx context.Context, _, text string, limit int) ([]Person, error) {
	if _, ends := ctx.Deadline(); !ends { // somebody waits, and Graph may ask for minutes
		return nil, errors.New("a search without an end")
	}
	var all []Person
	for _, p := range d.people {
		if strings.HasPrefix(strings.ToLower(p.Name), strings.ToLower(text)) && len(all) < limit {
			all = append(all, p.Person)
		}
	}
	return all, nil
}

func (d *fakeDirectory) Groups(context.Context, string, string, int) ([]Group, error) {
	return nil, errors.ErrUnsupported
}

func (d *fakeDirectory) Group(_ context.Context, _, id string) (Group, error) {
	if _, ok := d.group[id]; !ok {
		return Group{}, fault.NotFound("group_not_found", "there is no such group")
	}
	return Group{id, "Service desk"}, nil
}

func (d *fakeDirectory) Members(_ context.Context, _, group string, page func([]Person) error) error {
	oids := d.group[group]
	for part := range slices.Chunk(oids, 3) {
		var people []Person
		for _, oid := range part {
			people = append(people, d.people[oid].Person)
		}
		if err := page(people); err != nil {
			return err
		}
	}
	if d.gone[group] {
		return fault.NotFound("group_not_found", "there is no such group")
	}
	return nil
}

func (d *fakeDirectory) Look(ctx context.Context, _ string, oids []string, seen func(Sight) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var trouble error
	if len(d.troubles) > 0 {
		trouble, d.troubles = d.troubles[0], d.troubles[1:]
	}
	for i, oid := range oids {
		if trouble != nil && i >= len(oids)/2 {
			return trouble
		}
		if d.skip[oid] > 0 {
			d.skip[oid]--
			continue
		}
		p := d.people[oid]
		p.OID = strings.ToUpper(oid)
		d.looked = append(d.looked, oid)
		if err := seen(p); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// fakeCaller rings people: answers says how each call goes.
type fakeCaller struct {
	mu     sync.Mutex
	now    func() time.Time
	placed []string    // "resource oid"
	at     []time.Time // of placed
	calls  map[string][]CallStep
	once   map[string]string
	answer func(resource, oid string, n int) []CallStep
	fail   error
}

func (c *fakeCaller) Place(_ context.Context, _ tenant.ID, resource, oid, _, once string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		return "", c.fail
	}
	if before := c.once[once]; before != "" {
		return before, nil
	}
	c.placed, c.at = append(c.placed, resource+" "+oid), append(c.at, c.now())
	call := fmt.Sprintf("call-%d", len(c.placed))
	c.once[once] = call
	c.calls[call] = c.answer(resource, oid, len(c.placed))
	return call, nil
}

func (c *fakeCaller) HangUp(_ context.Context, _ tenant.ID, call string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	steps, ok := c.calls[call]
	switch {
	case !ok:
		return fault.NotFound("call_not_found", "there is no such call")
	case len(steps) > 0 && steps[len(steps)-1].Over:
		return fault.Conflict("call_state", "the call is over")
	}
	c.calls[call] = append(steps, CallStep{State: CallOver, Over: true, Verdict: check.Inconclusive, Cure: check.TryAgain, Message: "hung up"})
	return nil
}

func (c *fakeCaller) Steps(_ context.Context, _ tenant.ID, call string) ([]CallStep, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	steps, ok := c.calls[call]
	if !ok {
		return nil, fault.NotFound("call_not_found", "there is no such call")
	}
	return slices.Clone(steps), nil
}

func (c *fakeCaller) Watch(ctx context.Context, t tenant.ID, call string) (<-chan CallStep, error) {
	steps, err := c.Steps(ctx, t, call)
	if err != nil {
		return nil, err
	}
	out := make(chan CallStep, len(steps))
	for _, step := range steps {
		out <- step
	}
	close(out)
	return out, nil
}

func answered() []CallStep {
	return []CallStep{
		{State: CallPlaced}, {State: CallRinging}, {State: CallAnswered},
		{State: CallOver, Over: true, Code: 200, Verdict: check.Authorised, Message: "answered"},
	}
}

func ends(code, sub int, v check.Verdict, c check.Cure) []CallStep {
	return []CallStep{{State: CallPlaced}, {State: CallOver, Over: true, Code: code, SubCode: sub, Verdict: v, Cure: c, Message: "said Microsoft"}}
}

// fakePublisher remembers.
type fakePublisher struct {
	mu   sync.Mutex
	told []string
	fail error
}

func (p *fakePublisher) Publish(_ context.Context, _ tenant.ID, e Event) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		return p.fail
	}
	line := e.Type
	if o, ok := e.Data.(object); ok && e.Type == "grant.changed" {
		line = fmt.Sprint(e.Type, " ", o["subject"], " ", o["state"])
	}
	if o, ok := e.Data.(object); ok && e.Type == "onboarding.step" {
		line = fmt.Sprint(e.Type, " ", o["step"])
	}
	p.told = append(p.told, line)
	return nil
}

func (p *fakePublisher) count(line string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.told {
		if l == line {
			n++
		}
	}
	return n
}

// world is a provider with one invited tenant.
type world struct {
	*Service
	store   *fakeStore
	dir     *fakeDirectory
	caller  *fakeCaller
	told    *fakePublisher
	clock   time.Time
	clockMu sync.Mutex
	tenant  tenant.ID
	trouble bool // jobs may fail
}

type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func newWorld(t fataler) *world {
	t.Helper()
	w := &world{clock: start}
	w.store = newStore(w.now)
	w.store.resources = []Resource{
		{ID: "us-1", Region: "us", ImmutableID: "aaaaaaaa-0000-4000-8000-000000000002"},
		{ID: "eu-1", Region: "eu", ImmutableID: "aaaaaaaa-0000-4000-8000-000000000001", Home: true},
	}
	w.dir = &fakeDirectory{id: contoso, people: map[string]Sight{}, without: map[string]int{}, group: map[string][]string{}, gone: map[string]bool{}, skip: map[string]int{}}
	w.caller = &fakeCaller{
		now: w.now, calls: map[string][]CallStep{}, once: map[string]string{},
		answer: func(string, string, int) []CallStep { return answered() },
	}
	w.told = &fakePublisher{}
	w.Service = New(Config{
		Store: w.store, Directory: w.dir, Caller: w.caller, Publisher: w.told,
		ProviderName: "Acme Voice", ClientID: clientID, PublicBase: "https://portal.example/", Now: w.now,
	})
	w.tenant = "99999999-0000-4000-8000-000000000001"
	w.store.tenants[w.tenant] = tenant.Tenant{ID: w.tenant, Name: "Contoso", State: tenant.Invited, HomeRegion: "eu"}
	return w
}

func (w *world) now() time.Time {
	w.clockMu.Lock()
	defer w.clockMu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.clockMu.Lock()
	defer w.clockMu.Unlock()
	w.clock = w.clock.Add(d)
}

// Due is what jobs find.
func (w *world) Due(ctx context.Context, limit int) ([]LookRef, []ProofRef, error) {
	looks, err := w.DueLooks(ctx, limit)
	if err != nil {
		return nil, nil, err
	}
	proofs, err := w.DueProofs(ctx, limit)
	return looks, proofs, err
}

// work does what is due until nothing is, as jobs do.
func (w *world) work(t fataler) {
	t.Helper()
	for range 100 {
		looks, proofs, err := w.Due(context.Background(), 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(looks)+len(proofs) == 0 {
			return
		}
		for _, l := range looks {
			if _, err := w.RunLook(context.Background(), l); err != nil && fault.KindOf(err) != fault.KindUnavailable && !w.trouble {
				t.Fatalf("%v: %v", l, err)
			}
		}
		for _, p := range proofs {
			if _, err := w.RunProof(context.Background(), p); err != nil && fault.KindOf(err) != fault.KindUnavailable {
				t.Fatalf("%v: %v", p, err)
			}
		}
	}
	t.Fatal("there is no end of work")
}

// workFor does what becomes due within a time, in its order.
func (w *world) workFor(t fataler, d time.Duration) {
	t.Helper()
	for until := w.now().Add(d); w.now().Before(until); w.pass(time.Second) {
		w.work(t)
	}
}

var ana = Admin{
	EntraTenantID: contoso, OID: "77aa1c52-0000-4000-8000-000000000001", Name: "Ana Ruiz", UPN: "ana@contoso.example",
	Roles: []tenant.AdminRole{tenant.GlobalAdministrator}, RolesKnown: true,
}

// bind lets Ana in by an invitation.
func (w *world) bind(t fataler) Actor {
	t.Helper()
	_, link, err := w.Invite(context.Background(), Actor{ID: "key:1"}, tenant.Invitation{Tenant: w.tenant})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.SignIn(context.Background(), word(t, link), ana); err != nil {
		t.Fatal(err)
	}
	return ana.actor()
}

func word(t fataler, link string) string {
	t.Helper()
	w, ok := strings.CutPrefix(link, "https://portal.example/onboard/")
	if !ok || len(w) < 22 {
		t.Fatalf("the link %q is not good", link)
	}
	return w
}

// person adds somebody to the directory who can be rung.
func (w *world) person(n int) string {
	oid := fmt.Sprintf("11111111-0000-4000-8000-%012d", n)
	yes := true
	w.dir.people[oid] = Sight{
		Person: Person{OID: oid, Name: fmt.Sprintf("Person %d", n), UPN: fmt.Sprintf("p%d@contoso.example", n), Enabled: true},
		At:     w.now(), Found: true, Teams: PlanActive, TeamsPhone: PlanActive, PhoneSystem: &yes, EnterpriseVoice: &yes,
		AccountType: "user", Presence: "Available",
	}
	return oid
}

func (w *world) grant(kind tenant.GrantKind, subject string) tenant.Grant {
	all, _ := w.store.Grants(context.Background(), w.tenant)
	return newLedger(all).of(kind, subject)
}

func (w *world) audited(action string) (n int) {
	for _, e := range w.store.audits {
		if e.Action == action {
			n++
		}
	}
	return n
}
