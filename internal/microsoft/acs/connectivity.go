package acs

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"math"
	"strings"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// TokenHeader carries our token of an attempt through Microsoft and back.
const TokenHeader = "X-MS-Custom-Tandem"

const userToUser = "User-To-User"

// Limits of what rides along (facts/direct-routing.md §14).
const (
	maxHeaderValue = 256
	valueMarks     = "=;.!%*_+~-" // allowed beside letters and digits
)

const (
	minRing = time.Second
	maxRing = 180 * time.Second // facts/call-automation.md §6.2
)

// Resource is an ACS resource as this package needs it.
type Resource struct {
	ID                string
	Endpoint          string // https://contoso.communication.azure.com/
	AccessKey         string // base64; secret
	ImmutableID       string // GUID; audience of callbacks
	Topic             string // Azure resource path; "" is not compared
	CognitiveEndpoint string // "": no speech in its calls
}

// LogValue leaves the key out.
func (r Resource) LogValue() slog.Value { return slog.StringValue(r.ID) }

// Trunk is the way to Microsoft that a call takes.
type Trunk struct {
	Resource string // id
	FQDN     string // of the builtin trunk
	Number   string // to dial: the tenant's own, else the region's anchor number
}

// Resources finds resources by id; fault.NotFound.
type Resources interface {
	Resource(ctx context.Context, id string) (Resource, error)
}

// Directory is what the connectivity must know of the installation.
type Directory interface {
	Resources
	// Trunk finds the resource and builtin trunk of the tenant's region for one
	// of its numbers, or for its anchor number if that is "".
	Trunk(ctx context.Context, t tenant.ID, number string) (Trunk, error)
	// Usable names the resource that a tenant's outbound calls leave from: the
	// named one, or the usual one of its home region if that is "". fault.Invalid
	// if there is no such, or if it belongs to another tenant.
	Usable(ctx context.Context, t tenant.ID, named string) (string, error)
	// Prompt finds a prompt of the tenant's: fault.NotFound.
	Prompt(ctx context.Context, t tenant.ID, id tenant.PromptID) (tenant.Prompt, error)
}

// Connectivity implements bridge.Microsoft for acs_direct_routing.
type Connectivity struct {
	directory Directory
	keys      HookKeys
	publicURL string
	cfg       Config
}

var _ bridge.Microsoft = (*Connectivity)(nil)

// NewConnectivity makes the connectivity; publicURL is the base of the doors
// for Microsoft, which must be https for the real service.
func NewConnectivity(d Directory, k HookKeys, publicURL string, cfg Config) (*Connectivity, error) {
	if err := k.validate(); err != nil {
		return nil, err
	}
	return &Connectivity{directory: d, keys: k, publicURL: publicURL, cfg: cfg.withDefaults()}, nil
}

// Route implements bridge.Microsoft. The plan's context goes along as
// User-To-User if it fits, else it stays here: it is dropped, never cut.
func (c *Connectivity) Route(ctx context.Context, o call.Call, token string) (bridge.FarRoute, error) {
	if token == "" || !headerSafe(token) {
		return bridge.FarRoute{}, fault.Internal("bad_token", "the token of an attempt does not fit a SIP header of Microsoft's")
	}
	t, err := c.directory.Trunk(ctx, o.Tenant, o.Plan.Number)
	if err != nil {
		return bridge.FarRoute{}, err
	}
	headers := map[string]string{TokenHeader: token}
	if value, ok := encodeContext(o.Plan.Context); !ok {
		c.cfg.Metrics.dropped(planContext)
		c.cfg.Logger.InfoContext(ctx, "context of the call is too long to be sent along", "call", o.ID, "bytes", len(o.Plan.Context))
	} else if value != "" {
		headers[userToUser] = value
	}
	return bridge.FarRoute{Resource: t.Resource, Trunk: t.FQDN, Number: t.Number, Headers: headers}, nil
}

