package call

import "cmp"

// ConnectionState is where our application's leg at Microsoft stands.
type ConnectionState string

const (
	ConnectionNone        ConnectionState = ""
	ConnectionOffered     ConnectionState = "offered"     // IncomingCall came
	ConnectionRedirecting ConnectionState = "redirecting" // handing it to somebody else asked for
	ConnectionAccepting   ConnectionState = "accepting"   // answer asked for
	ConnectionAnswered    ConnectionState = "accepted"    // answer request done, CallConnected to come
	ConnectionPlacing     ConnectionState = "placing"     // calling somebody, or being let in as a guest, asked for; its id is not known
	ConnectionPlaced      ConnectionState = "placed"      // somebody is being called, or we are being let in: CallConnected to come
	ConnectionIsUp        ConnectionState = "up"
	ConnectionEnding      ConnectionState = "ending"
	ConnectionIsDown      ConnectionState = "down"
)

// Connection is the call as Microsoft knows it.
type Connection struct {
	State       ConnectionState `json:"state,omitempty"`
	ID          string          `json:"id,omitempty"`
	ServerCall  string          `json:"server_call,omitempty"`
	Correlation string          `json:"correlation,omitempty"`
	Resource    string          `json:"resource,omitempty"`
	Op          string          `json:"op,omitempty"` // the accept, call or connect action that it comes from
	Invitation  string          `json:"-"`            // between apply and drive only: up to 16 kB that no snapshot needs
	Sequence    int             `json:"sequence"`     // of the newest participant list; -1 before the first
	Outcome     Outcome         `json:"outcome,omitzero"`
}

// Live reports whether Microsoft holds the connection, or may.
func (k Connection) Live() bool { return k.State != ConnectionNone && k.State != ConnectionIsDown }

type connectionFact string

const (
	factInvited  connectionFact = "invited"
	factAccepted connectionFact = "accepted"
	factPlaced   connectionFact = "placed"
	factUp       connectionFact = "up"
	factDown     connectionFact = "down"
)

// connectionTable: CallConnected may overtake the answer to the accept request,
// or to that of calling, whose result then only adds what it knows.
var connectionTable = map[ConnectionState]map[connectionFact]ConnectionState{
	ConnectionNone:        {factInvited: ConnectionOffered},
	ConnectionOffered:     {factDown: ConnectionIsDown},
	ConnectionRedirecting: {factDown: ConnectionIsDown},
	ConnectionAccepting:   {factAccepted: ConnectionAnswered, factUp: ConnectionIsUp, factDown: ConnectionIsDown},
	ConnectionAnswered:    {factUp: ConnectionIsUp, factDown: ConnectionIsDown},
	ConnectionPlacing:     {factPlaced: ConnectionPlaced, factUp: ConnectionIsUp, factDown: ConnectionIsDown},
	ConnectionPlaced:      {factUp: ConnectionIsUp, factDown: ConnectionIsDown},
	ConnectionIsUp:        {factAccepted: ConnectionIsUp, factPlaced: ConnectionIsUp, factUp: ConnectionIsUp, factDown: ConnectionIsDown},
	ConnectionEnding:      {factAccepted: ConnectionEnding, factPlaced: ConnectionEnding, factUp: ConnectionEnding, factDown: ConnectionIsDown},
}

func nextConnection(from ConnectionState, f connectionFact) (ConnectionState, bool) {
	to, ok := connectionTable[from][f]
	return to, ok
}

// ours reports whether an event speaks of this call's connection. While the
// request to accept or to call is under way its id is not known yet, and the
// first one named in an event that reached this call by its secret address is
// taken.
func (c Call) ours(connection string) bool {
	if c.Connection.ID == "" {
		return c.Connection.State == ConnectionAccepting || c.Connection.State == ConnectionPlacing && connection != ""
	}
	return connection == "" || connection == c.Connection.ID
}

func (s *step) onInvited(e Invited) bool {
	if s.c.Plan.External && s.c.Phase == Requested {
		s.arrived(e)
		return true
	}
	to, ok := nextConnection(s.c.Connection.State, factInvited)
	// A second invitation of the attempt, or one nobody waits for, is refused
	// rather than ignored: it rings on otherwise.
	if !ok || !s.c.Far.Live() {
		s.ask(RefuseInvitation{Resource: e.Resource, Context: e.Context})
		return true
	}
	s.c.Connection = Connection{
		State: to, Resource: e.Resource, Correlation: e.Correlation, Invitation: e.Context, Sequence: -1,
	}
	s.c.Marks.Invited = s.at
	s.settle(AwaitInvitation)
	return true
}

