package call_test

import (
	"slices"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

func TestTraffic(t *testing.T) {
	at := func(s int) time.Time { return time.Date(2026, 11, 30, 23, 59, s, 0, time.UTC) }
	connected := call.Marks{Connected: at(0), Ended: at(61)}
	for _, c := range []struct {
		name   string
		record call.CDR
		want   call.Traffic
		talked []tenant.AgentID
	}{
		{"nobody came", call.CDR{Attempts: []call.Attempt{{Agent: "a", Rung: at(0), Left: at(20)}}}, call.Traffic{Calls: 1}, nil},
		{
			"one minute is one minute",
			call.CDR{Talk: time.Minute, Marks: connected, Attempts: []call.Attempt{{Agent: "a", Joined: at(0), Left: at(60)}}},
			call.Traffic{Calls: 1, Connected: 1, Talk: time.Minute, Minutes: 1, People: time.Minute}, []tenant.AgentID{"a"},
		},
		{
			"two at once, one of them twice, and one who is no agent",
			call.CDR{Talk: 61 * time.Second, Marks: connected, Attempts: []call.Attempt{
				{Agent: "a", Joined: at(0), Left: at(10)}, {Agent: "b", Joined: at(5), Left: at(61)}, {Agent: "a", Joined: at(20), Left: at(30)}, {Joined: at(30), Left: at(40)},
			}},
			call.Traffic{Calls: 1, Connected: 1, Talk: 61 * time.Second, Minutes: 2, People: 86 * time.Second}, []tenant.AgentID{"a", "b"},
		},
		{
			"nobody said when he left",
			call.CDR{Talk: 61 * time.Second, Marks: connected, Attempts: []call.Attempt{{Agent: "a", Joined: at(1)}}},
			call.Traffic{Calls: 1, Connected: 1, Talk: 61 * time.Second, Minutes: 2, People: time.Minute}, []tenant.AgentID{"a"},
		},
	} {
		if got := c.record.Traffic(); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if got := c.record.Talked(); !slices.Equal(got, c.talked) {
			t.Errorf("%s: %v talked, want %v", c.name, got, c.talked)
		}
	}
}

func TestMonth(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	m := call.MonthOf(time.Date(2026, 12, 1, 0, 30, 0, 0, berlin))
	if m.String() != "2026-11" || !m.First().Equal(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("half past midnight in Berlin is in %v", m)
	}
	if got, err := call.ParseMonth(m.String()); err != nil || got != m {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "2026", "2026-13", "2026-1", "2026-11-01", "26-11"} {
		if _, err := call.ParseMonth(bad); err == nil {
			t.Errorf("%q is a month", bad)
		}
	}
}
