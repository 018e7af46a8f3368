package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// database is what survives: the journal in memory, kept as JSON so that a
// snapshot that does not survive its encoding is found here.
type database struct {
	w       *world
	calls   map[call.ID]*record
	order   []call.ID
	tokens  map[string]*sipToken
	attempt map[string]call.ID
	once    map[string]call.ID
	held    map[tenant.AgentID]call.ID
	turns   map[tenant.AgentID]turn
	waiting []roster.Waiter // in the one queue, the longest waiting first
	asked   map[call.ID]time.Time
	seen    map[bridge.Seen]bool
	inbox   []bridge.Posted
	nextRow int64
	away    time.Time // not reachable before
	writes  int
	kill    map[int]bool // the writes around which a process dies; the value: after it
}

type record struct {
	snapshot []byte
	over     bool
	owner    bridge.Owner
	epoch    int64
	waiting  bool // no owner ever
	due      time.Time
	actions  map[string]*row
	cdrs     []call.CDR
}

type row struct {
	kind    string
	payload []byte
	at      time.Time
	n       int
	open    bool
}

type sipToken struct {
	id      call.ID
	dialog  string
	expires time.Time
}

func newDatabase(w *world) *database {
	return &database{
		w: w, calls: map[call.ID]*record{}, tokens: map[string]*sipToken{}, attempt: map[string]call.ID{}, once: map[string]call.ID{},
		turns: map[tenant.AgentID]turn{}, asked: map[call.ID]time.Time{},
		held: map[tenant.AgentID]call.ID{}, seen: map[bridge.Seen]bool{}, kill: map[int]bool{},
	}
}

// journal is the database as one process reaches it.
type journal struct {
	*database
	p *process
}

// reach fails while the database is away.
func (j journal) reach() error {
	if j.w.now.Before(j.away) {
		return fault.Unavailable("database_away", "the database does not answer")
	}
	return nil
}

// write does something durable, unless the process dies just before; it may
// also die just after.
func (j journal) write(f func() error) error {
	if err := j.reach(); err != nil {
		return err
	}
	j.writes++
	after, die := j.kill[j.writes]
	if die && !after {
		panic(killed{j.p})
	}
	err := f()
	if die {
		panic(killed{j.p})
	}
	return err
}

func (j journal) Create(_ context.Context, o bridge.Opening) (l bridge.Lease, err error) {
	c := o.Step.After
	err = j.write(func() error {
		if once := c.Plan.Once; once != "" {
			if before, known := j.once[once]; known {
				return &bridge.Before{Call: before}
			}
			j.once[once] = c.ID
		}
		if seen := o.Step.Seen; seen != nil && j.seen[*seen] {
			return bridge.ErrSeen
		}
		r := &record{actions: map[string]*row{}, epoch: 1, waiting: o.Owner == nil}
		if o.Owner != nil {
			r.owner = *o.Owner
		}
		j.calls[c.ID] = r
		j.order = append(j.order, c.ID)
		if o.Token != nil {
			j.tokens[string(o.Token)] = &sipToken{id: c.ID, expires: o.Expires}
		}
		j.apply(r, o.Step)
		l = bridge.Lease{Call: c.ID, Tenant: c.Tenant, Owner: r.owner.Life, Epoch: 1}
		return nil
	})
	return l, err
}

func (j journal) apply(r *record, s bridge.Step) {
	r.snapshot, _ = json.Marshal(s.After)
	if s.Closes != "" && r.actions[s.Closes] != nil {
		r.actions[s.Closes].open = false
	}
	for _, a := range s.Actions {
		payload, _ := json.Marshal(a.Do)
		if tell, ok := a.Do.(call.TellCall); ok && tell.Hand != "" && j.held[tell.Hand] == s.After.ID && !j.calls[tell.Call].over {
			j.held[tell.Hand] = tell.Call
		}
		r.actions[a.ID] = &row{kind: a.Do.Kind(), payload: payload, at: s.At, n: len(r.actions), open: true}
	}
	for _, hash := range s.Attempts {
		j.attempt[string(hash)] = s.After.ID
	}
	for _, a := range s.Release {
		if j.held[a] == s.After.ID {
			j.free(a)
		}
	}
	if s.Leaves {
		j.waiting = slices.DeleteFunc(j.waiting, func(w roster.Waiter) bool { return w.Call == s.After.ID })
		delete(j.asked, s.After.ID)
	}
	if s.Seen != nil {
		j.seen[*s.Seen] = true
	}
	if s.Inbox != 0 {
		j.inbox = slices.DeleteFunc(j.inbox, func(p bridge.Posted) bool { return p.ID == s.Inbox })
	}
	r.due = time.Time{}
	for _, due := range s.After.Deadlines {
		if r.due.IsZero() || due.Before(r.due) {
			r.due = due
		}
	}
	if s.After.Over() {
		r.over = true
		r.cdrs = append(r.cdrs, s.After.Record())
		for _, a := range r.actions {
			a.open = false
		}
		for _, a := range slices.Sorted(maps.Keys(j.held)) {
			if j.held[a] == s.After.ID {
				j.free(a)
			}
		}
		j.waiting = slices.DeleteFunc(j.waiting, func(w roster.Waiter) bool { return w.Call == s.After.ID })
		j.inbox = slices.DeleteFunc(j.inbox, func(p bridge.Posted) bool { return p.Call == s.After.ID })
		j.w.tell("call %s ended: %s/%s", short(s.After.ID), s.After.Ending.Result, s.After.Ending.Reason)
	}
}

