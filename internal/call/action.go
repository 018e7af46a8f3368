package call

import (
	"encoding/json"
	"time"

	"tandem/internal/tenant"
)

// Action is something to be done. Its id is unique within the call and comes
// back as Op in the event that tells the result.
type Action struct {
	ID string
	Do Doing
}

// Doing is what an action does. Kinds are part of the journal.
type Doing interface{ Kind() string }

// The actions.
type (
	// ChooseAgent asks who can take the call, and reserves that person.
	ChooseAgent struct {
		Wanted []tenant.AgentID `json:"wanted,omitempty"` // in order; empty means any
		Tried  []tenant.AgentID `json:"tried,omitempty"`
		// Queue has whoever of it is next, in the place of Wanted.
		Queue tenant.QueueID `json:"queue,omitempty"`
		// Reservation keeps the one wanted already, for whoever asked.
		Reservation tenant.ReservationID `json:"reservation,omitempty"`
		// Whatever: this very person is wanted, whatever his presence says.
		Whatever bool `json:"whatever,omitempty"`
		// Person is wanted and is no agent, so there is nobody to reserve.
		Person *Person `json:"person,omitempty"`
	}
	// CallAgent calls a person: makes a connection of our own, at which his Teams
	// rings. It rings until he answers or the connection is ended.
	CallAgent struct {
		Resource    string   `json:"resource"`
		Endpoint    Endpoint `json:"endpoint"`
		DisplayName string   `json:"display_name,omitempty"`
	}
	// ConnectCall makes our application a guest of a call that the provider holds.
	ConnectCall struct {
		Resource string   `json:"resource"`
		Host     HostCall `json:"host"`
	}
	// MoveHere takes somebody out of another connection of the resource into this one.
	MoveHere struct {
		Connection string   `json:"connection"`
		From       string   `json:"from"` // the other connection
		Endpoint   Endpoint `json:"endpoint"`
	}
	// TellCall leaves word for another call of the tenant. The step that asks for it
	// also gives the reservation of the agent Hand, if there is one, to that call.
	TellCall struct {
		Call ID             `json:"call"`
		Told MoveTold       `json:"told"`
		Hand tenant.AgentID `json:"hand,omitempty"`
	}
	// RingNear tells the customer's side that it rings (180).
	RingNear struct{}
	// AnswerNear accepts the customer's INVITE (200).
	AnswerNear struct{}
	// DialFar sends the INVITE to Microsoft.
	DialFar struct {
		Number string `json:"number"`
		Caller string `json:"caller"`
		Token  string `json:"token,omitempty"` // put in by the bridge, which also keeps its hash
	}
	// DialOut dials, at a peer, the number that Microsoft calls through us.
	DialOut struct {
		Side   Side   `json:"side"`
		Peer   string `json:"peer"`
		Number string `json:"number"`
		Caller string `json:"caller"`
	}
	// HangUpLeg ends a leg: a refusal, a CANCEL or a BYE, as its dialog stands.
	HangUpLeg struct {
		Side   Side   `json:"side"`
		Status int    `json:"status,omitempty"` // for a leg that was not answered
		Q850   int    `json:"q850"`
		Text   string `json:"text,omitempty"`
	}
	// BuryLeg ends a dialog whose edge is gone, from what the snapshot kept of it.
	BuryLeg struct {
		Side   Side            `json:"side"`
		Dialog json.RawMessage `json:"dialog,omitempty"`
	}
	// ConnectMedia joins near and far.
	ConnectMedia struct{}
	// AcceptInvitation takes the call at Microsoft.
	AcceptInvitation struct {
		Resource string `json:"resource"`
		Context  string `json:"context"`
	}
	// RefuseInvitation declines it.
	RefuseInvitation struct {
		Resource string `json:"resource"`
		Context  string `json:"context"`
	}
	// RedirectInvitation has Microsoft hand the call to somebody else.
	RedirectInvitation struct {
		Resource string   `json:"resource"`
		Context  string   `json:"context"`
		To       Endpoint `json:"to"`
	}
	// RingAgent makes a person's Teams ring, or whatever he is reached by.
	RingAgent struct {
		Connection  string        `json:"connection"`
		Endpoint    Endpoint      `json:"endpoint"`
		DisplayName string        `json:"display_name,omitempty"`
		CallerID    string        `json:"caller_id,omitempty"` // what a telephone shows, E.164
		Timeout     time.Duration `json:"timeout"`
		Token       string        `json:"token,omitempty"` // of a telephone: put in by the bridge, comes back in Microsoft's INVITE
	}
	// CancelRing withdraws an invitation.
	CancelRing struct {
		Connection string `json:"connection"`
		Invitation string `json:"invitation"`
	}
	// RemoveParticipant takes somebody out of the call.
	RemoveParticipant struct {
		Connection string   `json:"connection"`
		Endpoint   Endpoint `json:"endpoint"`
	}
	// Operate does something with the sound of the call. Without an endpoint it
	// is meant for everybody.
	Operate struct {
		Connection string    `json:"connection"`
		Endpoint   Endpoint  `json:"endpoint,omitzero"`
		Operation  Operation `json:"operation"`
	}
	// StartRecording has Microsoft record the connection.
	StartRecording struct {
		Connection string            `json:"connection"`
		Format     RecordingFormat   `json:"format"`
		Channels   RecordingChannels `json:"channels"`
		Paused     bool              `json:"paused,omitempty"`
		First      Endpoint          `json:"first,omitzero"` // unmixed: who is in the first channel
	}
	// ChangeRecording pauses, resumes or stops a recording.
	ChangeRecording struct {
		Recording string    `json:"recording"` // its id at Microsoft
		How       RecordHow `json:"how"`
	}
	// LookRecording asks Microsoft how a recording stands.
	LookRecording struct {
		Recording string `json:"recording"`
	}
	// MuteNear puts silence in the place of the customer, or ends that.
	MuteNear struct {
		On bool `json:"on"`
	}
	// HoldNear has the customer hear the music of the call instead of Microsoft, or
	// Microsoft again.
	HoldNear struct {
		On bool `json:"on"`
	}
	// EndConnection ends our application's leg, or the call for everyone.
	EndConnection struct {
		Connection  string `json:"connection"`
		ForEveryone bool   `json:"for_everyone"`
	}
	// Look asks Microsoft how the call stands.
	Look struct {
		Connection string `json:"connection"`
		Called     bool   `json:"called,omitempty"` // we called: that it still rings is an answer, too
	}
)

