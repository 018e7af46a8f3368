package postgres_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// TestUsage: calls of two tenants and several months end at the same time, and
// what is counted is the sum of their records.
func TestUsage(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	agents := []tenant.AgentID{tenant.AgentID(uuid.NewString()), tenant.AgentID(uuid.NewString()), tenant.AgentID(uuid.NewString())}
	now := time.Now().UTC()
	var wg sync.WaitGroup
	for i := range 40 {
		of := []tenant.ID{r.t1, r.t2}[i%2]
		wg.Go(func() {
			started := time.Date(now.Year(), now.Month()-time.Month(i%3), 1, 0, 0, i, 0, time.UTC)
			c := newCall(of)
			c.ID = call.NewID(started, [10]byte{1: byte(i)})
			c.Participants = []call.Participant{{
				ID: "1.0", Agent: agents[i%len(agents)], State: call.Gone, JoinedAt: started, LeftAt: started.Add(time.Duration(rand.IntN(100_000)) * time.Millisecond),
			}}
			if i%5 == 0 {
				c.Plan.Direction = call.Outbound
			}
			s := next(c, call.Doubted{})
			s.After.Seq = 1
			o := life("n1", 1)
			l, err := r.Create(ctx, bridge.Opening{Step: s, Owner: &o})
			if err != nil {
				t.Error(err)
				return
			}
			end := ending(s.After)
			if i%4 > 0 {
				end.After.Marks.Connected = end.After.Marks.Ended.Add(-time.Duration(1+rand.IntN(200_000)) * time.Millisecond)
			}
			for range 2 { // the second is refused, and must not count
				err = r.Commit(ctx, l, end)
			}
			if err == nil {
				t.Error("a call ended twice")
			}
		})
	}
	wg.Wait()

	want := map[call.UsageKey]*call.Usage{}
	talked := map[call.UsageKey]map[tenant.AgentID]bool{}
	records, err := r.store.ListCDRs(ctx, "", provider.Query{Limit: 100})
	if err != nil || len(records) != 40 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for _, rec := range records {
		k := call.UsageKey{Month: call.MonthOf(rec.Call.StartedAt()), Tenant: rec.Tenant}
		if want[k] == nil {
			want[k], talked[k] = &call.Usage{Tenant: k.Tenant, Month: k.Month}, map[tenant.AgentID]bool{}
		}
		add, to := rec.Traffic(), &want[k].Inbound
		if rec.Direction == call.Outbound {
			to = &want[k].Outbound
		}
		to.Calls, to.Connected, to.Minutes = to.Calls+add.Calls, to.Connected+add.Connected, to.Minutes+add.Minutes
		to.Talk, to.People = to.Talk+add.Talk.Truncate(time.Millisecond), to.People+add.People.Truncate(time.Millisecond)
		for _, a := range rec.Talked() {
			talked[k][a] = true
		}
	}
	for k, u := range want {
		u.Agents = int64(len(talked[k]))
	}

	all, err := r.store.ListUsage(ctx, "", call.Months{}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range all {
		if w := want[call.UsageKey{Month: u.Month, Tenant: u.Tenant}]; w == nil || u != *w {
			t.Errorf("counted %+v, want %+v", u, w)
		}
	}
	if len(all) != len(want) || len(all) < 6 {
		t.Errorf("%d rows, want %d", len(all), len(want))
	}
	if !slices.IsSortedFunc(all, func(a, b call.Usage) int {
		return cmp.Or(b.Month.First().Compare(a.Month.First()), strings.Compare(string(b.Tenant), string(a.Tenant)))
	}) {
		t.Errorf("not from the newest month on: %v", all)
	}
	var paged []call.Usage // one by one, it is the same list
	for after := (*call.UsageKey)(nil); ; {
		page, err := r.store.ListUsage(ctx, "", call.Months{}, after, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		paged = append(paged, page[0])
		after = &call.UsageKey{Month: page[0].Month, Tenant: page[0].Tenant}
	}
	if !slices.Equal(paged, all) {
		t.Errorf("page by page %v, at once %v", paged, all)
	}
	newest := all[0].Month
	for _, c := range []struct {
		name string
		in   tenant.ID
		span call.Months
		want int
	}{
		{"one tenant's", r.t1, call.Months{}, len(all) / 2},
		{"one month's", "", call.Months{From: newest, To: newest}, 2},
		{"before the newest month", "", call.Months{To: call.MonthOf(newest.First().AddDate(0, -1, 0))}, len(all) - 2},
		{"to come", "", call.Months{From: call.MonthOf(newest.First().AddDate(0, 1, 0))}, 0},
	} {
		got, err := r.store.ListUsage(ctx, c.in, c.span, nil, 0)
		if err != nil || len(got) != c.want {
			t.Errorf("%s: %d rows, want %d (%v)", c.name, len(got), c.want, err)
		}
	}
	if _, err := r.store.ListUsage(ctx, "", call.Months{}, &call.UsageKey{Tenant: "'; --"}, 0); fault.KindOf(err) != fault.KindInvalid {
		t.Errorf("a page after nothing: %v", err)
	}
}
