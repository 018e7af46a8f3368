package admin

import (
	"context"
	"io"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/check"
	"tandem/internal/explain"
	"tandem/internal/flow"
	"tandem/internal/onboarding"
	"tandem/internal/proof"
	"tandem/internal/provider"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// The stores. What is not there is fault.NotFound, what a rule of the store
// stands against fault.Conflict; a store that is away is fault.Unavailable.
//
// A tenant that says where to look may be "": anywhere. Lists run in the order
// of their key and begin behind after, "" for the beginning.
//
// Change functions read, apply change and write in one transaction, so that two
// changes at once do not undo each other; what change returns as an error is
// returned unchanged.

// Tenants keeps the customer organisations, listed by id.
type Tenants interface {
	// CreateTenant gives the tenant its id and times.
	CreateTenant(ctx context.Context, t tenant.Tenant) (tenant.Tenant, error)
	Tenant(ctx context.Context, id tenant.ID) (tenant.Tenant, error)
	ListTenants(ctx context.Context, in tenant.ID, f onboarding.TenantFilter, after tenant.ID, limit int) ([]onboarding.TenantStanding, error)
	// CountTenants counts those that are alike.
	CountTenants(ctx context.Context, in tenant.ID) ([]onboarding.TenantCount, error)
	// TenantNames tells what those of the tenants that can be seen are called.
	TenantNames(ctx context.Context, in tenant.ID, ids []tenant.ID) (map[tenant.ID]string, error)
	ChangeTenant(ctx context.Context, id tenant.ID, change func(tenant.Tenant) (tenant.Tenant, error)) (tenant.Tenant, error)
	// DeleteTenant is a conflict as long as anything is the tenant's.
	DeleteTenant(ctx context.Context, id tenant.ID) error
	// Callable finds a tenant that calls may be made to now: fault.Forbidden with
	// the reason in its code if not.
	Callable(ctx context.Context, id tenant.ID) (tenant.Tenant, error)
}

// Agents keeps the people who may be rung, listed by id.
type Agents interface {
	CreateAgent(ctx context.Context, a tenant.Agent) (tenant.Agent, error)
	Agent(ctx context.Context, in tenant.ID, id tenant.AgentID) (tenant.Agent, error)
	AgentStanding(ctx context.Context, t tenant.ID, id tenant.AgentID) (onboarding.AgentStanding, error)
	ListAgents(ctx context.Context, in tenant.ID, after tenant.AgentID, limit int) ([]tenant.Agent, error)
	// KnownAgents tells which of the ids are agents of the tenant.
	KnownAgents(ctx context.Context, t tenant.ID, ids []tenant.AgentID) ([]tenant.AgentID, error)
	ChangeAgent(ctx context.Context, t tenant.ID, id tenant.AgentID, change func(tenant.Agent) (tenant.Agent, error)) (tenant.Agent, error)
	DeleteAgent(ctx context.Context, t tenant.ID, id tenant.AgentID) error
}

// Numbers keeps the tenants' numbers, listed by number.
type Numbers interface {
	CreateNumber(ctx context.Context, n tenant.Number) (tenant.Number, error)
	Number(ctx context.Context, in tenant.ID, e164 string) (tenant.Number, error)
	ListNumbers(ctx context.Context, in tenant.ID, after string, limit int) ([]tenant.Number, error)
	ChangeNumber(ctx context.Context, t tenant.ID, e164 string, change func(tenant.Number) (tenant.Number, error)) (tenant.Number, error)
	DeleteNumber(ctx context.Context, t tenant.ID, e164 string) error
}

// Prompts keeps sound that tenants play to callers, listed by id.
type Prompts interface {
	// CreatePrompt gives the prompt its id, version, size and times.
	CreatePrompt(ctx context.Context, p tenant.Prompt, wav []byte) (tenant.Prompt, error)
	Prompt(ctx context.Context, in tenant.ID, id tenant.PromptID) (tenant.Prompt, error)
	// ListPrompts takes a name that prompts shall have; "" is any.
	ListPrompts(ctx context.Context, in tenant.ID, name string, after tenant.PromptID, limit int) ([]tenant.Prompt, error)
	// PromptAudio reads the WAV file as far as it is wanted, while ctx lives.
	PromptAudio(ctx context.Context, p tenant.Prompt) io.ReadSeeker
	ReplacePromptAudio(ctx context.Context, t tenant.ID, id tenant.PromptID, lasts time.Duration, wav []byte) (tenant.Prompt, error)
	DeletePrompt(ctx context.Context, t tenant.ID, id tenant.PromptID) error
}

// Bots keeps the programs that hear tenants' callers, listed by id. A new one has its
// id already, because its secret is sealed for it.
type Bots interface {
	CreateBot(ctx context.Context, b tenant.Bot) (tenant.Bot, error)
	Bot(ctx context.Context, in tenant.ID, id tenant.BotID) (tenant.Bot, error)
	ListBots(ctx context.Context, in tenant.ID, after tenant.BotID, limit int) ([]tenant.Bot, error)
	ChangeBot(ctx context.Context, t tenant.ID, id tenant.BotID, change func(tenant.Bot) (tenant.Bot, error)) (tenant.Bot, error)
	DeleteBot(ctx context.Context, t tenant.ID, id tenant.BotID) error
}

// Flows keeps how tenants treat callers, listed by id.
type Flows interface {
	// CreateFlow gives the flow its id, times and first version, which runs.
	CreateFlow(ctx context.Context, f flow.Flow, d flow.Document) (flow.Flow, error)
	Flow(ctx context.Context, in tenant.ID, id tenant.FlowID) (flow.Flow, error)
	ListFlows(ctx context.Context, in tenant.ID, after tenant.FlowID, limit int) ([]flow.Flow, error)
	AddFlowVersion(ctx context.Context, t tenant.ID, id tenant.FlowID, d flow.Document) (flow.Flow, error)
	FlowVersion(ctx context.Context, t tenant.ID, id tenant.FlowID, version int) (flow.Version, error)
	PublishFlow(ctx context.Context, t tenant.ID, id tenant.FlowID, version int) (flow.Flow, error)
	// DeleteFlow is refused with fault.Conflict while a number has the flow.
	DeleteFlow(ctx context.Context, t tenant.ID, id tenant.FlowID) error
	// Speech says whether Microsoft speaks and understands in calls of the tenant.
	Speech(ctx context.Context, t tenant.ID) (bool, error)
}

// Queues keeps groups of agents whom calls wait for, listed by id.
type Queues interface {
	// CreateQueue gives the queue its id and times.
	CreateQueue(ctx context.Context, q tenant.Queue) (tenant.Queue, error)
	Queue(ctx context.Context, in tenant.ID, id tenant.QueueID) (tenant.Queue, error)
	ListQueues(ctx context.Context, in tenant.ID, after tenant.QueueID, limit int) ([]tenant.Queue, error)
	ChangeQueue(ctx context.Context, t tenant.ID, id tenant.QueueID, change func(tenant.Queue) (tenant.Queue, error)) (tenant.Queue, error)
	DeleteQueue(ctx context.Context, t tenant.ID, id tenant.QueueID) error
}

// Reservations keep agents for a while. What is over is not there.
type Reservations interface {
	// CreateReservation is a conflict (code agent_taken) if somebody has the agent.
	CreateReservation(ctx context.Context, t tenant.ID, a tenant.AgentID, lasts time.Duration) (provider.Reservation, error)
	Reservation(ctx context.Context, t tenant.ID, id tenant.ReservationID) (provider.Reservation, error)
	DeleteReservation(ctx context.Context, t tenant.ID, id tenant.ReservationID) error
}

// DialRules keep what may be dialled at tenants' expense.
type DialRules interface {
	Dialling(ctx context.Context, t tenant.ID) (tenant.Dialling, error)
	// SetDialling is fault.Invalid (code peer_unknown) for a peer that takes no calls.
	SetDialling(ctx context.Context, d tenant.Dialling) (tenant.Dialling, error)
	// DialPeer names the peer that would dial a number for a tenant, or says why it
	// is not dialled: fault.Forbidden, fault.Exhausted or fault.Conflict.
	DialPeer(ctx context.Context, t tenant.ID, number string) (string, error)
}

// Peers keeps the near side's neighbours, listed by id. A new one has its id
// already, because its secrets are sealed for it.
type Peers interface {
	CreatePeer(ctx context.Context, p trunk.Peer) (trunk.Peer, error)
	Peer(ctx context.Context, id trunk.PeerID) (trunk.Peer, error)
	ListPeers(ctx context.Context, after trunk.PeerID, limit int) ([]trunk.Peer, error)
	ChangePeer(ctx context.Context, id trunk.PeerID, change func(trunk.Peer) (trunk.Peer, error)) (trunk.Peer, error)
	DeletePeer(ctx context.Context, id trunk.PeerID) error
}

// Places keeps regions, resources and trunks, each listed by its name.
type Places interface {
	CreateRegion(ctx context.Context, r trunk.Region) (trunk.Region, error)
	Region(ctx context.Context, id trunk.RegionID) (trunk.Region, error)
	ListRegions(ctx context.Context, after trunk.RegionID, limit int) ([]trunk.Region, error)
	CreateResource(ctx context.Context, r trunk.Resource) (trunk.Resource, error)
	Resource(ctx context.Context, id trunk.ResourceID) (trunk.Resource, error)
	ListResources(ctx context.Context, after trunk.ResourceID, limit int) ([]trunk.Resource, error)
	CreateTrunk(ctx context.Context, t trunk.Trunk) (trunk.Trunk, error)
	Trunk(ctx context.Context, fqdn string) (trunk.Trunk, error)
	ListTrunks(ctx context.Context, after string, limit int) ([]trunk.Trunk, error)
	// DeleteTrunk refuses one that a route names.
	DeleteTrunk(ctx context.Context, fqdn string) error
	// Routing is what a resource shall have.
	Routing(ctx context.Context, of trunk.ResourceID) (trunk.Routing, error)
	ChangeRouting(ctx context.Context, of trunk.ResourceID, change func(trunk.Routing) (trunk.Routing, error)) (trunk.Routing, error)
	Revision(ctx context.Context, id trunk.RevisionID) (trunk.Revision, error)
	// ListRevisions lists those of a resource, or with "" of all, the newest first.
	ListRevisions(ctx context.Context, of trunk.ResourceID, before trunk.RevisionID, limit int) ([]trunk.Revision, error)
}

// Routings brings what resources shall have to Microsoft; *check.Routings is one.
type Routings interface {
	Plan(ctx context.Context, p check.Proposal) (trunk.Revision, error)
	Notes(ctx context.Context, r trunk.Revision) ([]trunk.Note, error)
	Apply(ctx context.Context, id trunk.RevisionID, by trunk.By) (trunk.Revision, error)
	Import(ctx context.Context, of trunk.ResourceID, reason string, by trunk.By) (trunk.Revision, error)
	Observed(ctx context.Context, of trunk.ResourceID) (trunk.Routing, error)
	// InForce is the plan that Microsoft should have; its id is "" if there is none.
	InForce(ctx context.Context, of trunk.ResourceID) (trunk.Revision, error)
	Domains(ctx context.Context, of trunk.ResourceID) ([]trunk.DomainStanding, error)
	MarkDomain(ctx context.Context, of trunk.ResourceID, name string, step check.DomainStep) (trunk.DomainMark, error)
}

// Conditions keeps how trunks and peers are and were, as nodes tell.
type Conditions interface {
	Standings(ctx context.Context) ([]trunk.Standing, error)
	TrunkStanding(ctx context.Context, fqdn string) (trunk.Standing, error)
	// Samples are those of all from a moment on, SamplesOf those of a trunk, by time.
	Samples(ctx context.Context, from time.Time) ([]trunk.Sample, error)
	SamplesOf(ctx context.Context, fqdn string, from time.Time) ([]trunk.Sample, error)
	// Drifts are the changes past us that are known, by resource.
	Drifts(ctx context.Context) (map[trunk.ResourceID][]string, error)
}

// Proofs makes and keeps proofs of trunks.
type Proofs interface {
	// AskProof is refused while the trunk is being proved.
	AskProof(ctx context.Context, fqdn string, by trunk.By) (proof.Kept, error)
	Proof(ctx context.Context, id proof.ID) (proof.Kept, error)
	ProofFiles(ctx context.Context, id proof.ID) (proof.Files, error)
	// ListProofs lists those of a trunk, or with "" of all, the newest first.
	ListProofs(ctx context.Context, fqdn string, before proof.ID, limit int) ([]proof.Kept, error)
	// NewestProofs are the newest one of each trunk that has any.
	NewestProofs(ctx context.Context) ([]proof.Kept, error)
	PublicKeys(ctx context.Context) (proof.Keys, error)
	RotateProofKey(ctx context.Context) (proof.Keys, error)
}

// Keys keeps the API keys, listed by id.
type Keys interface {
	// KeyByHash finds whom a key belongs to; usable or not is decided here.
	KeyByHash(ctx context.Context, hash []byte) (provider.Key, error)
	CreateKey(ctx context.Context, k provider.Key) (provider.Key, error)
	Key(ctx context.Context, id provider.KeyID) (provider.Key, error)
	ListKeys(ctx context.Context, of tenant.ID, after provider.KeyID, limit int) ([]provider.Key, error)
	// RevokeKey is done at once and for good; doing it again changes nothing.
	RevokeKey(ctx context.Context, id provider.KeyID) error
}

// Webhooks keeps the endpoints to which events are sent, listed by id. A new one
// has its id already, because its secret is sealed for it. A tenant that says
// where to look sees its own ones, not the provider's.
type Webhooks interface {
	CreateWebhook(ctx context.Context, w provider.Webhook) (provider.Webhook, error)
	Webhook(ctx context.Context, in tenant.ID, id provider.WebhookID) (provider.Webhook, error)
	ListWebhooks(ctx context.Context, in tenant.ID, after provider.WebhookID, limit int) ([]provider.Webhook, error)
	ChangeWebhook(ctx context.Context, in tenant.ID, id provider.WebhookID, change func(provider.Webhook) (provider.Webhook, error)) (provider.Webhook, error)
	DeleteWebhook(ctx context.Context, in tenant.ID, id provider.WebhookID) error
	// ListDeliveries runs from the newest event to the oldest.
	ListDeliveries(ctx context.Context, in tenant.ID, id provider.WebhookID, before provider.EventID, limit int) ([]provider.Delivery, error)
}

// Deliveries sends events.
type Deliveries interface {
	// Test sends an event of its own at once and tells what became of it.
	Test(ctx context.Context, w provider.Webhook) (provider.Attempt, error)
	ReplayEvent(ctx context.Context, k provider.DeliveryKey) error
	// ReplayFailed tells how many there were.
	ReplayFailed(ctx context.Context, in tenant.ID, id provider.WebhookID, since time.Time) (int, error)
}

// Events reads what happened.
type Events interface {
	// ListEvents runs from the newest to the oldest; kind "" is all.
	ListEvents(ctx context.Context, in tenant.ID, kind provider.EventType, before provider.EventID, limit int) ([]provider.Event, error)
	// EventsAfter runs from a place on, in order; nothing appears before what it
	// has shown.
	EventsAfter(ctx context.Context, in tenant.ID, seq int64, limit int) ([]provider.Event, error)
	// PlaceOf is the place of an event, 0 if it is not there; of the last one for "".
	PlaceOf(ctx context.Context, in tenant.ID, id provider.EventID) (int64, error)
	TenantOfEvent(ctx context.Context, in tenant.ID, id provider.EventID) (tenant.ID, error)
	// WatchEvents gives a channel that receives when there may be more of a tenant,
	// and is closed when the process stops; done gives it back.
	WatchEvents(of tenant.ID) (more <-chan struct{}, done func())
}

// Calls reads calls and their records, from the newest to the oldest. The limit
// of a query may be one above provider.MaxPage.
type Calls interface {
	Call(ctx context.Context, in tenant.ID, id call.ID) (call.Call, error)
	ListCalls(ctx context.Context, in tenant.ID, q provider.Query) ([]call.Call, error)
	// Foreign reports whether the call under way that Microsoft has by that name is
	// another tenant's.
	Foreign(ctx context.Context, t tenant.ID, serverCall string) (bool, error)
	CDR(ctx context.Context, in tenant.ID, id call.ID) (call.CDR, error)
	ListCDRs(ctx context.Context, in tenant.ID, q provider.Query) ([]call.CDR, error)
	// ListUsage lists what calls come to, from the newest month to the oldest and
	// by falling tenant id: at most limit rows behind the given one, if any, and
	// of the span's months only.
	ListUsage(ctx context.Context, in tenant.ID, span call.Months, after *call.UsageKey, limit int) ([]call.Usage, error)
}

// Journals keep what happened in calls, step by step, as long as they are kept.
type Journals interface {
	// Material is what is kept of a call of the tenant besides itself; empty if it is not the tenant's.
	Material(ctx context.Context, t tenant.ID, id call.ID) (explain.Material, error)
}

// Recordings keeps what was recorded, listed from the newest to the oldest id, and
// how each tenant records.
type Recordings interface {
	Recording(ctx context.Context, in tenant.ID, id call.RecordingID) (call.StoredRecording, error)
	// ListRecordings takes a call that they shall be of; "" is any.
	ListRecordings(ctx context.Context, in tenant.ID, of call.ID, before call.RecordingID, limit int) ([]call.StoredRecording, error)
	// DeleteRecording is a conflict while its files are on their way.
	DeleteRecording(ctx context.Context, t tenant.ID, id call.RecordingID) error
	RecordingSettings(ctx context.Context, t tenant.ID) (call.RecordingSettings, error)
	SetRecordingSettings(ctx context.Context, t tenant.ID, v call.RecordingSettings) error
}

// Transcripts are what was said in calls, as far as it was transcribed.
type Transcripts interface {
	// ListPhrases lists those of a call behind a number.
	ListPhrases(ctx context.Context, t tenant.ID, id call.ID, after, limit int) ([]call.Phrase, error)
	DeletePhrases(ctx context.Context, t tenant.ID, id call.ID) error
}

// RecordingFiles is where the files of recordings are.
type RecordingFiles interface {
	// Usable is an error as long as nothing can be stored.
	Usable(ctx context.Context) error
	// Open reads a file as far as it is wanted; fault.NotFound.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
}

// Engine begins and controls calls; *bridge.Bridge is one.
type Engine interface {
	Request(ctx context.Context, t tenant.ID, p call.Plan) (id call.ID, token string, until time.Time, err error)
	// Place calls the plan's one agent, without a caller. fault.Invalid (code
	// resource_unknown) if the plan names a resource that the tenant has not.
	Place(ctx context.Context, t tenant.ID, p call.Plan) (call.ID, error)
	// Connect makes us a guest of the plan's host. fault.Invalid if Microsoft does not
	// let us in (host_call_unknown, host_call_refused).
	Connect(ctx context.Context, t tenant.ID, p call.Plan) (call.ID, error)
	Ask(ctx context.Context, id call.ID, command call.Event) error
	// Add is Ask for an agent, of whom Foresee may know that he can be rung: nil if
	// not, or if nobody knows.
	Add(ctx context.Context, id call.ID, e call.AddAsked, f *bridge.Foreseen) error
	Foresee(ctx context.Context, t tenant.ID, a tenant.AgentID) *bridge.Foreseen
	// Known is a call that the engine has at hand.
	Known(id call.ID) (call.Call, bool)
	// Attendance tells how agents stand; Watch does so until ctx ends. fault.NotFound
	// if there is no such queue.
	Attendance(ctx context.Context, t tenant.ID, w bridge.Wanted) (bridge.Attendance, error)
	Watch(ctx context.Context, t tenant.ID, w bridge.Wanted) (<-chan bridge.Attendance, error)
}

// Once is a request that shall be done once.
type Once struct {
	Key         provider.KeyID // who asks; the same Name of another key is another request
	Name        string         // the Idempotency-Key
	Fingerprint []byte         // of the request; says nothing about it to who has not the API key
}

// Answer is what was answered to it.
type Answer struct {
	Status   int
	Location string
	Body     []byte // may hold a secret (a call's SIP URI): to be sealed; nil if it must not be kept
}

// Idempotency remembers answers, for a day at least.
type Idempotency interface {
	// Begin claims a request. It returns the answer if the request was done
	// already, nil if it is now to be done. fault.Conflict: code
	// idempotency_reused if the fingerprint is another, idempotency_running if
	// the request is being done at this moment. A claim that was neither finished
	// nor abandoned is void after a minute: its process died.
	Begin(ctx context.Context, o Once) (*Answer, error)
	Finish(ctx context.Context, o Once, a Answer) error
	// Abandon gives the name free.
	Abandon(ctx context.Context, o Once) error
}

// Away is something the installation needs and does not reach.
type Away struct {
	Name string // "postgres"
	Err  error  // shown only if it is a fault
}

// Audit is the trail of each tenant, and, with "", the provider's own.
type Audit interface {
	Audit(ctx context.Context, t tenant.ID, e provider.Entry) error
	// ListAudit runs from the newest line to the oldest; before is 0 for the first page.
	ListAudit(ctx context.Context, in tenant.ID, before int64, limit int) ([]provider.Entry, error)
}

// Ledger is what onboarding wrote down.
type Ledger interface {
	Invitation(ctx context.Context, in tenant.ID, id tenant.InvitationID) (tenant.Invitation, error)
	ListInvitations(ctx context.Context, in tenant.ID, after tenant.InvitationID, limit int) ([]tenant.Invitation, error)
	// GrantHistory runs from the newest row to the oldest; before is 0 for the first page.
	GrantHistory(ctx context.Context, t tenant.ID, before int64, limit int) ([]tenant.Grant, error)
}

// Onboarding takes a tenant from an invitation to calls that ring. What changes
// something writes its own lines into the trail.
type Onboarding interface {
	Invite(ctx context.Context, by onboarding.Actor, i tenant.Invitation) (made tenant.Invitation, link string, err error)
	Revoke(ctx context.Context, by onboarding.Actor, in tenant.ID, id tenant.InvitationID) (tenant.Invitation, error)
	Handover(ctx context.Context, by onboarding.Actor, t tenant.ID, step tenant.Step) (made tenant.Invitation, link string, err error)

	Track(ctx context.Context, t tenant.ID, viewer onboarding.Actor) (onboarding.Track, error)
	Readiness(ctx context.Context, t tenant.ID) (onboarding.Readiness, error)
	ConsentAsked(ctx context.Context, by onboarding.Actor, t tenant.ID) error
	CheckConsent(ctx context.Context, by onboarding.Actor, t tenant.ID) (onboarding.Track, error)
	Federation(ctx context.Context, t tenant.ID) (onboarding.Federation, error)
	StartFederationCheck(ctx context.Context, by onboarding.Actor, t tenant.ID, oid, name string) ([]tenant.Proof, error)
	CancelFederationCheck(ctx context.Context, by onboarding.Actor, t tenant.ID) error
	NameTestUser(ctx context.Context, by onboarding.Actor, t tenant.ID, u tenant.TestUser) error
	ForgetTestUser(ctx context.Context, by onboarding.Actor, t tenant.ID) error

	SearchPeople(ctx context.Context, t tenant.ID, text string, limit int) ([]onboarding.FoundPerson, error)
	SearchGroups(ctx context.Context, t tenant.ID, text string, limit int) ([]onboarding.Group, error)
	// Member says whether an object id is of somebody of the tenant's organisation who
	// can be an agent: fault.Invalid if not.
	Member(ctx context.Context, t tenant.ID, oid string) error
	AddPeople(ctx context.Context, by onboarding.Actor, t tenant.ID, oids []string) (onboarding.Added, error)
	Groups(ctx context.Context, t tenant.ID) ([]tenant.Group, error)
	AddGroup(ctx context.Context, by onboarding.Actor, t tenant.ID, group string) (tenant.Group, error)
	RemoveGroup(ctx context.Context, by onboarding.Actor, t tenant.ID, group string) error
	PauseAgent(ctx context.Context, by onboarding.Actor, t tenant.ID, id tenant.AgentID) (tenant.Agent, error)
	ResumeAgent(ctx context.Context, by onboarding.Actor, t tenant.ID, id tenant.AgentID) (tenant.Agent, error)
	Agents(ctx context.Context, t tenant.ID, ready *bool, after tenant.AgentID, limit int) ([]onboarding.AgentStanding, error)
	CheckAgents(ctx context.Context, by onboarding.Actor, t tenant.ID) (onboarding.Progress, error)
	AgentsProgress(ctx context.Context, t tenant.ID) (onboarding.Progress, error)
	CancelCheck(ctx context.Context, by onboarding.Actor, t tenant.ID) (onboarding.Progress, error)
	FixScript(ctx context.Context, t tenant.ID) (string, error)

	TestCall(ctx context.Context, by onboarding.Actor, t tenant.ID, oid, name string) (call string, err error)
	HangUpTestCall(ctx context.Context, by onboarding.Actor, t tenant.ID, call string) error
	TestCallState(ctx context.Context, t tenant.ID, call string) (onboarding.TestCallView, error)

	Pause(ctx context.Context, by onboarding.Actor, t tenant.ID) (tenant.Tenant, error)
	Resume(ctx context.Context, by onboarding.Actor, t tenant.ID) (tenant.Tenant, error)
	Offboard(ctx context.Context, by onboarding.Actor, t tenant.ID) (onboarding.Undo, error)
	Undo(ctx context.Context, t tenant.ID) (onboarding.Undo, error)
}

// Legs are the legs of calls that this process has, with their sound: fault.NotFound (code
// no_leg) if it has none of a call, fault.NotFound (no_capture) if that is not captured here.
type Legs interface {
	Quality(ctx context.Context, id call.ID) ([]bridge.LegQuality, error)
	// Capture begins to keep what passes: fault.Conflict (capture_running) if it does already,
	// fault.Exhausted if as many captures are kept as may be.
	Capture(ctx context.Context, id call.ID, want bridge.Capture) (bridge.CaptureState, error)
	EndCapture(ctx context.Context, id call.ID) (bridge.CaptureState, error)
	Captured(ctx context.Context, id call.ID) (state bridge.CaptureState, pcap []byte, err error)
	DropCapture(ctx context.Context, id call.ID) error
	// Traces are the SIP messages and the sound of dialogs so far, and for a moment behind their end.
	Traces(ctx context.Context, id call.ID) ([]call.Trace, error)
}
