package roster

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

var now = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

func candidate(name, availability string, change ...func(*Candidate)) Candidate {
	c := Candidate{
		Agent:    tenant.Agent{ID: tenant.AgentID(name), Name: name},
		Presence: Presence{Availability: availability, Source: "graph", At: ago(3 * time.Second)},
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

func names(all []Verdict) (n []string) {
	for _, v := range all {
		n = append(n, v.Agent.Name)
	}
	return n
}

func TestJudge(t *testing.T) {
	rows := []struct {
		c     Candidate
		state State
		why   string
	}{
		{candidate("Ana", "Available"), Free, "Ana is free: Available, 3 s old from graph"},
		{candidate("Ana", "AvailableIdle", func(c *Candidate) { c.Presence.Activity = "Inactive" }), Free, "Ana is free: AvailableIdle (Inactive), 3 s old from graph"},
		{candidate("Ana", "Busy", func(c *Candidate) { c.Presence.Activity, c.FreeAt = "InACall", ago(time.Second) }), Unknown, "Ana is rung last: was Busy (InACall) when the last call ended, of which Teams may still have told"},
		{candidate("Ana", "Busy", func(c *Candidate) { c.FreeAt = ago(9 * time.Second) }), Unavailable, "Ana is Busy, 3 s old from graph"},
		{candidate("Ana", "Available", func(c *Candidate) { c.FreeAt = ago(time.Second) }), Free, "Ana is free: Available, 3 s old from graph"},
		{candidate("Ana", "Busy", func(c *Candidate) { c.Presence.Activity = "InACall" }), Unavailable, "Ana is Busy (InACall), 3 s old from graph"},
		{candidate("Ana", "SomethingNew"), Unavailable, "Ana is SomethingNew, 3 s old from graph"},
		{candidate("Ana", ""), Unknown, "Ana is rung last: no presence is known"},
		{candidate("Ana", "PresenceUnknown"), Unknown, "Ana is rung last: no presence is known"},
		{candidate("Ana", "Available", func(c *Candidate) { c.Presence.At = ago(45 * time.Second) }), Unknown, "Ana is rung last: was Available 45 s ago, which is too old to believe"},
		{candidate("Ana", "Offline", func(c *Candidate) { c.Presence.At = ago(time.Minute) }), Unknown, "Ana is rung last: was Offline 60 s ago, which is too old to believe"},
		{candidate("Ana", "Available", func(c *Candidate) { c.Kept.Call = "c" }), Taken, "Ana is taken by another call"},
		{candidate("Ana", "Available", func(c *Candidate) { c.Kept = Kept{Reservation: "r", Until: now.Add(8 * time.Second)} }), Taken, "Ana is reserved for 8 s more"},
		{candidate("Ana", "Available", func(c *Candidate) { c.RestsUntil = now.Add(8 * time.Second) }), Resting, "Ana rests after a call for 8 s more"},
		{candidate("Ana", "Available", func(c *Candidate) { c.RestsUntil = now }), Free, "Ana is free: Available, 3 s old from graph"},
		{candidate("Ana", "Available", func(c *Candidate) { c.Agent.PausedAt = ago(time.Hour) }), Out, "Ana was taken out by an admin"},
		{candidate("Ana", "Available", func(c *Candidate) { c.Blocked = true }), Out, "Ana is not ready: Teams would not ring"},
	}
	for _, r := range rows {
		if v := Judge(r.c, now); v.State != r.state || v.Why != r.why {
			t.Errorf("%s: %q; want %s: %q", v.State, v.Why, r.state, r.why)
		}
	}
}

func TestOrder(t *testing.T) {
	kept := func(id call.ID) func(*Candidate) { return func(c *Candidate) { c.Kept.Call = id } }
	free := func(d time.Duration) func(*Candidate) { return func(c *Candidate) { c.FreeAt = ago(d) } }
	chosen := func(d time.Duration) func(*Candidate) { return func(c *Candidate) { c.ChosenAt = ago(d) } }
	answered := func(n int) func(*Candidate) { return func(c *Candidate) { c.Answered = n } }
	rows := []struct {
		name string
		all  []Candidate
		wish Wish
		ring string
		rest int
	}{
		{"nobody", nil, Wish{}, "", 0},
		{"in the given order", []Candidate{candidate("b", "Available"), candidate("a", "AvailableIdle")}, Wish{}, "b a", 0},
		{"unknown presence comes last", []Candidate{candidate("a", ""), candidate("b", "PresenceUnknown"), candidate("c", "Available")}, Wish{}, "c a b", 0},
		{"who cannot be rung", []Candidate{
			candidate("a", "Busy"), candidate("b", "BusyIdle"), candidate("c", "DoNotDisturb"), candidate("d", "Away"), candidate("e", "BeRightBack"), candidate("f", "Offline"),
		}, Wish{}, "", 6},
		{"taken and tried", []Candidate{candidate("a", "Available", kept("other")), candidate("b", "Available")}, Wish{Tried: []tenant.AgentID{"b"}}, "", 2},
		{"kept for this call", []Candidate{candidate("a", "Available"), candidate("b", "Busy", kept("c"))}, Wish{Call: "c"}, "b a", 0},
		{"kept for this call, and it was in vain", []Candidate{candidate("a", "Available"), candidate("b", "Available", kept("c"))}, Wish{Call: "c", Tried: []tenant.AgentID{"b"}}, "a", 1},
		{"reserved for this call", []Candidate{candidate("a", "Available"), candidate("b", "", func(c *Candidate) { c.Kept.Reservation = "r" })}, Wish{Reservation: "r"}, "b a", 0},
		{"reserved for another", []Candidate{candidate("b", "", func(c *Candidate) { c.Kept.Reservation = "r" })}, Wish{}, "", 1},
		{
			"longest idle", []Candidate{candidate("a", "Available", free(time.Second)), candidate("b", "Available", free(time.Hour)), candidate("c", "Available"), candidate("d", "", free(2*time.Hour))},
			Wish{Strategy: tenant.LongestIdle}, "c b a d", 0,
		},
		{
			"round robin", []Candidate{candidate("a", "Available", chosen(time.Second)), candidate("b", "Available", chosen(time.Minute), free(0))},
			Wish{Strategy: tenant.RoundRobin}, "b a", 0,
		},
		{
			"least busy", []Candidate{candidate("a", "Available", answered(3)), candidate("b", "Available", answered(2), free(time.Second)), candidate("c", "Available", answered(2), free(time.Minute))},
			Wish{Strategy: tenant.LeastBusy}, "c b a", 0,
		},
		{
			"asked again after a while, behind the others", []Candidate{candidate("a", "Available", chosen(time.Minute)), candidate("b", "Available", chosen(time.Second)), candidate("c", "")},
			Wish{Tried: []tenant.AgentID{"a", "b"}, AskAgain: true}, "c a", 1,
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			row.wish.At = now
			ring, rest := Order(row.all, row.wish)
			if got := strings.Join(names(ring), " "); got != row.ring || len(rest) != row.rest {
				t.Errorf("rings %q, leaves %v; want %q and %d", got, Lines(rest), row.ring, row.rest)
			}
		})
	}
}

func anybody(t *rapid.T) []Candidate {
	var all []Candidate
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "never") {
			return time.Time{}
		}
		return ago(time.Duration(rapid.IntRange(-60, 120).Draw(t, "s")) * time.Second)
	})
	for i := range rapid.IntRange(0, 12).Draw(t, "agents") {
		all = append(all, candidate(fmt.Sprint("a", i), rapid.SampledFrom([]string{"Available", "AvailableIdle", "Busy", "Offline", "", "PresenceUnknown"}).Draw(t, "presence"), func(c *Candidate) {
			c.Presence.At = moment.Draw(t, "at")
			c.Kept.Call = rapid.SampledFrom([]call.ID{"", "", "", "mine", "other"}).Draw(t, "kept")
			c.FreeAt, c.ChosenAt, c.RestsUntil = moment.Draw(t, "free"), moment.Draw(t, "chosen"), moment.Draw(t, "rests")
			c.Answered = rapid.IntRange(0, 3).Draw(t, "answered")
			c.Blocked = rapid.IntRange(0, 9).Draw(t, "blocked") == 0
		}))
	}
	return all
}

