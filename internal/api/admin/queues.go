package admin

import (
	"context"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Queue is a queue as the API shows it.
type Queue struct {
	ID          tenant.QueueID `json:"id" doc:"A UUID." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
	Tenant      tenant.ID      `json:"tenant" doc:"The tenant it belongs to." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Name        string         `json:"name" doc:"What people call it; unique in the tenant." example:"Sales"`
	Agents      []string       `json:"agents" nullable:"false" doc:"Its members, as they are listed." example:"[\"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55\"]"`
	Group       string         `json:"group,omitempty" doc:"Object id of a group in Entra whose members are agents; they are members behind those listed." example:"5b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e59"`
	Strategy    string         `json:"strategy" enum:"longest_idle,in_order,round_robin,least_busy" doc:"Who of those who are free is rung first. longest_idle: whose last call ended first. in_order: as they are listed. round_robin: who was rung longest ago. least_busy: who answered the fewest calls today."`
	RingTimeout int            `json:"ring_timeout" doc:"How long one person's Teams rings, in seconds." example:"20"`
	WrapUp      int            `json:"wrap_up" doc:"For so many seconds after a call of the queue nobody rings its agent for one." example:"15"`
	MaxWait     int            `json:"max_wait" doc:"After so many seconds a call does not wait any more." example:"600"`
	MaxLength   int            `json:"max_length" doc:"How many calls may wait at once; more are turned away." example:"100"`
	Hours       *QueueHours    `json:"hours,omitempty" doc:"When it is open; absent: always."`
	CreatedAt   time.Time      `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	ChangedAt   *time.Time     `json:"changed_at,omitempty" doc:"When it was changed last." example:"2026-11-22T09:30:00Z"`
}

// QueueHours are when something is open.
type QueueHours struct {
	Zone string         `json:"zone,omitempty" maxLength:"64" doc:"Time zone of the hours: a name of the IANA database." example:"Europe/Madrid"`
	Open []QueueOpening `json:"open" nullable:"false" maxItems:"28" doc:"Parts of the week; none: always." example:"[{\"days\":[\"mon\",\"tue\"],\"from\":\"09:00\",\"until\":\"17:00\"}]"`
}

// QueueOpening is a part of some days of the week.
type QueueOpening struct {
	Days  []string `json:"days" nullable:"false" minItems:"1" maxItems:"7" enum:"mon,tue,wed,thu,fri,sat,sun" doc:"Days of the week." example:"[\"mon\",\"fri\"]"`
	From  string   `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" patternDescription:"a time of day, 09:30" doc:"Of those days: the first minute." example:"09:00"`
	Until string   `json:"until" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$" patternDescription:"a time of day, 17:30" doc:"Of those days: the first minute that is too late, 24:00 at the latest." example:"17:00"`
}

func showHours(h tenant.Hours) *QueueHours {
	if len(h.Open) == 0 {
		return nil
	}
	return &QueueHours{Zone: h.Zone, Open: each(h.Open, func(o tenant.Opening) QueueOpening {
		return QueueOpening{Days: each(o.Days, func(d time.Weekday) string { return weekdays[d] }), From: o.From.String(), Until: o.Until.String()}
	})}
}

// hours as they were sent; their schema says that times can be read.
func (h *QueueHours) hours() (out tenant.Hours) {
	if h == nil {
		return out
	}
	out.Zone = h.Zone
	for _, o := range h.Open {
		opening := tenant.Opening{}
		opening.From, _ = tenant.ParseMinute(o.From)
		opening.Until, _ = tenant.ParseMinute(o.Until)
		for i, name := range weekdays {
			if slices.Contains(o.Days, name) {
				opening.Days = append(opening.Days, time.Weekday(i))
			}
		}
		out.Open = append(out.Open, opening)
	}
	return out
}

func showQueue(q tenant.Queue) Queue {
	return Queue{
		ID: q.ID, Tenant: q.Tenant, Name: q.Name, Agents: texts(q.Agents), Group: q.Group, Strategy: string(q.Strategy),
		RingTimeout: int(q.RingTimeout / time.Second), WrapUp: int(q.WrapUp / time.Second), MaxWait: int(q.MaxWait / time.Second), MaxLength: q.MaxLength,
		Hours: showHours(q.Hours), CreatedAt: q.CreatedAt.UTC(), ChangedAt: at(q.ChangedAt),
	}
}

// QueueCreate is a new queue.
type QueueCreate struct {
	Tenant      string      `json:"tenant,omitempty" maxLength:"36" doc:"Id of the tenant; a tenant's key may leave it out." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Name        string      `json:"name" maxLength:"256" doc:"What people call it; unique in the tenant." example:"Sales"`
	Agents      []string    `json:"agents,omitempty" nullable:"false" maxItems:"650" doc:"Ids of agents, its members." example:"[\"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55\"]"`
	Group       string      `json:"group,omitempty" maxLength:"36" doc:"Object id of a group in Entra whose members are agents of the tenant; they are members, too, now and later." example:"5b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e59"`
	Strategy    string      `json:"strategy,omitempty" enum:"longest_idle,in_order,round_robin,least_busy" default:"longest_idle" doc:"Who of those who are free is rung first."`
	RingTimeout int         `json:"ring_timeout,omitempty" minimum:"5" maximum:"180" default:"20" doc:"How long one person's Teams rings, in seconds."`
	WrapUp      int         `json:"wrap_up,omitempty" minimum:"0" maximum:"600" doc:"Seconds after a call of the queue in which nobody rings its agent for one; without it none." example:"15"`
	MaxWait     int         `json:"max_wait,omitempty" minimum:"10" maximum:"7200" default:"600" doc:"Seconds after which a call does not wait any more."`
	MaxLength   int         `json:"max_length,omitempty" minimum:"1" maximum:"1000" default:"100" doc:"How many calls may wait at once."`
	Hours       *QueueHours `json:"hours,omitempty" doc:"When it is open; without it always."`
}

func (b *QueueCreate) queue() tenant.Queue {
	return tenant.Queue{
		Name: b.Name, Agents: words[tenant.AgentID](b.Agents), Group: b.Group, Strategy: tenant.Strategy(b.Strategy),
		RingTimeout: wholeSeconds(b.RingTimeout), WrapUp: wholeSeconds(b.WrapUp), MaxWait: wholeSeconds(b.MaxWait), MaxLength: b.MaxLength, Hours: b.Hours.hours(),
	}.Normalize()
}

// Resolve implements huma.ResolverWithPath.
func (b *QueueCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return mistakes(at, b.queue().Validate())
}

// QueueChange is what can be changed of a queue.
type QueueChange struct {
	Name        merge[string]   `json:"name,omitempty" maxLength:"256" doc:"What people call it; unique in the tenant." example:"Sales"`
	Agents      merge[[]string] `json:"agents,omitempty" maxItems:"650" doc:"Ids of agents, its members: all of them." example:"[\"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55\"]"`
	Group       merge[string]   `json:"group,omitempty" maxLength:"36" doc:"Object id of a group in Entra whose members are agents; empty: none." example:"5b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e59"`
	Strategy    merge[string]   `json:"strategy,omitempty" enum:"longest_idle,in_order,round_robin,least_busy" doc:"Who of those who are free is rung first." example:"round_robin"`
	RingTimeout merge[int]      `json:"ring_timeout,omitempty" minimum:"5" maximum:"180" doc:"How long one person's Teams rings, in seconds." example:"30"`
	WrapUp      merge[int]      `json:"wrap_up,omitempty" minimum:"0" maximum:"600" doc:"Seconds after a call of the queue in which nobody rings its agent for one." example:"15"`
	MaxWait     merge[int]      `json:"max_wait,omitempty" minimum:"10" maximum:"7200" doc:"Seconds after which a call does not wait any more." example:"300"`
	MaxLength   merge[int]      `json:"max_length,omitempty" minimum:"1" maximum:"1000" doc:"How many calls may wait at once." example:"20"`
	Hours       *QueueHours     `json:"hours,omitempty" doc:"When it is open: all of it."`
}

func (b *QueueChange) apply(q tenant.Queue) tenant.Queue {
	b.Name.into(&q.Name)
	convert(b.Agents, &q.Agents, words[tenant.AgentID])
	b.Group.into(&q.Group)
	convert(b.Strategy, &q.Strategy, func(s string) tenant.Strategy { return tenant.Strategy(s) })
	convert(b.RingTimeout, &q.RingTimeout, wholeSeconds)
	convert(b.WrapUp, &q.WrapUp, wholeSeconds)
	convert(b.MaxWait, &q.MaxWait, wholeSeconds)
	b.MaxLength.into(&q.MaxLength)
	if b.Hours != nil {
		q.Hours = b.Hours.hours()
	}
	return q.Normalize()
}

type (
	queueCreate struct{ Body QueueCreate }
	// QueuePath names a queue.
	QueuePath struct {
		Queue string `path:"queue" maxLength:"64" doc:"Id of the queue." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
	}
	queueChange struct {
		QueuePath
		Body QueueChange
	}
)

