package teams

import (
	"log/slog"
	"testing"
	"time"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/faults"
)

// With a lag others see late what a user does, one thing after the other.
func TestPresenceIsSeenLate(t *testing.T) {
	clk := clock.New()
	d := New(clk, &faults.Book{}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { d.Close(); clk.Close() })
	d.PresenceLag = time.Minute
	if err := d.AddTenant(Tenant{ID: tenant, Federation: []string{resource}}); err != nil {
		t.Fatal(err)
	}
	if err := d.Add(Profile{OID: oid, Tenant: tenant, Name: "Ada"}); err != nil {
		t.Fatal(err)
	}
	sees := func(when, want string) {
		t.Helper()
		if p, known := d.Presence(tenant, oid); !known || p.Availability != want {
			t.Errorf("%s: others see %q, want %q", when, p.Availability, want)
		}
	}
	shows := func(availability string) {
		t.Helper()
		if _, err := d.Update(oid, Change{Presence: &Presence{Availability: availability}}); err != nil {
			t.Fatal(err)
		}
	}
	sees("at first", "Available")
	shows("Away")
	sees("at once", "Available")
	clk.Advance(30 * time.Second)
	results, _ := ringing(d, oid, resource)
	(<-results).session.Leave() // a call that was too short to be seen
	shows("Offline")
	sees("after half the lag", "Available")
	clk.Advance(30 * time.Second)
	sees("after the lag", "Away")
	clk.Advance(30 * time.Second)
	sees("in the end", "Offline")
	if u, err := d.User(oid); err != nil || u.Presence.Availability != "Offline" {
		t.Errorf("the desk shows %+v, %v", u, err)
	}
	shows("Available")
	if n := len(d.users[oid].past); n != 2 {
		t.Errorf("%d presences are kept, want what is seen and what will be", n)
	}
}