// Everybody is judged once and with a reason; nobody is rung who must not be, the
// unknown never before the free, and never is all refused only because nothing is known.
func TestOrderProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := anybody(t)
		w := Wish{At: now, Call: "mine", Strategy: rapid.SampledFrom(tenant.Strategies()).Draw(t, "strategy"), AskAgain: rapid.Bool().Draw(t, "again")}
		for _, c := range all {
			if rapid.IntRange(0, 3).Draw(t, "tried") == 0 {
				w.Tried = append(w.Tried, c.Agent.ID)
			}
		}
		ring, rest := Order(all, w)
		seen := map[tenant.AgentID]bool{}
		for _, v := range slices.Concat(ring, rest) {
			if seen[v.Agent.ID] || !strings.HasPrefix(v.Why, v.Agent.Name+" ") {
				t.Fatalf("%+v", v)
			}
			seen[v.Agent.ID] = true
		}
		if len(seen) != len(all) {
			t.Fatalf("%d of %d were judged", len(seen), len(all))
		}
		for i, v := range ring {
			if v.Kept.Call == "other" || v.Blocked || i > 0 && ring[i-1].class() > v.class() {
				t.Fatalf("rung %d: %+v", i, v)
			}
		}
		for _, v := range rest {
			known := v.Presence.Availability != "" && v.Presence.Availability != "PresenceUnknown" && now.Sub(v.Presence.At) <= StaleAfter
			if !known && v.State == Unavailable {
				t.Fatalf("unknown, and taken for absent: %+v", v)
			}
		}
	})
}

