package bridge

import (
	"context"
	"errors"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// perform starts one journalled action. Requests to the edge go out at once and
// in order; everything else runs beside the runner.
func (r *runner) perform(a call.Action, at time.Time) {
	ctx, id := r.b.ctx, r.c.ID
	var err error
	switch do := a.Do.(type) {
	case call.RingNear:
		err = r.b.edge.Ring(ctx, id)
	case call.AnswerNear:
		err = r.b.edge.Answer(ctx, id)
	case call.DialFar:
		err = r.dial(do)
	case call.DialOut:
		if err = r.b.edge.DialOut(ctx, id, do); err == nil {
			err = r.b.edge.Music(ctx, id, do.Side, r.music())
		}
	case call.ConnectMedia:
		if err = r.b.edge.ConnectMedia(ctx, id); err == nil {
			err = r.b.edge.Music(ctx, id, call.Near, r.music())
		}
	case call.HoldNear:
		err = r.b.edge.Hold(ctx, id, do.On)
	case call.MuteNear:
		if err = r.b.edge.Mute(ctx, id, do.On); err == nil {
			r.settle(a, call.OperationEnded{Op: a.ID, State: call.OperationDone})
		}
	case call.HangUpLeg:
		if err := r.b.edge.HangUp(ctx, id, do); err != nil { // no such leg: then it is over
			r.settle(a, call.LegEnded{Side: do.Side, By: call.ByTandem, Text: err.Error()})
		}
		return
	default:
		c := r.c
		r.b.world.Go(func() { r.attempt(c, a, at, r.b.world.Now(), tryFirst) })
		return
	}
	if err != nil {
		r.settle(a, failed(a, err))
	}
}

func (r *runner) music() Music { return Music{Tenant: r.c.Tenant, Sound: r.c.Plan.HoldMusic} }

func (r *runner) dial(do call.DialFar) error {
	ms, err := r.b.microsoft(r.c.Plan.Connectivity)
	if err != nil {
		return err
	}
	route, err := ms.Route(r.b.ctx, r.c, do.Token)
	if err != nil {
		return err
	}
	return r.b.edge.Dial(r.b.ctx, r.c.ID, FarCall{FarRoute: route, Caller: do.Caller})
}

// attempt does a request to the world outside and repeats it while the rule of
// its kind allows. since is the moment of the first try in this process.
func (r *runner) attempt(c call.Call, a call.Action, at, since time.Time, pause time.Duration) {
	e, err := r.b.do(c, a, at)
	if err != nil && fault.KindOf(err) == fault.KindUnavailable && ruleOf(a.Do).allows(r.b.world.Now(), at, since) {
		wait := max(pause, retryAfter(err))
		r.log.Info("trying again", "action", a.Do.Kind(), "in", wait, "error", err)
		r.b.world.After(wait, func() { r.attempt(c, a, at, since, min(2*pause, tryMost)) })
		return
	}
	if err != nil {
		r.log.Warn("action failed", "action", a.Do.Kind(), "error", err)
		e = failed(a, err)
	}
	if e != nil {
		r.settle(a, e)
	}
}

// retryAfter is how long the other side asked to be left alone.
func retryAfter(err error) time.Duration {
	var asked interface{ RetryAfter() time.Duration }
	if errors.As(err, &asked) {
		return asked.RetryAfter()
	}
	return 0
}

// failed is the event of an action that will not be done.
func failed(a call.Action, err error) call.Event {
	e := call.ActionFailed{Op: a.ID, Action: a.Do.Kind()}
	var refused *Refused
	switch {
	case errors.As(err, &refused):
		e.Outcome = refused.Outcome
	case fault.KindOf(err) == fault.KindUnavailable:
		e.Unsure = true
		e.Outcome = call.Outcome{Class: call.ClassTimeout, Message: err.Error()}
	default:
		e.Outcome = call.Outcome{Class: call.ClassUnknown, Message: err.Error()}
	}
	if b, ok := a.Do.(call.BuryLeg); ok { // whoever is there will notice the silence
		return call.LegEnded{Side: b.Side, By: call.ByTandem, Text: "not buried: " + err.Error()}
	}
	return e
}

// do makes one request and tells its result; nil if a callback will tell it.
func (b *Bridge) do(c call.Call, a call.Action, at time.Time) (call.Event, error) {
	ctx, cancel := context.WithTimeout(b.ctx, b.requestTimeout)
	defer cancel()
	switch do := a.Do.(type) {
	case call.ChooseAgent:
		return b.choose(ctx, c, a.ID, do)
	case call.BuryLeg:
		if err := b.edge.Bury(ctx, c.ID, do.Side, do.Dialog); err != nil {
			return nil, err
		}
		return call.LegEnded{Side: do.Side, By: call.ByTandem, Text: string(call.ReasonOwnerLost)}, nil
	case call.TellCall:
		return nil, b.journal.Post(ctx, do.Call, do.Told, nil)
	case call.RingAgent:
		if do.Endpoint.Kind == tenant.PhoneNumber && b.legless() {
			return nil, &Refused{call.Outcome{Class: call.ClassMisconfigured, Message: errLegless.Error()}}
		}
	}
	ms, err := b.microsoft(c.Plan.Connectivity)
	if err != nil {
		return nil, err
	}
	req := Request{
		Call: c.ID, Tenant: c.Tenant, Resource: c.Connection.Resource, Op: a.ID,
		ID: requestID(c.ID, a.ID), FirstSent: at,
	}
	switch do := a.Do.(type) {
	case call.AcceptInvitation:
		req.Resource = do.Resource
		e, err := ms.Accept(ctx, req, do)
		e.Op = a.ID
		return orError(e, err)
	case call.RefuseInvitation:
		req.Resource = do.Resource
		return nil, ms.Refuse(ctx, req, do)
	case call.RedirectInvitation:
		req.Resource = do.Resource
		return orError(call.Redirected{Op: a.ID}, ms.Redirect(ctx, req, do))
	case call.CallAgent:
		req.Resource = do.Resource
		e, err := ms.Call(ctx, req, do)
		e.Op = a.ID
		return orError(e, err)
	case call.ConnectCall:
		req.Resource = do.Resource
		e, err := ms.Connect(ctx, req, do)
		e.Op = a.ID
		return orError(e, err)
	case call.MoveHere:
		return nil, ms.Move(ctx, req, do)
	case call.RingAgent:
		invitation, err := ms.Ring(ctx, req, do)
		return orError(call.AgentInvited{Op: a.ID, Invitation: invitation}, err)
	case call.CancelRing:
		return nil, ms.CancelRing(ctx, req, do)
	case call.RemoveParticipant:
		return nil, ms.Remove(ctx, req, do)
	case call.Operate:
		over, err := ms.Operate(ctx, req, do)
		if over {
			return orError(call.OperationEnded{Op: a.ID, State: call.OperationDone}, err)
		}
		return orError(call.OperationStarted{Op: a.ID}, err)
	case call.StartRecording:
		recording, err := ms.StartRecording(ctx, req, do)
		return orError(call.RecordingStarted{Op: a.ID, Recording: recording}, err)
	case call.ChangeRecording:
		return orError(call.RecordingDone{Op: a.ID}, ms.ChangeRecording(ctx, req, do))
	case call.LookRecording:
		seen, err := ms.LookRecording(ctx, req, do)
		return orError(call.RecordingObserved{Op: a.ID, Seen: seen}, err)
	case call.EndConnection:
		return nil, ms.End(ctx, req, do)
	case call.Look:
		asked := b.world.Now()
		e, err := ms.Look(ctx, req, do)
		e.Connection, e.Asked = do.Connection, asked
		return orError(e, err)
	}
	return nil, fault.Internal("unknown_action", "no way to do "+a.Do.Kind())
}

func orError(e call.Event, err error) (call.Event, error) {
	if err != nil {
		return nil, err
	}
	return e, nil
}
