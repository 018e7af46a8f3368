package tenant

import (
	"errors"
	"slices"
	"testing"
	"time"

	"tandem/internal/fault"
)

const someAgent = AgentID("8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55")

func TestQueueValidate(t *testing.T) {
	office := Hours{Zone: "Europe/Berlin", Open: []Opening{{Days: []time.Weekday{time.Monday}, From: 9 * 60, Until: 17 * 60}}}
	good := Queue{Name: " Sales ", Agents: []AgentID{someAgent}, WrapUp: 15 * time.Second, Hours: office}.Normalize()
	if good.Name != "Sales" || good.Strategy != LongestIdle || good.RingTimeout != DefaultRingTimeout || good.MaxWait != DefaultQueueWait || good.MaxLength != DefaultQueueCalls {
		t.Errorf("%+v", good)
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	wrong := func(change func(*Queue)) []string {
		q := good
		q.Hours.Open = slices.Clone(office.Open)
		change(&q)
		var f *fault.Error
		var paths []string
		if err := q.Validate(); errors.As(err, &f) {
			for _, x := range f.Fields {
				paths = append(paths, x.Path)
			}
		}
		return paths
	}
	many := make([]AgentID, MaxQueueAgents+1)
	for name, row := range map[string]struct {
		change func(*Queue)
		paths  []string
	}{
		"no name":          {func(q *Queue) { q.Name = "" }, []string{"name"}},
		"nobody":           {func(q *Queue) { q.Agents = nil }, []string{"agents"}},
		"a group alone":    {func(q *Queue) { q.Agents, q.Group = nil, string(someAgent) }, nil},
		"no group":         {func(q *Queue) { q.Group = "sales" }, []string{"group"}},
		"twice":            {func(q *Queue) { q.Agents = []AgentID{someAgent, someAgent} }, []string{"agents[1]"}},
		"too many":         {func(q *Queue) { q.Agents = many }, []string{"agents"}},
		"strategy":         {func(q *Queue) { q.Strategy = "loudest" }, []string{"strategy"}},
		"rings too long":   {func(q *Queue) { q.RingTimeout = time.Hour }, []string{"ring_timeout"}},
		"rests for ever":   {func(q *Queue) { q.WrapUp = time.Hour }, []string{"wrap_up"}},
		"half a second":    {func(q *Queue) { q.WrapUp = time.Second / 2 }, []string{"wrap_up"}},
		"no patience":      {func(q *Queue) { q.MaxWait = time.Second }, []string{"max_wait"}},
		"too long a queue": {func(q *Queue) { q.MaxLength = MaxQueueLength + 1 }, []string{"max_length"}},
		"always":           {func(q *Queue) { q.Hours = Hours{} }, nil},
		"a zone alone":     {func(q *Queue) { q.Hours.Open = nil }, []string{"hours.open"}},
		"no zone":          {func(q *Queue) { q.Hours.Zone = "" }, []string{"hours.zone"}},
		"this machine's":   {func(q *Queue) { q.Hours.Zone = "Local" }, []string{"hours.zone"}},
		"no days":          {func(q *Queue) { q.Hours.Open[0].Days = nil }, []string{"hours.open[0].days"}},
		"an eighth day":    {func(q *Queue) { q.Hours.Open[0].Days = []time.Weekday{7} }, []string{"hours.open[0].days"}},
		"at night":         {func(q *Queue) { q.Hours.Open[0].From = 22 * 60 }, []string{"hours.open[0].until"}},
		"too many hours":   {func(q *Queue) { q.Hours.Open = make([]Opening, MaxOpenings+1) }, []string{"hours.open"}},
		"all at once":      {func(q *Queue) { *q = Queue{} }, []string{"name", "agents", "strategy", "ring_timeout", "max_wait", "max_length"}},
	} {
		if got := wrong(row.change); !slices.Equal(got, row.paths) {
			t.Errorf("%s: %v, want %v", name, got, row.paths)
		}
	}
}

func TestHoursOpenAt(t *testing.T) {
	h := Hours{Zone: "Europe/Berlin", Open: []Opening{
		{Days: []time.Weekday{time.Monday, time.Sunday}, From: 9 * 60, Until: 17 * 60}, {Days: []time.Weekday{time.Saturday}, From: 0, Until: 24 * 60},
	}}
	for at, want := range map[string]bool{
		"2026-11-30T08:00:00Z": true, "2026-11-30T07:59:59Z": false, "2026-11-30T15:59:59Z": true, "2026-11-30T16:00:00Z": false, // a Monday in winter
		"2026-07-06T07:00:00Z": true, "2026-07-06T06:59:59Z": false, "2026-07-06T15:00:00Z": false, // one in summer
		"2026-12-01T10:00:00Z": false, "2026-12-05T22:59:59Z": true, "2026-12-04T23:00:00Z": true, "2026-12-05T23:00:00Z": false,
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.OpenAt(moment); got != want {
			t.Errorf("%s: open is %v", at, got)
		}
	}
	if !(Hours{}).OpenAt(time.Now()) {
		t.Error("without hours it is closed")
	}
}

func TestParseIDsOfQueues(t *testing.T) {
	if id, err := ParseQueueID("8B6D8A1C-5E0F-4A39-9A52-9D3D3C0B7E55"); err != nil || string(id) != string(someAgent) {
		t.Errorf("%s, %v", id, err)
	}
	if _, err := ParseQueueID("x"); fault.CodeOf(err) != "queue_id_invalid" {
		t.Error(err)
	}
	if _, err := ParseReservationID("x"); fault.CodeOf(err) != "reservation_id_invalid" {
		t.Error(err)
	}
}
