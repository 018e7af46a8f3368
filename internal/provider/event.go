package provider

import (
	"encoding/json"
	"time"

	"tandem/internal/tenant"
)

// EventType says what an event tells. Its data has always the same members.
type EventType string

const (
	TenantActivated       EventType = "tenant.activated"
	TenantPaused          EventType = "tenant.paused"
	TenantResumed         EventType = "tenant.resumed"
	TenantOffboarded      EventType = "tenant.offboarded"
	GrantChanged          EventType = "grant.changed"
	AgentReadinessChanged EventType = "agent.readiness_changed"
	OnboardingStep        EventType = "onboarding.step"

	// The data of the seven is [CallStepData]. Those of one call come in order.
	CallOffered        EventType = "call.offered"
	CallConnected      EventType = "call.connected"
	CallReleased       EventType = "call.released"
	ParticipantRinging EventType = "call.participant_ringing"
	ParticipantJoined  EventType = "call.participant_joined"
	ParticipantLeft    EventType = "call.participant_left"
	ParticipantNotCame EventType = "call.participant_failed"
	CallEnded          EventType = "call.ended"           // data: [CallEndedData]
	CallOperationEnded EventType = "call.operation_ended" // data: [CallOperationEndedData]
	CallConsult        EventType = "call.consult"         // data: [CallConsultData]
	CallFlowStep       EventType = "call.flow_step"       // data: [CallFlowStepData]
	CallWaiting        EventType = "call.waiting"         // data: [CallWaitingData]
	// The data of both is [CallStreamingData].
	CallStreaming         EventType = "call.streaming"
	CallHandoverRequested EventType = "call.handover_requested"
	CallTranscription     EventType = "call.transcription" // data: [CallTranscriptionData]
	CallTranscript        EventType = "call.transcript"    // data: [CallTranscriptData]

	// The data of the seven is [RecordingData].
	RecordingStarted EventType = "recording.started"
	RecordingPaused  EventType = "recording.paused"
	RecordingResumed EventType = "recording.resumed"
	RecordingStopped EventType = "recording.stopped"
	RecordingStored  EventType = "recording.stored"
	RecordingLate    EventType = "recording.late"
	RecordingFailed  EventType = "recording.failed"

	CallOutRefused EventType = "call.out_refused" // data: [CallOutRefusedData]

	// These are about what is the provider's alone; their tenant is [Installation].
	TrunkUp             EventType = "trunk.up" // data of the six: [ConditionData]
	TrunkDegraded       EventType = "trunk.degraded"
	TrunkDown           EventType = "trunk.down"
	PeerUp              EventType = "peer.up"
	PeerDegraded        EventType = "peer.degraded"
	PeerDown            EventType = "peer.down"
	CertificateExpiring EventType = "trunk.certificate_expiring" // data: [CertificateExpiringData]
	RoutingDrifted      EventType = "routing.drifted"            // data: [RoutingDriftedData]
	TrunkProved         EventType = "trunk.proved"               // data: [TrunkProvedData]

	// WebhookTest is sent on demand and never kept; nobody can subscribe to it.
	WebhookTest EventType = "webhook.test"
)

// EventTypes lists what can be subscribed to.
func EventTypes() []EventType {
	return []EventType{
		TenantActivated, TenantPaused, TenantResumed, TenantOffboarded, GrantChanged, AgentReadinessChanged, OnboardingStep,
		CallOffered, CallConnected, CallReleased, ParticipantRinging, ParticipantJoined, ParticipantLeft, ParticipantNotCame, CallEnded, CallOperationEnded, CallConsult, CallFlowStep, CallWaiting,
		CallStreaming, CallHandoverRequested, CallTranscription, CallTranscript,
		RecordingStarted, RecordingPaused, RecordingResumed, RecordingStopped, RecordingStored, RecordingLate, RecordingFailed, CallOutRefused,
		TrunkUp, TrunkDegraded, TrunkDown, PeerUp, PeerDegraded, PeerDown, CertificateExpiring, RoutingDrifted, TrunkProved,
	}
}

