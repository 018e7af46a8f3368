package admin

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Number is a number as the API shows it.
type Number struct {
	E164         string    `json:"e164" doc:"The number, with + and country code." example:"+493012345678"`
	Tenant       tenant.ID `json:"tenant" doc:"The tenant it belongs to." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Connectivity string    `json:"connectivity" doc:"How the number reaches Microsoft."`
	Treatment
	Flow      string     `json:"flow,omitempty" doc:"Id of the flow that treats callers before a person; absent: agents are rung at once." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05"`
	Queue     string     `json:"queue,omitempty" doc:"Id of the queue that callers wait in, instead of agents." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
	CreatedAt time.Time  `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	ChangedAt *time.Time `json:"changed_at,omitempty" doc:"When it was changed last." example:"2026-11-22T09:30:00Z"`
}

// Treatment is how a call is treated, wherever that is shown.
type Treatment struct {
	Agents       []string `json:"agents" nullable:"false" doc:"Agents to ring, in this order; empty: any agent of the tenant." example:"[\"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55\"]"`
	DisplayName  string   `json:"display_name,omitempty" doc:"Shown to the person who is rung; absent: the caller." example:"Booking hotline"`
	RingTimeout  int      `json:"ring_timeout" doc:"How long one person's Teams rings, in seconds." example:"20"`
	AnswerPolicy string   `json:"answer_policy" enum:"with_agent,at_once" doc:"When the caller's INVITE gets its 200: when a person joins, or as soon as somebody can be rung."`
}

func showNumber(n tenant.Number) Number {
	return Number{
		E164: n.E164, Tenant: n.Tenant, Connectivity: string(n.Connectivity),
		Treatment: Treatment{
			Agents: texts(n.Agents), DisplayName: n.DisplayName,
			RingTimeout: int(n.RingTimeout / time.Second), AnswerPolicy: string(n.AnswerPolicy),
		},
		Flow: string(n.Flow), Queue: string(n.Queue), CreatedAt: n.CreatedAt.UTC(), ChangedAt: at(n.ChangedAt),
	}
}

// TreatmentWanted is how a call shall be treated, in a body that creates.
type TreatmentWanted struct {
	Agents       []string `json:"agents,omitempty" nullable:"false" maxItems:"100" doc:"Ids of agents to ring, in this order; without any: any agent of the tenant." example:"[\"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55\"]"`
	DisplayName  string   `json:"display_name,omitempty" maxLength:"256" doc:"Shown to the person who is rung; without it: the caller." example:"Booking hotline"`
	RingTimeout  int      `json:"ring_timeout,omitempty" minimum:"5" maximum:"180" default:"20" doc:"How long one person's Teams rings, in seconds."`
	AnswerPolicy string   `json:"answer_policy,omitempty" enum:"with_agent,at_once" default:"with_agent" doc:"When the caller's INVITE gets its 200: when a person joins (a SIP failure otherwise), or as soon as somebody can be rung."`
}