// encodeContext writes JSON as a value of RFC 7433 §4.1: hex digits, because
// the characters of JSON are not allowed to pass. False: it does not fit.
func encodeContext(raw json.RawMessage) (string, bool) {
	var compact bytes.Buffer
	if len(raw) == 0 {
		return "", true
	}
	if err := json.Compact(&compact, raw); err != nil {
		return "", false
	}
	if compact.String() == "null" {
		return "", true
	}
	value := hex.EncodeToString(compact.Bytes()) + ";encoding=hex"
	return value, len(value) <= maxHeaderValue
}

func headerSafe(value string) bool {
	if len(value) > maxHeaderValue {
		return false
	}
	for _, r := range value {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && !strings.ContainsRune(valueMarks, r) {
			return false
		}
	}
	return true
}

// client makes the client of a resource as the directory knows it now.
func (c *Connectivity) client(ctx context.Context, resource string) (*Client, Resource, error) {
	res, err := c.directory.Resource(ctx, resource)
	if fault.KindOf(err) == fault.KindNotFound {
		return nil, res, misconfigured("the resource of this call is not registered any more")
	}
	if err != nil {
		return nil, res, err
	}
	client, err := NewClient(res.Endpoint, res.AccessKey, c.cfg)
	if err != nil {
		return nil, res, misconfigured(err.Error())
	}
	return client, res, nil
}

func misconfigured(message string) error {
	return &bridge.Refused{Outcome: call.Outcome{Class: call.ClassMisconfigured, Message: message}}
}

func once(r bridge.Request) Once { return Once{ID: r.ID, FirstSent: r.FirstSent} }

// operationContext names the attempt in the events that it causes.
func operationContext(r bridge.Request) string { return r.ID + "/" + r.Op }

