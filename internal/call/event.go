package call

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"tandem/internal/tenant"
)

// Event is something that happened, or a command of the API. Kinds are part of
// the journal: a name is never reused for another meaning.
type Event interface{ Kind() string }

// Endpoint is a person or thing that can be in a call at Microsoft, named
// without reference to how Microsoft spells it.
type Endpoint struct {
	Kind tenant.Endpoint `json:"kind"`
	ID   string          `json:"id"` // Entra object id or ACS identity in lower case, or an E.164 number
}

// Outcome is how an attempt to ring somebody, or a connection, ended. The
// adapter classifies (facts/call-automation.md §14); code and sub-code are
// kept for people who read logs.
type Outcome struct {
	Class   Class  `json:"class"`
	Code    int    `json:"code,omitempty"`
	SubCode int    `json:"sub_code,omitempty"`
	Message string `json:"message,omitempty"`
}

// Class is the closed list of outcomes.
type Class string

const (
	ClassEnded         Class = "ended"          // an ordinary end
	ClassNoAnswer      Class = "no_answer"      // rang, nobody accepted
	ClassDeclined      Class = "declined"       // a person refused
	ClassBusy          Class = "busy"           // in another call
	ClassUnavailable   Class = "unavailable"    // no client online, do not disturb
	ClassNotAllowed    Class = "not_allowed"    // federation, policy or licence of the tenant
	ClassMisconfigured Class = "misconfigured"  // a bad identifier or a setting of ours
	ClassCancelled     Class = "cancelled"      // by us
	ClassMedia         Class = "media"          // no audio path
	ClassTimeout       Class = "timeout"        // joining took too long
	ClassThrottled     Class = "throttled"      // Microsoft's limits
	ClassUnknown       Class = "unknown"        // none of the above
	ClassNoInput       Class = "no_input"       // nothing was said or pressed in time
	ClassNotUnderstood Class = "not_understood" // something was, and was none of the answers
	ClassMoved         Class = "moved"          // into another call
	ClassGone          Class = "gone"           // the call is not known at Microsoft any more
)

// Side is one of the two legs, or an outleg ([OutSide]).
type Side string

const (
	Near Side = "near" // towards the provider or carrier
	Far  Side = "far"  // towards Microsoft
)

// By says who brought something about.
type By string

const (
	ByCaller    By = "caller"
	ByAgent     By = "agent"
	ByProvider  By = "provider" // through the API
	ByMicrosoft By = "microsoft"
	ByTandem    By = "tandem"
	ByHost      By = "host" // of a call that we are a guest of
)

// MediaStats is what passed on one leg, seen from us.
type MediaStats struct {
	PacketsIn  uint64 `json:"packets_in"`
	PacketsOut uint64 `json:"packets_out"`
	Lost       uint64 `json:"lost"`      // gaps in received sequence numbers
	JitterMS   int    `json:"jitter_ms"` // RFC 3550 §6.4.1, last value

	LostThere uint64  `json:"lost_there,omitempty"` // of what we sent, as the other end reports
	RTTMS     int     `json:"rtt_ms,omitempty"`     // between us and it
	MOS       float64 `json:"mos,omitempty"`        // of what came, ITU-T G.107; 0: too little to tell
	Keys      uint64  `json:"keys,omitempty"`       // pressed there (RFC 4733)
}

// Rejection is what the customer's side is told (facts/call-automation.md §6).
type Rejection string

// The rejections, as Microsoft has them.
const (
	RejectNone      Rejection = "none"      // 603
	RejectBusy      Rejection = "busy"      // 486
	RejectForbidden Rejection = "forbidden" // 403
)

