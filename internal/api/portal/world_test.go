package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"tandem/internal/fault"
	"tandem/internal/microsoft/entra"
	"tandem/internal/onboarding"
	"tandem/internal/provider"
	"tandem/internal/secret"
	simentra "tandem/internal/simulator/entra"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/signing"
	"tandem/internal/tenant"
	"tandem/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const (
	home     = "11111111-1111-4111-8111-111111111111" // the provider's directory
	contoso  = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10" // of tenant t1
	fabrikam = "6c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10" // of tenant t2
	t1       = tenant.ID("0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21")
	t2       = tenant.ID("0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c22")
	gloria   = "0a000000-0000-4000-8000-000000000001" // Global Administrator of contoso
	una      = "0a000000-0000-4000-8000-000000000003" // nobody special at contoso
	theo     = "0a000000-0000-4000-8000-000000000002" // Teams Administrator of fabrikam
	clientID = "b7c20000-0000-4000-8000-000000000001"
	word     = "WelcomeWelcomeWelcome123" // of the invitation of t1
)

var signer = sync.OnceValues(signing.NewCertified)

// memory keeps sessions and journeys as the database does.
type memory struct {
	mu       sync.Mutex
	sessions map[string]provider.Session
	journeys map[string]*provider.Journey
	used     map[string]bool
	trail    []provider.Entry
	away     error // everything fails
}

func (m *memory) CreateSession(_ context.Context, s provider.Session) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions[string(s.Hash)] = s
	return m.away
}

func (m *memory) Session(_ context.Context, hash []byte, now time.Time) (provider.Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away != nil {
		return provider.Session{}, m.away
	}
	s, ok := m.sessions[string(hash)]
	if !ok {
		return s, fault.Unauthenticated("session_unknown", "you are not signed in")
	}
	if err := s.Usable(now); err != nil {
		return provider.Session{}, err
	}
	s.SeenAt = now
	m.sessions[string(hash)] = s
	return s, nil
}

func (m *memory) EndSession(_ context.Context, hash []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, string(hash))
	return m.away
}

func (m *memory) EndSessions(_ context.Context, entra, oid string) (n int, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for hash, s := range m.sessions {
		if s.EntraTenantID == entra && s.OID == oid {
			delete(m.sessions, hash)
			n++
		}
	}
	return n, m.away
}

func (m *memory) SessionsToConfirm(_ context.Context, now, before time.Time, limit int) (all []provider.Session, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.sessions {
		if s.Tenant != "" && s.Usable(now) == nil && s.ExpiresAt.Before(before) && len(all) < limit {
			all = append(all, s)
		}
	}
	return all, m.away
}

func (m *memory) ConfirmSession(_ context.Context, hash, person []byte, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.sessions[string(hash)]; ok {
		s.Person, s.ExpiresAt = person, until
		m.sessions[string(hash)] = s
	}
	return m.away
}

// looked is what Microsoft says that people are; of whom it does not say, it cannot
// be seen.
type looked struct {
	roles map[string][]tenant.AdminRole
	asked int
}

func (l *looked) AdminRoles(_ context.Context, _, oid string) ([]tenant.AdminRole, error) {
	l.asked++
	roles, ok := l.roles[oid]
	if !ok {
		return nil, fault.Forbidden("consent_missing", "the tenant has not consented")
	}
	return roles, nil
}

func (m *memory) BeginJourney(_ context.Context, j provider.Journey) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.journeys[string(j.Hash)] = &j
	return m.away
}

func (m *memory) EndJourney(_ context.Context, kind provider.JourneyKind, hash []byte, now time.Time) (provider.Journey, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	j, ok := m.journeys[string(hash)]
	switch {
	case !ok || j.Kind != kind:
		return provider.Journey{}, fault.NotFound("state_unknown", "begin again")
	case m.used[string(hash)]:
		return provider.Journey{}, fault.Gone("state_used", "begin again")
	case !now.Before(j.ExpiresAt):
		return provider.Journey{}, fault.Gone("state_expired", "begin again")
	}
	m.used[string(hash)] = true
	return *j, m.away
}

func (m *memory) Audit(_ context.Context, t tenant.ID, e provider.Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t != e.Tenant {
		return fmt.Errorf("a line of %s for %s", e.Tenant, t)
	}
	m.trail = append(m.trail, e)
	return nil
}

// wrote says how many lines there are of an action with a code.
func (m *memory) wrote(t tenant.ID, action, code string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.trail {
		var d struct{ Code string }
		_ = json.Unmarshal(e.Detail, &d)
		if e.Tenant == t && e.Action == action && d.Code == code {
			n++
		}
	}
	return n
}

func (m *memory) Tenant(_ context.Context, id tenant.ID) (tenant.Tenant, error) {
	for _, t := range customers() {
		if t.ID == id {
			return t, nil
		}
	}
	return tenant.Tenant{}, fault.NotFound("tenant_unknown", "there is no such tenant")
}

