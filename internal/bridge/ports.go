package bridge

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tandem/internal/call"
	"tandem/internal/flow"
	"tandem/internal/roster"
	"tandem/internal/tenant"
)

// World is time and concurrency, so that a simulation can own both.
type World interface {
	Now() time.Time
	// Go runs f beside the caller.
	Go(f func())
	// After runs f after d, unless stop is called first.
	After(d time.Duration, f func()) (stop func())
}

// Journal is the durable truth about calls. Its errors are faults: Unavailable
// means "not written, try again", ErrStale and ErrSeen are told by errors.Is.
type Journal interface {
	// Create writes a new call with its first step. With an owner the call is
	// leased to him, otherwise it waits for one (a call asked for by the API). A
	// [Before] if the tenant has a call with the plan's Once already.
	Create(ctx context.Context, o Opening) (Lease, error)
	// Claim takes the lease of a call that nobody holds: free, lapsed, or held
	// by an earlier life of the same node. fault.Conflict if somebody does,
	// fault.NotFound if the call is over or never was.
	Claim(ctx context.Context, id call.ID, o Owner) (Claimed, error)
	// Commit writes one step if the lease is still ours: ErrStale if not,
	// ErrSeen if the event was taken before, ErrTaken if it keeps an agent whom
	// somebody else has.
	Commit(ctx context.Context, l Lease, s Step) error
	// Renew keeps all leases of an owner alive until the given moment.
	Renew(ctx context.Context, o Owner) error
	// Adoptable lists calls that nobody looks after: leases of an earlier life of
	// this node, waiting calls with a deadline that passed, and, if settled,
	// leases of other nodes that lapsed.
	Adoptable(ctx context.Context, o Owner, settled bool, limit int) ([]call.ID, error)
	// Post leaves an event for a call that another process owns, and wakes it.
	// fault.NotFound if the call is over or never was.
	Post(ctx context.Context, id call.ID, e call.Event, seen *Seen) error
	// Collect lists what was left for calls of this owner.
	Collect(ctx context.Context, o Owner) ([]Posted, error)
	// BindToken binds a SIP token, given by its hash, to the dialog that shows
	// it first and names its call. The same dialog may ask again; another one is
	// refused (fault.Forbidden, code token_used), as is an unknown token
	// (token_unknown) or one past its time (token_expired).
	BindToken(ctx context.Context, hash []byte, dialog string) (call.ID, error)
	// Attempt names the call of a far leg by the hash of its token; fault.NotFound.
	Attempt(ctx context.Context, hash []byte) (call.ID, error)
	// Reserve keeps an agent for a call; false if somebody else has him, or if the
	// call is over by now (a choice may outlive it). Asking again for the same
	// call is true again. A reservation that keeps him for who asked gives way. The
	// call does not wait in a queue from then on.
	Reserve(ctx context.Context, t tenant.ID, a tenant.AgentID, id call.ID, r tenant.ReservationID) (bool, error)
	// Wait notes that a call waits in a queue, so that others see it ahead of them.
	// It keeps its place; fault.NotFound if the call is over.
	Wait(ctx context.Context, w Waiting) error
}

// Waiting is a call that waits in a queue.
type Waiting struct {
	Tenant tenant.ID
	Queue  tenant.QueueID
	Call   call.ID
	Since  time.Time // it is in the queue
	Tried  []tenant.AgentID
}

// Before names the call that was opened before by the same name (Plan.Once).
type Before struct{ Call call.ID }

func (b *Before) Error() string { return "call " + string(b.Call) + " was opened before" }

// Owner is one life of one process. Node is its stable name: a new life of the
// same node may take over at once, because it holds the node's addresses.
type Owner struct {
	Node  string
	Life  string
	Until time.Time // how long leases taken or renewed now are good for
	// Legless: it has no SIP edge and cannot end what another process left of a call's legs,
	// so that it takes over only calls that nobody had.
	Legless bool
}

