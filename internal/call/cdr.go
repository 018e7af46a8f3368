package call

import (
	"encoding/json"
	"time"

	"tandem/internal/tenant"
)

// CDR is the call detail record, written once, with the step that ends the call.
type CDR struct {
	Call        ID                `json:"call"`
	Tenant      tenant.ID         `json:"tenant"`
	Direction   Direction         `json:"direction,omitempty"`
	External    bool              `json:"external,omitempty"` // over an SBC that is not ours
	Peer        string            `json:"peer,omitempty"`
	Caller      string            `json:"caller,omitempty"`
	Called      string            `json:"called,omitempty"`
	Number      string            `json:"number,omitempty"`
	Agent       tenant.AgentID    `json:"agent,omitempty"` // who talked first
	Termination                   // result, reason, by, fault and their codes
	Marks       Marks             `json:"marks"`
	Setup       time.Duration     `json:"setup"` // INVITE, or the request for a call that has none, to connected
	Talk        time.Duration     `json:"talk"`  // connected to ending: nobody pays for how long Microsoft takes to let go
	Attempts    []Attempt         `json:"attempts,omitempty"`
	Host        *HostCall         `json:"host,omitempty"` // the call that we were a guest of
	Recordings  []RecordingRecord `json:"recordings,omitempty"`
	ReleasedTo  string            `json:"released_to,omitempty"` // name of whom the customer was transferred to
	Near        LegRecord         `json:"near"`
	Far         LegRecord         `json:"far"`
	Outlegs     []OutlegRecord    `json:"outlegs,omitempty"`  // telephones called through us
	Resource    string            `json:"resource,omitempty"` // of the connection
	Connection  string            `json:"connection,omitempty"`
	ServerCall  string            `json:"server_call,omitempty"`
	Correlation string            `json:"correlation,omitempty"`
	Context     json.RawMessage   `json:"context,omitempty"`
	Stream      *Stream           `json:"stream,omitempty"`  // to a bot, the newest: with what it found out
	Phrases     int               `json:"phrases,omitempty"` // of all transcriptions
}

// Attempt is one person's share in the call.
type Attempt struct {
	Agent   tenant.AgentID `json:"agent,omitempty"`
	Name    string         `json:"name,omitempty"`
	Outside Endpoint       `json:"outside,omitzero"` // of who is no agent: how he was reached
	Rung    time.Time      `json:"rung,omitzero"`
	Joined  time.Time      `json:"joined,omitzero"`
	Left    time.Time      `json:"left,omitzero"`
	Outcome Outcome        `json:"outcome,omitzero"`
}

// RecordingRecord is what the record keeps of a recording.
type RecordingRecord struct {
	ID        RecordingID    `json:"id"`
	State     RecordingState `json:"state"` // ended or failed
	StartedAt time.Time      `json:"started_at,omitzero"`
	EndedAt   time.Time      `json:"ended_at"`
	Recorded  time.Duration  `json:"recorded"` // without the pauses
	Outcome   Outcome        `json:"outcome,omitzero"`
}

// LegRecord is what the record keeps of a leg.
type LegRecord struct {
	SIPCallID string     `json:"sip_call_id,omitempty"`
	Status    int        `json:"status,omitempty"`
	Q850      int        `json:"q850,omitempty"`
	Text      string     `json:"text,omitempty"`
	Media     MediaStats `json:"media,omitzero"`
}

// Record makes the CDR of a call that is over.
func (c Call) Record() CDR {
	r := CDR{
		Call: c.ID, Tenant: c.Tenant, Direction: c.Plan.Direction, External: c.Plan.External, Peer: c.Peer, Caller: c.Caller, Called: c.Called, Number: c.Plan.Number,
		Marks: c.Marks, Near: c.Near.record(), Far: c.Far.record(), Resource: c.Connection.Resource, Connection: c.Connection.ID,
		ServerCall: c.Connection.ServerCall, Correlation: c.Connection.Correlation, Context: c.Plan.Context, Stream: c.Stream, Host: c.Plan.Host,
		Phrases: c.Phrases,
	}
	for _, o := range c.Outlegs {
		r.Outlegs = append(r.Outlegs, o.record())
	}
	if c.ReleasedTo != nil {
		r.ReleasedTo = c.ReleasedTo.Name
	}
	if c.Ending != nil {
		r.Termination = *c.Ending
	}
	for _, p := range c.Participants {
		if p.Host {
			continue
		}
		a := Attempt{Agent: p.Agent, Name: p.Name, Rung: p.RungAt, Joined: p.JoinedAt, Left: p.LeftAt, Outcome: p.Outcome}
		if p.Agent == "" {
			a.Outside = p.Endpoint
		}
		r.Attempts = append(r.Attempts, a)
		if r.Agent == "" && !p.JoinedAt.IsZero() {
			r.Agent = p.Agent
		}
	}
	for _, one := range c.Recordings {
		r.Recordings = append(r.Recordings, RecordingRecord{
			ID: one.ID, State: one.State, StartedAt: one.StartedAt, EndedAt: one.EndedAt, Recorded: one.Recorded(one.EndedAt), Outcome: one.Outcome,
		})
	}
	if !c.Marks.Connected.IsZero() {
		began := c.Marks.Offered
		if c.Plan.takesNobody() {
			began = c.Marks.Requested
		}
		r.Setup = c.Marks.Connected.Sub(began)
		ended := c.Marks.Ending
		if ended.IsZero() {
			ended = c.Marks.Ended
		}
		r.Talk = ended.Sub(c.Marks.Connected)
	}
	return r
}

func (l Leg) record() LegRecord {
	return LegRecord{SIPCallID: l.SIPCallID, Status: l.Status, Q850: l.Q850, Text: l.Text, Media: l.Media}
}