// Means says in one English sentence when an event of the type happens.
func (t EventType) Means() string {
	switch t {
	case TenantActivated:
		return "Everything is proved, and calls may ring."
	case TenantPaused:
		return "An admin stopped all ringing."
	case TenantResumed:
		return "Ringing goes on."
	case TenantOffboarded:
		return "The tenant has left."
	case GrantChanged:
		return "A permission was proved, is in doubt, or is gone."
	case AgentReadinessChanged:
		return "How many agents are ready changed."
	case OnboardingStep:
		return "A step of the onboarding was proved."
	case CallOffered:
		return "A caller is there, and somebody is looked for."
	case CallConnected:
		return "Caller and person hear each other; outbound: the person answered; guest: we are in the host's call."
	case CallReleased:
		return "The caller talks on without us, after a transfer or redirect."
	case ParticipantRinging:
		return "Somebody is rung for a call."
	case ParticipantJoined:
		return "Somebody joined a call."
	case ParticipantLeft:
		return "Somebody left a call."
	case ParticipantNotCame:
		return "Somebody who was rung, or was to be, did not come."
	case CallEnded:
		return "A call is over."
	case CallOperationEnded:
		return "What was done in a call is over: played, heard, sent, held or muted."
	case RecordingStarted:
		return "A call is recorded from now on, or could be: it may begin paused."
	case RecordingPaused:
		return "A recording is paused: nothing is recorded."
	case RecordingResumed:
		return "A recording goes on after a pause."
	case RecordingStopped:
		return "A recording is over; if it began, its file follows."
	case RecordingStored:
		return "The files of a recording are stored."
	case RecordingLate:
		return "A recording ended twelve hours ago and its files are still not stored. Microsoft keeps them for a day."
	case RecordingFailed:
		return "A recording did not begin, or its files are lost."
	case CallConsult:
		return "A consult came to another state: the caller waits, who was asked is rung or there, the caller is back."
	case CallFlowStep:
		return "The flow that treats a caller begins a step."
	case CallWaiting:
		return "A call waits in a queue, or has another place near its head."
	case CallStreaming:
		return "The sound of a call goes to a bot, or does not any more."
	case CallHandoverRequested:
		return "A bot asks for a person, and says what it found out."
	case CallTranscription:
		return "A transcription came to another state."
	case CallTranscript:
		return "Somebody said something in a call that is transcribed."
	case CallOutRefused:
		return "A call to a telephone was refused that nobody asked for, or not like this: perhaps toll fraud."
	case TrunkUp:
		return "A trunk works again."
	case TrunkDegraded:
		return "Calls pass a trunk, but not all of them, or soon not any more."
	case TrunkDown:
		return "Calls do not pass a trunk, or its node tells nothing any more."
	case PeerUp:
		return "A peer answers again."
	case PeerDegraded:
		return "A peer answers OPTIONS, and none of its calls was answered."
	case PeerDown:
		return "A peer does not answer OPTIONS."
	case CertificateExpiring:
		return "The certificate of a trunk runs out within 30 days."
	case RoutingDrifted:
		return "Somebody has changed the routing of a resource at Microsoft past us."
	case TrunkProved:
		return "A proof of a trunk was made, whatever it says: result passed, partly or failed; or could not be made: broken."
	case WebhookTest:
		return "Somebody tests the webhook."
	}
	return ""
}

// Installation is the tenant of events that are about no tenant: trunks, peers and routings
// are the provider's. No tenant has this id, so only webhooks and readers of the provider
// hear of them.
const Installation tenant.ID = "00000000-0000-0000-0000-000000000000"

// EventID names an event: a UUIDv7 in lower case. It is the webhook-id of every
// attempt to deliver it.
type EventID string

// Of is the tenant that the event happened to; "" for one of the provider's own.
func (e Event) Of() tenant.ID { return OfTenant(e.Tenant) }

// OfTenant is the tenant of an event as others see it: "" for [Installation].
func OfTenant(t tenant.ID) tenant.ID {
	if t == Installation {
		return ""
	}
	return t
}

// Event is something that happened to a tenant. It is written in the
// transaction of the change it tells of, and kept for [EventsKept].
type Event struct {
	ID     EventID
	Seq    int64 // its place among the events of the installation; 0 until it is routed
	Type   EventType
	Tenant tenant.ID
	At     time.Time
	Data   json.RawMessage // no secrets
}

// EventsKept is how long events and their deliveries are kept.
const EventsKept = 30 * 24 * time.Hour

// CallEndedData is the data of [CallEnded]. The call's record (GET
// /v1/cdrs/{call}) has more.
type CallEndedData struct {
	Call     string    `json:"call"`
	Result   string    `json:"result"`
	Reason   string    `json:"reason"`
	By       string    `json:"by"`
	Fault    string    `json:"fault"`
	Peer     string    `json:"peer,omitempty"`
	Caller   string    `json:"caller,omitempty"`
	Called   string    `json:"called,omitempty"`
	Number   string    `json:"number,omitempty"`
	Agent    string    `json:"agent,omitempty"` // who talked first
	EndedAt  time.Time `json:"ended_at"`
	SetupS   float64   `json:"setup_s"`
	TalkS    float64   `json:"talk_s"`
	Attempts int       `json:"attempts"` // how many people were rung
	// How many phrases were transcribed: GET /v1/calls/{call}/transcript has them.
	Phrases int `json:"phrases,omitempty"`
}

