package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// Attendance is who can take calls.
type Attendance struct {
	At      time.Time      `json:"at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	Trouble string         `json:"trouble,omitempty" doc:"What is wrong with what is known; then presence is older than it should be, or missing." example:"presence could not be read (graph_unavailable)"`
	Agents  []Availability `json:"agents" nullable:"false" doc:"At most 650, as they are listed."`
}

// Availability is how an agent stands.
type Availability struct {
	Agent         tenant.AgentID       `json:"agent" doc:"Id of the agent." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Name          string               `json:"name" doc:"What the person is called." example:"Adele Vance"`
	State         string               `json:"state" enum:"free,unknown,unavailable,taken,resting,out" doc:"free: can be rung. unknown: can be rung, but nobody knows whether the person is there. unavailable: Teams says so. taken: a call or a reservation has the agent. resting: after a call of a queue. out: taken out by an admin, or not ready."`
	Why           string               `json:"why" doc:"The same in one line for people." example:"Adele Vance is free: Available, 3 s old from graph"`
	Since         *time.Time           `json:"since,omitempty" doc:"Since when it is so, where we know it ourselves: taken since then, or free and resting since the end of the last call." example:"2026-11-22T09:28:00Z"`
	Presence      string               `json:"presence,omitempty" doc:"What Teams says: Available, Busy and so on; absent: nothing is known." example:"Available"`
	Activity      string               `json:"activity,omitempty" doc:"More exactly." example:"InACall"`
	Source        string               `json:"source,omitempty" doc:"Who told us the presence." example:"graph"`
	AgeS          *float64             `json:"age_s,omitempty" doc:"How old it is, in seconds; more than 30 are not believed." example:"3"`
	Call          call.ID              `json:"call,omitempty" doc:"The call that has the agent." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091"`
	Reservation   tenant.ReservationID `json:"reservation,omitempty" doc:"The reservation that has the agent." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e78"`
	Until         *time.Time           `json:"until,omitempty" doc:"The end of the reservation, or of the rest." example:"2026-11-22T09:30:10Z"`
	AnsweredToday int                  `json:"answered_today" doc:"Calls answered today (UTC)." example:"7"`
}

func showAvailability(v roster.Verdict, now time.Time) Availability {
	a := Availability{
		Agent: v.Agent.ID, Name: v.Agent.Name, State: string(v.State), Why: v.Why, Presence: v.Presence.Availability, Activity: v.Presence.Activity,
		Source: v.Presence.Source, Call: v.Kept.Call, Reservation: v.Kept.Reservation, AnsweredToday: v.Answered,
	}
	if v.Presence.Availability != "" {
		age := max(0, now.Sub(v.Presence.At)).Round(100 * time.Millisecond).Seconds()
		a.AgeS = &age
	}
	switch v.State {
	case roster.Taken:
		a.Until = at(v.Kept.Until)
		if v.Kept.Call != "" {
			a.Since = at(v.ChosenAt)
		}
	case roster.Resting:
		a.Since, a.Until = at(v.FreeAt), at(v.RestsUntil)
	case roster.Free:
		a.Since = at(v.FreeAt)
	}
	return a
}

func showAttendance(a bridge.Attendance) Attendance {
	return Attendance{At: a.At.UTC(), Trouble: a.Trouble, Agents: each(a.Agents, func(v roster.Verdict) Availability { return showAvailability(v, a.At) })}
}

// AvailabilityQuery says whom to look at.
type AvailabilityQuery struct {
	TenantPath
	Agents []string `query:"agents" maxItems:"650" doc:"Ids of agents, with commas between them." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Group  string   `query:"group" maxLength:"36" doc:"The agents who are members of this group of Entra." example:"5b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e59"`
	Queue  string   `query:"queue" maxLength:"36" doc:"The members of this queue." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
}

