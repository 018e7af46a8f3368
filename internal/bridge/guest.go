package bridge

import (
	"context"
	"sync"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// answerWithin is how long [Bridge.Connect] waits for Microsoft's answer before it
// leaves the rest to the call.
const answerWithin = 8 * time.Second

// Connect makes us a guest of the call that the plan's host names, in the plan's
// resource or in the usual one of the tenant's home region, and answers when
// Microsoft has: fault.Invalid if it does not let us in (code host_call_unknown: the
// resource has no such call; host_call_refused: for another reason). The call and its
// record are there then, too. If Microsoft takes longer than some seconds, the call
// tells what comes of it.
func (b *Bridge) Connect(ctx context.Context, t tenant.ID, p call.Plan) (call.ID, error) {
	var id call.ID
	err := await(ctx, func(done func(error)) {
		b.TakeConnect(ctx, t, p, func(taken call.ID, err error) {
			id = taken
			done(err)
		})
	})
	if err != nil { // id may be written yet
		return "", err
	}
	return id, nil
}

// TakeConnect is Connect for callers who cannot wait. done is told once.
func (b *Bridge) TakeConnect(ctx context.Context, t tenant.ID, p call.Plan, done func(call.ID, error)) {
	err := b.takesCalls()
	if err == nil && (p.Host == nil || p.Host.Check() != nil || p.RingTimeout <= 0) {
		err = fault.Invalid("plan_invalid", "a guest's call names the host's, and how long people are rung")
	}
	var ms Microsoft
	if err == nil {
		ms, err = b.microsoft(p.Connectivity)
	}
	if err == nil { // journalled with the call, so that whoever adopts it asks the same resource
		p.Resource, err = ms.Resource(ctx, t, p.Resource)
	}
	if err != nil {
		done("", err)
		return
	}
	p.Direction = call.Guest
	var once sync.Once
	answer := func(id call.ID, err error) { once.Do(func() { done(id, err) }) }
	bind := func(id call.ID) { // before anything is asked, so that no answer is missed
		r, _ := b.runner(id)
		stop := b.world.After(answerWithin, func() { answer(id, nil) })
		r.told = func(c call.Call) {
			if k := c.Connection.State; c.Ending != nil || k != call.ConnectionNone && k != call.ConnectionPlacing {
				r.told = nil
				stop()
				answer(id, refusal(c))
			}
		}
	}
	if _, err := b.open(ctx, b.newCall(t, p), nil, mail{event: call.RequestedByAPI{}, bind: bind}); err != nil {
		answer("", err)
	}
}

// refusal is why we are no guest of the host's call; nil if we are about to be.
func refusal(c call.Call) error {
	o := c.Connection.Outcome
	switch {
	case c.Ending == nil:
		return nil
	case c.Ending.Reason != call.ReasonHostRefused:
		return fault.Unavailable("host_call_unanswered", "Microsoft does not say whether it lets us into the call; "+string(c.ID)+" tells what comes of it")
	case o.Class == call.ClassGone:
		return refused(c, "host_call_unknown", "the resource "+c.Connection.Resource+" has no such call, or it is over: name the resource that the call is in")
	}
	return refused(c, "host_call_refused", "Microsoft does not let us into the call: "+o.Message)
}

func refused(c call.Call, code, msg string) error {
	return &fault.Error{
		Kind: fault.KindInvalid, Code: code, Msg: msg + " (the record is that of call " + string(c.ID) + ")", Fields: []fault.Field{{Path: "connect.id", Msg: msg}},
	}
}
