package postgres_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/trunk"
)

const e0 = "e0.example.net"

// well is a trunk that works, as node n1 sees it at a moment.
func well(at time.Time) trunk.Sighting {
	return trunk.Sighting{
		Of: trunk.TrunkKind, Name: e0, Sent: 3, Good: 3, Calls: 2, Answered: 1,
		Signs: trunk.Signs{
			Asked: []trunk.Asked{{Whom: "sip.pstnhub.microsoft.com", At: at, Answered: at, Since: at.Add(-time.Hour), RoundTrip: 20 * time.Millisecond}},
			Heard: at, LastCall: at, Certificate: &trunk.Shown{Names: []string{e0}, Issuer: "CA", Expires: at.Add(90 * 24 * time.Hour)},
		},
	}
}

// ill is the same trunk without an answer.
func ill(at time.Time) trunk.Sighting {
	s := well(at)
	s.Good, s.Signs.LastCall = 0, time.Time{}
	s.Signs.Asked[0].Since, s.Signs.Asked[0].Failure = time.Time{}, trunk.FailedSilent
	return s
}

func peerOf(at time.Time) trunk.Sighting {
	s := well(at)
	s.Of, s.Name, s.Signs.Certificate = trunk.PeerKind, "carrier", nil
	return s
}

// told are the types of the provider's own events, the oldest first.
func told(t *testing.T, s *postgres.Store) []provider.Event {
	t.Helper()
	if _, err := s.RouteEvents(t.Context(), func(context.Context, pgx.Tx, provider.DeliveryKey, int) error { return nil }); err != nil {
		t.Fatal(err)
	}
	all, err := s.EventsAfter(t.Context(), "", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func types(all []provider.Event) []provider.EventType {
	var found []provider.EventType
	for _, e := range all {
		found = append(found, e.Type)
	}
	return found
}

// TestHealthIsToldAndKept: what is believed follows what nodes tell, slowly; each change is
// an event, once; and what there was is kept in samples.
func TestHealthIsToldAndKept(t *testing.T) {
	s := twoResources(t)
	begin := time.Now().Truncate(trunk.SampleEvery).Add(-trunk.SampleEvery).UTC()
	tell := func(after time.Duration, see func(time.Time) trunk.Sighting) trunk.Standing {
		t.Helper()
		at := begin.Add(after)
		if err := s.TellHealth(t.Context(), "n1", []trunk.Sighting{see(at), peerOf(at)}, at, trunk.HoldDown); err != nil {
			t.Fatal(err)
		}
		is, err := s.TrunkStanding(t.Context(), e0)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if is := tell(0, well); is.Held.Condition != trunk.Up || !is.SeenAt.Equal(begin) || is.Signs.Node != "n1" || is.Signs.Calls != 2 || is.Signs.Answered != 1 {
		t.Errorf("%+v", is)
	}
	tell(time.Minute, ill)
	if is := tell(2*time.Minute, well); is.Held.Condition != trunk.Up || !is.Held.Since.Equal(begin) {
		t.Errorf("after one that was lost: %+v", is.Held)
	}
	tell(3*time.Minute, ill)
	is := tell(5*time.Minute, ill)
	if is.Held.Condition != trunk.Down || is.Held.Reason.Code != "proxies_silent" || !is.Signs.LastCall.Equal(begin.Add(2*time.Minute)) {
		t.Errorf("%+v", is)
	}
	tell(6*time.Minute, well)
	if is := tell(9*time.Minute, well); is.Held.Condition != trunk.Up || is.Held.Reason.Code != "" {
		t.Errorf("%+v", is.Held)
	}

	events := told(t, s)
	if got := types(events); !slices.Equal(got, []provider.EventType{provider.TrunkDown, provider.TrunkUp}) {
		t.Fatalf("told of %v", got)
	}
	var data provider.ConditionData
	if err := json.Unmarshal(events[0].Data, &data); err != nil {
		t.Fatal(err)
	}
	if data.Name != e0 || data.Node != "n1" || data.Was != "up" || data.Code != "proxies_silent" || data.Cure == "" || events[0].Of() != "" {
		t.Errorf("%+v of %q", data, events[0].Tenant)
	}
	samples, err := s.SamplesOf(t.Context(), e0, begin)
	if err != nil || len(samples) != 2 {
		t.Fatal(samples, err)
	}
	if x := samples[0]; x.Worst != trunk.Up || x.Sent != 12 || x.Good != 6 || x.Calls != 8 || x.RoundTrip != 20*time.Millisecond || !x.At.Equal(begin) {
		t.Errorf("%+v", x)
	}
	if x := samples[1]; x.Worst != trunk.Down || x.Sent != 9 {
		t.Errorf("%+v", x)
	}
	if all, err := s.Standings(t.Context()); err != nil || len(all) != 2 || all[0].Name != e0 || all[1].Name != "carrier" || all[1].Node != "n1" {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := s.Samples(t.Context(), begin); err != nil || len(all) != 4 {
		t.Errorf("%+v, %v", all, err)
	}
}

// TestNodesThatTellNothing: their trunks are down, once, and forgotten if they are nobody's;
// their peers are forgotten.
func TestNodesThatTellNothing(t *testing.T) {
	s := twoResources(t)
	at := time.Now().Add(-time.Hour).Truncate(trunk.SampleEvery) // which says whose samples the rest are
	stranger := well(at)
	stranger.Name = "e9.example.net"
	if err := s.TellHealth(t.Context(), "n1", []trunk.Sighting{well(at), stranger, peerOf(at)}, at, trunk.HoldDown); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.MissNodes(t.Context(), at.Add(trunk.MissedAfter+time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Standings(t.Context())
	if err != nil || len(all) != 1 || all[0].Held.Condition != trunk.Down || all[0].Held.Reason.Code != "node_silent" {
		t.Fatalf("%+v, %v", all, err)
	}
	back := at.Add(2 * trunk.MissedAfter)
	if err := s.TellHealth(t.Context(), "n1", []trunk.Sighting{well(back)}, back, trunk.HoldDown); err != nil {
		t.Fatal(err)
	}
	if got := types(told(t, s)); !slices.Equal(got, []provider.EventType{provider.TrunkDown, provider.TrunkUp}) { // at once: it is no flapping
		t.Errorf("told of %v", got)
	}
	if err := s.MissNodes(t.Context(), at.Add(trunk.SamplesKept+2*trunk.SampleEvery)); err != nil {
		t.Fatal(err)
	}
	if left, err := s.SamplesOf(t.Context(), e0, at.Add(-time.Hour)); err != nil || len(left) != 1 { // of the moment at which it was missed once more
		t.Errorf("%+v, %v", left, err)
	}
}

// TestCertificatesAndDrift are told of once.
func TestCertificatesAndDrift(t *testing.T) {
	s := twoResources(t)
	at := time.Now().Truncate(time.Second)
	ends := func(in time.Duration) {
		t.Helper()
		sees := well(at)
		sees.Signs.Certificate.Expires = at.Add(in)
		if err := s.TellHealth(t.Context(), "n1", []trunk.Sighting{sees}, at, trunk.HoldDown); err != nil {
			t.Fatal(err)
		}
	}
	const day = 24 * time.Hour
	for _, in := range []time.Duration{90 * day, 29 * day, 29 * day, 80 * day, 20 * day} {
		ends(in)
	}
	drift := func(changes ...string) {
		t.Helper()
		if err := s.TellDrift(t.Context(), "eu-1", changes, at); err != nil {
			t.Fatal(err)
		}
	}
	drift()
	drift("+ route all")
	drift("+ route all")
	if all, err := s.Drifts(t.Context()); err != nil || len(all) != 1 || !slices.Equal(all["eu-1"], []string{"+ route all"}) {
		t.Errorf("%v, %v", all, err)
	}
	drift()
	drift("+ route all")
	want := []provider.EventType{provider.CertificateExpiring, provider.CertificateExpiring, provider.RoutingDrifted, provider.RoutingDrifted}
	if got := types(told(t, s)); !slices.Equal(got, want) {
		t.Errorf("told of %v", got)
	}
}

// TestEventsOfTheProvider: no tenant's webhook gets them and no tenant reads them; they are
// forgotten like others.
func TestEventsOfTheProvider(t *testing.T) {
	s, _ := open(t)
	t1, _ := twoTenants(t, s)
	hooks := map[provider.WebhookID]bool{}
	for id, of := range map[provider.WebhookID]*provider.Webhook{
		"0193a5c0-0000-7000-8000-000000000001": {URL: "https://example.com/ours"},
		"0193a5c0-0000-7000-8000-000000000002": {URL: "https://example.com/theirs", Tenant: t1.ID},
	} {
		of.ID, of.Enabled, of.Secret = id, true, []byte("sealed")
		if _, err := s.CreateWebhook(t.Context(), *of); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PublishEvent(t.Context(), provider.Installation, provider.TrunkDown, now(), provider.ConditionData{Name: e0}); err != nil {
		t.Fatal(err)
	}
	var key provider.DeliveryKey
	if _, err := s.RouteEvents(t.Context(), func(_ context.Context, _ pgx.Tx, k provider.DeliveryKey, _ int) error {
		key, hooks[k.Webhook] = k, true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(hooks) != 1 || !hooks["0193a5c0-0000-7000-8000-000000000001"] {
		t.Errorf("sent to %v", hooks)
	}
	if p, err := s.Parcel(t.Context(), key); err != nil || p.Event.Type != provider.TrunkDown || p.Event.Of() != "" {
		t.Errorf("%+v, %v", p, err)
	}
	if of, err := s.TenantOfEvent(t.Context(), "", key.Event); err != nil || of != provider.Installation {
		t.Error(of, err)
	}
	if seen, err := s.EventsAfter(t.Context(), t1.ID, 0, 0); err != nil || len(seen) != 0 {
		t.Errorf("a tenant reads %v, %v", seen, err)
	}
	if err := s.ForgetEvents(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if left, err := s.EventsAfter(t.Context(), "", 0, 0); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