// The events.
type (
	// RequestedByAPI opens a call whose INVITE is still to come, or one that begins here.
	RequestedByAPI struct{}
	// Offered is the customer's INVITE, authenticated and matched to this call.
	Offered struct {
		Peer      string          `json:"peer"`
		Caller    string          `json:"caller"`
		Called    string          `json:"called,omitempty"`
		SIPCallID string          `json:"sip_call_id"`
		Dialog    json.RawMessage `json:"dialog,omitempty"` // what is needed to end the dialog without its edge
	}
	// OutOffered is Microsoft's INVITE for a telephone that we added, known by the
	// token of action Op, and permitted by the tenant's rules for dialling.
	OutOffered struct {
		Op        string          `json:"op"`
		Peer      string          `json:"peer"` // where the number is dialled
		Number    string          `json:"number"`
		Caller    string          `json:"caller"`
		SIPCallID string          `json:"sip_call_id"`
		Dialog    json.RawMessage `json:"dialog,omitempty"` // what is needed to end the dialog without its edge
	}
	// AgentChosen says who was reserved by the ChooseAgent action Op, and what the
	// choice was based on: Why has a line for him and then for others looked at.
	AgentChosen struct {
		Op          string         `json:"op"`
		Agent       tenant.AgentID `json:"agent"`
		Name        string         `json:"name"`
		Endpoint    Endpoint       `json:"endpoint"`
		Queue       tenant.QueueID `json:"queue,omitempty"`
		RingTimeout time.Duration  `json:"ring_timeout,omitempty"` // of the queue
		Why         []string       `json:"why,omitempty"`
	}
	// NobodyAvailable says that Op found nobody; Why has a line for each person looked at.
	// Of a queue it also says how the call stands in it.
	NobodyAvailable struct {
		Op       string        `json:"op"`
		Why      []string      `json:"why,omitempty"`
		Position int           `json:"position,omitempty"` // 1: the next one; 0: not known
		Estimate time.Duration `json:"estimate,omitempty"` // until somebody is free; 0: not known
		Closed   bool          `json:"closed,omitempty"`   // nobody is to wait
		Loss     Loss          `json:"loss,omitempty"`     // of a handover then; "": LossClosed
	}
	// LegProceeding: the INVITE was sent, or a provisional answer came.
	LegProceeding struct {
		Side      Side            `json:"side"`
		Status    int             `json:"status,omitempty"`
		SIPCallID string          `json:"sip_call_id,omitempty"`
		Dialog    json.RawMessage `json:"dialog,omitempty"`
		Early     bool            `json:"early,omitempty"` // it sends sound before it answers (RFC 3960)
	}
	// LegAnswered: a 200 was sent (near) or received (far). Of a leg that is up it says
	// that another dialog has taken its place (INVITE with Replaces, RFC 3891; REFER, RFC
	// 3515), or may take it soon: what there is to end has changed.
	LegAnswered struct {
		Side   Side            `json:"side"`
		Dialog json.RawMessage `json:"dialog,omitempty"`
	}
	// LegEnded: the dialog is over, or never came to be.
	LegEnded struct {
		Side   Side       `json:"side"`
		By     By         `json:"by"` // who ended it: the far end of that leg (caller, microsoft) or tandem
		Status int        `json:"status,omitempty"`
		Q850   int        `json:"q850,omitempty"`
		Text   string     `json:"text,omitempty"`
		Media  MediaStats `json:"media"`
	}
	// MediaLost: no packet came from that side for too long.
	MediaLost struct {
		Side Side `json:"side"`
	}
	// Invited: Microsoft asks whether we take the call that the far leg began.
	Invited struct {
		Resource    string `json:"resource"`
		Context     string `json:"context"` // opaque, single use, up to 16 kB
		Correlation string `json:"correlation,omitempty"`
		// Of a customer who came over an SBC that is not ours only:
		Caller string `json:"caller,omitempty"` // E.164 or "anonymous"
		Called string `json:"called,omitempty"` // E.164
	}
	// ConnectionAccepted is the answer to AcceptInvitation.
	ConnectionAccepted struct {
		Op          string `json:"op"`
		Connection  string `json:"connection"`
		ServerCall  string `json:"server_call,omitempty"`
		Correlation string `json:"correlation,omitempty"`
	}
	// AgentCalled is the answer to CallAgent: the person is being called.
	AgentCalled struct {
		Op          string `json:"op"`
		Connection  string `json:"connection"`
		Correlation string `json:"correlation,omitempty"`
	}
	// CallFound is the answer to ConnectCall: the call is there, and we are let in.
	CallFound struct {
		Op          string `json:"op"`
		Connection  string `json:"connection"`
		ServerCall  string `json:"server_call,omitempty"`
		Correlation string `json:"correlation,omitempty"`
	}
	// ConnectionUp: media of our application's leg flows; a person whom we called
	// has answered.
	ConnectionUp struct {
		Connection string `json:"connection"`
		ServerCall string `json:"server_call,omitempty"`
	}
	// ConnectionDown: our application's leg ended, or could not be set up.
	ConnectionDown struct {
		Connection string  `json:"connection"`
		Outcome    Outcome `json:"outcome"`
	}
	// AgentInvited is the answer to RingAgent.
	AgentInvited struct {
		Op         string `json:"op"`
		Invitation string `json:"invitation"`
	}
	// AgentJoined: the person accepted.
	AgentJoined struct {
		Connection string   `json:"connection"`
		Op         string   `json:"op,omitempty"`
		Endpoint   Endpoint `json:"endpoint"`
	}
	// AgentFailed: the person will not come.
	AgentFailed struct {
		Connection string   `json:"connection"`
		Op         string   `json:"op,omitempty"`
		Endpoint   Endpoint `json:"endpoint"`
		Outcome    Outcome  `json:"outcome"`
	}
	// RingCancelled: an invitation of ours was withdrawn in time.
	RingCancelled struct {
		Connection string `json:"connection"`
		Invitation string `json:"invitation"`
	}
	// ParticipantsChanged is the full list of who is in the call, never a difference.
	ParticipantsChanged struct {
		Connection string     `json:"connection"`
		ServerCall string     `json:"server_call,omitempty"`
		Sequence   int        `json:"sequence"`
		Present    []Endpoint `json:"present"`
		// OnHold are those whom Microsoft shows so, also for the time of a sound that
		// they alone hear (facts/call-automation.md §8).
		OnHold []Endpoint `json:"on_hold,omitempty"`
	}
	// ParticipantRemoved: the remove action Op did its work.
	ParticipantRemoved struct {
		Connection string   `json:"connection"`
		Op         string   `json:"op,omitempty"`
		Endpoint   Endpoint `json:"endpoint"`
	}
	// Observed is the answer to Look.
	Observed struct {
		Connection string     `json:"connection"`
		Asked      time.Time  `json:"asked,omitzero"` // what came later it does not show
		Up         bool       `json:"up"`
		ServerCall string     `json:"server_call,omitempty"`
		Ringing    bool       `json:"ringing,omitempty"` // not up yet: the person whom we called did not answer so far
		Present    []Endpoint `json:"present,omitempty"`
		OnHold     []Endpoint `json:"on_hold,omitempty"`
		// Muted are those whom Microsoft shows so. Only a look tells: the lists that
		// come by themselves never say it (facts/observed-events.md §5).
		Muted []Endpoint `json:"muted,omitempty"`
	}
	// DeadlinePassed: an awaited event did not come.
	DeadlinePassed struct {
		Name string `json:"name"`
	}
	// Doubted: events may have been missed (the journal was away, the call was
	// adopted); time to look.
	Doubted struct{}
	// ActionFailed: an action will not be done; retries are behind it.
	ActionFailed struct {
		Op      string  `json:"op"`
		Action  string  `json:"action"` // the kind of the action
		Outcome Outcome `json:"outcome"`
		Status  int     `json:"status,omitempty"` // SIP, for a leg
		Unsure  bool    `json:"unsure,omitempty"` // no answer came: it may have been done all the same
	}
	// OwnerLost: the process that held the legs is gone; another one took over.
	OwnerLost struct{}
	// Overloaded: events came faster than they could be journalled.
	Overloaded struct{}

	// AddAsked is the command to bring one more in: an agent, the next one of a
	// queue, or somebody outside of the directory.
	AddAsked struct {
		ID          string         `json:"id,omitempty"` // of the participant, chosen by who asks; within the call
		Agent       tenant.AgentID `json:"agent,omitempty"`
		Queue       tenant.QueueID `json:"queue,omitempty"`     // instead of an agent
		MaxWait     time.Duration  `json:"max_wait,omitempty"`  // for somebody of the queue; 0: as long as the queue lets calls wait
		Outside     Endpoint       `json:"outside,omitzero"`    // instead of an agent: a telephone or an ACS user
		CallerID    string         `json:"caller_id,omitempty"` // E.164, of the tenant's: what a telephone shows
		DisplayName string         `json:"display_name,omitempty"`
		// Reservation keeps the agent already, for whoever asks.
		Reservation tenant.ReservationID `json:"reservation,omitempty"`
	}
	// MoveAsked is the command to take a participant of another call of the tenant
	// into this one.
	MoveAsked struct {
		ID          string         `json:"id"` // of the participant here, chosen by who asks
		From        ID             `json:"from"`
		Participant string         `json:"participant"` // his id there
		Agent       tenant.AgentID `json:"agent,omitempty"`
		Name        string         `json:"name,omitempty"`
		Endpoint    Endpoint       `json:"endpoint"`
	}
	// MoveTold is what another call of the tenant says of a move.
	MoveTold struct {
		Tenant      tenant.ID `json:"tenant"`
		From        ID        `json:"from"` // who says it
		Word        MoveWord  `json:"word"`
		Participant string    `json:"participant"` // his id in the call that is told
		Peer        string    `json:"peer"`        // and in the one that tells
		Outcome     Outcome   `json:"outcome,omitzero"`
		// With granted: who he is, and where.
		Connection string         `json:"connection,omitempty"`
		Resource   string         `json:"resource,omitempty"`
		Endpoint   Endpoint       `json:"endpoint,omitzero"`
		Agent      tenant.AgentID `json:"agent,omitempty"`
		Name       string         `json:"name,omitempty"`
	}
	// RemoveAsked is the command to take a participant out.
	RemoveAsked struct {
		Participant string `json:"participant"`
	}
	// ConsultAsked is the command to put the customer on hold, and to bring
	// somebody in to talk with the others meanwhile.
	ConsultAsked struct {
		Add   AddAsked `json:"add"` // its id is the consult's
		Music []Source `json:"music,omitempty"`
	}
	// ConsultEndAsked is the command to bring the customer back: to all of them, or
	// to those who were there before.
	ConsultEndAsked struct {
		Merge bool `json:"merge,omitempty"`
	}
	// RedirectAsked is the command to have Microsoft hand the call to a person
	// without our taking it.
	RedirectAsked struct {
		To Person `json:"to"`
	}
	// Redirected: Microsoft rings whom the call was handed to.
	Redirected struct {
		Op string `json:"op"`
	}
	// RejectAsked is the command to refuse the customer before anybody talked to him.
	RejectAsked struct {
		Why Rejection `json:"why"`
	}
	// OperateAsked is the command to do something with the sound of the call, or
	// to one of those in it.
	OperateAsked struct {
		ID        string    `json:"id"` // chosen by who asks; within the call
		Operation Operation `json:"operation"`
	}
	// OperationStarted: Microsoft took the operation of action Op, whose end is
	// still to come.
	OperationStarted struct {
		Op string `json:"op"`
	}
	// SoundBegan: what the operation of action Op plays is heard from now on.
	SoundBegan struct {
		Op string `json:"op"`
	}
	// OperationEnded is what became of the operation of action Op.
	OperationEnded struct {
		Op         string         `json:"op"`
		State      OperationState `json:"state"` // done, failed or cancelled
		Outcome    Outcome        `json:"outcome,omitzero"`
		Recognized *Recognized    `json:"recognized,omitempty"`
	}
	// HandoverAsked is the command to look for a person for a treated call: of a
	// queue, or one of some agents, or, without both, any of the tenant.
	HandoverAsked struct {
		Agents      []tenant.AgentID `json:"agents,omitempty"`
		Queue       tenant.QueueID   `json:"queue,omitempty"`
		RingTimeout time.Duration    `json:"ring_timeout,omitempty"` // of one person; 0: as planned
		DisplayName string           `json:"display_name,omitempty"` // "": as planned
		MaxWait     time.Duration    `json:"max_wait,omitempty"`     // 0: not longer than it takes to ring them in turn
	}
	// HandoverWithdrawn is the command to look no further.
	HandoverWithdrawn struct{}
	// QueueMoved: somebody may be free now for a call that waits.
	QueueMoved struct{}
	// FlowMoved is where the flow stands now, and when to wake it at the latest.
	FlowMoved struct {
		Step   string          `json:"step"`
		Number int             `json:"number,omitempty"` // the step begins, as that one of the call, from 1; 0: it goes on
		State  json.RawMessage `json:"state,omitempty"`
		Wake   time.Time       `json:"wake,omitzero"`
	}
	// RecordAsked is the command to record the call, or to change how it is
	// recorded. What concerns the file is for the start.
	RecordAsked struct {
		How          RecordHow         `json:"how"`
		ID           RecordingID       `json:"id,omitempty"` // start: chosen by who asks; otherwise "" is the one under way
		Format       RecordingFormat   `json:"format,omitempty"`
		Channels     RecordingChannels `json:"channels,omitempty"`
		Paused       bool              `json:"paused,omitempty"`       // begin paused
		Announcement []Source          `json:"announcement,omitempty"` // played to everybody before
	}
	// RecordingStarted is the answer to StartRecording: it will begin.
	RecordingStarted struct {
		Op        string `json:"op"`
		Recording string `json:"recording"` // its id at Microsoft
	}
	// RecordingDone is the answer to ChangeRecording.
	RecordingDone struct {
		Op string `json:"op"`
	}
	// RecordingChanged is what an event says of a recording. Inactive is one that
	// is paused, over, or about to begin.
	RecordingChanged struct {
		Recording string `json:"recording"`
		Active    bool   `json:"active"`
	}
	// RecordingNotStarted: none will begin, although the start was accepted.
	RecordingNotStarted struct {
		Recording string  `json:"recording"`
		Outcome   Outcome `json:"outcome"`
	}
	// RecordingObserved is the answer to LookRecording.
	RecordingObserved struct {
		Op   string        `json:"op"`
		Seen RecordingSeen `json:"seen"`
	}
	// HangUpAsked is the command to end the call; ForEveryone also ends it for
	// those who could go on without us. Flow: its flow asks for it.
	HangUpAsked struct {
		Flow        bool   `json:"flow,omitempty"`
		ForEveryone bool   `json:"for_everyone,omitempty"`
		Cause       string `json:"cause,omitempty"`
	}
)

