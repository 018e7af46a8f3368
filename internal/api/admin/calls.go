package admin

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// maxContext is the size of a call's context in bytes, without insignificant space.
const maxContext = 4 << 10

// CallCreate is a call that is asked for.
type CallCreate struct {
	Direction   string `json:"direction,omitempty" enum:"inbound,outbound,guest" default:"inbound" doc:"inbound: a caller is awaited at the SIP address in the answer. outbound: the one agent is called at once, without a caller; until playing is there, the person hears silence. guest: what connect names; may be left out then."`
	Tenant      string `json:"tenant,omitempty" maxLength:"36" doc:"Id of the tenant; a tenant's key may leave it out." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Agent       string `json:"agent,omitempty" maxLength:"36" doc:"Id of the one agent to ring; instead of agents." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Queue       string `json:"queue,omitempty" maxLength:"36" doc:"Id of a queue whose next free agent is rung, as long as its ring timeout says; instead of agents. While nobody is free the caller hears ringing, until the call's setup has lasted 110 seconds." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
	Flow        string `json:"flow,omitempty" maxLength:"36" doc:"Inbound: id of a flow that treats the caller before a person, in the version that is published now. The caller is answered at once then, and agents are those of a handover that names nobody." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05"`
	Reservation string `json:"reservation,omitempty" maxLength:"36" doc:"Id of a reservation whose agent is rung, whatever the presence says; instead of agents." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e78"`
	TreatmentWanted
	Connect     *ConnectTo      `json:"connect,omitempty" doc:"A call that the provider holds in a resource: we become a guest of it, add and take out people there, and leave. It is never ended by us."`
	Resource    string          `json:"resource,omitempty" maxLength:"40" doc:"Outbound: the resource that the call leaves from; connect: that the call is in. Without it the usual one of the tenant's home region." example:"eu-0"`
	MaxDuration int             `json:"max_duration,omitempty" minimum:"1" maximum:"86400" doc:"Outbound: how many seconds after the answer the call is ended for everybody; without it, it lasts until somebody hangs up. Connect: when we leave." example:"5"`
	Number      string          `json:"number,omitempty" maxLength:"16" doc:"The tenant's number that the call goes through; without it the region's anchor number." example:"+493012345678"`
	HoldMusic   string          `json:"hold_music,omitempty" maxLength:"36" doc:"What the caller hears on hold, if nobody names music: melody, silence or the id of a prompt of the tenant's; without it what the tenant's setting says." example:"melody"`
	Context     json.RawMessage `json:"context,omitempty" doc:"Any JSON of at most 4 kB; it comes back in the call and in its record." example:"{\"ticket\":4711}"`
}

func (b *CallCreate) plan() call.Plan {
	p := call.Plan{
		Resource: b.Resource, MaxDuration: wholeSeconds(b.MaxDuration), Number: b.Number, Agents: words[tenant.AgentID](b.Agents), DisplayName: b.DisplayName,
		RingTimeout: wholeSeconds(b.RingTimeout), Policy: tenant.AnswerPolicy(b.AnswerPolicy), Context: b.Context,
		HoldMusic: tenant.HoldMusic(b.HoldMusic),
	}
	p.Host = b.Connect.host()
	if b.outbound() {
		p.Direction = call.Outbound
	}
	if b.Agent != "" {
		p.Agents = []tenant.AgentID{tenant.AgentID(b.Agent)}
	}
	return p
}

func (b *CallCreate) outbound() bool { return b.Direction == string(call.Outbound) }

// checkDirection notes what does not go with the direction.
func (b *CallCreate) checkDirection(p *fault.Problems) {
	if b.guest() {
		return
	}
	if !b.outbound() {
		if b.Resource != "" {
			p.Add("resource", "is for outbound calls; others take the way of their number")
		}
		if b.MaxDuration != 0 {
			p.Add("max_duration", "is for outbound calls")
		}
		return
	}
	if b.Agent == "" && b.Reservation == "" && len(b.Agents) != 1 {
		p.Add("agents", "an outbound call is to one agent")
	}
	if b.Number != "" {
		p.Add("number", "an outbound call goes through no number")
	}
	if b.AnswerPolicy == string(tenant.AtOnce) {
		p.Add("answer_policy", "an outbound call has no caller to answer")
	}
	if b.Queue != "" {
		p.Add("queue", "an outbound call is to one agent")
	}
	if b.Flow != "" {
		p.Add("flow", "a flow treats a caller before a person, and an outbound call has no caller: play, ask and add through the call's own actions")
	}
}