func (j journal) Claim(_ context.Context, id call.ID, o bridge.Owner) (got bridge.Claimed, err error) {
	err = j.write(func() error {
		r, ok := j.calls[id]
		if !ok || r.over {
			return fault.NotFound("call_over", "no such call")
		}
		if !r.waiting && r.owner.Node != o.Node && r.owner.Until.After(j.w.now) || r.owner.Life == o.Life || o.Legless && !r.waiting {
			return fault.Conflict("leased", "another process owns the call")
		}
		got.Fresh = r.waiting
		r.owner, r.waiting = o, false
		r.epoch++
		if err := json.Unmarshal(r.snapshot, &got.Call); err != nil {
			return err
		}
		got.Lease = bridge.Lease{Call: id, Tenant: got.Call.Tenant, Owner: o.Life, Epoch: r.epoch}
		rows := make([]string, 0, len(r.actions))
		for op, a := range r.actions {
			if a.open {
				rows = append(rows, op)
			}
		}
		slices.SortFunc(rows, func(a, b string) int { return r.actions[a].n - r.actions[b].n })
		for _, op := range rows {
			do, err := call.DecodeDoing(r.actions[op].kind, r.actions[op].payload)
			if err != nil {
				return err
			}
			got.Pending = append(got.Pending, bridge.Pending{Action: call.Action{ID: op, Do: do}, At: r.actions[op].at})
		}
		j.w.tell("%s: claims call %s in %s", j.p.life, short(id), got.Call.Phase)
		return nil
	})
	return got, err
}

func (j journal) Commit(_ context.Context, l bridge.Lease, s bridge.Step) error {
	return j.write(func() error {
		r := j.calls[l.Call]
		if r.epoch != l.Epoch || r.owner.Life != l.Owner || r.over {
			return bridge.ErrStale
		}
		gone := s.Inbox != 0 && !slices.ContainsFunc(j.inbox, func(p bridge.Posted) bool { return p.ID == s.Inbox })
		if gone || s.Seen != nil && j.seen[*s.Seen] {
			return bridge.ErrSeen
		}
		if k := s.Reserve; k != nil {
			if holder, held := j.held[k.Agent]; held && holder != l.Call {
				return bridge.ErrTaken
			}
			j.keep(k.Agent, l.Call)
		}
		j.apply(r, s)
		if waitsForNothing(s.After) {
			j.p.s.fail(fmt.Errorf("the flow of call %s has its caller, and waits for nothing", short(l.Call)))
		}
		event, _ := json.Marshal(s.Event)
		j.w.tell("%s: call %s took %s %s -> %s %s", j.p.life, short(l.Call), s.Event.Kind(), event, s.After.Phase, kinds(s.Actions))
		for _, e := range s.Commands {
			command, _ := json.Marshal(e)
			j.w.tell("%s: call %s is told %s %s by its flow, or its choice", j.p.life, short(l.Call), e.Kind(), command)
		}
		return nil
	})
}

// waitsForNothing reports whether a flow has a caller, and nothing is under way that it
// would go on after.
func waitsForNothing(c call.Call) bool {
	_, wakes := c.Deadlines[call.AwaitFlow]
	waits := wakes || c.Handover.Open() || c.Stream != nil && !c.Stream.Over() ||
		slices.ContainsFunc(c.Operations, func(o call.OperationRecord) bool { return !o.Over() }) ||
		slices.ContainsFunc(c.Recordings, func(r call.Recording) bool { return !r.Over() })
	return c.Treatable() && !waits
}

func kinds(actions []call.Action) (k []string) {
	for _, a := range actions {
		k = append(k, a.Do.Kind())
	}
	return k
}

func (j journal) Renew(_ context.Context, o bridge.Owner) error {
	if err := j.reach(); err != nil {
		return err
	}
	for _, r := range j.calls {
		if r.owner.Life == o.Life {
			r.owner.Until = o.Until
		}
	}
	return nil
}