// NumberCreate is a new number.
type NumberCreate struct {
	E164         string `json:"e164" maxLength:"16" doc:"The number, with + and country code, digits only. No two tenants have the same." example:"+493012345678"`
	Tenant       string `json:"tenant,omitempty" maxLength:"36" doc:"Id of the tenant; a tenant's key may leave it out." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Connectivity string `json:"connectivity,omitempty" maxLength:"64" doc:"How the number reaches Microsoft; without it the usual way."`
	TreatmentWanted
	Flow  string `json:"flow,omitempty" maxLength:"36" doc:"Id of the flow that treats callers before a person; they are answered at once then." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05"`
	Queue string `json:"queue,omitempty" maxLength:"36" doc:"Id of a queue whose next free agent is rung, as long as its ring timeout says; instead of agents and of a flow. While nobody is free the caller hears ringing, until the call's setup has lasted 110 seconds; with music and for longer a flow can hand over to the queue." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
}

func (b *NumberCreate) number(usual tenant.Connectivity) tenant.Number {
	return tenant.Number{
		E164: b.E164, Connectivity: cmp.Or(tenant.Connectivity(b.Connectivity), usual), Agents: words[tenant.AgentID](b.Agents), DisplayName: b.DisplayName,
		RingTimeout: wholeSeconds(b.RingTimeout), AnswerPolicy: tenant.AnswerPolicy(b.AnswerPolicy), Flow: tenant.FlowID(b.Flow), Queue: tenant.QueueID(b.Queue),
	}.Normalize()
}

// Resolve implements huma.ResolverWithPath. Which connectivities there are is
// in the schema (see fillConnectivities).
func (b *NumberCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return mistakes(at, b.number("any").Validate())
}

// NumberChange is what can be changed of a number.
type NumberChange struct {
	Connectivity merge[string]   `json:"connectivity,omitempty" maxLength:"64" doc:"How the number reaches Microsoft."`
	Agents       merge[[]string] `json:"agents,omitempty" maxItems:"100" doc:"Ids of agents to ring, in this order; empty: any agent of the tenant." example:"[\"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55\"]"`
	DisplayName  merge[string]   `json:"display_name,omitempty" maxLength:"256" doc:"Shown to the person who is rung; empty: the caller." example:"Booking hotline"`
	RingTimeout  merge[int]      `json:"ring_timeout,omitempty" minimum:"5" maximum:"180" doc:"How long one person's Teams rings, in seconds." example:"30"`
	AnswerPolicy merge[string]   `json:"answer_policy,omitempty" enum:"with_agent,at_once" doc:"When the caller's INVITE gets its 200." example:"with_agent"`
	Flow         merge[string]   `json:"flow,omitempty" maxLength:"36" doc:"Id of the flow that treats callers before a person; empty: none." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05"`
	Queue        merge[string]   `json:"queue,omitempty" maxLength:"36" doc:"Id of the queue that callers wait in, instead of agents and of a flow; empty: none." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
}

func (b *NumberChange) apply(n tenant.Number, usual tenant.Connectivity) tenant.Number {
	convert(b.Connectivity, &n.Connectivity, func(s string) tenant.Connectivity { return tenant.Connectivity(s) })
	n.Connectivity = cmp.Or(n.Connectivity, usual)
	convert(b.Agents, &n.Agents, words[tenant.AgentID])
	b.DisplayName.into(&n.DisplayName)
	convert(b.RingTimeout, &n.RingTimeout, wholeSeconds)
	convert(b.AnswerPolicy, &n.AnswerPolicy, func(s string) tenant.AnswerPolicy { return tenant.AnswerPolicy(s) })
	convert(b.Flow, &n.Flow, func(s string) tenant.FlowID { return tenant.FlowID(s) })
	convert(b.Queue, &n.Queue, func(s string) tenant.QueueID { return tenant.QueueID(s) })
	return n.Normalize()
}

type (
	numberCreate struct{ Body NumberCreate }
	NumberPath   struct {
		Number string `path:"number" maxLength:"64" doc:"The number, with +." example:"+493012345678"`
	}
	numberChange struct {
		NumberPath
		Body NumberChange
	}
)

func agentAt(i int) string { return fmt.Sprintf("agents[%d]", i) }

func (s *server) createNumber(ctx context.Context, in *numberCreate) (*made[Number], error) {
	n := in.Body.number(s.usualConnectivity())
	var err error
	if n.Tenant, err = s.livingTenant(ctx, in.Body.Tenant); err != nil {
		return nil, err
	}
	if err := s.knownAgents(ctx, n.Tenant, n.Agents, agentAt); err != nil {
		return nil, err
	}
	if err := s.knownFlow(ctx, n.Tenant, n.Flow); err != nil {
		return nil, err
	}
	if err := s.knownQueue(ctx, n.Tenant, n.Queue); err != nil {
		return nil, err
	}
	if n, err = s.deps.Numbers.CreateNumber(ctx, n); err != nil {
		return nil, err
	}
	return &made[Number]{Location: "/v1/numbers/" + n.E164, Body: showNumber(n)}, nil
}

func (s *server) numberOf(ctx context.Context, in NumberPath) (tenant.Number, error) {
	e164, err := tenant.ParseE164(in.Number)
	if err != nil {
		return tenant.Number{}, fault.NotFound("number_unknown", "there is no such number")
	}
	n, err := s.deps.Numbers.Number(ctx, callerOf(ctx).Tenant, e164)
	concerns(ctx, n.Tenant, "")
	return n, err
}

func (s *server) getNumber(ctx context.Context, in *NumberPath) (*shown[Number], error) {
	n, err := s.numberOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &shown[Number]{showNumber(n)}, nil
}

func (s *server) listNumbers(ctx context.Context, in *OfTenant) (*shown[Page[Number]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	return list[tenant.Number, Number]{
		name: "numbers", valid: isE164, show: showNumber,
		last: func(n tenant.Number) string { return n.E164 },
		fetch: func(after string, limit int) ([]tenant.Number, error) {
			return s.deps.Numbers.ListNumbers(ctx, of, after, limit)
		},
	}.page(in.PageQuery)
}

func (s *server) changeNumber(ctx context.Context, in *numberChange) (*shown[Number], error) {
	n, err := s.numberOf(ctx, in.NumberPath)
	if err != nil {
		return nil, err
	}
	if in.Body.Agents.set || in.Body.Flow.set || in.Body.Queue.set {
		wanted := in.Body.apply(n, s.usualConnectivity())
		if err := wanted.Validate(); err != nil {
			return nil, err
		}
		if err := s.knownFlow(ctx, n.Tenant, wanted.Flow); err != nil {
			return nil, err
		}
		if err := s.knownQueue(ctx, n.Tenant, wanted.Queue); err != nil {
			return nil, err
		}
		if err := s.knownAgents(ctx, n.Tenant, wanted.Agents, agentAt); err != nil {
			return nil, err
		}
	}
	n, err = s.deps.Numbers.ChangeNumber(ctx, n.Tenant, n.E164, func(n tenant.Number) (tenant.Number, error) {
		n = in.Body.apply(n, s.usualConnectivity())
		return n, n.Validate()
	})
	if err != nil {
		return nil, err
	}
	return &shown[Number]{showNumber(n)}, nil
}

func (s *server) deleteNumber(ctx context.Context, in *NumberPath) (*none, error) {
	n, err := s.numberOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Numbers.DeleteNumber(ctx, n.Tenant, n.E164)
}

func isE164(s string) bool {
	_, err := tenant.ParseE164(s)
	return err == nil
}

// usualConnectivity is that of a number which names none.
func (s *server) usualConnectivity() tenant.Connectivity { return s.cfg.Connectivities[0] }

// fillConnectivities tells the schemas which ways to Microsoft this
// installation has; types cannot know it.
func (s *server) fillConnectivities() {
	all := s.cfg.Connectivities
	for schema, settable := range map[string]bool{"Number": false, "NumberCreate": true, "NumberChange": true} {
		p := s.api.OpenAPI().Components.Schemas.Map()[schema].Properties["connectivity"]
		for _, c := range all {
			p.Enum = append(p.Enum, string(c))
		}
		p.Examples = []any{string(all[0])}
		if schema == "NumberCreate" {
			p.Default = string(all[0])
		}
		if settable {
			p.PrecomputeMessages()
		}
	}
	for _, schema := range []string{"Trunk", "TrunkCreate"} { // which have more ways than there are adapters for calls
		s.api.OpenAPI().Components.Schemas.Map()[schema].Properties["connectivity"].Examples = []any{string(all[0])}
	}
}

// fromQuery reads a number of a query, where an unescaped + arrives as a space.
func fromQuery(s string) string {
	if s = strings.TrimSpace(s); s != "" && s[0] != '+' {
		return "+" + s
	}
	return s
}
