package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/flow"
	"tandem/internal/tenant"
)

// Flow is a flow as the API shows it.
type Flow struct {
	ID        tenant.FlowID `json:"id" doc:"A UUID; not secret." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05"`
	Tenant    tenant.ID     `json:"tenant" doc:"The tenant it belongs to." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Name      string        `json:"name" doc:"What people call it; unique in the tenant." example:"Service line"`
	Published int           `json:"published" doc:"The version that new calls get." example:"1"`
	Newest    int           `json:"newest" doc:"The newest version." example:"2"`
	CreatedAt time.Time     `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	ChangedAt *time.Time    `json:"changed_at,omitempty" doc:"When it was changed last." example:"2026-11-22T09:30:00Z"`
}

func showFlow(f flow.Flow) Flow {
	return Flow{
		ID: f.ID, Tenant: f.Tenant, Name: f.Name, Published: f.Published, Newest: f.Newest, CreatedAt: f.CreatedAt.UTC(), ChangedAt: at(f.ChangedAt),
	}
}

// FlowVersion is one version of a flow, which never changes.
type FlowVersion struct {
	Flow      tenant.FlowID `json:"flow" doc:"Id of the flow." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05"`
	Version   int           `json:"version" doc:"From 1." example:"1"`
	Document  flow.Document `json:"document" doc:"What it does." example:"{\"steps\":[{\"name\":\"greeting\",\"say\":{\"sounds\":[{\"text\":\"Welcome.\"}],\"next\":\"bye\"}},{\"name\":\"bye\",\"hang_up\":{}}]}"`
	CreatedAt time.Time     `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
}

func showFlowVersion(v flow.Version) FlowVersion {
	return FlowVersion{Flow: v.Flow, Version: v.Version, Document: v.Document, CreatedAt: v.CreatedAt.UTC()}
}

// FlowCreate is a new flow.
type FlowCreate struct {
	Tenant   string        `json:"tenant,omitempty" maxLength:"36" doc:"Id of the tenant; a tenant's key may leave it out." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Name     string        `json:"name" maxLength:"400" doc:"What people call it; unique in the tenant." example:"Service line"`
	Document flow.Document `json:"document" doc:"Its first version, which new calls get at once." example:"{\"steps\":[{\"name\":\"greeting\",\"say\":{\"sounds\":[{\"text\":\"Welcome.\"}],\"next\":\"bye\"}},{\"name\":\"bye\",\"hang_up\":{}}]}"`
}

// Resolve implements huma.ResolverWithPath.
func (b *FlowCreate) Resolve(ctx huma.Context, at *huma.PathBuffer) []error {
	besides(ctx, at, documentAlone(b.Document))
	return nil
}