func customers() []tenant.Tenant {
	return []tenant.Tenant{
		{ID: t1, Name: "Contoso Airlines", EntraTenantID: contoso, State: tenant.Onboarding, BoundAt: time.Unix(1, 0)},
		{ID: t2, Name: "Fabrikam", EntraTenantID: fabrikam, State: tenant.Onboarding, BoundAt: time.Unix(1, 0)},
	}
}

// steps is onboarding as the portal sees it: who may come in, and what came back.
type steps struct {
	mu       sync.Mutex
	signedIn []onboarding.Admin
	returned []onboarding.ConsentReturn
	by       []onboarding.Actor
	err      error
}

func (s *steps) Invitation(_ context.Context, w string) (onboarding.Page, error) {
	if s.err != nil {
		return onboarding.Page{}, s.err
	}
	if w != word {
		return onboarding.Page{}, fault.NotFound("invitation_unknown", "there is no such invitation")
	}
	return onboarding.Page{
		Tenant: t1, TenantName: "Contoso Airlines", Provider: "Acme", State: tenant.InvitationOpen, Kind: tenant.Welcome,
		ExpiresAt: time.Unix(1795000000, 0), Permissions: onboarding.Permissions(),
		Steps: []onboarding.StepNeeds{{Step: tenant.StepConsent, Needs: tenant.StepConsent.Needs(), Minutes: 1}, {Step: tenant.StepPeople, Minutes: 2}},
	}, nil
}

func (s *steps) SignIn(_ context.Context, w string, a onboarding.Admin) (tenant.Tenant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signedIn = append(s.signedIn, a)
	if s.err != nil {
		return tenant.Tenant{}, s.err
	}
	if w != "" && w != word {
		return tenant.Tenant{}, fault.NotFound("invitation_unknown", "there is no such invitation")
	}
	for _, t := range customers() {
		switch {
		case t.EntraTenantID != a.EntraTenantID:
		case len(a.Roles) == 0:
			return tenant.Tenant{}, fault.Forbidden("admin_role_missing", "only an admin can set this up")
		default:
			return t, nil
		}
	}
	return tenant.Tenant{}, fault.Forbidden("not_invited", "open the link of your invitation")
}

func (s *steps) ConsentReturned(_ context.Context, by onboarding.Actor, _ tenant.ID, r onboarding.ConsentReturn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.by, s.returned = append(s.by, by), append(s.returned, r)
	return s.err
}

// identity is the real thing, as app wires it.
type identity struct{ *entra.SignIn }

func (i identity) URL(ctx context.Context, t Trip) (string, error) {
	return i.SignIn.URL(ctx, entra.Trip(t))
}

func (i identity) Redeem(ctx context.Context, t Trip, code string) (Person, error) {
	p, err := i.SignIn.Redeem(ctx, entra.Trip(t), code)
	return Person(p), err
}

func (identity) RedirectError(q url.Values) error { return entra.RedirectError(q) }

type people map[string][]simentra.Person

func (p people) Members(t string) []simentra.Person { return p[t] }