// checkWhom notes what is wrong with a queue or a reservation.
func (b *CallCreate) checkWhom(p *fault.Problems) {
	named := b.Agent != "" || len(b.Agents) > 0
	if b.Queue != "" {
		if _, err := tenant.ParseQueueID(b.Queue); err != nil {
			p.Add("queue", "must be a queue's id, a UUID")
		}
		if named || b.Reservation != "" {
			p.Add("queue", "give agents, a queue or a reservation, not several of them")
		}
		if b.AnswerPolicy == string(tenant.AtOnce) {
			p.Add("answer_policy", "a call that may wait in a queue is answered with_agent: it has nothing to hear meanwhile but ringing")
		}
	}
	if b.Flow != "" {
		if !isTenantID(b.Flow) {
			p.Add("flow", "must be a flow's id, a UUID")
		}
		if b.Queue != "" || b.Reservation != "" {
			p.Add("flow", "a flow says itself whom it hands over to: leave queue and reservation out")
		}
	}
	if b.Reservation != "" {
		if _, err := tenant.ParseReservationID(b.Reservation); err != nil {
			p.Add("reservation", "must be a reservation's id, a UUID")
		}
		if named {
			p.Add("reservation", "the reservation says who the agent is: leave agents out")
		}
	}
}

func (b *CallCreate) agentAt(i int) string {
	if b.Agent != "" {
		return "agent"
	}
	return agentAt(i)
}

// Resolve implements huma.ResolverWithPath.
func (b *CallCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	var p fault.Problems
	if b.Agent != "" && len(b.Agents) > 0 {
		p.Add("agents", "give one agent or several, not both")
	}
	b.checkWhom(&p)
	if b.Agent != "" {
		if id, err := tenant.ParseAgentID(b.Agent); err != nil || string(id) != b.Agent {
			p.Add("agent", "must be an agent's id, a UUID in lower case")
		}
	}
	b.checkDirection(&p)
	b.checkGuest(&p)
	if b.HoldMusic != "" {
		tenant.CheckHoldMusic(&p, "hold_music", tenant.HoldMusic(b.HoldMusic))
	}
	tenant.CheckAgents(&p, "agents", words[tenant.AgentID](b.Agents))
	tenant.CheckDisplayName(&p, "display_name", b.DisplayName)
	tenant.CheckRingTimeout(&p, "ring_timeout", wholeSeconds(b.RingTimeout))
	tenant.CheckAnswerPolicy(&p, "answer_policy", tenant.AnswerPolicy(b.AnswerPolicy))
	if b.Number != "" && !isE164(b.Number) {
		p.Add("number", "must be an E.164 number such as +493012345678")
	}
	if small := (bytes.Buffer{}); len(b.Context) > 0 && json.Compact(&small, b.Context) == nil {
		b.Context = small.Bytes()
		if len(b.Context) > maxContext {
			p.Add("context", "has %d bytes, at most %d", len(b.Context), maxContext)
		}
	}
	return mistakes(at, p.Err("call_invalid", "the call is not valid"))
}

// CallCreated tells where to send the caller, if there is to be one.
type CallCreated struct {
	ID        call.ID    `json:"id" doc:"A UUID of version 7: ids rise with time." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091"`
	Tenant    tenant.ID  `json:"tenant" doc:"The tenant whose agents are rung." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Direction string     `json:"direction" enum:"inbound,outbound,guest" doc:"Who begins the call; guest: it is the provider's."`
	SIPURI    string     `json:"sip_uri,omitempty" doc:"Inbound: send the caller's INVITE here, from one of your peers. Good for one accepted call; treat it as a secret until then." example:"sip:Yk3v0dYt0Yt2R1cW9sJq2A@sbc.example.net"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Inbound: the INVITE must arrive before." example:"2026-11-22T09:31:00Z"`
	Phase     string     `json:"phase" enum:"requested,routing" doc:"requested: the call waits for its INVITE. routing: the agent is about to be called, or Microsoft is about to let us in."`
	Treatment
}