func (s *step) onAccepted(e ConnectionAccepted) bool {
	k := &s.c.Connection
	if e.Op != k.Op || k.ID != "" && e.Connection != k.ID {
		return false
	}
	to, ok := nextConnection(k.State, factAccepted)
	if !ok {
		return false
	}
	k.State, k.ID = to, e.Connection
	k.fill(e.ServerCall, e.Correlation)
	return true
}

func (k *Connection) fill(serverCall, correlation string) {
	if serverCall != "" {
		k.ServerCall = serverCall
	}
	if correlation != "" {
		k.Correlation = correlation
	}
}

func (s *step) onUp(connection, serverCall string) bool {
	k := &s.c.Connection
	if !s.c.ours(connection) {
		return false
	}
	to, ok := nextConnection(k.State, factUp)
	if ok && k.State == to && to == ConnectionIsUp && serverCall != "" && k.ServerCall == "" { // a list was faster, which does not name it
		k.ServerCall = serverCall
		return true
	}
	if !ok || k.State == to && k.State == ConnectionIsUp {
		return false
	}
	k.State, k.ID = to, cmp.Or(connection, k.ID)
	k.fill(serverCall, "")
	if to == ConnectionIsUp {
		s.c.Marks.Accepted = s.at
		s.settle(AwaitConnected)
		if i := s.c.called(); i >= 0 { // he is who answered
			s.move(i, factJoined, Outcome{})
		}
	}
	return true
}

func (s *step) onDown(connection string, o Outcome) bool {
	k := &s.c.Connection
	if !s.c.ours(connection) {
		return false
	}
	asked := k.State == ConnectionEnding
	to, ok := nextConnection(k.State, factDown)
	if !ok {
		return false
	}
	k.State, k.Outcome = to, o
	if k.ID == "" {
		k.ID = connection
	}
	called := s.c.called()
	for i := range s.c.Participants {
		switch s.c.Participants[i].State {
		case Gone:
		case Joined, Removing:
			s.leave(i, Outcome{Class: ClassEnded})
		case Departing: // the others are with him, or the call went with its last
			s.leave(i, Outcome{Class: ClassMoved})
		case Inviting, Ringing:
			if i == called && !asked { // the end of the connection is his answer
				s.leave(i, o)
				break
			}
			s.leave(i, Outcome{Class: ClassCancelled})
		default: // was only to be rung, or rang
			s.leave(i, Outcome{Class: ClassCancelled})
		}
	}
	s.settle(AwaitConnected, AwaitWatch)
	if t := s.c.transferring(); t != nil && (s.c.Plan.External || s.c.Far.State == LegUp && s.c.Near.State == LegUp) {
		// The word that it was accepted is late, or lost. If the call is over instead, the far leg says so by a BYE.
		s.accepted(t)
	}
	if !asked && s.c.Phase != Released {
		s.finish(s.c.connectionEnding(o))
	}
	return true
}

// connectionEnding is why the call ends when the connection goes unasked. If
// the far leg went first it has given the cause already (finish keeps it).
func (c Call) connectionEnding(o Outcome) Termination {
	t := Termination{By: ByMicrosoft, Fault: FaultMicrosoft, ACSCode: o.Code, ACSSubCode: o.SubCode, Message: o.Message}
	switch {
	case c.Plan.guest():
		return c.hostEnding(o)
	case c.Plan.External && (o.Class == ClassEnded || o.Class == ClassGone):
		return c.left()
	case c.Plan.outbound() && c.Phase == Connected && o.Class == ClassEnded: // there was nobody else
		t.Result, t.Reason, t.By, t.Fault = Completed, ReasonAgentHungUp, ByAgent, FaultNone
	case c.Plan.outbound() && c.Phase != Connected:
		return byClass(o)
	case c.Phase == Connected && o.Class == ClassEnded:
		t.Result, t.Reason, t.Fault = Completed, ReasonMicrosoftHungUp, FaultNone
	case c.Phase == Connected || !c.Marks.Treated.IsZero():
		t.Result, t.Reason = Failed, ReasonConnectionLost
	default:
		t.Result, t.Reason = Failed, ReasonMicrosoftRefused
	}
	return t
}

// onObserved takes what a look at Microsoft showed.
func (s *step) onObserved(e Observed) bool {
	k := s.c.Connection
	if !k.Live() || !s.c.ours(e.Connection) {
		return false
	}
	if e.Ringing {
		return s.onStillRinging()
	}
	if !e.Up {
		return s.onDown(e.Connection, Outcome{Class: ClassGone})
	}
	if k.State == ConnectionEnding {
		s.c.Connection.State = ConnectionIsUp // so that drive asks again to end it
		return true
	}
	s.onUp(e.Connection, e.ServerCall)
	s.seeCustomer(e.Present)
	s.toldHeld(e.OnHold)
	s.toldMuted(e.Muted)
	for i := range s.c.Participants {
		s.observe(i, e)
	}
	s.seeHosts(e.Present)
	return true
}
