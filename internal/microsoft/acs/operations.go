package acs

import (
	"context"
	"net/http"
	"net/url"

	"tandem/internal/fault"
)

// maxPages bounds a list: a call has at most 350 participants
// (facts/call-automation.md §15).
const maxPages = 50

// Properties is CallConnectionProperties, as far as it is used.
type Properties struct {
	Connection  string `json:"callConnectionId"`
	ServerCall  string `json:"serverCallId"`
	Correlation string `json:"correlationId"`
	State       string `json:"callConnectionState"`
}

// AnswerRequest is the body of callConnections:answer.
type AnswerRequest struct {
	IncomingCallContext string        `json:"incomingCallContext"`
	CallbackURI         string        `json:"callbackUri"`
	OperationContext    string        `json:"operationContext,omitempty"`
	Intelligence        *Intelligence `json:"callIntelligenceOptions,omitempty"`
	MediaOptions
}

// CreateRequest is the body of POST callConnections, without what calling a
// phone needs besides.
type CreateRequest struct {
	Targets           []Identifier  `json:"targets"`
	CallbackURI       string        `json:"callbackUri"`
	SourceDisplayName string        `json:"sourceDisplayName,omitempty"`
	OperationContext  string        `json:"operationContext,omitempty"`
	Intelligence      *Intelligence `json:"callIntelligenceOptions,omitempty"`
	MediaOptions
}

// ConnectRequest is the body of callConnections:connect.
type ConnectRequest struct {
	Locator          Locator       `json:"callLocator"`
	CallbackURI      string        `json:"callbackUri"`
	OperationContext string        `json:"operationContext,omitempty"`
	Intelligence     *Intelligence `json:"callIntelligenceOptions,omitempty"`
	MediaOptions
}

// Locator names a call; kind says by which member.
type Locator struct {
	Kind       string `json:"kind"`
	ServerCall string `json:"serverCallId,omitempty"`
	Group      string `json:"groupCallId,omitempty"`
	Room       string `json:"roomId,omitempty"`
}

// Intelligence is where speech and its synthesis come from.
type Intelligence struct {
	CognitiveServicesEndpoint string `json:"cognitiveServicesEndpoint"`
}

// AddRequest is the body of participants:add.
type AddRequest struct {
	SourceCallerID    *Phone     `json:"sourceCallerIdNumber,omitempty"` // for phones only, which cannot do without
	SourceDisplayName string     `json:"sourceDisplayName,omitempty"`
	Participant       Identifier `json:"participantToAdd"`
	InvitationTimeout int        `json:"invitationTimeoutInSeconds,omitempty"` // 1..180; absent: the service's own, about 2 min
	OperationContext  string     `json:"operationContext,omitempty"`
	Custom            *Custom    `json:"customCallingContext,omitempty"`
}

// Custom is what goes along with a call, as SIP headers.
type Custom struct {
	SIP  map[string]string `json:"sipHeaders"`
	VoIP map[string]string `json:"voipHeaders"`
}

// Answer takes an incoming call.
func (c *Client) Answer(ctx context.Context, once Once, body AnswerRequest) (Properties, error) {
	var p Properties
	err := c.do(ctx, request{"answer", http.MethodPost, target("callConnections:answer"), once, body}, &p)
	return p, p.named(err)
}

// Create calls somebody.
func (c *Client) Create(ctx context.Context, once Once, body CreateRequest) (Properties, error) {
	var p Properties
	err := c.do(ctx, request{"create", http.MethodPost, target("callConnections"), once, body}, &p)
	return p, p.named(err)
}

// Connect makes our application a guest of a call.
func (c *Client) Connect(ctx context.Context, once Once, body ConnectRequest) (Properties, error) {
	var p Properties
	err := c.do(ctx, request{"connect", http.MethodPost, target("callConnections:connect"), once, body}, &p)
	return p, p.named(err)
}

// named refuses an answer that names no connection.
func (p Properties) named(err error) error {
	if err == nil && p.Connection == "" {
		err = fault.Unavailable("acs_unreadable", "Microsoft's answer names no call connection")
	}
	return err
}

// Reject declines an incoming call. reason is none, busy or forbidden.
func (c *Client) Reject(ctx context.Context, once Once, incomingCallContext, reason string) error {
	return c.do(ctx, request{"reject", http.MethodPost, target("callConnections:reject"), once, struct {
		Context string `json:"incomingCallContext"`
		Reason  string `json:"callRejectReason,omitempty"`
	}{incomingCallContext, reason}}, nil)
}