// lookedAt are those whom it says, all of them the tenant's.
func (s *server) lookedAt(ctx context.Context, t tenant.ID, in *AvailabilityQuery) (bridge.Wanted, error) {
	w := bridge.Wanted{Queue: tenant.QueueID(in.Queue), Group: in.Group}
	for _, id := range in.Agents {
		w.Agents = append(w.Agents, tenant.AgentID(strings.ToLower(id)))
	}
	return w, inQuery(s.knownAgents(ctx, t, w.Agents, agentAt))
}

// Resolve implements huma.Resolver.
func (in *AvailabilityQuery) Resolve(huma.Context) (wrong []error) {
	add := func(path, msg string) {
		wrong = append(wrong, &huma.ErrorDetail{Location: "query." + path, Message: msg})
	}
	given := 0
	for _, is := range []bool{len(in.Agents) > 0, in.Group != "", in.Queue != ""} {
		if is {
			given++
		}
	}
	if given > 1 {
		add("agents", "give agents, a group or a queue, not several of them")
	}
	for i, id := range in.Agents {
		if !isTenantID(id) {
			add(fmt.Sprintf("agents[%d]", i), "must be an agent's id, a UUID")
		}
	}
	if in.Group != "" && !isTenantID(in.Group) {
		add("group", "must be the object id of a group, a UUID")
	}
	if in.Queue != "" && !isTenantID(in.Queue) {
		add("queue", "must be a queue's id, a UUID")
	}
	return wrong
}

func (s *server) getAvailability(ctx context.Context, in *AvailabilityQuery) (*shown[Attendance], error) {
	return ofTenant(ctx, s, in.TenantPath, func(t tenant.Tenant) (bridge.Attendance, error) {
		wanted, err := s.lookedAt(ctx, t.ID, in)
		if err != nil {
			return bridge.Attendance{}, err
		}
		return s.deps.Engine.Attendance(ctx, t.ID, wanted)
	}, showAttendance)
}

// streamAvailability answers as Server-Sent Events (HTML Living Standard §9.2).
func (s *server) streamAvailability(ctx context.Context, in *AvailabilityQuery) (*huma.StreamResponse, error) {
	t, err := s.tenantOf(ctx, in.TenantPath)
	if err != nil {
		return nil, err
	}
	wanted, err := s.lookedAt(ctx, t.ID, in)
	if err != nil {
		return nil, err
	}
	end, err := s.streams.begin(callerOf(ctx))
	if err != nil {
		return nil, err
	}
	watching, stop := context.WithCancel(ctx)
	changes, err := s.deps.Engine.Watch(watching, t.ID, wanted)
	if err != nil {
		stop()
		end()
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer end()
		defer stop()
		c.SetHeader("Content-Type", "text/event-stream")
		c.SetHeader("Cache-Control", "no-store")
		c.SetHeader("X-Accel-Buffering", "no") // nginx would hold events back
		_ = c.SetReadDeadline(time.Time{})     // not every server has it
		w := humagin.Unwrap(c).Writer
		if err := s.attend(ctx, w, w.Flush, changes); err != nil {
			s.log.DebugContext(ctx, "stream ended", "request", requestOf(ctx).id, "error", err)
		}
	}}, nil
}

// attend writes each agent at first and when something other than an age changed.
func (s *server) attend(ctx context.Context, w io.Writer, flush func(), changes <-chan bridge.Attendance) error {
	tick := time.NewTicker(streamPoll)
	defer tick.Stop()
	told, trouble := map[tenant.AgentID]string{}, ""
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case a, goesOn := <-changes:
			if !goesOn {
				return nil
			}
			if a.Trouble != trouble {
				if err := sendEvent(w, "trouble", map[string]string{"trouble": a.Trouble}); err != nil {
					return err
				}
				trouble = a.Trouble
			}
			here := map[tenant.AgentID]bool{}
			for _, v := range a.Agents {
				here[v.Agent.ID] = true
				is := essence(v)
				if told[v.Agent.ID] == is {
					continue
				}
				if err := sendEvent(w, "availability", showAvailability(v, a.At)); err != nil {
					return err
				}
				told[v.Agent.ID] = is
			}
			for id := range told {
				if !here[id] {
					if err := sendEvent(w, "gone", map[string]tenant.AgentID{"agent": id}); err != nil {
						return err
					}
					delete(told, id)
				}
			}
		case <-tick.C:
			if err := callerOf(ctx).again(ctx); err != nil {
				return err
			}
			if _, err := io.WriteString(w, ": alive\n\n"); err != nil {
				return err
			}
		}
		flush()
	}
}