// Call is a call as it stands.
type Call struct {
	ID          call.ID    `json:"id" doc:"A UUID of version 7: ids rise with time." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091"`
	Direction   string     `json:"direction" enum:"inbound,outbound,guest" doc:"Who began the call: a caller, or we, by calling an agent; guest: the provider, in Microsoft's cloud."`
	External    bool       `json:"external,omitempty" doc:"Whether the caller came over an SBC that is not ours, so that no leg of the call passes this installation." example:"false"`
	Tenant      tenant.ID  `json:"tenant" doc:"The tenant whose call it is." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	TenantName  string     `json:"tenant_name,omitempty" doc:"What people call the tenant; in lists only." example:"Contoso Airlines"`
	Phase       string     `json:"phase" enum:"requested,routing,connected,released,ending,ended" doc:"Where the call as a whole stands. released: the caller talks on without our control." example:"connected"`
	StartedAt   time.Time  `json:"started_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	Caller      string     `json:"caller,omitempty" doc:"The caller's number, or anonymous." example:"+493098765432"`
	Called      string     `json:"called,omitempty" doc:"What was dialled; absent for a call that came with a SIP address of ours." example:"+493012345678"`
	Number      string     `json:"number,omitempty" doc:"The tenant's number that the call goes through." example:"+493012345678"`
	Peer        string     `json:"peer,omitempty" doc:"The peer that brought the caller." example:"contact-centre"`
	Resource    string     `json:"resource,omitempty" doc:"The resource at which Microsoft has the call." example:"eu-0"`
	Connect     *ConnectTo `json:"connect,omitempty" doc:"The call that we are a guest of."`
	ServerCall  string     `json:"server_call,omitempty" doc:"Microsoft's serverCallId, by which others can connect to the call." example:"aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29t"`
	MaxDuration int        `json:"max_duration,omitempty" doc:"How many seconds after the answer the call is ended." example:"5"`
	Treatment
	Near          LegView         `json:"near" doc:"The SIP dialog with the peer."`
	Far           LegView         `json:"far" doc:"The SIP dialog with Microsoft."`
	Customer      Treated         `json:"customer" doc:"What was done to the caller."`
	Participants  []Participant   `json:"participants" nullable:"false" doc:"Everyone who was rung, in order; in a guest's call also whom its host has there."`
	Streaming     *Streaming      `json:"streaming,omitempty" doc:"The newest one."`
	Transcription *Transcription  `json:"transcription,omitempty" doc:"The newest one."`
	Consult       *Consult        `json:"consult,omitempty" doc:"The newest one."`
	Flow          *CallFlow       `json:"flow,omitempty" doc:"What treats the caller before a person."`
	Waiting       *Waiting        `json:"waiting,omitempty" doc:"How it stands in its queue; absent: it does not wait."`
	ReleasedTo    string          `json:"released_to,omitempty" doc:"Name of the person whom the caller was transferred to." example:"Clara Barbosa"`
	Operations    []Operation     `json:"operations" nullable:"false" doc:"What is done with the sound of the call, and the newest that are over."`
	Ending        *Ending         `json:"ending,omitempty" doc:"Why the call ends or ended."`
	Marks         Marks           `json:"marks" doc:"When the call reached what."`
	HoldMusic     string          `json:"hold_music,omitempty" doc:"What is heard on hold on our legs: melody, silence or the id of a prompt." example:"melody"`
	Context       json.RawMessage `json:"context,omitempty" doc:"As it was given." example:"{\"ticket\":4711}"`
}

// LegView is one SIP dialog of a call.
type LegView struct {
	State     string `json:"state" enum:"none,offered,dialing,ringing,answering,up,ending,ended" doc:"Where the dialog stands." example:"up"`
	SIPCallID string `json:"sip_call_id,omitempty" doc:"Its Call-ID, to find it in traces." example:"a84b4c76e66710@pc33.example.com"`
	Status    int    `json:"status,omitempty" doc:"The SIP status that refused or ended it." example:"486"`
}