// Lease is the right to write a call's journal; a claim raises the epoch.
type Lease struct {
	Call   call.ID
	Tenant tenant.ID
	Owner  string // Owner.Life
	Epoch  int64
}

// Opening is a call with its first step.
type Opening struct {
	Step    Step
	Owner   *Owner    // nil: nobody yet
	Token   []byte    // hash of the SIP token that will claim it, if any
	Expires time.Time // of the token
}

// Step is what one event did, written in one transaction.
type Step struct {
	At    time.Time
	Event call.Event
	// Commands are what the flow of the call made of the event, and the choice that was
	// foreseen: events of the call that follow it, each with a number of its own.
	Commands []call.Event
	Reserve  *Reserving // whom the step keeps for the call, if nobody else has him
	// Before is the call as it was written last; what is the same after the step need
	// not be written again. nil: nobody knows.
	Before *call.Call
	After  call.Call // the snapshot; After.Seq is the number of the last event
	// The reservation that a TellCall among them hands over is the other call's with
	// the step, if that call is not over.
	Actions  []call.Action    // to be performed: pending until an event closes them or the call is over
	Closes   string           // the id of the action whose result the event is
	Seen     *Seen            // the delivery that brought the event
	Inbox    int64            // the row that brought it, deleted with the commit
	Attempts [][]byte         // hashes of the tokens in Actions
	Release  []tenant.AgentID // whom the call no longer keeps; a call that is over keeps nobody
	Leaves   bool             // it waited in a queue, and has what it waited for, or wants it no more
}

// Seq is the number of the step's first event.
func (s Step) Seq() int { return s.After.Seq - len(s.Commands) }

// Seen names a delivery of Microsoft's, so that a second one is known.
type Seen struct {
	Resource string
	EventID  string
}

// Claimed is what an adopter gets.
type Claimed struct {
	Lease   Lease
	Call    call.Call
	Pending []Pending
	Fresh   bool // nobody ever owned it: a call asked for by the API
}

// Pending is an action that nobody knows to be done.
type Pending struct {
	Action call.Action
	At     time.Time // when it was journalled
}

// Posted is an event from the inbox.
type Posted struct {
	ID    int64
	Call  call.ID
	Event call.Event
	Seen  *Seen
}

// Registry is what the engine needs to know of tenants.
type Registry interface {
	// Number finds who a called number belongs to: fault.NotFound, or
	// fault.Forbidden (code tenant_suspended …) if the tenant may not be called.
	Number(ctx context.Context, e164 string) (tenant.Number, error)
	// External reports whether calls reach a resource over an SBC that is not ours.
	External(ctx context.Context, resource string) (bool, error)
	// Flow finds the version of a flow of the tenant that runs now; fault.NotFound.
	Flow(ctx context.Context, t tenant.ID, id tenant.FlowID) (call.FlowRef, flow.Document, error)
	// FlowVersion finds one version of it; fault.NotFound.
	FlowVersion(ctx context.Context, t tenant.ID, ref call.FlowRef) (flow.Document, error)
	// Choice finds those who are wanted, without their presence. fault.NotFound
	// (code queue_unknown) if there is no such queue.
	Choice(ctx context.Context, t tenant.ID, w Wanted) (Choice, error)
	// DialPeer names the peer at which a number is dialled for a tenant:
	// fault.Forbidden if the tenant's rules or those of its peers do not let it be called
	// (code destination_refused), fault.Exhausted (outlegs_full) if as many of its
	// telephones are being called already as may be, fault.Conflict (no_dial_peer)
	// if no peer takes calls.
	DialPeer(ctx context.Context, t tenant.ID, number string) (peer string, err error)
}

// Wanted says whom a call may ring: the members of a queue, some agents, or,
// without either, all of the tenant.
type Wanted struct {
	Queue  tenant.QueueID
	Agents []tenant.AgentID // in the order to ring them
	Group  string           // members of an Entra group, to be looked at only
	// Everybody includes those who must not be rung: taken out, or not ready.
	Everybody bool
}