// With as many free agents as calls, the one that waits longest has the first
// choice, and no two are left the same agent.
func TestLeave(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring, _ := Order(anybody(t), Wish{At: now})
		var queue []Waiter
		for i := range rapid.IntRange(0, 12).Draw(t, "calls") {
			w := Waiter{Call: call.ID(fmt.Sprint("c", i))}
			for _, v := range ring {
				if rapid.IntRange(0, 2).Draw(t, "tried") == 0 {
					w.Tried = append(w.Tried, v.Agent.ID)
				}
			}
			queue = append(queue, w)
		}
		got := map[tenant.AgentID]call.ID{}
		for i, w := range queue {
			left := Leave(ring, queue[:i])
			at := slices.IndexFunc(left, func(v Verdict) bool { return !slices.Contains(w.Tried, v.Agent.ID) })
			if at < 0 {
				continue
			}
			if other, taken := got[left[at].Agent.ID]; taken {
				t.Fatalf("%s goes to %s and %s", left[at].Agent.ID, other, w.Call)
			}
			got[left[at].Agent.ID] = w.Call
			if i == 0 && at != slices.IndexFunc(ring, func(v Verdict) bool { return !slices.Contains(w.Tried, v.Agent.ID) }) {
				t.Fatal("the first has not the first choice")
			}
		}
	})
}

func TestEstimate(t *testing.T) {
	for _, r := range []struct {
		position, working int
		service, want     time.Duration
	}{
		{1, 1, time.Minute, time.Minute}, {3, 2, time.Minute, 90 * time.Second}, {1, 4, time.Minute, 15 * time.Second},
		{1, 0, time.Minute, 0}, {1, 1, 0, 0}, {0, 1, time.Minute, 0},
	} {
		if got := Estimate(r.position, r.working, r.service); got != r.want {
			t.Errorf("%+v: %v", r, got)
		}
	}
}

func TestLines(t *testing.T) {
	var all []Candidate
	for i := range 650 {
		all = append(all, candidate(fmt.Sprint("a", i), "Busy"))
	}
	_, rest := Order(all, Wish{At: now})
	if lines := Lines(rest); len(lines) != mostLines+1 || lines[mostLines] != "and 630 more" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
	if n := Working(rest); n != 0 {
		t.Errorf("%d work", n)
	}
}
