package postgres

import (
	"fmt"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// What a step did is told by events: whatever happened at the step's moment is
// new. A step may be written again, so each event has an id made from what it
// tells of.

// tell publishes what happened in a step, but the call's end.
func (b *batch) tell(s bridge.Step) error {
	m, c := s.After.Marks, s.After
	for _, mark := range []struct {
		at   time.Time
		kind provider.EventType
	}{{m.Offered, provider.CallOffered}, {m.Connected, provider.CallConnected}, {m.Released, provider.CallReleased}} {
		if !mark.at.Equal(s.At) {
			continue
		}
		if err := b.publishOnce(mark.kind, "", c.ID.StartedAt(), s.At, callStep(c, nil)); err != nil {
			return err
		}
	}
	for _, p := range c.Participants {
		for _, kind := range participantSteps(p, s.At) {
			if err := b.publishOnce(kind, p.ID, c.ID.StartedAt(), s.At, callStep(c, &p)); err != nil {
				return err
			}
		}
	}
	for _, o := range c.Operations {
		if o.Over() && o.EndedAt.Equal(s.At) {
			if err := b.publishOnce(provider.CallOperationEnded, o.Op, o.AskedAt, s.At, operationEnded(c, o)); err != nil {
				return err
			}
		}
	}
	for _, command := range s.Commands {
		if m, ok := command.(call.FlowMoved); ok && m.Number > 0 {
			if err := b.publishOnce(provider.CallFlowStep, fmt.Sprint(m.Number), c.ID.StartedAt(), s.At, flowStep(c, m)); err != nil {
				return err
			}
		}
	}
	if q, of, w := c.Place(); q != "" && w.MovedAt.Equal(s.At) {
		data := provider.CallWaitingData{
			Call: string(c.ID), Queue: string(q), Participant: of, Since: w.Since, Position: w.Position, EstimateS: w.Estimate.Seconds(), Why: w.Why,
		}
		if err := b.publishOnce(provider.CallWaiting, fmt.Sprint(of, "/", s.Seq()), c.ID.StartedAt(), s.At, data); err != nil {
			return err
		}
	}
	if k := c.Consult; k != nil && k.ChangedAt.Equal(s.At) {
		if err := b.publishOnce(provider.CallConsult, k.Add.ID+"/"+string(k.State), k.AskedAt, s.At, consultData(c.ID, *k)); err != nil {
			return err
		}
	}
	if err := b.streaming(s); err != nil {
		return err
	}
	return b.recordings(s)
}

// participantSteps is what happened to somebody at a moment.
func participantSteps(p call.Participant, at time.Time) (all []provider.EventType) {
	if p.RungAt.Equal(at) {
		all = append(all, provider.ParticipantRinging)
	}
	if p.JoinedAt.Equal(at) {
		all = append(all, provider.ParticipantJoined)
	}
	switch {
	case p.State != call.Gone || !p.LeftAt.Equal(at):
	case p.JoinedAt.IsZero():
		all = append(all, provider.ParticipantNotCame)
	default:
		all = append(all, provider.ParticipantLeft)
	}
	return all
}

// callStep is what is told of a call under way, and of one of its people.
func callStep(c call.Call, p *call.Participant) provider.CallStepData {
	d := provider.CallStepData{
		Call: string(c.ID), Phase: string(c.Phase), Direction: string(call.Inbound), Peer: c.Peer, Caller: c.Caller, Called: c.Called,
		Number: c.Plan.Number, Context: c.Plan.Context,
	}
	if c.Plan.Direction != "" {
		d.Direction = string(c.Plan.Direction)
	}
	if c.ReleasedTo != nil {
		d.ReleasedTo = c.ReleasedTo.Name
	}
	if p != nil {
		d.Participant = &provider.ParticipantData{
			ID: p.ID, Agent: string(p.Agent), Host: p.Host, Name: p.Name, Outcome: string(p.Outcome.Class), Message: p.Outcome.Message,
		}
		if d.Participant.FromCall = string(p.Moved.Call); p.Moved.Out {
			d.Participant.FromCall, d.Participant.ToCall = "", string(p.Moved.Call)
		}
		if p.Agent == "" {
			d.Participant.Phone, d.Participant.ACSUser = outside(p.Endpoint)
			if p.Endpoint.Kind == tenant.TeamsUser {
				d.Participant.TeamsUser = p.Endpoint.ID
			}
		}
		d.Participant.Queue, d.Participant.AskedAs = string(p.Queue), p.For
	}
	return d
}

// outside says how somebody is reached who is no agent.
func outside(e call.Endpoint) (phone, acsUser string) {
	switch e.Kind {
	case tenant.PhoneNumber:
		phone = e.ID
	case tenant.ACSUser:
		acsUser = e.ID
	}
	return phone, acsUser
}

func consultData(of call.ID, k call.Consult) provider.CallConsultData {
	d := provider.CallConsultData{
		Call: string(of), Consult: k.Add.ID, State: string(k.State), Result: string(k.Result), Agent: string(k.Add.Agent), Queue: string(k.Add.Queue),
		Outcome: string(k.Outcome.Class), Message: k.Outcome.Message,
	}
	d.PhoneNumber, d.ACSUser = outside(k.Add.Outside)
	return d
}