// Waiting is how a call stands in a queue.
type Waiting struct {
	Since     time.Time `json:"since" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	Position  int       `json:"position,omitempty" doc:"1: the next one." example:"2"`
	EstimateS float64   `json:"estimate_s,omitempty" doc:"Seconds until somebody is free, by how long recent calls of the queue took; absent: nobody can say." example:"90"`
	Why       []string  `json:"why,omitempty" doc:"Why nobody was free when the call asked last, one line an agent." example:"[\"Adele Vance is Busy (InACall), 3 s old from graph\"]"`
}

// Ending is how a call ended: one result, one reason, one party at fault.
type Ending struct {
	Result     string `json:"result" enum:"completed,unanswered,abandoned,cancelled,failed" doc:"For statistics." example:"completed"`
	Reason     string `json:"reason" doc:"Why, from a closed list." example:"agent_hung_up"`
	By         string `json:"by" enum:"caller,agent,provider,microsoft,tandem,host" doc:"Who ended it. host: whoever holds the call that we were a guest of."`
	Fault      string `json:"fault" enum:"none,caller,tenant,provider,microsoft,tandem,undetermined" doc:"Whose fault it was."`
	SIPStatus  int    `json:"sip_status,omitempty" doc:"The SIP status received, if a leg was the cause." example:"486"`
	Q850       int    `json:"q850,omitempty" doc:"The Q.850 cause received." example:"16"`
	ACSCode    int    `json:"acs_code,omitempty" doc:"The code of Call Automation." example:"480"`
	ACSSubCode int    `json:"acs_sub_code,omitempty" doc:"The sub-code of Call Automation." example:"10037"`
	Message    string `json:"message,omitempty" doc:"Details for people." example:"Adele Vance is Busy"`
}

// Marks are the moments of a call; absent if not reached.
type Marks struct {
	Requested *time.Time `json:"requested,omitempty" doc:"Asked for through the API."`
	Offered   *time.Time `json:"offered,omitempty" doc:"The caller's INVITE arrived."`
	Dialed    *time.Time `json:"dialed,omitempty" doc:"The INVITE to Microsoft was sent."`
	Invited   *time.Time `json:"invited,omitempty" doc:"Microsoft asked whether we take the call."`
	Accepted  *time.Time `json:"accepted,omitempty" doc:"Microsoft confirmed that we did."`
	Ringing   *time.Time `json:"ringing,omitempty" doc:"The first person's Teams was asked to ring, or the person of an outbound call was called."`
	Treated   *time.Time `json:"treated,omitempty" doc:"The caller was answered, and is treated by a flow."`
	Joined    *time.Time `json:"joined,omitempty" doc:"The first person accepted."`
	Connected *time.Time `json:"connected,omitempty" doc:"Caller and person hear each other; outbound: the person answered."`
	Released  *time.Time `json:"released,omitempty" doc:"The caller talks on without us."`
	Ending    *time.Time `json:"ending,omitempty" doc:"Why it ends was decided: somebody hung up, for example."`
	Ended     *time.Time `json:"ended,omitempty" doc:"Everything was over."`
}

func showMarks(m call.Marks) Marks {
	return Marks{
		Requested: at(m.Requested), Offered: at(m.Offered), Dialed: at(m.Dialed), Invited: at(m.Invited), Accepted: at(m.Accepted),
		Ringing: at(m.Ringing), Treated: at(m.Treated), Joined: at(m.Joined), Connected: at(m.Connected), Released: at(m.Released), Ending: at(m.Ending), Ended: at(m.Ended),
	}
}

func showEnding(t call.Termination) Ending {
	return Ending{
		Result: string(t.Result), Reason: string(t.Reason), By: string(t.By), Fault: string(t.Fault),
		SIPStatus: t.SIPStatus, Q850: t.Q850, ACSCode: t.ACSCode, ACSSubCode: t.ACSSubCode, Message: t.Message,
	}
}

func showPlan(p call.Plan) Treatment {
	return Treatment{
		Agents: texts(p.Agents), DisplayName: p.DisplayName,
		RingTimeout: int(p.RingTimeout / time.Second), AnswerPolicy: string(p.Policy),
	}
}

// direction of a call; calls from before there were two have none.
func direction(d call.Direction) string { return string(cmp.Or(d, call.Inbound)) }

func showLeg(l call.Leg) LegView {
	v := LegView{State: string(l.State), SIPCallID: l.SIPCallID, Status: l.Status}
	if l.State == call.LegNone {
		v.State = "none"
	}
	return v
}

func showCall(c call.Call) Call {
	v := Call{
		ID: c.ID, Direction: direction(c.Plan.Direction), External: c.Plan.External, Tenant: c.Tenant, Phase: string(c.Phase), StartedAt: c.ID.StartedAt(), Caller: c.Caller, Called: c.Called,
		Number: c.Plan.Number, Peer: c.Peer, Connect: showHost(c.Plan.Host), ServerCall: c.Connection.ServerCall, Resource: cmp.Or(c.Connection.Resource, c.Plan.Resource),
		MaxDuration: int(c.Plan.MaxDuration / time.Second), Treatment: showPlan(c.Plan), Near: showLeg(c.Near), Far: showLeg(c.Far),
		Flow: showCallFlow(c), Customer: treated(c.Customer, c.CustomerTold), Operations: each(c.Operations, showOperation),
		Participants: everybody(c), Marks: showMarks(c.Marks), Context: c.Plan.Context, HoldMusic: string(c.Plan.HoldMusic),
	}
	if c.Phase == call.Routing {
		v.Waiting = showWaiting(c.Waiting)
		if h := c.Handover; h.State == call.HandoverWaiting { // a flow has it wait
			v.Waiting = showWaiting(call.Waiting{Since: h.Since, Position: h.Position, Estimate: h.Estimate, Why: h.Why})
		}
	}
	if c.Consult != nil {
		k := showConsult(*c.Consult)
		v.Consult = &k
	}
	if c.Stream != nil {
		k := showStreaming(*c.Stream)
		v.Streaming = &k
	}
	if c.Transcription != nil {
		k := showTranscription(*c.Transcription)
		v.Transcription = &k
	}
	if c.ReleasedTo != nil {
		v.ReleasedTo = c.ReleasedTo.Name
	}
	if c.Ending != nil {
		e := showEnding(*c.Ending)
		v.Ending = &e
	}
	return v
}

type (
	callCreate struct{ Body CallCreate }
	// CallPath names a call.
	CallPath struct {
		Call string `path:"call" maxLength:"64" doc:"Id of the call." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091"`
	}
	participantPath struct {
		CallPath
		Participant string `path:"participant" maxLength:"64" doc:"Id of the participant within the call." example:"4.0"`
	}
)