// CallStepData is the data of the events that tell how a call goes.
type CallStepData struct {
	Call        string           `json:"call"`
	Phase       string           `json:"phase"`
	Direction   string           `json:"direction"`
	Peer        string           `json:"peer,omitempty"`
	Caller      string           `json:"caller,omitempty"`
	Called      string           `json:"called,omitempty"`
	Number      string           `json:"number,omitempty"`
	Participant *ParticipantData `json:"participant,omitempty"` // whom it is about
	ReleasedTo  string           `json:"released_to,omitempty"` // name of who has the caller now
	Context     json.RawMessage  `json:"context,omitempty"`     // as it was given with the call
}

// ParticipantData is a person of a call.
type ParticipantData struct {
	ID      string `json:"id"` // within the call
	Agent   string `json:"agent,omitempty"`
	Phone   string `json:"phone_number,omitempty"` // of a telephone that is no agent's
	ACSUser string `json:"acs_user,omitempty"`     // of an ACS user
	// Of a Teams user who is no agent: the Entra object id.
	TeamsUser string `json:"teams_user,omitempty"`
	Host      bool   `json:"host,omitempty"` // brought by the host of a call that we are a guest of
	Name      string `json:"name,omitempty"`
	Queue     string `json:"queue,omitempty"`    // that the person was chosen from, or nobody was
	AskedAs   string `json:"asked_as,omitempty"` // of a queue that was asked for: the id of the request
	Outcome   string `json:"outcome,omitempty"`  // how it ended, as in GET /v1/calls/{call}
	Message   string `json:"message,omitempty"`  // for people
	// The call that the person was moved from, or to; the outcome of who left for it is moved.
	FromCall string `json:"from_call,omitempty"`
	ToCall   string `json:"to_call,omitempty"`
}

// CallConsultData is the data of [CallConsult].
type CallConsultData struct {
	Call        string `json:"call"`
	Consult     string `json:"consult"` // its id, which is also the participant's
	State       string `json:"state"`   // holding, ringing, talking, returning or over
	Result      string `json:"result,omitempty"`
	Agent       string `json:"agent,omitempty"`
	Queue       string `json:"queue,omitempty"`
	PhoneNumber string `json:"phone_number,omitempty"`
	ACSUser     string `json:"acs_user,omitempty"`
	Outcome     string `json:"outcome,omitempty"`
	Message     string `json:"message,omitempty"` // for people
}

// RecordingData is the data of the events about recordings.
type RecordingData struct {
	Recording string  `json:"recording"`
	Call      string  `json:"call"`
	State     string  `json:"state"`             // of the recording, or of its file
	RecordedS float64 `json:"recorded_s"`        // seconds so far, without pauses
	Outcome   string  `json:"outcome,omitempty"` // why it failed, or ended unasked
	Message   string  `json:"message,omitempty"` // for people
	Files     int     `json:"files,omitempty"`   // how many there are
}

// CallOperationEndedData is the data of [CallOperationEnded].
type CallOperationEndedData struct {
	Call       string          `json:"call"`
	Operation  string          `json:"operation"` // its id within the call
	Kind       string          `json:"kind"`
	Target     string          `json:"target,omitempty"`
	State      string          `json:"state"` // done, failed or cancelled
	Outcome    string          `json:"outcome,omitempty"`
	Message    string          `json:"message,omitempty"` // for people
	Recognized *RecognizedData `json:"recognized,omitempty"`
}

// CallStreamingData is the data of [CallStreaming] and [CallHandoverRequested].
type CallStreamingData struct {
	Call     string           `json:"call"`
	Stream   string           `json:"stream"` // its id within the call
	Bot      string           `json:"bot"`
	Name     string           `json:"name,omitempty"` // of the bot; absent if a flow asked
	State    string           `json:"state"`          // starting, running, stopping, ended or failed
	Outcome  string           `json:"outcome,omitempty"`
	Message  string           `json:"message,omitempty"`  // for people
	Handover *BotHandoverData `json:"handover,omitempty"` // the newest that the bot asked for
	Context  json.RawMessage  `json:"context,omitempty"`  // what the bot told last
}

// BotHandoverData is whom a bot asks for: some agents, a queue, or whoever there is.
type BotHandoverData struct {
	Agents      []string `json:"agents,omitempty"`
	Queue       string   `json:"queue,omitempty"`
	DisplayName string   `json:"display_name,omitempty"`
	// What comes of it, if the stream was started with whom the bot may hand over to:
	// seeking, found or lost. Otherwise it is only told, for you to do it.
	State       string `json:"state,omitempty"`
	Participant string `json:"participant,omitempty"` // the addition that came of it, the newest
}

