package teams

import (
	"slices"
	"strings"
	"time"

	"tandem/internal/audio"
)

// View is a user as /_sim and the desk show it.
type View struct {
	OID          string    `json:"oid"`
	Tenant       string    `json:"tenant"`
	TenantName   string    `json:"tenant_name"`
	Name         string    `json:"name"`
	Presence     Presence  `json:"presence"`
	Client       string    `json:"client"`
	Behaviour    Behaviour `json:"behaviour"`
	NotFederated bool      `json:"not_federated,omitempty"`
	IgnoresBusy  bool      `json:"ignores_busy,omitempty"`
	// Voice is the id of the browser that hears, and may speak, for the user.
	Voice   string    `json:"voice,omitempty"`
	Ringing []Ringing `json:"ringing"`
	Calls   []Talking `json:"calls"`
}

// Ringing is an invitation that waits for an answer.
type Ringing struct {
	ID          string            `json:"id"`
	Call        string            `json:"call"`
	From        string            `json:"from"`
	DisplayName string            `json:"display_name"`
	Since       time.Time         `json:"since"`
	VoIPHeaders map[string]string `json:"voip_headers,omitempty"`
}

// Talking is a call that the user is in. While it is held the user neither hears
// the others nor is heard.
type Talking struct {
	Call        string            `json:"call"`
	From        string            `json:"from"`
	DisplayName string            `json:"display_name"`
	Since       time.Time         `json:"since"`
	Muted       bool              `json:"muted"`
	Held        bool              `json:"held"`
	Recording   bool              `json:"recording"`
	VoIPHeaders map[string]string `json:"voip_headers,omitempty"`
}

func (d *Directory) view(u *user) View {
	v := View{
		OID: u.OID, Tenant: u.Tenant, TenantName: d.tenants[u.Tenant].Name, Name: u.Name,
		Presence: u.presence(), Client: u.Client, Behaviour: u.Behaviour,
		NotFederated: u.NotFederated, IgnoresBusy: u.IgnoresBusy,
		Ringing: []Ringing{}, Calls: []Talking{},
	}
	for _, r := range u.rings {
		v.Ringing = append(v.Ringing, Ringing{
			ID: r.ID, Call: r.Call, From: r.From, DisplayName: r.DisplayName, Since: r.since, VoIPHeaders: r.VoIPHeaders,
		})
	}
	for _, s := range u.calls {
		v.Calls = append(v.Calls, Talking{
			Call: s.Call, From: s.From, DisplayName: s.DisplayName, Since: s.since,
			Muted: s.muted, Held: s.held, Recording: s.recording, VoIPHeaders: s.VoIPHeaders,
		})
	}
	if u.voice != nil {
		v.Voice = u.voice.id
	}
	return v
}

// Users returns everybody, in the order in which they were added.
func (d *Directory) Users() []View {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]View, 0, len(d.order))
	for _, oid := range d.order {
		list = append(list, d.view(d.users[oid]))
	}
	return list
}

// User returns one user.
func (d *Directory) User(oid string) (View, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.users[strings.ToLower(oid)]
	if u == nil {
		return View{}, ErrUnknown
	}
	return d.view(u), nil
}

// Change is what can be changed about a user; nil leaves it as it is.
type Change struct {
	Presence     *Presence  `json:"presence,omitempty"`
	Client       *string    `json:"client,omitempty"`
	Behaviour    *Behaviour `json:"behaviour,omitempty"`
	NotFederated *bool      `json:"not_federated,omitempty"`
	IgnoresBusy  *bool      `json:"ignores_busy,omitempty"`
}

// Update changes a user. Rings that are under way keep their behaviour.
func (d *Directory) Update(oid string, c Change) (View, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.users[strings.ToLower(oid)]
	if u == nil {
		return View{}, ErrUnknown
	}
	p := u.Profile
	if c.Presence != nil {
		p.Presence = *c.Presence
	}
	if c.Client != nil {
		p.Client = *c.Client
	}
	if c.Behaviour != nil {
		p.Behaviour = *c.Behaviour
	}
	if c.NotFederated != nil {
		p.NotFederated = *c.NotFederated
	}
	if c.IgnoresBusy != nil {
		p.IgnoresBusy = *c.IgnoresBusy
	}
	if err := p.complete(); err != nil {
		return View{}, err
	}
	u.Presence, u.Client, u.Behaviour = p.Presence, p.Client, p.Behaviour
	u.NotFederated, u.IgnoresBusy = p.NotFederated, p.IgnoresBusy
	d.changed()
	return d.view(u), nil
}

// Reset gives every user the profile back that it was added with and forgets
// what was heard. Calls go on.
func (d *Directory) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.users {
		i := u.initial
		u.Presence, u.Client, u.Behaviour = i.Presence, i.Client, i.Behaviour
		u.NotFederated, u.IgnoresBusy = i.NotFederated, i.IgnoresBusy
		u.heard = nil
	}
	d.changed()
}

// Heard returns what the user has heard in a call, or in the latest one if
// call is empty.
func (d *Directory) Heard(oid, call string) (audio.PCM, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if u := d.users[strings.ToLower(oid)]; u != nil {
		for _, r := range slices.Backward(u.heard) {
			if call == "" || r.call == call {
				return audio.PCM{Rate: sampleRate, Samples: slices.Clone(r.samples)}, nil
			}
		}
	}
	return audio.PCM{}, ErrUnknown
}

// Presence returns the presence of a user of that tenant as others see it.
func (d *Directory) Presence(tenant, oid string) (Presence, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.users[strings.ToLower(oid)]
	if u == nil || !strings.EqualFold(u.Tenant, tenant) {
		return Presence{}, false
	}
	return d.seen(u), true
}