func (s *server) createCall(ctx context.Context, in *callCreate) (*made[CallCreated], error) {
	id, err := namedTenant(ctx, in.Body.Tenant)
	if err != nil {
		return nil, err
	}
	t, err := s.deps.Tenants.Callable(ctx, id)
	if err != nil {
		return nil, err
	}
	p := in.Body.plan()
	p.HoldMusic = cmp.Or(p.HoldMusic, t.HoldMusic)
	if err := s.knownMusic(ctx, t.ID, p.HoldMusic); err != nil && in.Body.HoldMusic != "" {
		return nil, err
	}
	p.Connectivity = s.usualConnectivity()
	if p.Number != "" {
		n, err := s.deps.Numbers.Number(ctx, t.ID, p.Number)
		if err != nil {
			return nil, notTheTenants(err, "number", "number_unknown")
		}
		p.Connectivity = n.Connectivity
	}
	if err := s.whom(ctx, t.ID, in.Body, &p); err != nil {
		return nil, err
	}
	if !in.Body.outbound() {
		if err := s.anyRingable(ctx, t.ID, p.Agents, in.Body.agentAt); err != nil {
			return nil, err
		}
	}
	body := CallCreated{Direction: direction(p.Direction), Tenant: t.ID, Treatment: showPlan(p)}
	if in.Body.guest() {
		if err := s.mayConnect(ctx, t.ID, in.Body); err != nil {
			return nil, err
		}
		body.Direction, body.Phase = string(call.Guest), string(call.Routing)
		body.ID, err = s.deps.Engine.Connect(ctx, t.ID, p)
	} else if in.Body.outbound() {
		if _, err := s.ringable(ctx, t.ID, p.Agents[0], in.Body.agentAt(0)); err != nil {
			return nil, err
		}
		body.Phase = string(call.Routing)
		body.ID, err = s.deps.Engine.Place(ctx, t.ID, p)
	} else {
		var token string
		var until time.Time
		body.Phase = string(call.Requested)
		if body.ID, token, until, err = s.deps.Engine.Request(ctx, t.ID, p); err == nil {
			body.SIPURI, body.ExpiresAt = s.cfg.SIPURI(t.HomeRegion, token), at(until)
		}
	}
	if err != nil {
		return nil, err
	}
	return &made[CallCreated]{Location: "/v1/calls/" + string(body.ID), Body: body}, nil
}