func (s *server) createQueue(ctx context.Context, in *queueCreate) (*made[Queue], error) {
	q := in.Body.queue()
	var err error
	if q.Tenant, err = s.livingTenant(ctx, in.Body.Tenant); err != nil {
		return nil, err
	}
	if err := s.knownAgents(ctx, q.Tenant, q.Agents, agentAt); err != nil {
		return nil, err
	}
	if q, err = s.deps.Queues.CreateQueue(ctx, q); err != nil {
		return nil, err
	}
	concerns(ctx, q.Tenant, q.Name)
	return &made[Queue]{Location: "/v1/queues/" + string(q.ID), Body: showQueue(q)}, nil
}

func unknownQueue() error { return fault.NotFound("queue_unknown", "there is no such queue") }

// knownQueue refuses what the tenant has not.
func (s *server) knownQueue(ctx context.Context, t tenant.ID, id tenant.QueueID) error {
	if id == "" {
		return nil
	}
	_, err := s.deps.Queues.Queue(ctx, t, id)
	return notTheTenants(err, "queue", "queue_unknown")
}

func (s *server) queueOf(ctx context.Context, in QueuePath) (tenant.Queue, error) {
	id, err := tenant.ParseQueueID(in.Queue)
	if err != nil {
		return tenant.Queue{}, unknownQueue()
	}
	q, err := s.deps.Queues.Queue(ctx, callerOf(ctx).Tenant, id)
	concerns(ctx, q.Tenant, q.Name)
	return q, err
}