// Choice is whom a call may ring.
type Choice struct {
	Directory string             // the tenant's id in Entra, by which presence is asked for
	Agents    []roster.Candidate // as they are listed
	Queue     tenant.Queue       // without its agents; if one was wanted
	Waiting   []roster.Waiter    // calls that wait in it, the longest waiting first; not more than matter
	Length    int                // how many wait
	Service   time.Duration      // that an agent needs for a call of it; 0: nobody knows
	// Refused is why calls to the tenant are not taken, as Number tells it; only if
	// agents were wanted by name, and some are there.
	Refused error
}

// PresenceSource tells what Teams says of people, by Entra object id. People it
// knows nothing of are left out. Of the tenant it needs both ids. With an error it
// may tell what it knew before, with its age.
type PresenceSource interface {
	Presence(ctx context.Context, t tenant.Tenant, oids []string) (map[string]roster.Presence, error)
}

// Edge is the SIP edge as the engine sees it. Methods return when the request
// is on its way; what becomes of it comes back through [Bridge.Leg]. An error
// means that nothing was sent.
type Edge interface {
	Ring(ctx context.Context, id call.ID) error
	Answer(ctx context.Context, id call.ID) error
	Dial(ctx context.Context, id call.ID, f FarCall) error
	ConnectMedia(ctx context.Context, id call.ID) error
	// Mute has Microsoft hear silence instead of the customer, or the customer
	// again. The customer goes on hearing.
	Mute(ctx context.Context, id call.ID, on bool) error
	// Music chooses what the peer of the near or an out leg hears while that is on
	// hold. It never waits for what has to be fetched.
	Music(ctx context.Context, id call.ID, side call.Side, m Music) error
	// Hold has the customer hear that instead of Microsoft, or Microsoft again.
	Hold(ctx context.Context, id call.ID, on bool) error
	// DialOut dials a number at a peer for the outleg that [OutOffer] bound, and
	// relays between the two dialogs from then on.
	DialOut(ctx context.Context, id call.ID, do call.DialOut) error
	HangUp(ctx context.Context, id call.ID, h call.HangUpLeg) error
	// Bury ends a dialog of an edge that is gone, from what its events carried,
	// and waits for the answer; 481 counts as success.
	Bury(ctx context.Context, id call.ID, side call.Side, dialog json.RawMessage) error
}

// Music is what is heard on hold: the prompt is the tenant's.
type Music struct {
	Tenant tenant.ID
	Sound  tenant.HoldMusic
}

// FarRoute is how the connectivity wants the far leg to look.
type FarRoute struct {
	Resource string            `json:"resource"` // id of the resource whose trunk it is
	Trunk    string            `json:"trunk"`    // FQDN: identity, certificate and Contact of the leg
	Number   string            `json:"number"`   // user part of the Request-URI, E.164 with +
	Headers  map[string]string `json:"headers"`  // to send along
}

// FarCall is a far leg to set up.
type FarCall struct {
	FarRoute
	Caller string // E.164 with +, or "anonymous"
}