// FlowCheck is a document that is not kept.
type FlowCheck struct {
	Tenant   string        `json:"tenant,omitempty" maxLength:"36" doc:"Id of the tenant; a tenant's key may leave it out." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Document flow.Document `json:"document" doc:"What is looked at." example:"{\"steps\":[{\"name\":\"greeting\",\"say\":{\"sounds\":[{\"text\":\"Welcome.\"}],\"next\":\"bye\"}},{\"name\":\"bye\",\"hang_up\":{}}]}"`
}

// Resolve implements huma.ResolverWithPath.
func (b *FlowCheck) Resolve(ctx huma.Context, at *huma.PathBuffer) []error {
	besides(ctx, at, documentAlone(b.Document))
	return nil
}

// FlowVersionAdd is a new version.
type FlowVersionAdd struct {
	Document flow.Document `json:"document" doc:"What it does; new calls get it when it is published." example:"{\"steps\":[{\"name\":\"greeting\",\"say\":{\"sounds\":[{\"text\":\"Welcome.\"}],\"next\":\"bye\"}},{\"name\":\"bye\",\"hang_up\":{}}]}"`
}

// Resolve implements huma.ResolverWithPath.
func (b *FlowVersionAdd) Resolve(ctx huma.Context, at *huma.PathBuffer) []error {
	besides(ctx, at, documentAlone(b.Document))
	return nil
}

// FlowPublish says which version runs.
type FlowPublish struct {
	Version int `json:"version" minimum:"1" doc:"What new calls get; calls under way go on as they began." example:"1"`
}

// FlowChecked is the answer to a document in which nothing is wrong.
type FlowChecked struct {
	Steps int `json:"steps" doc:"How many there are." example:"4"`
}

// FlowRehearse is a dry run.
type FlowRehearse struct {
	FlowCheck
	At        time.Time           `json:"at,omitzero" doc:"When the call begins, RFC 3339; without it now." example:"2026-11-23T10:00:00+01:00"`
	Answers   []RehearsalAnswer   `json:"answers,omitempty" maxItems:"50" doc:"What the caller does at each question, in turn; after the last one nothing." example:"[{\"press\":\"1\"}]"`
	Handovers []RehearsalHandover `json:"handovers,omitempty" maxItems:"50" doc:"What each search for a person, or transfer, brings, in turn; after the last one nobody." example:"[{\"brings\":\"answered\",\"after_s\":12}]"`
	Bots      []RehearsalBot      `json:"bots,omitempty" maxItems:"50" doc:"What each conversation with a bot comes to, in turn; after the last one no bot can be reached." example:"[{\"brings\":\"handed_over\",\"after_s\":40}]"`
}

// RehearsalBot is what a virtual agent comes to.
type RehearsalBot struct {
	Brings      string `json:"brings" enum:"handed_over,ended,failed" doc:"What comes of it." example:"handed_over"`
	AfterS      int    `json:"after_s,omitempty" minimum:"0" maximum:"3600" doc:"After how many seconds." example:"40"`
	DisplayName string `json:"display_name,omitempty" maxLength:"256" doc:"What the bot wants to be shown to the person it asks for." example:"Flight XY123, refund"`
}

// RehearsalAnswer is what the caller does: one of both, or nothing.
type RehearsalAnswer struct {
	Press string `json:"press,omitempty" maxLength:"20" doc:"Keys." example:"1"`
	Say   string `json:"say,omitempty" maxLength:"400" doc:"Words." example:"sales"`
}

// RehearsalHandover is what a search for a person, or a transfer, brings.
type RehearsalHandover struct {
	Brings    string `json:"brings" enum:"answered,no_answer,nobody,closed" doc:"What comes of it." example:"answered"`
	AfterS    int    `json:"after_s,omitempty" minimum:"0" maximum:"3600" doc:"Seconds until somebody answers." example:"12"`
	Position  int    `json:"position,omitempty" minimum:"0" maximum:"1000" doc:"Place in the queue; with it somebody is rung only after the seconds." example:"2"`
	EstimateS int    `json:"estimate_s,omitempty" minimum:"0" maximum:"86400" doc:"Estimated wait, in seconds." example:"90"`
}

// Rehearsal is a transcript.
type Rehearsal struct {
	Lines []RehearsalLine `json:"lines" nullable:"false" doc:"What happened, in order."`
}

// RehearsalLine is one line of a transcript.
type RehearsalLine struct {
	AfterS float64 `json:"after_s" doc:"Seconds since the caller was answered." example:"4"`
	Step   string  `json:"step" doc:"The step of the flow." example:"menu"`
	What   string  `json:"what" enum:"enters,hears,asked,presses,says,silent,recorded,talks,no_bot,asks_for_person,seeks,rings,answered,released,ends" doc:"What happened: the step begins; the caller hears something, is asked something, answers, is recorded; talks with a bot, meets none, or the bot asks for a person; somebody is looked for, rung, answers; the caller goes to somebody for good; the call ends." example:"presses"`
	Text   string  `json:"text,omitempty" doc:"What was heard, pressed or said; of an end, its reason." example:"1"`
}

type (
	flowCreate struct{ Body FlowCreate }
	flowCheck  struct{ Body FlowCheck }
	// FlowPath names a flow.
	FlowPath struct {
		Flow string `path:"flow" maxLength:"64" doc:"Id of the flow." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05"`
	}
	flowVersionAdd struct {
		FlowPath
		Body FlowVersionAdd
	}
	flowVersionPath struct {
		FlowPath
		Version int `path:"version" minimum:"1" doc:"From 1." example:"1"`
	}
	flowPublish struct {
		FlowPath
		Body FlowPublish
	}
	flowRehearse struct{ Body FlowRehearse }
)

// documentAlone looks at a document without what the tenant has.
func documentAlone(d flow.Document) error {
	var p fault.Problems
	p.Under("document", d.Validate(flow.Known{}))
	return p.Err("flow_invalid", "the flow is not valid")
}