// whom fills in whom the call rings, and checks that they are the tenant's.
func (s *server) whom(ctx context.Context, t tenant.ID, b CallCreate, p *call.Plan) error {
	switch {
	case b.Flow != "":
		f, err := s.deps.Flows.Flow(ctx, t, tenant.FlowID(b.Flow))
		if err != nil {
			return notTheTenants(err, "flow", "flow_unknown")
		}
		p.Flow, p.Policy = &call.FlowRef{ID: f.ID, Version: f.Published}, tenant.AtOnce
	case b.Queue != "":
		q, err := s.deps.Queues.Queue(ctx, t, tenant.QueueID(b.Queue))
		if err != nil {
			return notTheTenants(err, "queue", "queue_unknown")
		}
		p.Queue, p.RingTimeout = q.ID, q.RingTimeout
		return nil
	case b.Reservation != "":
		a, err := s.reserved(ctx, t, b.Reservation)
		p.Agents, p.Reservation = []tenant.AgentID{a}, tenant.ReservationID(b.Reservation)
		return err
	}
	return s.knownAgents(ctx, t, p.Agents, b.agentAt)
}

// notTheTenants says of a body that it names what the tenant has not. That is 404, as it
// is where a path names it.
func notTheTenants(err error, path, code string) error {
	if fault.KindOf(err) != fault.KindNotFound {
		return err
	}
	what := path[strings.LastIndex(path, ".")+1:]
	if one, _, listed := strings.Cut(what, "["); listed { // participants[0] is a participant
		what = strings.TrimSuffix(one, "s")
	}
	msg := "the tenant has no such " + what
	if path == "tenant" {
		msg = "there is no such tenant"
	}
	return &fault.Error{Kind: fault.KindNotFound, Code: code, Msg: msg, Fields: []fault.Field{{Path: path, Msg: msg}}}
}

func (s *server) callOf(ctx context.Context, in CallPath) (call.Call, error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return call.Call{}, unknownCall()
	}
	c, err := s.deps.Calls.Call(ctx, callerOf(ctx).Tenant, id)
	concerns(ctx, c.Tenant, "")
	return c, err
}

// callAtHand is callOf for what is asked of a call under way: that of this process (ours)
// needs no question. It may be a step behind what was shown to who asks.
func (s *server) callAtHand(ctx context.Context, in CallPath) (c call.Call, ours bool, err error) {
	c, ours = s.deps.Engine.Known(call.ID(in.Call))
	if of := callerOf(ctx).Tenant; !ours || of != "" && of != c.Tenant {
		c, err = s.callOf(ctx, in)
		return c, false, err
	}
	concerns(ctx, c.Tenant, "")
	return c, true, nil
}

func unknownCall() error { return fault.NotFound("call_unknown", "there is no such call") }

func (s *server) getCall(ctx context.Context, in *CallPath) (*shown[Call], error) {
	c, err := s.callOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &shown[Call]{showCall(c)}, nil
}