// essence is what makes a change worth telling: not that time passes.
func essence(v roster.Verdict) string {
	return strings.Join([]string{string(v.State), v.Presence.Availability, v.Presence.Activity, string(v.Kept.Call), string(v.Kept.Reservation), v.Agent.Name}, "\x00")
}

func sendEvent(w io.Writer, kind string, data any) error {
	raw, err := json.Marshal(data)
	if err == nil {
		_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", kind, raw)
	}
	return err
}

// ReservationCreate is a hold on an agent that is asked for.
type ReservationCreate struct {
	Agent   string `json:"agent" maxLength:"36" doc:"Id of the agent to keep." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Seconds int    `json:"seconds,omitempty" minimum:"1" maximum:"30" default:"10" doc:"How long, unless a call takes the agent before."`
}

// Resolve implements huma.ResolverWithPath.
func (b *ReservationCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return checkAgent(at, b.Agent)
}

// Reservation keeps an agent for who asked, until he asks for a call.
type Reservation struct {
	ID    tenant.ReservationID `json:"id" doc:"To be given when the call is asked for." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e78"`
	Agent tenant.AgentID       `json:"agent" doc:"Whom it keeps." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Until time.Time            `json:"until" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:10Z"`
}

func showReservation(r provider.Reservation) Reservation {
	return Reservation{ID: r.ID, Agent: r.Agent, Until: r.Until.UTC()}
}

type (
	reservationCreate struct {
		TenantPath
		Body ReservationCreate
	}
	reservationPath struct {
		TenantPath
		Reservation string `path:"reservation" maxLength:"64" doc:"Id of the reservation." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e78"`
	}
)

// createReservation keeps an agent who could be rung; what Teams says of him is for
// who asks to judge.
func (s *server) createReservation(ctx context.Context, in *reservationCreate) (*made[Reservation], error) {
	t, err := s.tenantOf(ctx, in.TenantPath)
	if err != nil {
		return nil, err
	}
	if _, err := s.deps.Tenants.Callable(ctx, t.ID); err != nil {
		return nil, err
	}
	a, err := s.ringable(ctx, t.ID, tenant.AgentID(in.Body.Agent), "agent")
	if err != nil {
		return nil, err
	}
	r, err := s.deps.Reservations.CreateReservation(ctx, t.ID, a.ID, wholeSeconds(in.Body.Seconds))
	if err != nil {
		return nil, err
	}
	concerns(ctx, t.ID, a.Name)
	return &made[Reservation]{Location: "/v1/tenants/" + string(t.ID) + "/reservations/" + string(r.ID), Body: showReservation(r)}, nil
}

func (s *server) deleteReservation(ctx context.Context, in *reservationPath) (*none, error) {
	t, err := s.tenantOf(ctx, in.TenantPath)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Reservations.DeleteReservation(ctx, t.ID, tenant.ReservationID(strings.ToLower(in.Reservation)))
}

// reserved finds the agent whom a reservation named in a body keeps.
func (s *server) reserved(ctx context.Context, t tenant.ID, id string) (tenant.AgentID, error) {
	r, err := s.deps.Reservations.Reservation(ctx, t, tenant.ReservationID(id))
	if fault.KindOf(err) == fault.KindNotFound {
		return "", fault.Conflict("reservation_lapsed", "the reservation is over, was used, or never was: reserve again")
	}
	return r.Agent, err
}