// checkFlow looks at a document with what the tenant has.
func (s *server) checkFlow(ctx context.Context, t tenant.ID, d flow.Document) error {
	prompts, agents, queues := d.References()
	speech, err := s.deps.Flows.Speech(ctx, t)
	if err != nil {
		return err
	}
	k := flow.Known{Prompts: []tenant.PromptID{}, Agents: []tenant.AgentID{}, Queues: []tenant.QueueID{}, Speech: &speech}
	for _, id := range prompts {
		switch _, err := s.deps.Prompts.Prompt(ctx, t, id); {
		case err == nil:
			k.Prompts = append(k.Prompts, id)
		case fault.KindOf(err) != fault.KindNotFound:
			return err
		}
	}
	for _, id := range queues {
		switch _, err := s.deps.Queues.Queue(ctx, t, id); {
		case err == nil:
			k.Queues = append(k.Queues, id)
		case fault.KindOf(err) != fault.KindNotFound:
			return err
		}
	}
	k.Bots = []tenant.BotID{}
	for _, id := range d.Bots() {
		switch _, err := s.deps.Bots.Bot(ctx, t, id); {
		case err == nil:
			k.Bots = append(k.Bots, id)
		case fault.KindOf(err) != fault.KindNotFound:
			return err
		}
	}
	var ids []tenant.AgentID
	for _, id := range agents { // what has not the form of an id cannot be asked for
		if known, err := tenant.ParseAgentID(string(id)); err == nil && known == id {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 {
		known, err := s.deps.Agents.KnownAgents(ctx, t, ids)
		if err != nil {
			return err
		}
		k.Agents = append(k.Agents, known...)
	}
	var p fault.Problems
	p.Under("document", d.Validate(k))
	return p.Err("flow_invalid", "the flow is not valid")
}

func (s *server) createFlow(ctx context.Context, in *flowCreate) (*made[Flow], error) {
	f := flow.Flow{Name: in.Body.Name}.Normalize()
	var err error
	if f.Tenant, err = s.livingTenant(ctx, in.Body.Tenant); err != nil {
		return nil, err
	}
	wrong := s.checkFlow(ctx, f.Tenant, in.Body.Document)
	if wrong != nil && fault.KindOf(wrong) != fault.KindInvalid {
		return nil, wrong
	}
	var p fault.Problems
	p.Under("", f.Validate())
	p.Under("", wrong)
	if err := p.Err("flow_invalid", "the flow is not valid"); err != nil {
		return nil, err
	}
	if f, err = s.deps.Flows.CreateFlow(ctx, f, in.Body.Document); err != nil {
		return nil, err
	}
	concerns(ctx, f.Tenant, f.Name)
	return &made[Flow]{Location: "/v1/flows/" + string(f.ID), Body: showFlow(f)}, nil
}

func (s *server) validateFlow(ctx context.Context, in *flowCheck) (*shown[FlowChecked], error) {
	t, err := s.livingTenant(ctx, in.Body.Tenant)
	if err != nil {
		return nil, err
	}
	if err := s.checkFlow(ctx, t, in.Body.Document); err != nil {
		return nil, err
	}
	return &shown[FlowChecked]{FlowChecked{Steps: len(in.Body.Document.Steps)}}, nil
}

// rehearseFlow does not ask for what is said to be there: a flow can be tried before
// its prompts are recorded.
func (s *server) rehearseFlow(ctx context.Context, in *flowRehearse) (*shown[Rehearsal], error) {
	t, err := s.livingTenant(ctx, in.Body.Tenant)
	if err != nil {
		return nil, err
	}
	if err := documentAlone(in.Body.Document); err != nil {
		return nil, err
	}
	script := flow.Script{At: in.Body.At, Prompts: map[tenant.PromptID]time.Duration{}}
	if script.At.IsZero() {
		script.At = s.cfg.Now()
	}
	prompts, _, _ := in.Body.Document.References()
	for _, id := range prompts {
		if prompt, err := s.deps.Prompts.Prompt(ctx, t, id); err == nil {
			script.Prompts[id] = prompt.Duration
		}
	}
	for _, a := range in.Body.Answers {
		script.Answers = append(script.Answers, flow.Answer(a))
	}
	for _, b := range in.Body.Bots {
		script.Bots = append(script.Bots, flow.BotFate{Brings: b.Brings, After: wholeSeconds(b.AfterS), DisplayName: b.DisplayName})
	}
	for _, h := range in.Body.Handovers {
		script.Handovers = append(script.Handovers, flow.Fate{
			Brings: h.Brings, After: wholeSeconds(h.AfterS), Position: h.Position, Estimate: wholeSeconds(h.EstimateS),
		})
	}
	lines, err := flow.Rehearse(in.Body.Document, script)
	if err != nil {
		return nil, err
	}
	return &shown[Rehearsal]{Rehearsal{Lines: each(lines, func(l flow.Line) RehearsalLine {
		return RehearsalLine{AfterS: l.After.Seconds(), Step: l.Step, What: l.What, Text: l.Text}
	})}}, nil
}

func (s *server) flowOf(ctx context.Context, in FlowPath) (flow.Flow, error) {
	if !isTenantID(in.Flow) {
		return flow.Flow{}, fault.NotFound("flow_unknown", "there is no such flow")
	}
	f, err := s.deps.Flows.Flow(ctx, callerOf(ctx).Tenant, tenant.FlowID(in.Flow))
	concerns(ctx, f.Tenant, f.Name)
	return f, err
}

func (s *server) getFlow(ctx context.Context, in *FlowPath) (*shown[Flow], error) {
	f, err := s.flowOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &shown[Flow]{showFlow(f)}, nil
}

func (s *server) listFlows(ctx context.Context, in *OfTenant) (*shown[Page[Flow]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	return list[flow.Flow, Flow]{
		name: "flows", valid: isTenantID, show: showFlow,
		last: func(f flow.Flow) string { return string(f.ID) },
		fetch: func(after string, limit int) ([]flow.Flow, error) {
			return s.deps.Flows.ListFlows(ctx, of, tenant.FlowID(after), limit)
		},
	}.page(in.PageQuery)
}

func (s *server) addFlowVersion(ctx context.Context, in *flowVersionAdd) (*made[Flow], error) {
	f, err := s.flowOf(ctx, in.FlowPath)
	if err != nil {
		return nil, err
	}
	if err := s.checkFlow(ctx, f.Tenant, in.Body.Document); err != nil {
		return nil, err
	}
	if f, err = s.deps.Flows.AddFlowVersion(ctx, f.Tenant, f.ID, in.Body.Document); err != nil {
		return nil, err
	}
	return &made[Flow]{Location: fmt.Sprintf("/v1/flows/%s/versions/%d", f.ID, f.Newest), Body: showFlow(f)}, nil
}

func (s *server) getFlowVersion(ctx context.Context, in *flowVersionPath) (*shown[FlowVersion], error) {
	f, err := s.flowOf(ctx, in.FlowPath)
	if err != nil {
		return nil, err
	}
	v, err := s.deps.Flows.FlowVersion(ctx, f.Tenant, f.ID, in.Version)
	if err != nil {
		return nil, err
	}
	return &shown[FlowVersion]{showFlowVersion(v)}, nil
}

func (s *server) publishFlow(ctx context.Context, in *flowPublish) (*shown[Flow], error) {
	f, err := s.flowOf(ctx, in.FlowPath)
	if err != nil {
		return nil, err
	}
	if f, err = s.deps.Flows.PublishFlow(ctx, f.Tenant, f.ID, in.Body.Version); err != nil {
		return nil, err
	}
	return &shown[Flow]{showFlow(f)}, nil
}

func (s *server) deleteFlow(ctx context.Context, in *FlowPath) (*none, error) {
	f, err := s.flowOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Flows.DeleteFlow(ctx, f.Tenant, f.ID)
}

// knownFlow refuses what the tenant has not.
func (s *server) knownFlow(ctx context.Context, t tenant.ID, id tenant.FlowID) error {
	if id == "" {
		return nil
	}
	_, err := s.deps.Flows.Flow(ctx, t, id)
	return notTheTenants(err, "flow", "flow_unknown")
}

// CallFlow is where the flow of a call stands.
type CallFlow struct {
	Flow     tenant.FlowID `json:"flow" doc:"Id of the flow." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05"`
	Version  int           `json:"version" doc:"The version that the call began with." example:"1"`
	Step     string        `json:"step,omitempty" doc:"The newest step, by its name." example:"menu"`
	Since    *time.Time    `json:"since,omitempty" doc:"When the step began." example:"2026-11-22T09:30:02Z"`
	Handover *CallHandover `json:"handover,omitempty" doc:"The newest search for a person."`
}

// CallHandover is where the search for a person stands.
type CallHandover struct {
	State     string `json:"state" enum:"seeking,waiting,found,lost,withdrawn" doc:"seeking: somebody is looked for, or rung. waiting: nobody is free now." example:"waiting"`
	Queue     string `json:"queue,omitempty" doc:"Id of the queue." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e78"`
	Loss      string `json:"loss,omitempty" doc:"Why nobody came: nobody, no_answer, timeout or closed." example:"no_answer"`
	Position  int    `json:"position,omitempty" doc:"Place in the queue, 1 is next." example:"2"`
	EstimateS int    `json:"estimate_s,omitempty" doc:"Estimated wait, in seconds." example:"90"`
}

func showCallFlow(c call.Call) *CallFlow {
	if c.Plan.Flow == nil {
		return nil
	}
	v := &CallFlow{Flow: c.Plan.Flow.ID, Version: c.Plan.Flow.Version, Step: c.Flow.Step, Since: at(c.Flow.Since)}
	if h := c.Handover; h.State != call.HandoverNone {
		v.Handover = &CallHandover{State: string(h.State), Queue: string(h.Queue), Loss: string(h.Loss), Position: h.Position, EstimateS: int(h.Estimate / time.Second)}
	}
	return v
}