// Narrowed is what lists of calls and of records have in common.
type Narrowed struct {
	OfTenant
	From   time.Time `query:"from" doc:"Only what started at this moment or later, RFC 3339." example:"2026-11-22T00:00:00Z"`
	To     time.Time `query:"to" doc:"Only what started before this moment, RFC 3339." example:"2026-11-23T00:00:00Z"`
	Result string    `query:"result" enum:"completed,unanswered,abandoned,cancelled,failed" doc:"Only what ended like this." example:"completed"`
	Agent  string    `query:"agent" maxLength:"36" doc:"Only with this agent, by id." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Number string    `query:"number" maxLength:"20" doc:"Only through this number of the tenant. The + may be left out, because in a query it means a space." example:"+493012345678"`
	Ending string    `query:"number_ending" pattern:"^[0-9]{3,15}$" doc:"Only where the caller's, the dialled or the tenant's number ends with these digits. Needs from." example:"765432"`
}

func (n Narrowed) query(after string, limit int) (provider.Query, error) {
	q := provider.Query{
		From: n.From, To: n.To, Result: n.Result, Agent: tenant.AgentID(n.Agent), Number: fromQuery(n.Number), Ending: n.Ending, After: after, Limit: limit,
	}
	var p fault.Problems
	if n.Agent != "" {
		id, err := tenant.ParseAgentID(n.Agent)
		if err != nil {
			p.Add("agent", "must be an agent's id, a UUID")
		}
		q.Agent = id
	}
	if q.Number != "" && !isE164(q.Number) {
		p.Add("number", "must be an E.164 number such as +493012345678")
	}
	if n.Ending != "" && n.From.IsZero() {
		p.Add("from", "is needed with number_ending: say from when on to search")
	}
	if !n.To.IsZero() && !n.From.Before(n.To) {
		p.Add("to", "must be after from")
	}
	return q, inQuery(p.Err("query_invalid", "the query is not valid"))
}

type callsQuery struct {
	Narrowed
	Phase string `query:"phase" enum:"requested,routing,connected,released,ending,ended" doc:"Only in this phase." example:"connected"`
}

func isCallID(s string) bool {
	_, err := call.ParseID(s)
	return err == nil
}

func (s *server) listCalls(ctx context.Context, in *callsQuery) (*shown[Page[Call]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := list[call.Call, Call]{
		name: "calls", valid: isCallID, show: showCall,
		last: func(c call.Call) string { return string(c.ID) },
		fetch: func(after string, limit int) ([]call.Call, error) {
			q, err := in.query(after, limit)
			if err != nil {
				return nil, err
			}
			q.Phase = in.Phase
			return s.deps.Calls.ListCalls(ctx, of, q)
		},
	}.page(in.PageQuery)
	return named(ctx, s, page, err, func(v *Call) (tenant.ID, *string) { return v.Tenant, &v.TenantName })
}

func (s *server) hangUp(ctx context.Context, in *CallPath) (*none, error) {
	return s.end(ctx, in, false)
}

func (s *server) terminate(ctx context.Context, in *CallPath) (*none, error) {
	return s.end(ctx, in, true)
}

func (s *server) end(ctx context.Context, in *CallPath, forEveryone bool) (*none, error) {
	c, err := s.callOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	if forEveryone && c.Plan.Direction == call.Guest {
		return nil, fault.Invalid("guest_never_terminates", "the call is its host's: we leave it and never end it; hang up instead")
	}
	return nil, s.ask(ctx, c, call.HangUpAsked{ForEveryone: forEveryone, Cause: "asked for through the API"})
}

// ask hands a command to the engine. What the snapshot already rules out is
// refused at once; the engine has the last word.
func (s *server) ask(ctx context.Context, c call.Call, command call.Event) error {
	return permitted(c, command, func() error { return s.deps.Engine.Ask(ctx, c.ID, command) })
}

// permitted asks if the call permits it.
func permitted(c call.Call, command call.Event, ask func() error) error {
	err := c.Permit(command)
	if err == nil {
		err = ask()
	}
	return refusedByCall(err)
}

// refusedByCall is what the API says of a command that a call does not permit.
func refusedByCall(err error) error {
	var refusal *fault.Error
	switch {
	case notAble(err) != nil:
		return notAble(err)
	case errors.As(err, &refusal) && refusal.Code == "not_permitted": // by the engine
		return fault.Conflict("call_state", refusal.Msg)
	case errors.Is(err, call.ErrRefused):
		return fault.Conflict("call_state", err.Error())
	case fault.KindOf(err) == fault.KindNotFound: // it was there a moment ago
		return fault.Conflict("call_state", "the call is over")
	}
	return err
}
