package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// Participant is a person who was rung for a call, or whom its host has there.
type Participant struct {
	ID      string         `json:"id" doc:"Within the call; one person rung twice is two participants." example:"4.0"`
	Agent   tenant.AgentID `json:"agent,omitempty" doc:"Id of the agent." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Phone   string         `json:"phone_number,omitempty" doc:"Of a telephone: its number." example:"+493098765432"`
	ACSUser string         `json:"acs_user,omitempty" doc:"Of an ACS user: the identity." example:"8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02"`
	Teams   string         `json:"teams_user,omitempty" doc:"Of a Teams user who is no agent: the Entra object id." example:"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	Host    bool           `json:"host,omitempty" example:"true" doc:"Brought into the call by the host whose guest we are; stays there when we leave."`
	Name    string         `json:"name,omitempty" doc:"What the person is called." example:"Adele Vance"`
	Queue   tenant.QueueID `json:"queue,omitempty" doc:"The queue that the person was, is to be, or could not be chosen from." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
	AskedAs string         `json:"asked_as,omitempty" doc:"Of somebody chosen from a queue that was added: the id of that addition. It names whoever came, too." example:"0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21"`
	Waiting *Waiting       `json:"waiting,omitempty" doc:"Of a queue that was added: how the call stands in it, while nobody of it is free."`
	Why     string         `json:"why,omitempty" doc:"What the choice was based on." example:"Adele Vance is free: Available, 3 s old from graph"`
	State   string         `json:"state" enum:"asked,reserved,inviting,ringing,joined,cancelling,removing,arriving,departing,gone" doc:"Where the person stands. asked: an agent, or one of a queue, who is being looked for. arriving, departing: on the way from or to another call." example:"joined"`
	Treated
	Outcome  string     `json:"outcome,omitempty" doc:"How it ended: ended, no_answer, declined, busy, unavailable, not_allowed, misconfigured, cancelled, media, timeout, throttled, unknown, moved or gone." example:"no_answer"`
	FromCall call.ID    `json:"from_call,omitempty" doc:"The call that the person was moved from, or was to be." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"`
	ToCall   call.ID    `json:"to_call,omitempty" doc:"The call that the person was moved to, or was to be." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8093"`
	RungAt   *time.Time `json:"rung_at,omitempty" doc:"When Teams was asked to ring." example:"2026-11-22T09:30:01Z"`
	JoinedAt *time.Time `json:"joined_at,omitempty" doc:"When the person accepted." example:"2026-11-22T09:30:08Z"`
	LeftAt   *time.Time `json:"left_at,omitempty" doc:"When the person was gone." example:"2026-11-22T09:34:10Z"`
}

// Treated is what operations did to somebody, until others undo it, and what
// Microsoft says.
type Treated struct {
	Held     bool `json:"held" example:"false" doc:"On hold by us."`
	Muted    bool `json:"muted" example:"false" doc:"Muted by us."`
	IsOnHold bool `json:"is_on_hold" example:"false" doc:"Microsoft shows the person as on hold; also for the time of a sound that nobody else hears."`
	IsMuted  bool `json:"is_muted" example:"false" doc:"Microsoft showed the person as muted when it was last looked, which is once a minute and after each mute."`
}

func treated(ours, told call.Treated) Treated {
	return Treated{Held: ours.Held, Muted: ours.Muted, IsOnHold: told.Held, IsMuted: told.Muted}
}

