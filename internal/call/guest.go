package call

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// A guest call is our application's leg in a call that the provider holds at
// Microsoft, outside of Tandem. It has no customer and no legs of ours; it is
// connected when Microsoft let us in, with nobody of ours in it at first, and lasts
// until we leave or the host's call ends. DESIGN §4: we leave, never terminate; whom
// we added we remove.
//
//	requested ──ConnectCall──▶ routing ──up──▶ connected ──hang up──▶ ending: ours out, then our leg ──▶ ended
//	                                               └──────── the host's call ended ────────────────────────▲
//
// Who is in the host's call is known from Microsoft's lists only. Whoever is in them
// and was not brought by us is a participant of the host's: shown, and treated like
// others, but neither reserved, nor counted, nor taken out when we leave.

// Guest is the direction of a call that the provider holds.
const Guest Direction = "guest"

// HostKind says what names the host's call.
type HostKind string

// The kinds, as Microsoft's connect takes them (facts/call-automation.md §6.1).
const (
	HostServerCall HostKind = "server_call"
	HostGroup      HostKind = "group"
	HostRoom       HostKind = "room"
)

// HostCall names a call that the provider holds in a resource.
type HostCall struct {
	Kind HostKind `json:"kind"`
	ID   string   `json:"id"`
}

// MaxHostID bounds the name of a host's call: a server call id is base64 of an
// address of some hundred characters (facts/observed-events.md §9).
const MaxHostID = 1024

// Known reports whether it is one of the kinds.
func (k HostKind) Known() bool { return k == HostServerCall || k == HostGroup || k == HostRoom }

// Check reports what is wrong with the name.
func (h HostCall) Check() error {
	switch {
	case !h.Kind.Known():
		return errors.New("the kind is server_call, group or room")
	case h.ID == "" || len(h.ID) > MaxHostID:
		return fmt.Errorf("the id has 1 to %d characters", MaxHostID)
	}
	return nil
}

// How long is waited for the host's call.
const (
	// AdmitWithin is for Microsoft's answer, which an owner asks for again as long as
	// its request id is known.
	AdmitWithin = 2 * time.Minute
	// stayQuiet is how long somebody of ours who is gone is not taken for one of the
	// host's: a list may be older than his end.
	stayQuiet = 5 * time.Second
	// keptHosts bounds those of the host's who are gone and still shown.
	keptHosts = 20
	// maxPartings is how often it is tried to take each of our people out before we
	// leave.
	maxPartings = 3
)

// Visit is what a guest remembers.
type Visit struct {
	Looked bool `json:"looked,omitempty"` // CallConnected is late, and a look under way
}

func (p Plan) guest() bool { return p.Direction == Guest }

// takesNobody reports whether no customer comes to the call.
func (p Plan) takesNobody() bool { return p.outbound() || p.guest() }

// legless reports whether no customer comes to it by a leg of ours.
func (p Plan) legless() bool { return p.takesNobody() || p.External }

// ErrGuest says that a guest does not end what is the host's.
var ErrGuest = fmt.Errorf("%w: we are a guest in it, who leaves and never terminates: hang up instead", ErrRefused)

// onFound takes Microsoft's answer to ConnectCall.
func (s *step) onFound(e CallFound) bool {
	k := &s.c.Connection
	if !s.c.Plan.guest() || e.Op != k.Op || e.Connection == "" || k.ID != "" && e.Connection != k.ID {
		return false
	}
	to, ok := nextConnection(k.State, factPlaced)
	if !ok {
		return false
	}
	if to == ConnectionPlaced && s.c.Ending == nil {
		s.await(AwaitConnected, ConnectedWithin)
	}
	k.State, k.ID = to, e.Connection
	k.fill(e.ServerCall, e.Correlation)
	return true
}

// admissionOverdue: we asked long ago, and are not in. Perhaps only the word is lost.
func (s *step) admissionOverdue() {
	if !s.c.Visit.Looked && s.look() {
		s.c.Visit.Looked = true
		s.await(AwaitConnected, ConnectedWithin)
		return
	}
	s.finish(Termination{Result: Failed, Reason: ReasonConnectTimeout, By: ByTandem, Fault: FaultMicrosoft})
}