// CallTranscriptionData is the data of [CallTranscription].
type CallTranscriptionData struct {
	Call          string `json:"call"`
	Transcription string `json:"transcription"` // its id within the call
	State         string `json:"state"`         // starting, running, stopping, ended or failed
	Locale        string `json:"locale"`
	Phrases       int    `json:"phrases,omitempty"` // so far: GET /v1/calls/{call}/transcript has them
	Outcome       string `json:"outcome,omitempty"`
	Message       string `json:"message,omitempty"` // for people
}

// CallTranscriptData is the data of [CallTranscript]: one phrase.
type CallTranscriptData struct {
	Call          string  `json:"call"`
	Transcription string  `json:"transcription"`
	Number        int     `json:"number"`         // of the phrases of the transcription, from 1
	Who           string  `json:"who,omitempty"`  // customer, or a participant's id; absent: not known
	Name          string  `json:"name,omitempty"` // of the participant
	Text          string  `json:"text"`
	Confidence    float64 `json:"confidence,omitempty"` // 0 to 1
	OffsetS       float64 `json:"offset_s"`             // when it was said, since the transcription began
	DurationS     float64 `json:"duration_s"`
}

// CallOutRefusedData is the data of [CallOutRefused].
type CallOutRefusedData struct {
	Call   string `json:"call"` // whose token was shown
	Code   string `json:"code"` // why: token_used, destination_refused …
	Number string `json:"number"`
	Trunk  string `json:"trunk"` // the FQDN that Microsoft sent it to
}

// ConditionData is the data of the events about trunks and peers: what is believed of them,
// after it has been so for long enough that it is no flapping.
type ConditionData struct {
	Name      string `json:"name"`          // FQDN of the trunk, name of the peer
	Node      string `json:"node"`          // that has seen it
	Condition string `json:"condition"`     // up, degraded or down
	Was       string `json:"was,omitempty"` // before; unknown at the beginning
	Code      string `json:"code,omitempty"`
	Found     string `json:"found,omitempty"` // for people
	Cure      string `json:"cure,omitempty"`  // for people
}

// CertificateExpiringData is the data of [CertificateExpiring], which comes once for each
// certificate.
type CertificateExpiringData struct {
	Trunk   string    `json:"trunk"`
	Node    string    `json:"node"`
	Names   []string  `json:"names"` // that it covers
	Issuer  string    `json:"issuer"`
	Expires time.Time `json:"expires"`
}

// RoutingDriftedData is the data of [RoutingDrifted].
type RoutingDriftedData struct {
	Resource string   `json:"resource"`
	Changes  []string `json:"changes"` // that would make it again what was applied, as a plan shows them
}

// TrunkProvedData is the data of [TrunkProved].
type TrunkProvedData struct {
	Proof    string            `json:"proof"` // GET /v1/proofs/{proof}/report.json has the whole of it
	Trunk    string            `json:"trunk"`
	Node     string            `json:"node"`   // that made it, or was to; empty if none began
	Result   string            `json:"result"` // passed, partly (something was not shown), failed, or broken: there is no report
	Passed   int               `json:"passed"`
	NotShown int               `json:"not_shown"`
	Failed   []FailedCheckData `json:"failed"`
	Error    string            `json:"error,omitempty"` // for people: why there is no report
}

// FailedCheckData is a check of a proof that failed.
type FailedCheckData struct {
	Check string `json:"check"` // its id, which does not change
	Title string `json:"title"` // for people
	Found string `json:"found"` // for people
	Fix   string `json:"fix"`   // for people
}

// RecognizedData is what was heard; which member is there says how.
type RecognizedData struct {
	Tones      string  `json:"tones,omitempty"`
	Choice     string  `json:"choice,omitempty"`
	Phrase     string  `json:"phrase,omitempty"`
	Speech     string  `json:"speech,omitempty"`
	Confidence float64 `json:"confidence,omitempty"`
}

// CallWaitingData is the data of [CallWaiting].
type CallWaitingData struct {
	Call        string    `json:"call"`
	Queue       string    `json:"queue"`
	Participant string    `json:"participant,omitempty"` // who waits talks already, and asked for somebody of the queue: the id of the request
	Since       time.Time `json:"since"`
	Position    int       `json:"position"`             // 1: the next one
	EstimateS   float64   `json:"estimate_s,omitempty"` // seconds until somebody is free; absent: nobody can say
	Why         []string  `json:"why,omitempty"`        // why nobody was free, one line an agent
}

// CallFlowStepData is the data of [CallFlowStep].
type CallFlowStepData struct {
	Call    string `json:"call"`
	Flow    string `json:"flow"`
	Version int    `json:"version"`
	Step    string `json:"step"`   // its name in the flow
	Number  int    `json:"number"` // of the steps of the call, from 1
}
