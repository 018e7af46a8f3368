package bridge

import (
	"context"
	"maps"
	"slices"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// choose finds and reserves the next person to ring. If a queue has nobody, but
// somebody became free while it was asked, it is asked again: the call is told only
// when it waits.
func (b *Bridge) choose(ctx context.Context, c call.Call, op string, do call.ChooseAgent) (call.Event, error) {
	for again := 0; ; again++ {
		before := b.freedSoFar(c.Tenant)
		e, err := b.chooseNow(ctx, c, op, do)
		nobody, is := e.(call.NobodyAvailable)
		if err != nil || !is || nobody.Closed || do.Queue == "" || again == mostAgain || b.freedSoFar(c.Tenant) == before {
			return e, err
		}
	}
}

// mostAgain bounds how often a queue is asked for one answer.
const mostAgain = 3

// chooseNow asks once.
//
// Of a queue, the call takes only whom those leave that wait longer (roster.Leave),
// and otherwise notes that it waits. Two processes may see different things at the
// same moment; the reservation decides who gets an agent, and nobody is rung twice.
func (b *Bridge) chooseNow(ctx context.Context, c call.Call, op string, do call.ChooseAgent) (call.Event, error) {
	if do.Person != nil {
		return call.AgentChosen{Op: op, Name: do.Person.Name, Endpoint: do.Person.Endpoint}, nil
	}
	choice, err := b.registry.Choice(ctx, c.Tenant, Wanted{Queue: do.Queue, Agents: do.Wanted})
	if do.Queue != "" && fault.KindOf(err) == fault.KindNotFound {
		return call.NobodyAvailable{Op: op, Closed: true, Loss: call.LossNobody, Why: []string{"there is no such queue any more"}}, nil
	}
	if err != nil {
		return nil, err
	}
	if why, loss := b.closed(c, do, choice); why != "" {
		return call.NobodyAvailable{Op: op, Closed: true, Loss: loss, Why: []string{why}}, nil
	}
	trouble := ""
	if !do.Whatever {
		trouble = b.lookAt(ctx, c.Tenant, &choice)
	}
	if do.Queue == "" { // it is for the next call of a queue that somebody rests
		for i := range choice.Agents {
			choice.Agents[i].RestsUntil = time.Time{}
		}
	}
	ring, rest := roster.Order(choice.Agents, wish(c, b.world.Now(), do, choice))
	all := slices.Concat(ring, rest)
	working := roster.Working(all)
	left := mayRing(ring, choice.ahead(c.ID))
	for _, v := range ring {
		if !slices.ContainsFunc(left, func(l roster.Verdict) bool { return l.Agent.ID == v.Agent.ID }) {
			explain(all, v, "is left to a call that waits longer")
		}
	}
	for _, v := range left {
		ok, err := b.journal.Reserve(ctx, c.Tenant, v.Agent.ID, c.ID, do.Reservation)
		if err != nil {
			return nil, err
		}
		if ok {
			b.waits(c, "", 0)
			others := slices.DeleteFunc(all, func(o roster.Verdict) bool { return o.Agent.ID == v.Agent.ID })
			return chosenAs(op, v, do, choice, told(v.Why, trouble, others)), nil
		}
		explain(all, v, "is taken by another call")
	}
	return b.nobody(ctx, c, op, do, choice, told("", trouble, all), working)
}

// explain says why somebody who could be rung is not.
func explain(all []roster.Verdict, v roster.Verdict, why string) {
	i := slices.IndexFunc(all, func(o roster.Verdict) bool { return o.Agent.ID == v.Agent.ID })
	all[i].State, all[i].Why = roster.Taken, v.Agent.Name+" "+why
}

// nobody is the answer if there is nobody to ring now.
func (b *Bridge) nobody(
	ctx context.Context, c call.Call, op string, do call.ChooseAgent, choice Choice, why []string, working int,
) (call.Event, error) {
	if len(choice.Agents) == 0 {
		why = append(why, "there is no agent")
	}
	e := call.NobodyAvailable{Op: op, Why: why}
	if do.Queue == "" {
		return e, nil
	}
	if err := b.journal.Wait(ctx, Waiting{Tenant: c.Tenant, Queue: do.Queue, Call: c.ID, Since: b.queued(c, do.Queue), Tried: do.Tried}); err != nil {
		return nil, err
	}
	e.Position = len(choice.ahead(c.ID)) + 1
	e.Estimate = roster.Estimate(e.Position, working, choice.Service+choice.Queue.WrapUp)
	if choice.Service == 0 {
		e.Estimate = 0
	}
	b.waits(c, do.Queue, e.Position)
	return e, nil
}

// closed says why a queue takes the call no (longer), if it does not, and what a flow
// makes of that: only at its hours it is closed to callers.
func (b *Bridge) closed(c call.Call, do call.ChooseAgent, choice Choice) (why string, loss call.Loss) {
	q := choice.Queue
	now := b.world.Now()
	waits := slices.ContainsFunc(choice.Waiting, func(w roster.Waiter) bool { return w.Call == c.ID })
	switch {
	case do.Queue == "":
	case !q.Hours.OpenAt(now):
		return q.Name + " is closed at this hour", call.LossClosed
	case now.Sub(b.queued(c, do.Queue)) >= q.MaxWait:
		return "the call has waited as long as " + q.Name + " lets calls wait", call.LossTimeout
	case !waits && choice.Length >= q.MaxLength && !c.RungFrom(do.Queue):
		return q.Name + " is full: as many calls wait as may", call.LossNobody
	}
	return "", ""
}

// queued is since when the call is in the queue.
func (b *Bridge) queued(c call.Call, q tenant.QueueID) time.Time {
	if since := c.InQueue(q); !since.IsZero() {
		return since
	}
	return b.world.Now()
}

// ahead are the calls that wait longer than this one: all, if it does not wait yet.
func (c Choice) ahead(id call.ID) []roster.Waiter {
	if i := slices.IndexFunc(c.Waiting, func(w roster.Waiter) bool { return w.Call == id }); i >= 0 {
		return c.Waiting[:i]
	}
	return c.Waiting
}

// mayRing are those whom the call may take; somebody kept for it is not for others.
func mayRing(ring []roster.Verdict, ahead []roster.Waiter) []roster.Verdict {
	if len(ring) > 0 && ring[0].State == roster.Mine {
		return ring
	}
	return roster.Leave(ring, ahead)
}

// told is what a choice was based on.
func told(chosen, trouble string, others []roster.Verdict) (why []string) {
	for _, line := range []string{chosen, trouble} {
		if line != "" {
			why = append(why, line)
		}
	}
	return append(why, roster.Lines(others)...)
}

// lookAt fills in the presence of the candidates, and only theirs. People can be
// rung without it, so it does not fail: it says what is wrong.
func (b *Bridge) lookAt(ctx context.Context, t tenant.ID, choice *Choice) (trouble string) {
	var oids []string
	for _, a := range choice.Agents {
		if a.Agent.Endpoint == tenant.TeamsUser {
			oids = append(oids, a.Agent.OID)
		}
	}
	if len(oids) == 0 {
		return ""
	}
	of := tenant.Tenant{ID: t, EntraTenantID: choice.Directory}
	b.people.learn(of, choice.Agents)
	found, err := b.presence.Presence(ctx, of, oids)
	if err != nil {
		b.log.Warn("presence not known", "tenant", t, "error", err)
		trouble = "presence could not be read (" + fault.CodeOf(err) + ")"
	}
	for i := range choice.Agents {
		choice.Agents[i].Presence = found[choice.Agents[i].Agent.OID]
	}
	return trouble
}

// waiting is a call of this process for which a queue had nobody.
type waiting struct {
	tenant   tenant.ID
	position int
}

// waits remembers that a call waits; without a queue, that it does not.
func (b *Bridge) waits(c call.Call, q tenant.QueueID, position int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ours := b.runners[c.ID]; q == "" || !ours {
		delete(b.waiting, c.ID)
		return
	}
	b.waiting[c.ID] = waiting{c.Tenant, position}
}

// wakeFirst is how many of the calls that wait are told that an agent is free: he
// is for the first one, and those behind it may have him if it has no use for him.
// The rest ask in some seconds, anyway.
const wakeFirst = 3

// freedSoFar counts how often agents of a tenant became free while calls waited.
func (b *Bridge) freedSoFar(t tenant.ID) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.freed[t] + b.freed[""]
}

// Freed tells the calls of this process that wait for somebody of a tenant that
// somebody may be free; "" is any tenant. It is a hint: they also ask by themselves.
func (b *Bridge) Freed(t tenant.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.freed[t]++
	for _, id := range slices.Sorted(maps.Keys(b.waiting)) {
		w := b.waiting[id]
		if r := b.runners[id]; r != nil && (t == "" || w.tenant == t) && w.position <= wakeFirst {
			r.post(mail{event: call.QueueMoved{}})
		}
	}
}