func showParticipant(p call.Participant) Participant {
	v := Participant{
		ID: p.ID, Agent: p.Agent, Host: p.Host, Name: p.Name, Queue: p.Queue, AskedAs: p.For, Why: p.Why, State: string(p.State), Outcome: string(p.Outcome.Class), Treated: treated(p.Treated, p.Told),
		RungAt: at(p.RungAt), JoinedAt: at(p.JoinedAt), LeftAt: at(p.LeftAt),
	}
	if v.FromCall = p.Moved.Call; p.Moved.Out {
		v.FromCall, v.ToCall = "", p.Moved.Call
	}
	if p.Agent == "" {
		v.Phone, v.ACSUser = outside(p.Endpoint)
		if p.Endpoint.Kind == tenant.TeamsUser {
			v.Teams = p.Endpoint.ID
		}
	}
	return v
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

// everybody is who was rung for a call, and who was asked for.
func everybody(c call.Call) []Participant {
	all := make([]Participant, 0, len(c.Participants)+len(c.Adds))
	for _, p := range c.Participants {
		all = append(all, showParticipant(p))
	}
	for _, a := range c.Adds {
		if a.ID != "" {
			all = append(all, showSought(a))
		}
	}
	return all
}

func showSought(a call.Sought) Participant {
	return Participant{ID: a.ID, Agent: a.Agent, Queue: a.Queue, State: "asked", Waiting: showWaiting(a.Waiting)}
}

func showWaiting(w call.Waiting) *Waiting {
	if w.Since.IsZero() {
		return nil
	}
	return &Waiting{Since: w.Since.UTC(), Position: w.Position, EstimateS: seconds(w.Estimate), Why: w.Why}
}

// knownParticipant is who has an id, is looked for by it, or was found so.
func knownParticipant(c call.Call, id string) (Participant, error) {
	for _, a := range c.Adds {
		if a.ID == id {
			return showSought(a), nil
		}
	}
	if p, ok := c.Named(id); ok {
		return showParticipant(p), nil
	}
	return Participant{}, fault.NotFound("participant_unknown", "the call has no such participant")
}

// ParticipantAdd is somebody for a call: exactly one of the members that say who.
type ParticipantAdd struct {
	Agent       string `json:"agent,omitempty" maxLength:"36" doc:"Id of the agent to ring." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Phone       string `json:"phone_number,omitempty" maxLength:"16" doc:"A telephone to ring instead, E.164." example:"+493098765432"`
	ACSUser     string `json:"acs_user,omitempty" maxLength:"90" doc:"An ACS user to ring instead, an identity of the call's own resource." example:"8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02"`
	Queue       string `json:"queue,omitempty" maxLength:"36" doc:"Id of a queue whose next free agent is rung instead, and on no answer the next one, until somebody joins. The call waits in it behind those that wait longer; the participant of the answer's id says at which place, and deleting it ends the wait. A call waits in one queue at a time." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
	MaxWait     int    `json:"max_wait,omitempty" minimum:"1" maximum:"3600" doc:"Of a queue: seconds to wait for somebody, ringing included; without it as long as the queue lets calls wait." example:"120"`
	DisplayName string `json:"display_name,omitempty" maxLength:"256" doc:"Shown while it rings; without it what the call has." example:"Second opinion, please"`
	Reservation string `json:"reservation,omitempty" maxLength:"36" doc:"Id of a reservation that keeps the agent; then the person is rung whatever the presence says." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e78"`
	CallerID    string `json:"caller_id,omitempty" maxLength:"16" doc:"What a telephone shows: a number of the tenant. Without it the number that the call goes through, else the tenant's first." example:"+493012345678"`
}

// maxAdded is how many are added at once.
const maxAdded = 20

// ParticipantsAdd is one, or several at once.
type ParticipantsAdd struct {
	ParticipantAdd
	Participants []ParticipantAdd `json:"participants,omitempty" nullable:"false" maxItems:"20" doc:"Several at once instead, each with a result of its own." example:"[{\"agent\":\"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55\"}]"`
}

// list is whom it is about, and where in the body each is.
func (b *ParticipantsAdd) list() (all []ParticipantAdd, path func(i int) string) {
	if len(b.Participants) == 0 {
		return []ParticipantAdd{b.ParticipantAdd}, func(int) string { return "" }
	}
	return b.Participants, func(i int) string { return fmt.Sprintf("participants[%d].", i) }
}

// Resolve implements huma.ResolverWithPath.
func (b *ParticipantsAdd) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	var p fault.Problems
	if len(b.Participants) > 0 && b.ParticipantAdd != (ParticipantAdd{}) {
		p.Add("participants", "give one participant or a list, not both")
	}
	if len(b.Participants) > maxAdded {
		p.Add("participants", "at most %d", maxAdded)
	}
	seen := map[ParticipantAdd]bool{}
	all, path := b.list()
	for i, one := range all {
		one.check(&p, path(i))
		one.DisplayName, one.Reservation, one.MaxWait = "", "", 0
		if seen[one] {
			p.Add(path(i)+"agent", "is in the list twice")
		}
		seen[one] = true
	}
	return mistakes(at, p.Err("participant_invalid", "the participant is not valid"))
}

func (b ParticipantAdd) check(p *fault.Problems, path string) {
	said := 0
	for _, who := range []string{b.Agent, b.Phone, b.ACSUser, b.Queue} {
		if who != "" {
			said++
		}
	}
	if said != 1 {
		p.Add(path+"agent", "say exactly one of agent, queue, phone_number and acs_user")
	}
	if id, err := tenant.ParseQueueID(b.Queue); b.Queue != "" && (err != nil || string(id) != b.Queue) {
		p.Add(path+"queue", "must be a queue's id, a UUID in lower case")
	}
	if b.MaxWait != 0 && b.Queue == "" {
		p.Add(path+"max_wait", "is for queues")
	}
	if id, err := tenant.ParseAgentID(b.Agent); b.Agent != "" && (err != nil || string(id) != b.Agent) {
		p.Add(path+"agent", "must be an agent's id, a UUID in lower case")
	}
	if _, err := tenant.ParseACSUser(b.ACSUser); b.ACSUser != "" && err != nil {
		p.Add(path+"acs_user", "must be an identity of an ACS resource: 8:acs:, the resource's id, _ and the user's")
	}
	if b.Reservation != "" && b.Agent == "" {
		p.Add(path+"reservation", "is of an agent: say which")
	}
	if b.Phone != "" && !isE164(b.Phone) {
		p.Add(path+"phone_number", "must be an E.164 number such as +493012345678")
	}
	switch {
	case b.CallerID != "" && b.Phone == "":
		p.Add(path+"caller_id", "is for telephones")
	case b.CallerID != "" && !isE164(b.CallerID):
		p.Add(path+"caller_id", "must be an E.164 number such as +493012345678")
	}
	tenant.CheckDisplayName(p, path+"display_name", b.DisplayName)
}