func (RequestedByAPI) Kind() string      { return "requested" }
func (Offered) Kind() string             { return "offered" }
func (OutOffered) Kind() string          { return "out_offered" }
func (AgentChosen) Kind() string         { return "agent_chosen" }
func (NobodyAvailable) Kind() string     { return "nobody_available" }
func (LegProceeding) Kind() string       { return "leg_proceeding" }
func (LegAnswered) Kind() string         { return "leg_answered" }
func (LegEnded) Kind() string            { return "leg_ended" }
func (MediaLost) Kind() string           { return "media_lost" }
func (Invited) Kind() string             { return "invited" }
func (ConnectionAccepted) Kind() string  { return "connection_accepted" }
func (AgentCalled) Kind() string         { return "agent_called" }
func (CallFound) Kind() string           { return "call_found" }
func (MoveAsked) Kind() string           { return "move_asked" }
func (MoveTold) Kind() string            { return "move_told" }
func (ConnectionUp) Kind() string        { return "connection_up" }
func (ConnectionDown) Kind() string      { return "connection_down" }
func (AgentInvited) Kind() string        { return "agent_invited" }
func (AgentJoined) Kind() string         { return "agent_joined" }
func (AgentFailed) Kind() string         { return "agent_failed" }
func (RingCancelled) Kind() string       { return "ring_cancelled" }
func (ParticipantsChanged) Kind() string { return "participants_changed" }
func (ParticipantRemoved) Kind() string  { return "participant_removed" }
func (Observed) Kind() string            { return "observed" }
func (DeadlinePassed) Kind() string      { return "deadline_passed" }
func (Doubted) Kind() string             { return "doubted" }
func (ActionFailed) Kind() string        { return "action_failed" }
func (OwnerLost) Kind() string           { return "owner_lost" }
func (Overloaded) Kind() string          { return "overloaded" }
func (AddAsked) Kind() string            { return "add_asked" }
func (RemoveAsked) Kind() string         { return "remove_asked" }
func (ConsultAsked) Kind() string        { return "consult_asked" }
func (ConsultEndAsked) Kind() string     { return "consult_end_asked" }
func (RedirectAsked) Kind() string       { return "redirect_asked" }
func (Redirected) Kind() string          { return "redirected" }
func (RejectAsked) Kind() string         { return "reject_asked" }
func (OperateAsked) Kind() string        { return "operate_asked" }
func (OperationStarted) Kind() string    { return "operation_started" }
func (SoundBegan) Kind() string          { return "sound_began" }
func (OperationEnded) Kind() string      { return "operation_ended" }
func (HandoverAsked) Kind() string       { return "handover_asked" }
func (HandoverWithdrawn) Kind() string   { return "handover_withdrawn" }
func (QueueMoved) Kind() string          { return "queue_moved" }
func (FlowMoved) Kind() string           { return "flow_moved" }
func (RecordAsked) Kind() string         { return "record_asked" }
func (RecordingStarted) Kind() string    { return "recording_started" }
func (RecordingDone) Kind() string       { return "recording_done" }
func (RecordingChanged) Kind() string    { return "recording_changed" }
func (RecordingNotStarted) Kind() string { return "recording_not_started" }
func (RecordingObserved) Kind() string   { return "recording_observed" }
func (HangUpAsked) Kind() string         { return "hangup_asked" }