func (j journal) Adoptable(_ context.Context, o bridge.Owner, settled bool, limit int) (ids []call.ID, err error) {
	for _, id := range j.order {
		r := j.calls[id]
		switch {
		case r.over || len(ids) == limit:
		case r.waiting:
			if !r.due.IsZero() && !r.due.After(j.w.now) {
				ids = append(ids, id)
			}
		case r.owner.Node == o.Node && r.owner.Life != o.Life, settled && !r.owner.Until.After(j.w.now):
			ids = append(ids, id)
		}
	}
	return ids, j.reach()
}

func (j journal) Post(_ context.Context, id call.ID, e call.Event, seen *bridge.Seen) error {
	return j.write(func() error {
		if r, ok := j.calls[id]; !ok || r.over {
			return fault.NotFound("call_over", "no such call")
		}
		j.nextRow++
		j.inbox = append(j.inbox, bridge.Posted{ID: j.nextRow, Call: id, Event: e, Seen: seen})
		return nil
	})
}

func (j journal) Collect(_ context.Context, o bridge.Owner) (mine []bridge.Posted, err error) {
	for _, p := range j.inbox {
		if j.calls[p.Call].owner.Life == o.Life {
			mine = append(mine, p)
		}
	}
	return mine, j.reach()
}

func (j journal) BindToken(_ context.Context, hash []byte, dialog string) (id call.ID, err error) {
	err = j.write(func() error {
		t, ok := j.tokens[string(hash)]
		switch {
		case !ok:
			return fault.Forbidden("token_unknown", "no such token")
		case t.dialog == "" && t.expires.Before(j.w.now):
			return fault.Forbidden("token_expired", "too late")
		case t.dialog != "" && t.dialog != dialog:
			return fault.Forbidden("token_used", "used by another dialog")
		}
		t.dialog, id = dialog, t.id
		return nil
	})
	return id, err
}

func (j journal) Attempt(_ context.Context, hash []byte) (call.ID, error) {
	if id, ok := j.attempt[string(hash)]; ok {
		return id, j.reach()
	}
	return "", fault.NotFound("attempt_unknown", "no such attempt")
}

func (j journal) Reserve(_ context.Context, _ tenant.ID, a tenant.AgentID, id call.ID, _ tenant.ReservationID) (ok bool, err error) {
	err = j.write(func() error {
		if holder, held := j.held[a]; held && holder != id || j.calls[id].over {
			return nil
		}
		j.keep(a, id)
		ok = true
		return nil
	})
	return ok, err
}

func (j journal) keep(a tenant.AgentID, id call.ID) {
	j.held[a] = id
	j.turns[a] = turn{chosen: j.w.now, free: j.turns[a].free}
	delete(j.asked, id)
}

func (j journal) Wait(_ context.Context, w bridge.Waiting) error {
	return j.write(func() error {
		if j.calls[w.Call].over {
			return fault.NotFound("call_over", "no such call")
		}
		i := slices.IndexFunc(j.waiting, func(o roster.Waiter) bool { return o.Call == w.Call })
		if i < 0 {
			i = len(j.waiting)
			j.waiting = append(j.waiting, roster.Waiter{Call: w.Call, Since: w.Since})
		}
		j.waiting[i].Tried, j.asked[w.Call] = w.Tried, j.w.now
		slices.SortStableFunc(j.waiting, func(a, b roster.Waiter) int { return a.Since.Compare(b.Since) })
		j.w.tell("%s: call %s waits", j.p.life, short(w.Call))
		return nil
	})
}

// turn is what is remembered of an agent.
type turn struct{ chosen, free time.Time }

// free lets an agent go, and tells those who wait: most of the time.
func (j journal) free(a tenant.AgentID) {
	delete(j.held, a)
	j.turns[a] = turn{chosen: j.turns[a].chosen, free: j.w.now}
	for _, p := range j.p.s.processes {
		if !p.dead && !j.w.chance(4) {
			j.w.in(0, p, func() { p.bridge.Freed("") })
		}
	}
}

// ahead are the calls that wait and go on asking.
func (d *database) ahead() (all []roster.Waiter) {
	for _, w := range d.waiting {
		if at, asks := d.asked[w.Call]; asks && d.w.now.Sub(at) < 20*time.Second {
			all = append(all, w)
		}
	}
	return all
}

// journalled reports whether the action is on record.
func (d *database) journalled(id call.ID, op, kind string) error {
	r, ok := d.calls[id]
	if !ok || r.actions[op] == nil || r.actions[op].kind != kind {
		return fmt.Errorf("call %s: %s %s was done without its journal row", short(id), kind, op)
	}
	return nil
}

func short(id call.ID) string { return string(id[len(id)-4:]) }