type participantAdd struct {
	CallPath
	Body ParticipantsAdd
}

// Added is what became of each who was to be added, in the order of the request.
type Added struct {
	Items []AddedOne `json:"items" nullable:"false" doc:"In the order of the request."`
}

// AddedOne is what became of one.
type AddedOne struct {
	ID      string         `json:"id,omitempty" doc:"Of the participant; absent if he was refused." example:"0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21"`
	Agent   tenant.AgentID `json:"agent,omitempty" doc:"As it was asked for." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Queue   tenant.QueueID `json:"queue,omitempty" doc:"As it was asked for." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
	Phone   string         `json:"phone_number,omitempty" doc:"As it was asked for." example:"+493098765432"`
	ACSUser string         `json:"acs_user,omitempty" doc:"As it was asked for." example:"8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02"`
	Problem *AddProblem    `json:"problem,omitempty" doc:"Why this one is not rung."`
}

// AddProblem is why somebody is not added.
type AddProblem struct {
	Code   string `json:"code" doc:"Stable." example:"agent_not_ready"`
	Detail string `json:"detail" doc:"For people, with what helps." example:"Teams does not ring Ben: the licence is missing"`
}

// addParticipants asks for each by himself. A refusal of the only one is the answer;
// among several it is his result, and the others are rung.
func (s *server) addParticipants(ctx context.Context, in *participantAdd) (*shown[Added], error) {
	c, ours, err := s.callAtHand(ctx, in.CallPath)
	if err != nil {
		return nil, err
	}
	all, path := in.Body.list()
	var f *bridge.Foreseen
	if len(all) == 1 && all[0].Agent != "" {
		f = s.deps.Engine.Foresee(ctx, c.Tenant, tenant.AgentID(all[0].Agent))
	}
	if f == nil {
		if _, err := s.deps.Tenants.Callable(ctx, c.Tenant); err != nil { // stopped since
			return nil, err
		}
	}
	out := Added{Items: make([]AddedOne, 0, len(all))}
	for i, one := range all {
		item := AddedOne{ID: uuid.NewString(), Agent: tenant.AgentID(one.Agent), Queue: tenant.QueueID(one.Queue), Phone: one.Phone, ACSUser: one.ACSUser}
		if err := s.addOne(ctx, c, ours, item.ID, one, path(i), f); err != nil {
			refusal := (*fault.Error)(nil)
			if len(in.Body.Participants) == 0 || !errors.As(err, &refusal) || !isRefusal(refusal.Kind) {
				return nil, err
			}
			item.ID, item.Problem = "", &AddProblem{Code: refusal.Code, Detail: refusal.Msg}
		}
		out.Items = append(out.Items, item)
	}
	return &shown[Added]{out}, nil
}

// isRefusal tells what is wrong with one of several from what is wrong here.
func isRefusal(k fault.Kind) bool {
	switch k {
	case fault.KindInvalid, fault.KindConflict, fault.KindForbidden, fault.KindNotFound, fault.KindExhausted:
		return true
	}
	return false
}

// addOne asks for one; f says that he can be rung, if that is known. What a call of this
// process (ours) permits says the engine: behind what it is at, not by what was at hand here.
func (s *server) addOne(ctx context.Context, c call.Call, ours bool, id string, one ParticipantAdd, path string, f *bridge.Foreseen) error {
	var e call.AddAsked
	var err error
	if f != nil {
		e, err = s.additionOf(ctx, c, id, one)
	} else {
		e, err = s.addition(ctx, c, id, one, path)
	}
	if err != nil {
		return err
	}
	add := func() error { return s.deps.Engine.Add(ctx, c.ID, e, f) }
	if ours {
		return refusedByCall(add())
	}
	return permitted(c, e, add)
}

