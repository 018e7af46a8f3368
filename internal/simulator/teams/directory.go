package teams

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
	"tandem/internal/simulator/watch"
)

// keptCalls is how many calls a user remembers the sound of.
const keptCalls = 32

// ErrUnknown is returned for users, rings and calls that are not there.
var ErrUnknown = errors.New("not found")

// Tenant is an organisation as configured.
type Tenant struct {
	ID   string
	Name string
	// Domain of its people's names; empty: made from Name.
	Domain string
	// Cloud is empty for the global one, or CloudGCCHigh.
	Cloud string
	// Federation are the ACS resources (immutable ids) that its Teams admin lets
	// call its users; FederationOff keeps that list without effect.
	Federation    []string
	FederationOff bool
	Policies      []Policy
	Grants        []Grant
	// Groups: their members must be added before a change of Settings.
	Groups []Group
	// Delay is how long changes take until calls go by them.
	Delay time.Duration
}

// CloudGCCHigh is the cloud whose Graph lacks some of what others have.
const CloudGCCHigh = "gcch"

// Directory holds the tenants and their users.
type Directory struct {
	// Switches decides what is only inferred; nil: defaults. Set it before use.
	Switches *evidence.Switches
	// PresenceLag is how much later others see what a user does. Set it before
	// anybody is added.
	PresenceLag time.Duration

	clock  *clock.Clock
	faults *faults.Book
	logger *slog.Logger

	mu      sync.Mutex
	tenants map[string]*organisation
	users   map[string]*user
	upns    map[string]string // object ids
	order   []string
	voices  int64      // how many there have been
	watches watch.List // who is told of changes
}

// user is a Profile with what is happening to it; guarded by Directory.mu,
// except for the parts of the Profile that never change (OID, Speech …).
type user struct {
	Profile
	initial Profile
	acts    standing // what calls go by
	acted   int      // the number of the change that made it so
	rings   []*ring
	calls   []*Session
	heard   []*recording
	voice   *Voice
	past    []noted
}

type recording struct {
	call    string
	samples []int16
}

// ring is an invitation on a user's screen.
type ring struct {
	Invitation
	user   *user
	since  time.Time
	timers []*clock.Timer
}

// New returns an empty directory; Close it.
func New(c *clock.Clock, f *faults.Book, logger *slog.Logger) *Directory {
	return &Directory{
		clock: c, faults: f, logger: logger,
		tenants: make(map[string]*organisation), users: make(map[string]*user), upns: make(map[string]string),
	}
}

// Close makes everybody leave and takes every ring off the screens.
func (d *Directory) Close() {
	d.mu.Lock()
	var sessions []*Session
	for _, u := range d.users {
		sessions = append(sessions, u.calls...)
		for _, r := range slices.Clone(u.rings) {
			d.drop(r)
		}
	}
	d.mu.Unlock()
	for _, s := range sessions {
		s.Leave()
	}
}

// AddTenant adds or replaces a tenant. Settings that make no sense are an error.
func (d *Directory) AddTenant(t Tenant) error {
	t.ID = strings.ToLower(t.ID)
	if t.Domain == "" {
		t.Domain = domainOf(t.Name)
	}
	s := t.settings()
	if err := s.complete(); err != nil {
		return fmt.Errorf("add tenant %s: %w", t.Name, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	o := &organisation{Tenant: t, shown: s, acts: s, delay: t.Delay}
	if old := d.tenants[t.ID]; old != nil {
		o.size, o.crowd, o.version, o.changes = old.size, old.crowd, old.version+1, old.changes
	}
	d.tenants[t.ID] = o
	d.changed()
	return nil
}

func (t Tenant) settings() Settings {
	s := Settings{Federation: Federation{len(t.Federation) > 0 && !t.FederationOff, t.Federation}, Policies: t.Policies, Grants: t.Grants, Groups: t.Groups}
	return s.clone()
}

// Add adds a user of a tenant that is there.
func (d *Directory) Add(p Profile) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.add(p); err != nil {
		return err
	}
	d.tenants[strings.ToLower(p.Tenant)].version++
	d.changed()
	return nil
}

func (d *Directory) add(p Profile) error {
	p.OID, p.Tenant = strings.ToLower(p.OID), strings.ToLower(p.Tenant)
	if err := uuid.Validate(p.OID); err != nil {
		return fmt.Errorf("add user %s: object id: %w", p.Name, err)
	}
	t := d.tenants[p.Tenant]
	if t == nil {
		return fmt.Errorf("add user %s: no such tenant", p.Name)
	}
	wish := p.UPN
	if err := errors.Join(p.complete(), p.completeAttributes(t.Domain)); err != nil {
		return fmt.Errorf("add user %s: %w", p.Name, err)
	}
	if _, ok := d.users[p.OID]; ok {
		return fmt.Errorf("add user %s: object id is taken", p.Name)
	}
	for n := 2; ; n++ {
		if _, taken := d.upns[strings.ToLower(p.UPN)]; !taken {
			break
		}
		if wish != "" {
			return fmt.Errorf("add user %s: user principal name %s is taken", p.Name, wish)
		}
		mailed := p.Mail == p.UPN
		p.UPN = fmt.Sprintf("%s%d@%s", local(p.Name, p.OID), n, t.Domain)
		if mailed {
			p.Mail = p.UPN
		}
	}
	if _, found := t.shown.Policy(p.Policy); p.Policy != "" && !found {
		return fmt.Errorf("add user %s: no such policy: %s", p.Name, p.Policy)
	}
	d.users[p.OID] = &user{Profile: p, initial: p, acts: p.standing()}
	d.upns[strings.ToLower(p.UPN)] = p.OID
	d.order = append(d.order, p.OID)
	t.size++
	return nil
}

// Invitation asks a user into a call. Its functions are called without any lock
// of the Directory; all but Done may be nil.
type Invitation struct {
	ID          string
	Call        string // what Heard and the desk know the call by
	Resource    string // immutable id of the ACS resource that invites
	From        string
	DisplayName string
	// VoIPHeaders are shown at the desk. Whether a Teams client shows them is
	// documented nowhere (facts/call-automation.md §6.3).
	VoIPHeaders map[string]string
	Timeout     time.Duration
	// Room is the sound of the call; nil is a call without sound.
	Room *mixer.Conference
	// Done is called once, in a goroutine of its own, unless the invitation was
	// cancelled before; with an accepted outcome comes the session, which
	// whoever invited must Leave.
	Done func(Outcome, *Session)
	// Left is called when the user hangs up.
	Left func()
	// Changed is called when the user muted himself or put the call on hold, or
	// ended that. The latest call tells the state; a state that did not last may
	// be skipped.
	Changed func(muted, held bool)
	// Pressed is called for each key of the user's dial pad: 0-9 * # A-D.
	Pressed func(digit byte)
	// Transfer is called when the user passes the call on, to the object id of
	// another user (lower case) or to a phone number with its plus. Its error is
	// shown to the user, who stays in the call. Without it there is no transfer.
	Transfer func(target string) error
}

// Ring invites the user with that object id. The returned function withdraws
// the invitation and reports whether it was still open; Done is then not called.
func (d *Directory) Ring(oid string, inv Invitation) (cancel func() bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.users[strings.ToLower(oid)]
	if u == nil {
		u = &user{Profile: Profile{OID: oid}} // nobody: rings for no time
	}
	r := &ring{Invitation: inv, user: u, since: time.Now()}
	u.rings = append(u.rings, r)
	d.changed()
	later := func(after time.Duration, o Outcome) {
		r.timers = append(r.timers, d.clock.AfterFunc(after, func() { d.settle(r, o) }))
	}
	if o, refused := d.refusal(u, inv.Resource); refused {
		later(0, o)
	} else {
		later(inv.Timeout, noAnswer)
		switch b := u.Behaviour; b.Do {
		case Accept:
			later(b.After, accepted)
		case Decline:
			later(b.After, declined)
		case Fail:
			later(b.After, Outcome{Code: b.Code, SubCode: b.SubCode, Reason: "Behaviour of the simulated user"})
		}
	}
	return func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.drop(r)
	}
}