func (s *server) getQueue(ctx context.Context, in *QueuePath) (*shown[Queue], error) {
	q, err := s.queueOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &shown[Queue]{showQueue(q)}, nil
}

func (s *server) listQueues(ctx context.Context, in *OfTenant) (*shown[Page[Queue]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	return list[tenant.Queue, Queue]{
		name: "queues", valid: isTenantID, show: showQueue,
		last: func(q tenant.Queue) string { return string(q.ID) },
		fetch: func(after string, limit int) ([]tenant.Queue, error) {
			return s.deps.Queues.ListQueues(ctx, of, tenant.QueueID(after), limit)
		},
	}.page(in.PageQuery)
}

func (s *server) changeQueue(ctx context.Context, in *queueChange) (*shown[Queue], error) {
	q, err := s.queueOf(ctx, in.QueuePath)
	if err != nil {
		return nil, err
	}
	change := func(q tenant.Queue) (tenant.Queue, error) {
		q = in.Body.apply(q)
		return q, q.Validate()
	}
	if in.Body.Agents.set {
		wanted, err := change(q)
		if err == nil {
			err = s.knownAgents(ctx, q.Tenant, wanted.Agents, agentAt)
		}
		if err != nil {
			return nil, err
		}
	}
	if q, err = s.deps.Queues.ChangeQueue(ctx, q.Tenant, q.ID, change); err != nil {
		return nil, err
	}
	return &shown[Queue]{showQueue(q)}, nil
}

func (s *server) deleteQueue(ctx context.Context, in *QueuePath) (*none, error) {
	q, err := s.queueOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Queues.DeleteQueue(ctx, q.Tenant, q.ID)
}
