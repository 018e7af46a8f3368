package call

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tandem/internal/tenant"
)

// ID names a call: a UUIDv7 (RFC 9562 §5.7), so that the moment the call
// started is part of its name and journals can be partitioned by it.
type ID string

// NewID makes an id from a moment (millisecond resolution) and ten random bytes.
func NewID(at time.Time, random [10]byte) ID {
	var b [16]byte
	ms := uint64(at.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	copy(b[6:], random[:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return ID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

// ParseID checks the form of an id that came from outside.
func ParseID(s string) (ID, error) {
	h := strings.ReplaceAll(s, "-", "")
	b, err := hex.DecodeString(h)
	if err != nil || len(b) != 16 || len(s) != 36 || b[6]>>4 != 7 {
		return "", fmt.Errorf("%q is not a call id (a UUID of version 7)", s)
	}
	return ID(strings.ToLower(s)), nil
}

// StartedAt is the moment inside the id, in milliseconds, UTC.
func (id ID) StartedAt() time.Time {
	b, err := hex.DecodeString(strings.ReplaceAll(string(id), "-", ""))
	if err != nil || len(b) != 16 {
		return time.Time{}
	}
	var ms int64
	for _, x := range b[:6] {
		ms = ms<<8 | int64(x)
	}
	return time.UnixMilli(ms).UTC()
}

// Phase is where the call as a whole stands.
type Phase string

const (
	Requested Phase = "requested" // asked for by the API; no INVITE yet
	Routing   Phase = "routing"   // the customer waits for a person; outbound: the person is called
	Connected Phase = "connected" // customer and person hear each other; outbound: the person is there
	Released  Phase = "released"  // the customer talks on, without our control (transfer, redirect)
	Ending    Phase = "ending"    // being taken apart
	Ended     Phase = "ended"
)

// Direction says who begins the call.
type Direction string

const (
	Inbound  Direction = "inbound"  // a customer, by an INVITE; also the empty direction
	Outbound Direction = "outbound" // we do: one agent is called, without a customer and without a leg
	// Guest, of a call that is the provider's, is in guest.go.
)

// Person is somebody of the tenant's directory who is no agent of ours.
type Person struct {
	Endpoint Endpoint `json:"endpoint"`
	Name     string   `json:"name"`
}

// Plan is what was asked for. It does not change during the call.
type Plan struct {
	Direction    Direction           `json:"direction,omitempty"`
	Number       string              `json:"number,omitempty"` // the tenant's number, E.164; "" uses the region's anchor number
	Connectivity tenant.Connectivity `json:"connectivity,omitempty"`
	Agents       []tenant.AgentID    `json:"agents,omitempty"` // tried in turn; empty means any agent of the tenant
	Queue        tenant.QueueID      `json:"queue,omitempty"`  // instead of agents
	DisplayName  string              `json:"display_name,omitempty"`
	RingTimeout  time.Duration       `json:"ring_timeout"`
	Policy       tenant.AnswerPolicy `json:"policy"`
	InviteWithin time.Duration       `json:"invite_within,omitempty"` // how long a requested call waits for its INVITE
	Person       *Person             `json:"person,omitempty"`        // outbound: called instead of an agent
	External     bool                `json:"external,omitempty"`      // inbound: over an SBC that is not ours, see external.go
	Resource     string              `json:"resource,omitempty"`      // outbound: the resource that the call leaves from; guest: that has the host's
	Host         *HostCall           `json:"host,omitempty"`          // guest: the call that the provider holds
	MaxDuration  time.Duration       `json:"max_duration,omitempty"`  // of the connected call; 0 is without limit
	Context      json.RawMessage     `json:"context,omitempty"`       // the provider's own, given back in the CDR
	// Reservation keeps the first agent already, for whoever asked for the call.
	Reservation tenant.ReservationID `json:"reservation,omitempty"`
	Once        string               `json:"once,omitempty"`       // outbound: asked for again by the same name, it is the same call
	Flow        *FlowRef             `json:"flow,omitempty"`       // inbound: treats the customer before a person
	HoldMusic   tenant.HoldMusic     `json:"hold_music,omitempty"` // heard on our legs while they are on hold
}

// outbound reports whether the call begins here.
func (p Plan) outbound() bool { return p.Direction == Outbound }

// Call is the snapshot of one conversation. Copies made by [Next] share nothing
// that a later step changes.
type Call struct {
	ID     ID        `json:"id"`
	Tenant tenant.ID `json:"tenant"`
	Phase  Phase     `json:"phase"`
	Plan   Plan      `json:"plan"`
	Caller string    `json:"caller,omitempty"` // E.164 or "anonymous"
	Called string    `json:"called,omitempty"` // as dialled: E.164, or "" for a call by token
	Peer   string    `json:"peer,omitempty"`   // the near side's neighbour

	Near         Leg               `json:"near"`
	Far          Leg               `json:"far"`
	Connection   Connection        `json:"connection"`
	Participants []Participant     `json:"participants,omitempty"`
	Customer     Treated           `json:"customer,omitzero"`
	OurMusic     bool              `json:"our_music,omitempty"`    // while he is on hold our leg plays to him, and not Microsoft
	Parked       bool              `json:"parked,omitempty"`       // it does so now
	CustomerTold Treated           `json:"customer_told,omitzero"` // what Microsoft's newest list shows him as
	Listed       bool              `json:"listed,omitempty"`       // a participant list has shown the customer
	Redirect     *Person           `json:"redirect,omitempty"`     // whom Microsoft is to hand the call to, or did
	ReleasedTo   *Person           `json:"released_to,omitempty"`  // whom the customer was transferred to
	Operations   []OperationRecord `json:"operations,omitempty"`   // under way, and the newest that are over
	Handover     Handover          `json:"handover,omitzero"`      // of a treated call
	Flow         FlowPosition      `json:"flow,omitzero"`          // of a treated call
	Recordings   []Recording       `json:"recordings,omitempty"`   // in turn; only the last one may be under way
	Consult      *Consult          `json:"consult,omitempty"`      // the newest
	Stream       *Stream           `json:"stream,omitempty"`       // the newest

	Transcription *Transcription `json:"transcription,omitempty"` // the newest
	Phrases       int            `json:"phrases,omitempty"`       // of all transcriptions

	Outlegs []Outleg `json:"outlegs,omitempty"` // telephones called through us
	Visit   Visit    `json:"visit,omitzero"`    // of a guest

	Waiting   Waiting              `json:"waiting,omitzero"`   // in the plan's queue
	Choosing  string               `json:"choosing,omitempty"` // the ChooseAgent action under way
	Adds      []Sought             `json:"adds,omitempty"`     // asked for, and not there yet
	Media     bool                 `json:"media,omitempty"`    // near and far are joined
	Deadlines map[string]time.Time `json:"deadlines,omitempty"`
	Ending    *Termination         `json:"ending,omitempty"` // why it ends or ended; the first cause
	Looks     int                  `json:"looks,omitempty"`  // fruitless looks while ending

	Seq     int   `json:"seq"`     // events taken, the ignored ones too
	Ignored int   `json:"ignored"` // events that changed nothing
	Marks   Marks `json:"marks"`
}

// Marks are the moments of the call; zero if not reached.
type Marks struct {
	Requested time.Time `json:"requested,omitzero"`
	Offered   time.Time `json:"offered,omitzero"`  // INVITE of the customer
	Dialed    time.Time `json:"dialed,omitzero"`   // INVITE to Microsoft asked for
	Invited   time.Time `json:"invited,omitzero"`  // IncomingCall
	Accepted  time.Time `json:"accepted,omitzero"` // CallConnected
	Ringing   time.Time `json:"ringing,omitzero"`  // the first person's Teams was asked to ring; outbound: was called
	Treated   time.Time `json:"treated,omitzero"`  // a flow has the answered customer
	Joined    time.Time `json:"joined,omitzero"`   // the first person accepted
	Connected time.Time `json:"connected,omitzero"`
	Released  time.Time `json:"released,omitzero"` // the customer talks on without our control
	Ending    time.Time `json:"ending,omitzero"`   // why it ends is decided; from here on it is taken apart
	Ended     time.Time `json:"ended,omitzero"`
}

// clone copies whatever Next may change.
func (c Call) clone() Call {
	c.Participants = slices.Clone(c.Participants)
	c.Adds = slices.Clone(c.Adds)
	c.Outlegs = slices.Clone(c.Outlegs)
	c.Operations = slices.Clone(c.Operations)
	c.Recordings = slices.Clone(c.Recordings)
	c.Deadlines = maps.Clone(c.Deadlines)
	return c
}

// Over reports whether nothing more will happen to the call.
func (c Call) Over() bool { return c.Phase == Ended }

// Inside lists the agents whom the call has, rings, or gets from another call: none
// of them is to be rung for it.
func (c Call) Inside() []tenant.AgentID {
	var inside []tenant.AgentID
	for _, p := range c.Participants {
		if p.Agent != "" && p.State != Gone {
			inside = append(inside, p.Agent)
		}
	}
	return inside
}

// Held lists the agents that the call keeps others from ringing.
func (c Call) Held() []tenant.AgentID {
	var held []tenant.AgentID
	for _, p := range c.Participants {
		if p.Agent != "" && p.State != Gone && !p.between() {
			held = append(held, p.Agent)
		}
	}
	return held
}

// Passing lists the agents on their way to or from the call, as their state says. A
// call does not let them go: their reservation goes with them.
func (c Call) Passing(states ...ParticipantState) []tenant.AgentID {
	var all []tenant.AgentID
	for _, p := range c.Participants {
		if p.Agent != "" && slices.Contains(states, p.State) {
			all = append(all, p.Agent)
		}
	}
	return all
}

// Next applies one event at a moment. The actions are numbered "seq.n" in
// order; their ids are unique within the call.
func Next(c Call, at time.Time, e Event) (Call, []Action) {
	before := c
	s := step{c: c.clone(), at: at}
	s.c.Seq++
	if !s.apply(e) {
		before.Seq++
		before.Ignored++
		return before, nil
	}
	s.park()
	s.drive()
	return s.c, s.actions
}

// New is the call before its first event.
func New(id ID, t tenant.ID, p Plan) Call {
	return Call{ID: id, Tenant: t, Phase: Requested, Plan: p}
}

// step is one application of Next.
type step struct {
	c       Call
	at      time.Time
	actions []Action
}

// ask records an action and returns its id.
func (s *step) ask(do Doing) string {
	id := fmt.Sprintf("%d.%d", s.c.Seq, len(s.actions))
	s.actions = append(s.actions, Action{ID: id, Do: do})
	return id
}

func (s *step) await(name string, d time.Duration) {
	if s.c.Deadlines == nil {
		s.c.Deadlines = map[string]time.Time{}
	}
	s.c.Deadlines[name] = s.at.Add(d)
}

func (s *step) settle(names ...string) {
	for _, n := range names {
		delete(s.c.Deadlines, n)
	}
}

// finish begins the end. Only the first cause counts.
func (s *step) finish(t Termination) {
	if s.c.Ending != nil {
		return
	}
	s.c.Ending = &t
	s.c.Phase = Ending
	s.c.Marks.Ending = s.at
	clear(s.c.Deadlines)
	s.await(AwaitEnd, EndWithin)
}

// ErrRefused is wrapped by the errors of [Call.Permit].
var ErrRefused = errors.New("the call does not allow this now")

// Permit says whether a command (an event that the API sends, or an INVITE) makes sense now;
// the error names what stands against it. Next ignores what Permit refuses.
func (c Call) Permit(e Event) error {
	if c.Phase == Ending || c.Phase == Ended {
		return fmt.Errorf("%w: it is %s", ErrRefused, c.Phase)
	}
	switch e := e.(type) {
	case Offered:
		if c.Phase != Requested || c.Plan.legless() {
			return fmt.Errorf("%w: its INVITE has been taken already", ErrRefused)
		}
	case AddAsked:
		return c.permitAdd(e)
	case OutOffered:
		return c.permitOut(e)
	case ConsultAsked:
		return c.permitConsult(e)
	case ConsultEndAsked:
		return c.permitConsultEnd(e)
	case StreamAsked, StreamStopAsked, BotAsked:
		return c.permitStream(e)
	case TranscribeAsked:
		return c.permitTranscribe(e)
	case OperateAsked:
		return c.permitOperation(e)
	case HandoverAsked:
		return c.permitHandover(e)
	case RecordAsked:
		return c.permitRecord(e)
	case RedirectAsked:
		return c.permitRedirect()
	case MoveAsked:
		return c.permitMove(e)
	case HangUpAsked:
		if e.ForEveryone && c.Plan.guest() {
			return ErrGuest
		}
	case RejectAsked:
		if c.Phase != Requested && c.Phase != Routing || c.Plan.legless() {
			return fmt.Errorf("%w: a customer is rejected before he is connected, this call is %s", ErrRefused, c.Phase)
		}
		if c.Near.State == LegUp || c.Near.State == LegAnswering {
			return fmt.Errorf("%w: the customer was answered", ErrRefused)
		}
	case RemoveAsked:
		if c.asked(e.Participant) >= 0 {
			return nil
		}
		i := c.participant(e.Participant)
		if i < 0 {
			return fmt.Errorf("%w: it has no such participant", ErrRefused)
		}
		if st := c.Participants[i].State; st != Joined && st != Ringing && st != Inviting && st != Reserved {
			return fmt.Errorf("%w: that participant is %s", ErrRefused, st)
		}
	}
	return nil
}