// hostEnding is why the call ends when our leg ends unasked, or was never let in.
func (c Call) hostEnding(o Outcome) Termination {
	t := Termination{
		Result: Failed, Reason: ReasonHostRefused, By: ByMicrosoft, Fault: FaultMicrosoft, ACSCode: o.Code, ACSSubCode: o.SubCode, Message: o.Message,
	}
	switch {
	case c.Phase == Connected && (o.Class == ClassEnded || o.Class == ClassGone):
		t.Result, t.Reason, t.By, t.Fault = Completed, ReasonHostEnded, ByHost, FaultNone
	case c.Phase == Connected:
		t.Reason = ReasonConnectionLost
	case o.Class == ClassGone || o.Class == ClassMisconfigured || o.Class == ClassEnded: // the name is wrong, or of another resource, or late
		t.Fault = FaultProvider
	case o.Class == ClassNotAllowed:
		t.Fault = FaultTenant
	}
	return t
}

// driveGuest asks to be let in, and is connected when we are.
func (s *step) driveGuest() {
	c := &s.c
	switch c.Connection.State {
	case ConnectionNone:
		c.Connection = Connection{State: ConnectionPlacing, Resource: c.Plan.Resource, Sequence: -1}
		c.Connection.Op = s.ask(ConnectCall{Resource: c.Plan.Resource, Host: *c.Plan.Host})
		s.await(AwaitConnected, AdmitWithin)
	case ConnectionIsUp:
		s.connected()
	}
}

// seeHosts takes everybody who is there and whom we did not bring for one of the
// host's. The list has been compared with our own before.
func (s *step) seeHosts(present []Endpoint) (news bool) {
	if !s.c.Plan.guest() || s.c.Ending != nil {
		return false
	}
	for i, who := range present {
		if slices.ContainsFunc(s.c.Participants, func(p Participant) bool {
			return p.Endpoint == who && (p.State != Gone || !p.Host && s.at.Sub(p.LeftAt) < stayQuiet)
		}) {
			continue
		}
		news = true
		s.c.Participants = append(s.c.Participants, Participant{
			ID: fmt.Sprintf("host-%d.%d", s.c.Seq, i), Endpoint: who, Host: true, State: Joined, Listed: true, JoinedAt: s.at,
		})
	}
	s.forgetHosts()
	return news
}

// forgetHosts drops the oldest of the host's who are gone.
func (s *step) forgetHosts() {
	gone := 0
	for i := len(s.c.Participants) - 1; i >= 0; i-- {
		if p := s.c.Participants[i]; !p.Host || p.State != Gone {
			continue
		}
		if gone++; gone > keptHosts {
			s.c.Participants = slices.Delete(s.c.Participants, i, i+1)
		}
	}
}

// hosted reports whether the host has this person in the call: then there is nobody
// to ring.
func (c Call) hosted(who Endpoint) bool {
	return slices.ContainsFunc(c.Participants, func(p Participant) bool { return p.Host && p.Endpoint == who && p.State != Gone })
}

// takeLeave takes out whom we brought, and reports whether that is still to be
// waited for. What cannot be done is given up: people can leave by themselves, and
// the host sees them.
func (s *step) takeLeave() (waits bool) {
	if !s.c.Plan.guest() || s.c.Connection.State != ConnectionIsUp {
		return false
	}
	for i := range s.c.Participants {
		p := &s.c.Participants[i]
		if !p.Host && p.State == Joined && p.Partings < maxPartings {
			p.State = Removing
			p.Partings++
			s.ask(RemoveParticipant{Connection: s.c.Connection.ID, Endpoint: p.Endpoint})
		}
		// Who arrives when we are gone would stay, and so would who cannot depart any more.
		waits = waits || !p.Host && (p.State == Removing || p.State == Departing || p.State == Arriving && p.Op != "")
	}
	return waits
}

// partAgain has those asked to be taken out once more of whom nothing was heard, and
// those who are on their way here, or from here, looked for.
func (s *step) partAgain() {
	for i := range s.c.Participants {
		p := &s.c.Participants[i]
		if p.between() {
			p.Overdue = true
		}
		if s.c.Plan.guest() && !p.Host && p.State == Removing {
			p.State = Joined
		}
	}
}