// refusal returns the outcome for a user who cannot be rung at all.
func (d *Directory) refusal(u *user, resource string) (Outcome, bool) {
	if value, struck := d.faults.Take(faults.AddResult, u.OID); struck {
		o, err := ParseOutcome(value)
		if err == nil {
			return o, true
		}
		d.logger.Error("fault without an outcome", "knob", faults.AddResult, "error", err)
	}
	if u.Tenant == "" {
		return unavailable, true
	}
	t := d.tenants[u.Tenant]
	if o, refused := d.barred(t, u); refused {
		return o, true
	}
	switch {
	case !slices.Contains(t.acts.Federation.AllowedAcsResources, strings.ToLower(resource)):
		return d.inferred(evidence.TeamsNotListed), true
	case u.Disabled, u.Client == Mobile, u.Client == NoneOn:
		return unavailable, true
	}
	switch p := u.presence(); p.Availability {
	case "Offline":
		return unavailable, true
	case "DoNotDisturb": // the client never rings
		return d.inferred(evidence.TeamsDND), true
	case "Busy", "BusyIdle":
		return d.inferred(evidence.TeamsBusy), !u.IgnoresBusy
	}
	return Outcome{}, false
}

// barred returns the outcome for a user whom no resource may call, whichever it
// is. Microsoft documents the conditions, but neither their order nor what they
// give (facts/entra-graph-teams.md §3.6).
func (d *Directory) barred(t *organisation, u *user) (Outcome, bool) {
	switch {
	case u.NotFederated:
		return notAllowed, true
	case !t.acts.Federation.EnableAcsUsers:
		return d.inferred(evidence.TeamsFederationOff), true
	case !t.acts.Effective(u.OID, u.acts.policy).EnableAcsFederationAccess:
		return d.inferred(evidence.TeamsPolicy), true
	case !u.acts.phone, !u.acts.voice, !u.acts.person:
		return d.inferred(evidence.TeamsUnlicensed), true
	}
	return Outcome{}, false
}

// presence is what others see: a user in a call is busy with it.
func (u *user) presence() Presence {
	if len(u.calls) > 0 && u.Presence.Availability != "DoNotDisturb" && u.Presence.Availability != "Offline" {
		return Presence{"Busy", "InACall"}
	}
	return u.Presence
}

// drop takes a ring off the screen and reports whether it was there.
func (d *Directory) drop(r *ring) bool {
	i := slices.Index(r.user.rings, r)
	if i < 0 {
		return false
	}
	r.user.rings = slices.Delete(r.user.rings, i, i+1)
	for _, t := range r.timers {
		t.Stop()
	}
	d.changed()
	return true
}

// settle ends a ring with an outcome, once.
func (d *Directory) settle(r *ring, o Outcome) bool {
	d.mu.Lock()
	if !d.drop(r) {
		d.mu.Unlock()
		return false
	}
	var s *Session
	if o.Accepted() {
		s = d.join(r)
	}
	d.mu.Unlock()
	r.Done(o, s)
	return true
}

func (d *Directory) forget(s *Session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := slices.Index(s.user.calls, s); i >= 0 {
		s.user.calls = slices.Delete(s.user.calls, i, i+1)
		d.changed()
	}
}
