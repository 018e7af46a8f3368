package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// MoveBody is who comes from which call.
type MoveBody struct {
	FromCall     string   `json:"from_call" maxLength:"64" doc:"Id of the call that they are in, of the same tenant and resource." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"`
	Participants []string `json:"participants" nullable:"false" minItems:"1" maxItems:"20" doc:"Ids of participants within that call." example:"[\"4.0\"]"`
}

// Resolve implements huma.ResolverWithPath.
func (b *MoveBody) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	var p fault.Problems
	if _, err := call.ParseID(b.FromCall); err != nil {
		p.Add("from_call", "must be a call's id, a UUID of version 7")
	}
	seen := map[string]bool{}
	for i, id := range b.Participants {
		if seen[id] {
			p.Add(participantAt(i), "is in the list twice")
		}
		seen[id] = true
	}
	return mistakes(at, p.Err("move_invalid", "the move is not valid"))
}

func participantAt(i int) string { return fmt.Sprintf("participants[%d]", i) }

type moveAsk struct {
	CallPath
	Body MoveBody
}

// Moving is what became of each who was to be moved, in the order of the request.
type Moving struct {
	Items []MovingOne `json:"items" nullable:"false" doc:"In the order of the request."`
}

// MovingOne is what became of one.
type MovingOne struct {
	ID          string         `json:"id,omitempty" doc:"Of the participant in the call that he moves to; absent if he was refused." example:"0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21"`
	Participant string         `json:"participant" doc:"As it was asked for: in the call that he comes from." example:"4.0"`
	Agent       tenant.AgentID `json:"agent,omitempty" doc:"Who it is, if it is an agent." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Problem     *AddProblem    `json:"problem,omitempty" doc:"Why this one is not moved."`
}

// moveParticipants asks for each by himself, as addParticipants does; both calls show
// what comes of it.
func (s *server) moveParticipants(ctx context.Context, in *moveAsk) (*shown[Moving], error) {
	to, err := s.callOf(ctx, in.CallPath)
	if err != nil {
		return nil, err
	}
	from, err := s.deps.Calls.Call(ctx, callerOf(ctx).Tenant, call.ID(in.Body.FromCall))
	if err == nil && from.Tenant != to.Tenant {
		err = unknownCall()
	}
	if err != nil {
		return nil, notTheTenants(err, "from_call", "call_unknown")
	}
	if from.ID == to.ID {
		return nil, fault.Conflict("call_state", "they are in this call already")
	}
	if a, b := from.Connection.Resource, to.Connection.Resource; a != b && a != "" && b != "" {
		return nil, fault.Invalid("resource_differs", "Microsoft moves people between calls of one resource: that call is in "+a+", this one in "+b)
	}
	out := Moving{Items: make([]MovingOne, 0, len(in.Body.Participants))}
	for i, id := range in.Body.Participants {
		one := MovingOne{ID: uuid.NewString(), Participant: id}
		if err := s.moveOne(ctx, from, to, &one, i); err != nil {
			refusal := (*fault.Error)(nil)
			if len(in.Body.Participants) == 1 || !errors.As(err, &refusal) || !isRefusal(refusal.Kind) {
				return nil, err
			}
			one.ID, one.Problem = "", &AddProblem{Code: refusal.Code, Detail: refusal.Msg}
		}
		out.Items = append(out.Items, one)
	}
	return &shown[Moving]{out}, nil
}

func (s *server) moveOne(ctx context.Context, from, to call.Call, one *MovingOne, at int) error {
	e := call.MoveAsked{ID: one.ID, From: from.ID, Participant: one.Participant}
	if one.Participant != call.Customer {
		if _, err := knownParticipant(from, one.Participant); err != nil {
			return notTheTenants(err, participantAt(at), "participant_unknown")
		}
	}
	if err := from.Movable(one.Participant); err != nil {
		if refusal := notAble(err); refusal != nil {
			return refusal
		}
		return fault.Conflict("call_state", "the call "+string(from.ID)+" does not let go: "+err.Error())
	}
	for _, p := range from.Participants {
		if p.ID == one.Participant {
			e.Agent, e.Name, e.Endpoint = p.Agent, p.Name, p.Endpoint
		}
	}
	one.Agent = e.Agent
	return s.ask(ctx, to, e)
}
