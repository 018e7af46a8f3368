package admin

import (
	"context"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// ConnectTo names a call that the provider holds at Microsoft.
type ConnectTo struct {
	Kind string `json:"kind" enum:"server_call,group,room" doc:"What the id is: Microsoft's serverCallId, the id of a group call, or of a room."`
	ID   string `json:"id" minLength:"1" maxLength:"1024" doc:"Of the call, in the resource." example:"aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29t"`
}

func (c *ConnectTo) host() *call.HostCall {
	if c == nil {
		return nil
	}
	return &call.HostCall{Kind: call.HostKind(c.Kind), ID: c.ID}
}

func showHost(h *call.HostCall) *ConnectTo {
	if h == nil {
		return nil
	}
	return &ConnectTo{Kind: string(h.Kind), ID: h.ID}
}

func (b *CallCreate) guest() bool { return b.Connect != nil }

// checkGuest notes what does not go with a call that is the provider's already.
func (b *CallCreate) checkGuest(p *fault.Problems) {
	switch {
	case b.Connect == nil:
		if b.Direction == string(call.Guest) {
			p.Add("connect", "say which call we are to be a guest of")
		}
		return
	case b.outbound():
		p.Add("direction", "a call that is connected to is there already: leave direction out, or say guest")
	}
	if host := b.Connect.host(); host.Kind.Known() {
		if err := host.Check(); err != nil {
			p.Add("connect.id", "%s", err)
		}
	} // else the schema says it
	for _, x := range []struct {
		path  string
		given bool
	}{
		{"agent", b.Agent != ""}, {"agents", len(b.Agents) > 0}, {"queue", b.Queue != ""}, {"reservation", b.Reservation != ""},
	} {
		if x.given {
			p.Add(x.path, "is added when we are in the call: POST /v1/calls/{call}/participants")
		}
	}
	if b.Number != "" {
		p.Add("number", "a call that is connected to goes through no number")
	}
	if b.AnswerPolicy == string(tenant.AtOnce) {
		p.Add("answer_policy", "a call that is connected to has no caller to answer")
	}
}

// mayConnect lets a tenant's own key into calls of a resource that is the tenant's
// alone: in a shared one they may be anybody's, and are the provider's to give. Nobody
// brings a tenant into a call that we know to be another one's.
func (s *server) mayConnect(ctx context.Context, t tenant.ID, b CallCreate) error {
	if b.Connect.Kind == string(call.HostServerCall) {
		foreign, err := s.deps.Calls.Foreign(ctx, t, b.Connect.ID)
		if err != nil {
			return err
		}
		if foreign {
			const msg = "the tenant has no such call"
			return &fault.Error{Kind: fault.KindInvalid, Code: "host_call_unknown", Msg: msg, Fields: []fault.Field{{Path: "connect.id", Msg: msg}}}
		}
	}
	mine := callerOf(ctx).Tenant
	if mine == "" {
		return nil
	}
	if b.Resource != "" {
		r, err := s.deps.Places.Resource(ctx, trunk.ResourceID(b.Resource))
		if err != nil && fault.KindOf(err) != fault.KindNotFound {
			return err
		}
		if err == nil && r.OwnerTenant == mine {
			return nil
		}
	}
	return fault.Forbidden("connect_for_provider", "calls of a shared resource are the provider's: connect with a key of the provider's, or name a resource that is the tenant's alone")
}