// addition is the command for somebody who may be rung for this call.
func (s *server) addition(ctx context.Context, c call.Call, id string, one ParticipantAdd, path string) (e call.AddAsked, err error) {
	e = call.AddAsked{ID: id, DisplayName: one.DisplayName}
	if one.Phone != "" {
		if e.CallerID, err = s.callerID(ctx, c, one.CallerID, path); err != nil {
			return e, err
		}
		if _, err := s.deps.Dialling.DialPeer(ctx, c.Tenant, one.Phone); err != nil {
			return e, err
		}
		e.Outside = call.Endpoint{Kind: tenant.PhoneNumber, ID: one.Phone}
		return e, nil
	}
	if one.ACSUser != "" {
		user, err := tenant.ParseACSUser(one.ACSUser)
		if err != nil {
			return e, err
		}
		e.Outside = call.Endpoint{Kind: tenant.ACSUser, ID: user}
		return e, s.ofResource(ctx, c.Connection.Resource, user, path)
	}
	if one.Queue != "" {
		q, err := s.deps.Queues.Queue(ctx, c.Tenant, tenant.QueueID(one.Queue))
		e.Queue, e.MaxWait = q.ID, wholeSeconds(one.MaxWait)
		return e, notTheTenants(err, path+"queue", "queue_unknown")
	}
	if _, err := s.ringable(ctx, c.Tenant, tenant.AgentID(one.Agent), path+"agent"); err != nil {
		return e, err
	}
	return s.additionOf(ctx, c, id, one)
}

// additionOf is the command for an agent who can be rung.
func (s *server) additionOf(ctx context.Context, c call.Call, id string, one ParticipantAdd) (call.AddAsked, error) {
	e := call.AddAsked{ID: id, Agent: tenant.AgentID(one.Agent), DisplayName: one.DisplayName}
	if e.Reservation = tenant.ReservationID(one.Reservation); e.Reservation != "" {
		kept, err := s.reserved(ctx, c.Tenant, one.Reservation)
		if err == nil && kept != e.Agent {
			err = fault.Conflict("reservation_lapsed", "the reservation keeps another agent")
		}
		if err != nil {
			return e, err
		}
	}
	return e, nil
}

// ofResource refuses an ACS user of another resource than the call's: Microsoft calls
// it an invalid identifier.
func (s *server) ofResource(ctx context.Context, resource, user, path string) error {
	if resource == "" {
		return nil // the call is not at Microsoft: it is refused for that
	}
	r, err := s.deps.Places.Resource(ctx, trunk.ResourceID(resource))
	if err != nil || strings.HasPrefix(user, "8:acs:"+strings.ToLower(r.ImmutableID)+"_") {
		return err
	}
	msg := "is an identity of another resource than the call's, " + resource
	return &fault.Error{Kind: fault.KindInvalid, Code: "acs_user_foreign", Msg: "that user " + msg, Fields: []fault.Field{{Path: path + "acs_user", Msg: msg}}}
}

// callerID is the number that a telephone shows, which must be the tenant's own.
func (s *server) callerID(ctx context.Context, c call.Call, wanted, path string) (string, error) {
	if wanted == "" && c.Plan.Number != "" {
		return c.Plan.Number, nil
	}
	if wanted != "" {
		n, err := s.deps.Numbers.Number(ctx, c.Tenant, wanted)
		return n.E164, notTheTenants(err, path+"caller_id", "number_unknown")
	}
	first, err := s.deps.Numbers.ListNumbers(ctx, c.Tenant, "", 1)
	if err == nil && len(first) == 0 {
		const msg = "the tenant has no number that a telephone could show"
		return "", &fault.Error{Kind: fault.KindInvalid, Code: "caller_id_missing", Msg: msg, Fields: []fault.Field{{Path: path + "caller_id", Msg: msg}}}
	}
	if err != nil {
		return "", err
	}
	return first[0].E164, nil
}

func (s *server) listParticipants(ctx context.Context, in *CallPath) (*shown[Page[Participant]], error) {
	c, err := s.callOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &shown[Page[Participant]]{Page[Participant]{Items: everybody(c)}}, nil
}

func (s *server) getParticipant(ctx context.Context, in *participantPath) (*shown[Participant], error) {
	c, err := s.callOf(ctx, in.CallPath)
	if err != nil {
		return nil, err
	}
	p, err := knownParticipant(c, in.Participant)
	if err != nil {
		return nil, err
	}
	return &shown[Participant]{p}, nil
}

func (s *server) removeParticipant(ctx context.Context, in *participantPath) (*none, error) {
	c, err := s.callOf(ctx, in.CallPath)
	if err != nil {
		return nil, err
	}
	if able := c.Able(call.Remove, call.CustomerLeg); in.Participant == call.Customer && !able.Allowed() {
		return nil, notAble(&call.NotAble{Capability: able})
	}
	if _, err := knownParticipant(c, in.Participant); err != nil {
		return nil, err
	}
	return nil, s.ask(ctx, c, call.RemoveAsked{Participant: in.Participant})
}