// world is a portal and a simulated Entra, each on a real socket.
type world struct {
	t      *testing.T
	store  *memory
	steps  *steps
	looked *looked
	faults *faults.Book
	portal *Portal
	server *httptest.Server
	login  *httptest.Server

	mu    sync.Mutex
	clock time.Time
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func webApp() fstest.MapFS {
	return fstest.MapFS{
		"index.html":               {Data: []byte(`<!doctype html><html><head><title>Tandem</title><style>x{}</style></head><body></body></html>`)},
		"icon.svg":                 {Data: []byte(`<svg xmlns="http://www.w3.org/2000/svg"></svg>`)},
		"assets/index-AbC1.js":     {Data: []byte("export const hello = 1;" + strings.Repeat(" // and so on\n", 100))},
		"assets/index-AbC2.css":    {Data: []byte("body{}")},
		"assets/index-AbC2.css.br": {Data: []byte("brotli")},
		"assets/font-AbC3.woff2":   {Data: []byte("font")},
	}
}

func newWorld(t *testing.T, change ...func(*Deps, *Config)) *world {
	t.Helper()
	keys, err := signer()
	if err != nil {
		t.Fatal(err)
	}
	box, err := secret.ReadKeys(strings.NewReader(secret.NewKeyLine("k1")))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, clock: time.Now(), faults: &faults.Book{}, steps: &steps{}, looked: &looked{roles: map[string][]tenant.AdminRole{}},
		store: &memory{sessions: map[string]provider.Session{}, journeys: map[string]*provider.Journey{}, used: map[string]bool{}},
	}
	w.server, w.login = httptest.NewUnstartedServer(nil), httptest.NewUnstartedServer(nil)
	base := "https://" + w.server.Listener.Addr().String()
	w.login.Config.Handler = simentra.New(simentra.Config{
		Origin: "https://" + w.login.Listener.Addr().String(), Keys: keys, Faults: w.faults, Now: w.now,
		Apps: []simentra.App{{ClientID: clientID, Name: "Tandem", Secret: "hush", RedirectURIs: []string{base + signedInPath, base + consentedPath}}},
		Tenants: []simentra.Tenant{
			{ID: contoso, Name: "Contoso", Domain: "contoso.example", Roles: []string{"Presence.Read.All"}},
			{ID: fabrikam, Name: "Fabrikam", Domain: "fabrikam.example", Roles: []string{"Presence.Read.All"}},
		},
		People: people{
			contoso: {
				{OID: gloria, Name: "Gloria Hart", UPN: "gloria@contoso.example", Roles: []string{simentra.GlobalAdministrator}, Enabled: true},
				{OID: una, Name: "Una User", UPN: "una@contoso.example", Enabled: true},
			},
			fabrikam: {{OID: theo, Name: "Theo Lind", UPN: "theo@fabrikam.example", Roles: []string{simentra.TeamsAdministrator}, Enabled: true}},
		},
	})
	w.login.StartTLS()
	signIn, err := entra.NewSignIn(entra.Config{
		HomeTenant: home, ClientID: clientID, ClientSecret: "hush", Authority: w.login.URL, HTTP: w.login.Client(), Now: w.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	deps := Deps{Sessions: w.store, Tenants: w.store, Onboarding: w.steps, Audit: w.store, Identity: identity{signIn}, Roles: w.looked, Seal: box, App: webApp()}
	cfg := Config{BaseURL: base, Authority: w.login.URL + "/", HomeTenant: home, ProviderName: "Acme", Key: [32]byte{1, 2, 3}, Now: w.now}
	for _, f := range change {
		f(&deps, &cfg)
	}
	if w.portal, err = New(deps, cfg); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", w.portal)
	mux.HandleFunc("/v1/", func(rw http.ResponseWriter, r *http.Request) { // the admin API, in short
		v, err := w.portal.Session(r)
		rw.Header().Set("X-Code", fault.CodeOf(err))
		rw.Header().Set("X-Actor", v.Actor())
		rw.Header().Set("X-Tenant", string(v.Key().Tenant))
	})
	w.server.Config.Handler = mux
	w.server.StartTLS()
	t.Cleanup(func() {
		w.login.Client().CloseIdleConnections()
		w.server.Client().CloseIdleConnections()
		w.server.Close()
		w.login.Close()
	})
	return w
}

// browser is one with a cookie jar; it shows each redirect.
type browser struct {
	w *world
	*http.Client
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	c := *w.server.Client() // both servers have the same certificate
	c.Jar = jar
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{w, &c}
}

// seen is an answer.
type seen struct {
	*http.Response
	body string
}

func (s seen) to() string { return s.Header.Get("Location") }

func (b *browser) send(method, address string, form url.Values, header ...string) seen {
	b.w.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.w.server.URL + address
	}
	r, err := http.NewRequestWithContext(b.w.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		b.w.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := b.Do(r)
	if err != nil {
		b.w.t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		b.w.t.Fatal(err)
	}
	return seen{res, string(body)}
}

func (b *browser) get(address string, header ...string) seen {
	b.w.t.Helper()
	return b.send(http.MethodGet, address, nil, header...)
}

// answered is Microsoft's page with a button pressed: where it sends the browser.
func (b *browser) answered(address, user, action string) string {
	b.w.t.Helper()
	if !strings.HasPrefix(address, b.w.login.URL+"/") {
		b.w.t.Fatalf("not sent to Microsoft but to %q", address)
	}
	s := b.send(http.MethodPost, address, url.Values{"user": {user}, "action": {action}})
	if s.StatusCode == http.StatusOK && action == "sign_in" { // permissions requested
		s = b.send(http.MethodPost, address, url.Values{"user": {user}, "action": {"accept"}})
	}
	if s.StatusCode != http.StatusFound {
		b.w.t.Fatalf("Microsoft answers %d: %s", s.StatusCode, s.body)
	}
	return s.to()
}

// signIn goes all the way; query may be "?to=…".
func (b *browser) signIn(user, query string) seen {
	b.w.t.Helper()
	return b.get(b.answered(b.get("/portal/sign-in"+query).to(), user, "sign_in"))
}

func (b *browser) session() (v struct {
	SignedIn bool `json:"signed_in"`
	CSRF     string
	Person   struct {
		OID, Name, UPN string
		Roles          []string
	}
	Tenant   struct{ ID, Name string }
	Operator string
	Scopes   []string
	Provider struct{ Name string }
}) {
	b.w.t.Helper()
	s := b.get("/portal/session")
	if err := json.Unmarshal([]byte(s.body), &v); err != nil || s.StatusCode != http.StatusOK {
		b.w.t.Fatalf("%d %s", s.StatusCode, s.body)
	}
	return v
}

// cookie is one that the browser holds for the portal.
func (b *browser) cookie(name string) string {
	u, _ := url.Parse(b.w.server.URL)
	for _, c := range b.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) plant(cookies ...*http.Cookie) {
	u, _ := url.Parse(b.w.server.URL)
	b.Jar.SetCookies(u, cookies)
}

// query is a parameter of an address.
func query(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Query().Get(name)
}

func setCookies(s seen) (names []string) {
	for _, c := range s.Cookies() {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names
}
