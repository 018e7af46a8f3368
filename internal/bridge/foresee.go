package bridge

import (
	"context"
	"slices"
	"sync"
	"time"

	"tandem/internal/call"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// Foreseen is what was found out of an agent before a call was asked to ring him, so
// that to ask, to choose, to keep and to ring him is one step of the call and not
// three. It decides nothing: whether he is to be had is for the journal to say with
// that step ([ErrTaken]), and a call that does not ring him at once finds out itself.
type Foreseen struct {
	agent   tenant.AgentID
	choice  Choice
	trouble string
}

// Foresee finds out whether an agent can be rung: he and his tenant in one question,
// and his presence beside it if he was seen before. nil if not, or if it cannot be
// known: whoever asks then says why.
func (b *Bridge) Foresee(ctx context.Context, t tenant.ID, a tenant.AgentID) *Foreseen {
	if who, ok := b.people.find(t, a); ok {
		// What it brings is in the source's memory, or still on its way, when it is
		// asked for again below.
		b.world.Go(func() { _, _ = b.presence.Presence(b.ctx, who.of, []string{who.oid}) })
	}
	choice, err := b.registry.Choice(ctx, t, Wanted{Agents: []tenant.AgentID{a}})
	if err != nil || choice.Refused != nil || len(choice.Agents) != 1 {
		return nil
	}
	return &Foreseen{agent: a, choice: choice, trouble: b.lookAt(ctx, t, &choice)}
}

// Known is the call as it stands now, if it is one of this process.
func (b *Bridge) Known(id call.ID) (call.Call, bool) {
	if r, ok := b.runner(id); ok {
		return *r.latest.Load(), true
	}
	return call.Call{}, false
}

// Reserving keeps an agent for the call with the step that rings him.
type Reserving struct {
	Agent tenant.AgentID
	By    tenant.ReservationID // that keeps him for who asked; "": none
}

// choose has the step ring who was foreseen, if that is whom it looks for first: the
// choice is the second event of the step then. Of the search itself nothing is to be
// done any more.
func (f *Foreseen) choose(s *Step, now time.Time) {
	i := slices.IndexFunc(s.Actions, func(a call.Action) bool {
		do, is := a.Do.(call.ChooseAgent)
		return is && do.Queue == "" && do.Person == nil && len(do.Wanted) == 1 && do.Wanted[0] == f.agent
	})
	if i < 0 {
		return
	}
	do := s.Actions[i].Do.(call.ChooseAgent)
	who := slices.Clone(f.choice.Agents)
	who[0].RestsUntil = time.Time{} // for the next call of a queue, as in chooseNow
	ring, _ := roster.Order(who, wish(s.After, now, do, f.choice))
	if len(ring) == 0 {
		return
	}
	chosen := chosenAs(s.Actions[i].ID, ring[0], do, f.choice, told(ring[0].Why, f.trouble, nil))
	after, more := call.Next(s.After, now, chosen)
	if after.Ignored > s.After.Ignored || !slices.Contains(after.Inside(), f.agent) {
		return
	}
	s.Commands, s.After = append(s.Commands, chosen), after
	s.Actions = append(slices.Delete(s.Actions, i, i+1), more...)
	s.Reserve = &Reserving{Agent: f.agent, By: do.Reservation}
}

// wish is who asks for an agent, and how.
func wish(c call.Call, now time.Time, do call.ChooseAgent, choice Choice) roster.Wish {
	return roster.Wish{
		At: now, Call: c.ID, Reservation: do.Reservation, Strategy: choice.Queue.Strategy, Tried: do.Tried, Inside: c.Inside(), AskAgain: do.Queue != "",
	}
}

func chosenAs(op string, v roster.Verdict, do call.ChooseAgent, choice Choice, why []string) call.AgentChosen {
	return call.AgentChosen{
		Op: op, Agent: v.Agent.ID, Name: v.Agent.Name, Endpoint: call.Endpoint{Kind: v.Agent.Endpoint, ID: v.Agent.OID},
		Queue: do.Queue, RingTimeout: choice.Queue.RingTimeout, Why: why,
	}
}

// people remembers how agents are called in Entra, which never changes: only to ask
// for their presence while everything else of them is read.
type people struct {
	mu  sync.Mutex
	all map[agentOf]person
}

type agentOf struct {
	tenant tenant.ID
	agent  tenant.AgentID
}

type person struct {
	of  tenant.Tenant // both of its ids
	oid string
}

// mostPeople bounds the memory; beyond it all are forgotten, and learnt anew.
const mostPeople = 100_000

func (p *people) find(t tenant.ID, a tenant.AgentID) (person, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	who, ok := p.all[agentOf{t, a}]
	return who, ok
}

func (p *people) learn(of tenant.Tenant, all []roster.Candidate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil || len(p.all)+len(all) > mostPeople {
		p.all = make(map[agentOf]person, len(all))
	}
	for _, c := range all {
		if c.Agent.Endpoint == tenant.TeamsUser {
			p.all[agentOf{of.ID, c.Agent.ID}] = person{of, c.Agent.OID}
		}
	}
}