func (ChooseAgent) Kind() string        { return "choose_agent" }
func (CallAgent) Kind() string          { return "call_agent" }
func (ConnectCall) Kind() string        { return "connect_call" }
func (MoveHere) Kind() string           { return "move_here" }
func (TellCall) Kind() string           { return "tell_call" }
func (RingNear) Kind() string           { return "ring_near" }
func (AnswerNear) Kind() string         { return "answer_near" }
func (DialFar) Kind() string            { return "dial_far" }
func (DialOut) Kind() string            { return "dial_out" }
func (HangUpLeg) Kind() string          { return "hang_up_leg" }
func (BuryLeg) Kind() string            { return "bury_leg" }
func (ConnectMedia) Kind() string       { return "connect_media" }
func (AcceptInvitation) Kind() string   { return "accept_invitation" }
func (RefuseInvitation) Kind() string   { return "refuse_invitation" }
func (RedirectInvitation) Kind() string { return "redirect_invitation" }
func (RingAgent) Kind() string          { return "ring_agent" }
func (CancelRing) Kind() string         { return "cancel_ring" }
func (RemoveParticipant) Kind() string  { return "remove_participant" }
func (Operate) Kind() string            { return "operate" }
func (StartRecording) Kind() string     { return "start_recording" }
func (ChangeRecording) Kind() string    { return "change_recording" }
func (LookRecording) Kind() string      { return "look_recording" }
func (MuteNear) Kind() string           { return "mute_near" }
func (HoldNear) Kind() string           { return "hold_near" }
func (EndConnection) Kind() string      { return "end_connection" }
func (Look) Kind() string               { return "look" }

// Doings lists a zero value of every kind, for tests.
func Doings() []Doing {
	return []Doing{
		ChooseAgent{}, CallAgent{}, ConnectCall{}, MoveHere{}, TellCall{}, RingNear{}, AnswerNear{}, DialFar{}, DialOut{}, HangUpLeg{}, BuryLeg{}, ConnectMedia{}, AcceptInvitation{},
		RefuseInvitation{}, RedirectInvitation{}, RingAgent{}, CancelRing{}, RemoveParticipant{}, Operate{}, MuteNear{}, HoldNear{}, EndConnection{}, Look{},
		StartRecording{}, ChangeRecording{}, LookRecording{},
	}
}

// DecodeDoing reads an action's payload from the journal.
func DecodeDoing(kind string, payload []byte) (Doing, error) {
	return decode(Doings(), kind, payload)
}
