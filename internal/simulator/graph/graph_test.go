package graph

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/signing"
	"tandem/internal/simulator/teams"
)

func TestMain(m *testing.M) {
	pki.Recycle()
	goleak.VerifyTestMain(m)
}

const (
	contoso  = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"
	fabrikam = "6c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"
	ada      = "fc4ccb5f-8046-4812-803f-6c344a5d1560"
	bob      = "0f9d33b0-1111-4222-8333-444455556666"
	eve      = "0f9d33b0-2222-4222-8333-444455556666" // of Fabrikam
)

type bench struct {
	t *testing.T
	*Service
	people *teams.Directory
}

func newBench(t *testing.T) *bench {
	t.Helper()
	keys, err := signing.New()
	if err != nil {
		t.Fatal(err)
	}
	clk, book := clock.New(), &faults.Book{}
	tokens := entra.New(entra.Config{
		Origin: "https://authority.test", Keys: keys, Faults: book,
		Apps: []entra.App{{ClientID: "app", Secret: "secret"}},
		Tenants: []entra.Tenant{
			{ID: contoso, Name: "Contoso", Roles: []string{"Presence.Read.All"}},
			{ID: fabrikam, Name: "Fabrikam", Roles: []string{"User.Read.All"}},
		},
	})
	people := teams.New(clk, book, slog.New(slog.DiscardHandler))
	for _, id := range []string{contoso, fabrikam} {
		if err := people.AddTenant(teams.Tenant{ID: id, Name: map[string]string{contoso: "Contoso", fabrikam: "Fabrikam"}[id]}); err != nil {
			t.Fatal(err)
		}
	}
	for oid, tenant := range map[string]string{ada: contoso, bob: contoso, eve: fabrikam} {
		if err := people.Add(teams.Profile{OID: oid, Tenant: tenant, Name: map[string]string{ada: "Ada", bob: "Bob", eve: "Eve"}[oid]}); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { people.Close(); clk.Close() })
	return &bench{t, New(Config{Origin: "https://graph.test", Tokens: tokens, Directory: people, Faults: book, Clock: clk}), people}
}

func (b *bench) token(tenant, scope string) string {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"secret"}, "scope": {scope}}
	r := httptest.NewRequest(http.MethodPost, "/"+tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	b.Tokens.ServeHTTP(w, r)
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Token == "" {
		b.t.Fatalf("no token: %s", w.Body)
	}
	return answer.Token
}

const scope = publicAudience + "/.default"

func (b *bench) ask(token, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1.0/communications/getPresencesByUserId", strings.NewReader(body))
	r.Header.Set("client-request-id", "c-1")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func idsOf(ids ...string) string {
	text, _ := json.Marshal(map[string]any{"ids": ids})
	return string(text)
}

func TestPresences(t *testing.T) {
	b := newBench(t)
	if _, err := b.people.Update(bob, teams.Change{Presence: &teams.Presence{Availability: "Busy"}}); err != nil {
		t.Fatal(err)
	}
	w := b.ask(b.token(contoso, "https://graph.test/.default"), idsOf(strings.ToUpper(ada), bob, eve, uuid.NewString()))
	var answer struct {
		Context string `json:"@odata.context"`
		Value   []struct{ ID, Availability, Activity, SequenceNumber string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	got := map[string]string{}
	for _, p := range answer.Value {
		got[p.ID] = p.Availability + "/" + p.Activity
		if p.SequenceNumber == "" {
			t.Error("no sequenceNumber")
		}
	}
	if len(got) != 2 || got[ada] != "Available/Available" || got[bob] != "Busy/InAMeeting" {
		t.Errorf("presences %v", got)
	}
	if !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json;odata.metadata=minimal") || w.Header().Get("request-id") == "" || w.Header().Get("client-request-id") != "c-1" {
		t.Errorf("header %v", w.Header())
	}
}

func TestFrozenPresence(t *testing.T) {
	b := newBench(t)
	token := b.token(contoso, scope)
	shows := func(oid, want string) {
		t.Helper()
		var answer struct {
			Value []struct{ Availability string }
		}
		w := b.ask(token, idsOf(strings.ToUpper(oid)))
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer.Value) != 1 || answer.Value[0].Availability != want {
			t.Errorf("%s shows %s, want %s", oid, w.Body, want)
		}
	}
	becomes := func(oid, availability string) {
		t.Helper()
		if _, err := b.people.Update(oid, teams.Change{Presence: &teams.Presence{Availability: availability}}); err != nil {
			t.Fatal(err)
		}
	}
	shows(ada, "Available")
	if err := b.Faults.Set(faults.Fault{Knob: faults.PresenceFreeze, Scope: ada, Count: 2}); err != nil {
		t.Fatal(err)
	}
	becomes(ada, "Busy")
	becomes(bob, "Away")
	shows(bob, "Away")
	shows(ada, "Available")
	shows(ada, "Available")
	shows(ada, "Busy") // the count ran out
	if err := b.Faults.Set(faults.Fault{Knob: faults.PresenceFreeze}); err != nil {
		t.Fatal(err)
	}
	becomes(bob, "Offline")
	shows(bob, "Away")
	b.Faults.Reset()
	shows(bob, "Offline")
}

func TestRefusals(t *testing.T) {
	b := newBench(t)
	good := b.token(contoso, scope)
	many := slices.Repeat([]string{ada}, maxIDs+1)
	cases := []struct {
		name, token, body, fault string
		status                   int
		code                     string
	}{
		{"650 ids", good, idsOf(many[1:]...), "", 200, ""},
		{"651 ids", good, idsOf(many...), "", 400, "BadRequest"},
		{"no ids", good, "{}", "", 400, "BadRequest"},
		{"no json", good, "[", "", 400, "BadRequest"},
		{"no GUID", good, idsOf("ada@contoso.example"), "", 400, "BadRequest"},
		{"no token", "", idsOf(ada), "", 401, "InvalidAuthenticationToken"},
		{"nonsense", "x.y.z", idsOf(ada), "", 401, "InvalidAuthenticationToken"},
		{"token for something else", b.token(contoso, "https://communication.azure.com//.default"), idsOf(ada), "", 401, "InvalidAuthenticationToken"},
		{"role is missing", b.token(fabrikam, scope), idsOf(eve), "", 403, "Forbidden"},
		{"throttled", good, idsOf(ada), "429", 429, "TooManyRequests"},
		{"broken", good, idsOf(ada), "x", 503, "ServiceUnavailable"},
	}
	for _, c := range cases {
		if c.fault != "" {
			if err := b.Faults.Set(faults.Fault{Knob: faults.GraphStatus, Scope: contoso, Value: c.fault, Times: 1}); err != nil {
				t.Fatal(err)
			}
		}
		w := b.ask(c.token, c.body)
		var e struct {
			Error struct {
				Code       string
				InnerError map[string]string
			}
		}
		_ = json.Unmarshal(w.Body.Bytes(), &e)
		if w.Code != c.status || e.Error.Code != c.code {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
		if c.code != "" && e.Error.InnerError["client-request-id"] != "c-1" {
			t.Errorf("%s: inner error %v", c.name, e.Error.InnerError)
		}
	}
	b.Tokens.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if w := b.ask(good, idsOf(ada)); w.Code != 401 {
		t.Errorf("expired token: %d", w.Code)
	}
}
