package bridge

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/flow"
	"tandem/internal/tenant"
)

// Request journals a call that the provider asks for. It answers with the SIP
// token to send the call to, which is good for one call and until the moment
// returned.
func (b *Bridge) Request(ctx context.Context, t tenant.ID, p call.Plan) (id call.ID, token string, until time.Time, err error) {
	c := b.newCall(t, p)
	after, actions := call.Next(c, b.world.Now(), call.RequestedByAPI{})
	token = b.token()
	until = after.Deadlines[call.AwaitInvite]
	o := Opening{
		Step:  Step{At: b.world.Now(), Event: call.RequestedByAPI{}, After: after, Actions: actions},
		Token: b.cfg.Hash(token), Expires: until,
	}
	if _, err := b.journal.Create(ctx, o); err != nil {
		return "", "", time.Time{}, err
	}
	b.observe(Observation{Call: after, Event: o.Step.Event})
	return c.ID, token, until, nil
}

// Place journals an outbound call and begins it: the plan's one agent is called
// from the plan's resource, or from the usual one of the tenant's home region.
// How it ends is in its record. If the plan has a name (Once) by which a call of
// the tenant was placed before, that one is the answer, and nobody is called:
// so who does not know whether he asked may ask again. fault.Invalid if the plan does not say whom to
// call for how long, or names a resource that the tenant has not.
func (b *Bridge) Place(ctx context.Context, t tenant.ID, p call.Plan) (call.ID, error) {
	if err := b.takesCalls(); err != nil {
		return "", err
	}
	if (len(p.Agents) == 1) == (p.Person != nil) || len(p.Agents) > 1 || p.RingTimeout <= 0 {
		return "", fault.Invalid("plan_invalid", "an outbound call has one agent or one person, who is called for a limited time")
	}
	ms, err := b.microsoft(p.Connectivity)
	if err != nil {
		return "", err
	}
	// Journalled with the call, so that whoever adopts it asks the same resource.
	if p.Resource, err = ms.Resource(ctx, t, p.Resource); err != nil {
		return "", err
	}
	p.Direction = call.Outbound
	id, err := b.open(ctx, b.newCall(t, p), nil, mail{event: call.RequestedByAPI{}})
	if before := (*Before)(nil); errors.As(err, &before) {
		return before.Call, nil
	}
	return id, err
}

// takesCalls is an error on a node that does not.
func (b *Bridge) takesCalls() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.draining {
		return fault.Unavailable("draining", "this node takes no new calls")
	}
	return nil
}

// open journals a call with its first step, as ours, and runs it, with the flow
// that treats it if there is one.
func (b *Bridge) open(ctx context.Context, c call.Call, d *flow.Document, m mail) (call.ID, error) {
	s := (&runner{c: c, b: b, flow: d}).step(m)
	owner := b.owner()
	lease, err := b.journal.Create(ctx, Opening{Step: s, Owner: &owner})
	if err != nil {
		return "", err
	}
	r := b.begin(lease, c)
	r.flow = d
	r.committed(m, s)
	if b.takesCalls() != nil { // since we asked; Drain may not have seen the call
		r.post(drained)
	}
	b.world.Go(r.empty)
	return c.ID, nil
}

func (b *Bridge) newCall(t tenant.ID, p call.Plan) call.Call {
	var random [10]byte
	b.fill(random[:])
	return call.New(call.NewID(b.world.Now(), random), t, p)
}

func (b *Bridge) fill(buf []byte) {
	if b.cfg.Random != nil {
		b.cfg.Random(buf)
		return
	}
	_, _ = rand.Read(buf) // never fails (crypto/rand)
}

// token draws 128 bits, in letters that need no escaping in a SIP URI or header.
func (b *Bridge) token() string {
	var buf [16]byte
	b.fill(buf[:])
	return base64.RawURLEncoding.EncodeToString(buf[:])
}