// Redirect hands an incoming call to somebody else.
func (c *Client) Redirect(ctx context.Context, once Once, incomingCallContext string, to Identifier) error {
	return c.do(ctx, request{"redirect", http.MethodPost, target("callConnections:redirect"), once, struct {
		Context string     `json:"incomingCallContext"`
		Target  Identifier `json:"target"`
	}{incomingCallContext, to}}, nil)
}

// Get reads the state of a connection.
func (c *Client) Get(ctx context.Context, connection string) (Properties, error) {
	var p Properties
	err := c.do(ctx, request{"get_call", http.MethodGet, target("callConnections/" + segment(connection)), Once{}, nil}, &p)
	return p, err
}

// HangUp ends our application's leg.
func (c *Client) HangUp(ctx context.Context, connection string) error {
	return c.do(ctx, request{"hang_up", http.MethodDelete, target("callConnections/" + segment(connection)), Once{}, nil}, nil)
}

// Terminate ends the call for everyone.
func (c *Client) Terminate(ctx context.Context, once Once, connection string) error {
	return c.do(ctx, request{"terminate", http.MethodPost, target("callConnections/" + segment(connection) + ":terminate"), once, nil}, nil)
}

// Add invites somebody and returns the handle of the invitation.
func (c *Client) Add(ctx context.Context, once Once, connection string, body AddRequest) (invitation string, err error) {
	var out struct {
		Invitation string `json:"invitationId"`
	}
	err = c.do(ctx, request{"add_participant", http.MethodPost, participants(connection, ":add"), once, body}, &out)
	return out.Invitation, err
}

// CancelAdd withdraws an invitation.
func (c *Client) CancelAdd(ctx context.Context, once Once, connection, invitation, operationContext string) error {
	return c.do(ctx, request{"cancel_add", http.MethodPost, participants(connection, ":cancelAddParticipant"), once, struct {
		Invitation string `json:"invitationId"`
		Context    string `json:"operationContext,omitempty"`
	}{invitation, operationContext}}, nil)
}

// Remove takes somebody out of the call.
func (c *Client) Remove(ctx context.Context, once Once, connection string, who Identifier, operationContext string) error {
	return c.do(ctx, request{"remove_participant", http.MethodPost, participants(connection, ":remove"), once, struct {
		Participant Identifier `json:"participantToRemove"`
		Context     string     `json:"operationContext,omitempty"`
	}{who, operationContext}}, nil)
}

// MoveHere takes somebody out of another connection of the resource.
func (c *Client) MoveHere(ctx context.Context, once Once, connection, from string, who Identifier, operationContext string) error {
	return c.do(ctx, request{"move_here", http.MethodPost, participants(connection, ":moveHere"), once, struct {
		Targets []Identifier `json:"targetParticipants"`
		From    string       `json:"fromCall"`
		Context string       `json:"operationContext,omitempty"`
	}{[]Identifier{who}, from, operationContext}}, nil)
}

// Member is CallParticipant.
type Member struct {
	Identifier Identifier `json:"identifier"`
	IsMuted    bool       `json:"isMuted"`
	IsOnHold   bool       `json:"isOnHold"`
}

// List reads who is in the call; our application is not among them.
func (c *Client) List(ctx context.Context, connection string) ([]Member, error) {
	var all []Member
	next := participants(connection, "")
	for range maxPages {
		var page struct {
			Value []Member `json:"value"`
			Next  string   `json:"nextLink"`
		}
		if err := c.do(ctx, request{"list_participants", http.MethodGet, next, Once{}, nil}, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Value...)
		if page.Next == "" {
			return all, nil
		}
		// Signed as it is (facts/call-automation.md §6.1), but only for the host
		// that the key belongs to.
		u, err := url.Parse(page.Next)
		if err != nil || u.IsAbs() && (u.Scheme != c.origin.Scheme || u.Host != c.origin.Host) || u.Host != "" && !u.IsAbs() {
			return nil, fault.Internal("acs_foreign_link", "the next page of a list is on another host")
		}
		next = u.RequestURI()
	}
	return nil, fault.Internal("acs_endless_list", "a list of participants does not end")
}

func participants(connection, verb string) string {
	return target("callConnections/" + segment(connection) + "/participants" + verb)
}