// Events lists a zero value of every kind; tests walk it so that no kind is
// forgotten in a table or in the journal's decoder.
func Events() []Event {
	return []Event{
		RequestedByAPI{}, Offered{}, OutOffered{}, AgentChosen{}, NobodyAvailable{}, LegProceeding{}, LegAnswered{}, LegEnded{},
		MediaLost{}, Invited{}, ConnectionAccepted{}, AgentCalled{}, CallFound{}, MoveAsked{}, MoveTold{}, ConnectionUp{}, ConnectionDown{}, AgentInvited{}, AgentJoined{},
		AgentFailed{}, RingCancelled{}, ParticipantsChanged{}, ParticipantRemoved{}, Observed{}, DeadlinePassed{},
		Doubted{}, ActionFailed{}, OwnerLost{}, Overloaded{}, AddAsked{}, RemoveAsked{}, HangUpAsked{},
		RedirectAsked{}, Redirected{}, RejectAsked{}, OperateAsked{}, OperationStarted{}, SoundBegan{}, OperationEnded{},
		ConsultAsked{}, ConsultEndAsked{}, HandoverAsked{}, HandoverWithdrawn{}, QueueMoved{}, FlowMoved{},
		RecordAsked{}, RecordingStarted{}, RecordingDone{}, RecordingChanged{}, RecordingNotStarted{}, RecordingObserved{},
		StreamAsked{}, StreamStopAsked{}, BotJoined{}, BotLeft{}, BotAsked{}, TranscribeAsked{}, Transcribed{},
	}
}

// DecodeEvent reads an event from the journal or the inbox.
func DecodeEvent(kind string, payload []byte) (Event, error) {
	return decode(Events(), kind, payload)
}

// decode finds the kind among the zero values and fills a copy of its type.
func decode[T interface{ Kind() string }](zeros []T, kind string, payload []byte) (T, error) {
	for _, zero := range zeros {
		if zero.Kind() != kind {
			continue
		}
		v := reflect.New(reflect.TypeOf(zero))
		if err := json.Unmarshal(payload, v.Interface()); err != nil {
			return zero, fmt.Errorf("decode %s: %w", kind, err)
		}
		return v.Elem().Interface().(T), nil
	}
	var none T
	return none, fmt.Errorf("unknown kind %q", kind)
}