// Offer takes an authenticated INVITE of the near side. When it returns, the
// call is journalled and its runner works; the error otherwise says what to
// answer: NotFound for an unknown number, Forbidden for a token that is
// unknown, used or expired, Conflict for an INVITE of a dialog we have.
func (b *Bridge) Offer(ctx context.Context, o Offer) (call.ID, error) {
	var id call.ID
	err := await(ctx, func(done func(error)) {
		b.TakeOffer(ctx, o, func(taken call.ID, err error) {
			id = taken
			done(err)
		})
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// TakeOffer is Offer for callers who cannot wait.
func (b *Bridge) TakeOffer(ctx context.Context, o Offer, done func(call.ID, error)) {
	if err := b.takesCalls(); err != nil {
		done("", err)
		return
	}
	e := call.Offered{Peer: o.Peer, Caller: o.Caller, SIPCallID: o.SIPCallID, Dialog: o.Dialog}
	if strings.HasPrefix(o.User, "+") {
		e.Called = o.User
		done(b.offerNumber(ctx, o, e))
		return
	}
	b.offerToken(ctx, o, e, done)
}

func (b *Bridge) offerNumber(ctx context.Context, o Offer, e call.Offered) (call.ID, error) {
	n, err := b.registry.Number(ctx, o.User)
	if err != nil {
		return "", err
	}
	plan, d, err := b.planOf(ctx, n)
	if err != nil {
		return "", err
	}
	return b.open(ctx, b.newCall(n.Tenant, plan), d, mail{event: e, bind: o.Bind})
}

// planOf is what is to become of a call to a number, with the flow that treats it if there
// is one.
func (b *Bridge) planOf(ctx context.Context, n tenant.Number) (plan call.Plan, d *flow.Document, err error) {
	plan = call.Plan{
		Number: n.E164, Connectivity: n.Connectivity, Agents: n.Agents, DisplayName: n.DisplayName,
		Queue: n.Queue, RingTimeout: n.RingTimeout, Policy: n.AnswerPolicy, HoldMusic: n.HoldMusic,
	}
	if n.Flow != "" {
		ref, document, err := b.registry.Flow(ctx, n.Tenant, n.Flow)
		if err != nil {
			return plan, nil, err
		}
		d, plan.Flow, plan.Policy = &document, &ref, tenant.AtOnce
	}
	return plan, d, nil
}

// offerToken hands the INVITE to the call that waits for it. If the journal is
// away the call goes on waiting, and the same dialog may try again.
func (b *Bridge) offerToken(ctx context.Context, o Offer, e call.Offered, done func(call.ID, error)) {
	id, err := b.journal.BindToken(ctx, b.cfg.Hash(o.User), o.SIPCallID)
	if err != nil {
		done("", err)
		return
	}
	answer := func(err error) {
		if fault.KindOf(err) == fault.KindNotFound {
			err = fault.Forbidden("token_used", "the call of this token is over")
		}
		done(id, err)
	}
	r, ours := b.runner(id)
	if !ours {
		if r, err = b.claim(id); err != nil {
			answer(err)
			return
		}
	}
	r.post(mail{event: e, bind: o.Bind, command: true, forget: true, done: answer})
}

// Leg takes an event of the SIP edge. It never blocks.
func (b *Bridge) Leg(id call.ID, e call.Event) {
	if r, ok := b.runner(id); ok {
		r.post(mail{event: e})
	}
}

// Incoming takes Microsoft's question whether we want a call; it returns when
// the event is durable. fault.NotFound means that nobody waits for this call:
// the adapter refuses it, so that it does not ring on. Without a token of ours the call
// came over an SBC that is not ours, and begins with it.
func (b *Bridge) Incoming(ctx context.Context, in Incoming) error {
	return await(ctx, func(done func(error)) { b.DeliverIncoming(in, done) })
}

// DeliverIncoming is Incoming for callers who cannot wait.
func (b *Bridge) DeliverIncoming(in Incoming, done func(error)) {
	if in.Token == "" {
		done(b.arrive(b.ctx, in))
		return
	}
	id, err := b.journal.Attempt(b.ctx, b.cfg.Hash(in.Token))
	if err != nil {
		done(err)
		return
	}
	b.Deliver(Delivery{Call: id, Seen: in.Seen, Event: call.Invited{
		Resource: in.Resource, Context: in.Context, Correlation: in.Correlation,
	}}, done)
}

// arrive takes a customer who came over an SBC that is not ours. Whose he is says the number
// that he called; what does not belong there is refused as nobody's.
func (b *Bridge) arrive(ctx context.Context, in Incoming) error {
	if err := b.takesCalls(); err != nil {
		return err
	}
	known, err := b.registry.External(ctx, in.Resource)
	if err == nil && !known {
		err = fault.NotFound("no_token", "the call did not come through an edge of ours, and the resource has no other trunk")
	}
	if err != nil {
		return err
	}
	err = b.take(ctx, in)
	switch fault.KindOf(err) {
	case fault.KindInvalid, fault.KindForbidden, fault.KindConflict, fault.KindExhausted: // it may not, or cannot, be taken: let it not ring on
		return fault.NotFound(fault.CodeOf(err), "the number does not take this call").Because(err)
	}
	return err
}

func (b *Bridge) take(ctx context.Context, in Incoming) error {
	n, err := b.registry.Number(ctx, in.To)
	if err != nil {
		return err
	}
	plan, d, err := b.planOf(ctx, n)
	if err != nil {
		return err
	}
	ms, err := b.microsoft(plan.Connectivity)
	if err != nil {
		return err
	}
	if plan.Resource, err = ms.Resource(ctx, n.Tenant, in.Resource); err != nil { // another region's
		return err
	}
	plan.External, plan.Policy = true, tenant.AtOnce
	e := call.Invited{Resource: in.Resource, Context: in.Context, Correlation: in.Correlation, Caller: in.From, Called: n.E164}
	_, err = b.open(ctx, b.newCall(n.Tenant, plan), d, mail{event: e, seen: &in.Seen})
	if errors.Is(err, ErrSeen) {
		return nil
	}
	return err
}

// Receive takes a callback of Microsoft's; it returns when the event is durable.
// fault.NotFound: the call is over or never was.
func (b *Bridge) Receive(ctx context.Context, d Delivery) error {
	return await(ctx, func(done func(error)) { b.Deliver(d, done) })
}

// Deliver is Receive for callers who cannot wait.
func (b *Bridge) Deliver(d Delivery, done func(error)) {
	if r, ok := b.runner(d.Call); ok {
		r.post(mail{event: d.Event, seen: &d.Seen, forget: true, done: done})
		return
	}
	done(b.journal.Post(b.ctx, d.Call, d.Event, &d.Seen))
}

// Ask takes a command of the API (AddAsked, RemoveAsked, HangUpAsked). If the
// call is another process's, it is left there and nil says no more than that.
func (b *Bridge) Ask(ctx context.Context, id call.ID, command call.Event) error {
	return await(ctx, func(done func(error)) { b.Command(id, command, done) })
}

// Add is Ask for an agent of whom it may be known already that he can be rung; f may
// be nil.
func (b *Bridge) Add(ctx context.Context, id call.ID, e call.AddAsked, f *Foreseen) error {
	return await(ctx, func(done func(error)) { b.CommandAdd(id, e, f, done) })
}

// CommandAdd is Add for callers who cannot wait.
func (b *Bridge) CommandAdd(id call.ID, e call.AddAsked, f *Foreseen, done func(error)) {
	b.command(id, mail{event: e, foreseen: f, done: done})
}

// Command is Ask for callers who cannot wait.
func (b *Bridge) Command(id call.ID, command call.Event, done func(error)) {
	b.command(id, mail{event: command, done: done})
}

func (b *Bridge) command(id call.ID, m mail) {
	r, ok := b.runner(id)
	if !ok { // perhaps it waits for its INVITE and has no owner yet
		claimed, err := b.claim(id)
		switch {
		case fault.KindOf(err) == fault.KindConflict:
			m.tell(b.journal.Post(b.ctx, id, m.event, nil))
			return
		case err != nil:
			m.tell(err)
			return
		}
		r = claimed
	}
	m.command = true
	r.post(m)
}
