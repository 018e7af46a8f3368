package tenant

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMinutes(t *testing.T) {
	for _, s := range []string{"00:00", "09:30", "23:59", "24:00"} {
		if m, err := ParseMinute(s); err != nil || m.String() != s {
			t.Errorf("%s: %v, %v", s, m, err)
		}
	}
	for _, s := range []string{"", "9:30", "09:3", "09:60", "24:01", "-1:00", "09:30 ", "09-30", "+9:30", "09:300", "aa:bb"} {
		if m, err := ParseMinute(s); err == nil {
			t.Errorf("%q was read as %v", s, m)
		}
	}
}

func TestTestUserChecked(t *testing.T) {
	office := TestUser{Zone: "Europe/Madrid", Days: []time.Weekday{5, 1, 1}, From: 9 * 60, Until: 17 * 60}
	if u, err := office.Checked(); err != nil || !slices.Equal(u.Days, []time.Weekday{1, 5}) {
		t.Errorf("%v, %v", u, err)
	}
	for name, change := range map[string]func(*TestUser){
		"no zone":    func(u *TestUser) { u.Zone = "" },
		"local":      func(u *TestUser) { u.Zone = "Local" },
		"a file":     func(u *TestUser) { u.Zone = "../../etc/passwd" },
		"no days":    func(u *TestUser) { u.Days = nil },
		"bad day":    func(u *TestUser) { u.Days = []time.Weekday{7} },
		"night":      func(u *TestUser) { u.From, u.Until = 22*60, 6*60 },
		"no time":    func(u *TestUser) { u.Until = u.From },
		"long day":   func(u *TestUser) { u.Until = 24*60 + 1 },
		"before day": func(u *TestUser) { u.From = -1 },
	} {
		u := office
		if change(&u); func() bool { _, err := u.Checked(); return err == nil }() {
			t.Errorf("%s is fine", name)
		}
	}
}

func TestTestUserNext(t *testing.T) {
	at := func(s string) time.Time {
		moment, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	u := TestUser{Zone: "Europe/Madrid", Days: []time.Weekday{time.Monday, time.Sunday}, From: 2*60 + 30, Until: 3 * 60}
	for now, want := range map[string]string{
		"2026-11-29T01:29:59Z":      "2026-11-29T01:30:00Z", // a Sunday
		"2026-11-29T01:45:00Z":      "2026-11-29T01:45:00Z",
		"2026-11-29T02:00:00Z":      "2026-11-30T01:30:00Z",
		"2026-11-30T05:00:00+01:00": "2026-12-06T01:30:00Z",
		"2026-03-28T12:00:00Z":      "2026-03-30T00:30:00Z", // on the 29th there is no half past two
	} {
		if got := u.Next(at(now)); !got.Equal(at(want)) {
			t.Errorf("after %s comes %s, want %s", now, got.UTC().Format(time.RFC3339), want)
		}
	}
	if got := (TestUser{Zone: "Nowhere"}).Next(at("2026-11-29T00:00:00Z")); !got.IsZero() {
		t.Errorf("nowhere is %s", got)
	}
}

// Next is in the hours, and nothing between at and it is.
func TestTestUserNextProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := TestUser{
			Zone:  rapid.SampledFrom([]string{"UTC", "Europe/Madrid", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"}).Draw(t, "zone"),
			Days:  rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) time.Weekday { return time.Weekday(rapid.IntRange(0, 6).Draw(t, "day")) }), 1, 7, func(d time.Weekday) time.Weekday { return d }).Draw(t, "days"),
			From:  Minute(rapid.IntRange(0, 1300).Draw(t, "from")),
			Until: Minute(rapid.IntRange(1301, 1440).Draw(t, "until")),
		}
		at := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "at"), 0)
		zone, err := time.LoadLocation(u.Zone)
		if err != nil {
			t.Fatal(err)
		}
		open := func(at time.Time) bool {
			at = at.In(zone)
			m := Minute(at.Hour()*60 + at.Minute())
			return slices.Contains(u.Days, at.Weekday()) && u.From <= m && m < u.Until
		}
		next := u.Next(at)
		if next.Before(at) || next.Sub(at) > 8*24*time.Hour || !open(next) {
			t.Fatalf("%v after %v", next.In(zone), at.In(zone))
		}
		for x := at; x.Before(next); x = x.Add(7 * time.Minute) {
			if open(x) {
				t.Fatalf("%v is open, and before %v", x.In(zone), next.In(zone))
			}
		}
	})
}