// opOf reads the action out of an operationContext; "" if it is none of ours.
func opOf(context string) string {
	_, op, _ := strings.Cut(context, "/")
	return op
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Accept implements bridge.Microsoft.
func (c *Connectivity) Accept(ctx context.Context, r bridge.Request, do call.AcceptInvitation) (call.ConnectionAccepted, error) {
	client, res, err := c.client(ctx, either(do.Resource, r.Resource))
	if err != nil {
		return call.ConnectionAccepted{}, err
	}
	body := AnswerRequest{
		IncomingCallContext: do.Context,
		CallbackURI:         c.keys.CallURL(c.publicURL, res.ID, r.Call),
		OperationContext:    operationContext(r),
		MediaOptions:        c.mediaOptions(res, r.Call),
	}
	if res.CognitiveEndpoint != "" {
		body.Intelligence = &Intelligence{res.CognitiveEndpoint}
	}
	p, err := client.Answer(ctx, once(r), body)
	if err != nil {
		return call.ConnectionAccepted{}, err
	}
	return call.ConnectionAccepted{Op: r.Op, Connection: p.Connection, ServerCall: p.ServerCall, Correlation: p.Correlation}, nil
}

// Resource implements bridge.Microsoft.
func (c *Connectivity) Resource(ctx context.Context, t tenant.ID, named string) (string, error) {
	return c.directory.Usable(ctx, t, named)
}

// Call implements bridge.Microsoft. Unlike somebody added to a call, somebody
// called has his forwarding and voicemail (facts/call-automation.md §13).
func (c *Connectivity) Call(ctx context.Context, r bridge.Request, do call.CallAgent) (call.AgentCalled, error) {
	who, ok := identify(do.Endpoint)
	if !ok || do.Endpoint.Kind != tenant.TeamsUser { // a phone needs a caller's number
		return call.AgentCalled{}, misconfigured("nobody can be called as " + string(do.Endpoint.Kind) + " here")
	}
	client, res, err := c.client(ctx, either(do.Resource, r.Resource))
	if err != nil {
		return call.AgentCalled{}, err
	}
	body := CreateRequest{
		Targets:           []Identifier{who},
		CallbackURI:       c.keys.CallURL(c.publicURL, res.ID, r.Call),
		SourceDisplayName: do.DisplayName,
		OperationContext:  operationContext(r),
		MediaOptions:      c.mediaOptions(res, r.Call),
	}
	if res.CognitiveEndpoint != "" {
		body.Intelligence = &Intelligence{res.CognitiveEndpoint}
	}
	p, err := client.Create(ctx, once(r), body)
	if err != nil {
		return call.AgentCalled{}, err
	}
	return call.AgentCalled{Op: r.Op, Connection: p.Connection, Correlation: p.Correlation}, nil
}

// Connect implements bridge.Microsoft.
func (c *Connectivity) Connect(ctx context.Context, r bridge.Request, do call.ConnectCall) (call.CallFound, error) {
	where, ok := locate(do.Host)
	if !ok {
		return call.CallFound{}, misconfigured("no way to a call by its " + string(do.Host.Kind))
	}
	client, res, err := c.client(ctx, either(do.Resource, r.Resource))
	if err != nil {
		return call.CallFound{}, err
	}
	body := ConnectRequest{
		Locator: where, CallbackURI: c.keys.CallURL(c.publicURL, res.ID, r.Call), OperationContext: operationContext(r), MediaOptions: c.mediaOptions(res, r.Call),
	}
	if res.CognitiveEndpoint != "" {
		body.Intelligence = &Intelligence{res.CognitiveEndpoint}
	}
	p, err := client.Connect(ctx, once(r), body)
	if err != nil {
		return call.CallFound{}, err
	}
	return call.CallFound{Op: r.Op, Connection: p.Connection, ServerCall: p.ServerCall, Correlation: p.Correlation}, nil
}

// Move implements bridge.Microsoft.
func (c *Connectivity) Move(ctx context.Context, r bridge.Request, do call.MoveHere) error {
	who, ok := identify(do.Endpoint)
	if !ok {
		return misconfigured("nobody is in a call as " + string(do.Endpoint.Kind) + " here")
	}
	client, _, err := c.client(ctx, r.Resource)
	if err != nil {
		return err
	}
	return client.MoveHere(ctx, once(r), do.Connection, do.From, who, operationContext(r))
}

// locate spells the name of a host's call as Microsoft does.
func locate(h call.HostCall) (Locator, bool) {
	switch h.Kind {
	case call.HostServerCall:
		return Locator{Kind: "serverCallLocator", ServerCall: h.ID}, true
	case call.HostGroup:
		return Locator{Kind: "groupCallLocator", Group: h.ID}, true
	case call.HostRoom:
		return Locator{Kind: "roomCallLocator", Room: h.ID}, true
	}
	return Locator{}, false
}

// Refuse implements bridge.Microsoft; a call that is gone needs no refusal.
func (c *Connectivity) Refuse(ctx context.Context, r bridge.Request, do call.RefuseInvitation) error {
	client, _, err := c.client(ctx, either(do.Resource, r.Resource))
	if err != nil {
		return err
	}
	return unlessGone(client.Reject(ctx, once(r), do.Context, "none"))
}

// Redirect implements bridge.Microsoft.
func (c *Connectivity) Redirect(ctx context.Context, r bridge.Request, do call.RedirectInvitation) error {
	who, ok := identify(do.To)
	if !ok || do.To.Kind != tenant.TeamsUser {
		return misconfigured("nobody can be redirected to a " + string(do.To.Kind) + " here")
	}
	client, _, err := c.client(ctx, either(do.Resource, r.Resource))
	if err != nil {
		return err
	}
	return client.Redirect(ctx, once(r), do.Context, who)
}

// Ring implements bridge.Microsoft.
func (c *Connectivity) Ring(ctx context.Context, r bridge.Request, do call.RingAgent) (string, error) {
	who, ok := identify(do.Endpoint)
	if !ok {
		return "", misconfigured("nobody can be rung as " + string(do.Endpoint.Kind) + " here")
	}
	client, _, err := c.client(ctx, r.Resource)
	if err != nil {
		return "", err
	}
	body := AddRequest{
		SourceDisplayName: do.DisplayName,
		Participant:       who,
		InvitationTimeout: ringSeconds(do.Timeout),
		OperationContext:  operationContext(r),
	}
	if do.Endpoint.Kind == tenant.PhoneNumber {
		if do.Token == "" || !headerSafe(do.Token) {
			return "", misconfigured("a telephone is called with a token that fits a SIP header of Microsoft's")
		}
		body.SourceCallerID = &Phone{Value: do.CallerID}
		body.Custom = &Custom{SIP: map[string]string{TokenHeader: do.Token}, VoIP: map[string]string{}}
	}
	return client.Add(ctx, once(r), do.Connection, body)
}

// ringSeconds rounds up and keeps the limits; 0 (not said) stays 0.
func ringSeconds(d time.Duration) int {
	if d <= 0 {
		return 0
	}
	return int(math.Ceil(min(max(d, minRing), maxRing).Seconds()))
}

// CancelRing implements bridge.Microsoft.
func (c *Connectivity) CancelRing(ctx context.Context, r bridge.Request, do call.CancelRing) error {
	client, _, err := c.client(ctx, r.Resource)
	if err != nil {
		return err
	}
	return client.CancelAdd(ctx, once(r), do.Connection, do.Invitation, operationContext(r))
}

// Remove implements bridge.Microsoft.
func (c *Connectivity) Remove(ctx context.Context, r bridge.Request, do call.RemoveParticipant) error {
	who, ok := identify(do.Endpoint)
	if !ok {
		return misconfigured("nobody is in a call as " + string(do.Endpoint.Kind) + " here")
	}
	client, _, err := c.client(ctx, r.Resource)
	if err != nil {
		return err
	}
	return client.Remove(ctx, once(r), do.Connection, who, operationContext(r))
}

// End implements bridge.Microsoft: 404/8522 and 400/8528 are success.
func (c *Connectivity) End(ctx context.Context, r bridge.Request, do call.EndConnection) error {
	client, _, err := c.client(ctx, r.Resource)
	if err != nil {
		return err
	}
	if do.ForEveryone {
		return unlessGone(client.Terminate(ctx, once(r), do.Connection))
	}
	return unlessGone(client.HangUp(ctx, do.Connection))
}

func inBetween(state string) error {
	return fault.Unavailable("acs_in_between", "the connection is "+state)
}

func unlessGone(err error) error {
	if gone(err) {
		return nil
	}
	return err
}

// Look implements bridge.Microsoft. A connection on its way up or down has no
// state that call.Observed could tell, but that one which we made still rings;
// then the look is to be tried again.
func (c *Connectivity) Look(ctx context.Context, r bridge.Request, do call.Look) (call.Observed, error) {
	down := call.Observed{Connection: do.Connection}
	client, _, err := c.client(ctx, r.Resource)
	if err != nil {
		return down, err
	}
	p, err := client.Get(ctx, do.Connection)
	if gone(err) {
		return down, nil
	}
	if err != nil {
		return down, err
	}
	switch state := strings.ToLower(p.State); state {
	case "connecting":
		if do.Called {
			return call.Observed{Connection: do.Connection, Ringing: true}, nil
		}
		return down, inBetween(state)
	case "connected", "transferring", "transferaccepted":
	case "disconnected":
		return down, nil
	default: // disconnecting, unknown
		return down, inBetween(brief(state))
	}
	list, err := client.List(ctx, do.Connection)
	if gone(err) { // between the two requests
		return down, nil
	}
	if err != nil {
		return down, err
	}
	seen := call.Observed{Connection: do.Connection, Up: true, ServerCall: p.ServerCall}
	for _, m := range list {
		e, ok := m.Identifier.endpoint()
		if !ok {
			c.cfg.Metrics.dropped(party)
			continue
		}
		seen.Present = append(seen.Present, e)
		if m.IsOnHold {
			seen.OnHold = append(seen.OnHold, e)
		}
		if m.IsMuted {
			seen.Muted = append(seen.Muted, e)
		}
	}
	return seen, nil
}