// Microsoft is one way to reach people in Teams: a connectivity. Its methods
// do one request each and do not retry. A refusal is a [Refused]; a fault of
// kind Unavailable may be tried again with the same request id.
type Microsoft interface {
	// Route plans the far leg; token marks the attempt and comes back in [Incoming].
	Route(ctx context.Context, c call.Call, token string) (FarRoute, error)
	Accept(ctx context.Context, r Request, do call.AcceptInvitation) (call.ConnectionAccepted, error)
	Refuse(ctx context.Context, r Request, do call.RefuseInvitation) error
	Redirect(ctx context.Context, r Request, do call.RedirectInvitation) error
	// Resource is the one that an outbound call of the tenant leaves from, or that a
	// guest's host is in: the
	// named one, or the usual one of the tenant's home region if that is "".
	// fault.Invalid (code resource_unknown) if the tenant has no such.
	Resource(ctx context.Context, t tenant.ID, named string) (string, error)
	Call(ctx context.Context, r Request, do call.CallAgent) (call.AgentCalled, error)
	// Connect makes us a guest of a call that is the provider's.
	Connect(ctx context.Context, r Request, do call.ConnectCall) (call.CallFound, error)
	// Move takes somebody out of another connection of the resource; a callback tells
	// how it ended.
	Move(ctx context.Context, r Request, do call.MoveHere) error
	Ring(ctx context.Context, r Request, do call.RingAgent) (invitation string, err error)
	CancelRing(ctx context.Context, r Request, do call.CancelRing) error
	Remove(ctx context.Context, r Request, do call.RemoveParticipant) error
	// Operate asks for an operation; over says that with the answer it is done,
	// and otherwise a callback tells its end.
	Operate(ctx context.Context, r Request, do call.Operate) (over bool, err error)
	// StartRecording tells what the recording is called there.
	StartRecording(ctx context.Context, r Request, do call.StartRecording) (recording string, err error)
	// ChangeRecording succeeds also when what is to be stopped is gone already.
	ChangeRecording(ctx context.Context, r Request, do call.ChangeRecording) error
	LookRecording(ctx context.Context, r Request, do call.LookRecording) (call.RecordingSeen, error)
	// End succeeds also when the connection is gone already.
	End(ctx context.Context, r Request, do call.EndConnection) error
	Look(ctx context.Context, r Request, do call.Look) (call.Observed, error)
}

// Request identifies one request to Microsoft: sent twice with the same id it
// is done once (facts/call-automation.md §4).
type Request struct {
	Call      call.ID
	Tenant    tenant.ID
	Resource  string    // of the connection
	Op        string    // the action; comes back in events as their Op
	ID        string    // UUID for Repeatability-Request-ID
	FirstSent time.Time // for Repeatability-First-Sent
}

// Refused is Microsoft's final no to a request.
type Refused struct{ Outcome call.Outcome }

func (r *Refused) Error() string {
	return fmt.Sprintf("refused by Microsoft: %s (%d/%d %s)", r.Outcome.Class, r.Outcome.Code, r.Outcome.SubCode, r.Outcome.Message)
}

// Offer is an authenticated INVITE of the near side.
type Offer struct {
	Peer      string // the peer's name
	User      string // user part of the Request-URI: a number or a token
	Caller    string // E.164 or "anonymous"
	SIPCallID string
	FromTag   string
	Dialog    json.RawMessage // what is needed to end the dialog without its edge
	// Bind is told the call's id once it is journalled and before anything is
	// asked of the leg, so that no request of the engine can miss it.
	Bind func(call.ID)
}

// OutOffer is Microsoft's INVITE for a number behind a trunk of ours. That it is
// Microsoft's is known by its certificate; that it was asked for, by the token.
type OutOffer struct {
	Token     string // "" if it shows none
	Trunk     string // FQDN that it was sent to
	Number    string // E.164
	Caller    string // E.164 or "anonymous"
	SIPCallID string
	Dialog    json.RawMessage // what is needed to end the dialog without its edge
	// Bind is told the call and the outleg's name before anything is asked of it.
	Bind func(call.ID, call.Side)
}

// Alarm is a call out that was refused because nobody asked for it, or not like
// this: perhaps somebody tries to call at the provider's expense.
type Alarm struct {
	Tenant tenant.ID // "" if the token is not known
	Call   call.ID
	Code   string // of the fault
	Trunk  string
	Number string
}

// Incoming is Microsoft's question whether we take a call.
type Incoming struct {
	Resource    string
	Seen        Seen
	Token       string // of our attempt; "" if the call did not come through an edge of ours
	Context     string
	Correlation string
	From, To    string
}

// Delivery is a callback of Microsoft's about one call.
type Delivery struct {
	Call  call.ID
	Seen  Seen
	Event call.Event
}
