package postgres_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

func TestSessions(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	at := now()
	session := func(word, oid string, of tenant.ID) provider.Session {
		t.Helper()
		v := provider.Session{
			Hash: secret.Hash(word), Tenant: of, EntraTenantID: t1.EntraTenantID, OID: oid, Person: []byte("sealed"),
			CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(provider.SessionLasts),
		}
		if err := s.CreateSession(ctx, v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	const ana, ben = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
	v := session("a", ana, "")
	session("a2", ana, t1.ID)
	session("b", ben, t2.ID)
	get := func(word string, after time.Duration) (provider.Session, error) {
		return s.Session(ctx, secret.Hash(word), at.Add(after))
	}
	same := func(a, b provider.Session) bool {
		return string(a.Hash) == string(b.Hash) && a.Tenant == b.Tenant && a.OID == b.OID && a.EntraTenantID == b.EntraTenantID &&
			string(a.Person) == string(b.Person) && a.SeenAt.Equal(b.SeenAt) && a.CreatedAt.Equal(b.CreatedAt) && a.ExpiresAt.Equal(b.ExpiresAt)
	}
	if got, err := get("a", 30*time.Second); err != nil || !same(got, v) {
		t.Errorf("%+v, %v, want %+v", got, err, v)
	}
	if got, err := get("a", 59*time.Minute); err != nil || !got.SeenAt.Equal(at.Add(59*time.Minute)) {
		t.Errorf("its use was not noted: %+v, %v", got, err)
	}
	if got, err := get("a", 118*time.Minute); err != nil || got.SeenAt.Equal(at) {
		t.Errorf("used within the hour: %+v, %v", got, err)
	}
	_, err := get("a2", 60*time.Minute)
	wantCode(t, "idle for an hour", err, "session_expired")
	_, err = get("nobody's", 0)
	wantCode(t, "an unknown cookie", err, "session_unknown")
	for h := 2; h < 12; h++ {
		if _, err := get("a", time.Duration(h)*time.Hour-time.Minute*time.Duration(h)); err != nil {
			t.Fatalf("after %d hours: %v", h, err)
		}
	}
	if _, err := get("a", 11*time.Hour+40*time.Minute); err != nil {
		t.Error(err)
	}
	_, err = get("a", 12*time.Hour)
	wantCode(t, "after its day", err, "session_expired")

	// Whose roles are to be confirmed: admins of tenants who are here now.
	short := func(word string, of tenant.ID, seen, ends time.Duration) {
		t.Helper()
		if err := s.CreateSession(ctx, provider.Session{
			Hash: secret.Hash(word), Tenant: of, EntraTenantID: t1.EntraTenantID, OID: nobody, Person: []byte("old"), CreatedAt: at.Add(seen), ExpiresAt: at.Add(ends),
		}); err != nil {
			t.Fatal(err)
		}
	}
	short("soon", t2.ID, 0, 20*time.Minute)
	short("sooner", t1.ID, 0, 10*time.Minute)
	short("over", t1.ID, 0, 0)
	short("later", t1.ID, 0, 31*time.Minute)
	short("idle", t1.ID, -time.Hour, 10*time.Minute)
	short("operator", "", 0, 10*time.Minute)
	confirmed := func() (all []string) {
		t.Helper()
		found, err := s.SessionsToConfirm(ctx, at, at.Add(30*time.Minute), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range found {
			for _, word := range []string{"soon", "sooner", "over", "later", "idle", "operator", "a", "a2", "b"} {
				if string(v.Hash) == string(secret.Hash(word)) {
					all = append(all, word+" "+string(v.Person))
				}
			}
		}
		return all
	}
	if got := confirmed(); !slices.Equal(got, []string{"sooner old", "soon old"}) {
		t.Errorf("to confirm: %v", got)
	}
	if err := errors.Join(s.ConfirmSession(ctx, secret.Hash("sooner"), []byte("new"), at.Add(25*time.Minute)), s.ConfirmSession(ctx, secret.Hash("x"), []byte("new"), at)); err != nil {
		t.Error(err)
	}
	if got := confirmed(); !slices.Equal(got, []string{"soon old", "sooner new"}) {
		t.Errorf("when one is: %v", got)
	}

	if n, err := s.EndSessions(ctx, t1.EntraTenantID, ana); err != nil || n != 2 {
		t.Errorf("ended %d, %v", n, err)
	}
	_, err = get("a", 0)
	wantCode(t, "after all ended", err, "session_unknown")
	if _, err := get("b", 0); err != nil {
		t.Errorf("another person's ended as well: %v", err)
	}
	if err := errors.Join(s.EndSession(ctx, secret.Hash("b")), s.EndSession(ctx, secret.Hash("b"))); err != nil {
		t.Error(err)
	}
	_, err = get("b", 0)
	wantCode(t, "after it ended", err, "session_unknown")
	wantCode(t, "nobody's", s.CreateSession(ctx, provider.Session{Hash: secret.Hash("n")}), "session_invalid")
}

func TestJourneys(t *testing.T) {
	s, db := open(t)
	ctx := t.Context()
	at := now()
	j := provider.Journey{Hash: secret.Hash("state"), Kind: provider.SignInJourney, Luggage: []byte("sealed"), CreatedAt: at, ExpiresAt: at.Add(10 * time.Minute)}
	if err := s.BeginJourney(ctx, j); err != nil {
		t.Fatal(err)
	}
	end := func(kind provider.JourneyKind, word string, after time.Duration) (provider.Journey, error) {
		return s.EndJourney(ctx, kind, secret.Hash(word), at.Add(after))
	}
	_, err := end(provider.SignInJourney, "forged", 0)
	wantCode(t, "a forged state", err, "state_unknown")
	_, err = end(provider.ConsentJourney, "state", 0)
	wantCode(t, "another kind", err, "state_unknown")
	_, err = end(provider.SignInJourney, "state", 10*time.Minute)
	wantCode(t, "too late", err, "state_expired")
	if got, err := end(provider.SignInJourney, "state", time.Minute); err != nil || string(got.Luggage) != "sealed" || !got.ExpiresAt.Equal(j.ExpiresAt) {
		t.Errorf("%+v, %v", got, err)
	}
	got, err := end(provider.SignInJourney, "state", time.Minute)
	wantCode(t, "replayed", err, "state_used")
	if got.Luggage != nil {
		t.Errorf("a replay got the luggage: %+v", got)
	}
	if err := s.CreateSession(ctx, provider.Session{Hash: secret.Hash("a"), EntraTenantID: nobody, OID: nobody, Person: []byte("x"), CreatedAt: at, ExpiresAt: at.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	left := func() []string {
		return strs(t, connect(t, db.Admin), `SELECT 'journey' FROM journey UNION ALL SELECT 'session' FROM session ORDER BY 1`)
	}
	for after, want := range map[time.Duration][]string{0: {"journey", "session"}} {
		if err := s.Engine().Sweep(ctx, at.Add(after)); err != nil || !slices.Equal(left(), want) {
			t.Errorf("swept after %v: %v, %v", after, left(), err)
		}
	}
	if err := s.Engine().Sweep(ctx, at.Add(61*time.Minute)); err != nil || !slices.Equal(left(), []string{"journey"}) {
		t.Errorf("after an hour: %v, %v", left(), err)
	}
	if err := s.Engine().Sweep(ctx, at.Add(25*time.Hour)); err != nil || len(left()) != 0 {
		t.Errorf("after a day: %v, %v", left(), err)
	}
}
