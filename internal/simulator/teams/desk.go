package teams

import (
	"errors"
	"fmt"
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

// Users returns everybody but the unlisted, in the order in which they were added.
func (d *Directory) Users() []View {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]View, 0, len(d.order))
	for _, oid := range d.order {
		if u := d.users[oid]; !u.Unlisted {
			list = append(list, d.view(u))
		}
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
	// What administrators change. Calls go by Plans, EnterpriseVoice, AccountType
	// and Policy after the tenant's delay. Plans and TelephoneNumbers replace those
	// that are there; an empty Policy takes the user's own away.
	Mail             *string   `json:"mail,omitempty"`
	Department       *string   `json:"department,omitempty"`
	JobTitle         *string   `json:"job_title,omitempty"`
	Enabled          *bool     `json:"enabled,omitempty"`
	UserType         *string   `json:"user_type,omitempty"`
	AccountType      *string   `json:"account_type,omitempty"`
	Plans            *[]Plan   `json:"plans,omitempty"`
	EnterpriseVoice  *bool     `json:"enterprise_voice,omitempty"`
	TelephoneNumbers *[]string `json:"telephone_numbers,omitempty"`
	Policy           *string   `json:"policy,omitempty"`
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// apply makes the change to a copy of a profile.
func (c Change) apply(p *Profile) {
	set(&p.Presence, c.Presence)
	set(&p.Client, c.Client)
	set(&p.Behaviour, c.Behaviour)
	set(&p.NotFederated, c.NotFederated)
	set(&p.IgnoresBusy, c.IgnoresBusy)
	set(&p.Mail, c.Mail)
	set(&p.Department, c.Department)
	set(&p.JobTitle, c.JobTitle)
	set(&p.UserType, c.UserType)
	set(&p.AccountType, c.AccountType)
	set(&p.TelephoneNumbers, c.TelephoneNumbers)
	set(&p.Policy, c.Policy)
	if c.Enabled != nil {
		p.Disabled = !*c.Enabled
	}
	if c.EnterpriseVoice != nil {
		p.NoEnterpriseVoice = !*c.EnterpriseVoice
	}
	if c.Plans != nil {
		p.Plans = append([]Plan{}, *c.Plans...) // none at all is not the default
	}
}

// become gives the user what of a profile can change.
func (u *user) become(p Profile) {
	u.Presence, u.Client, u.Behaviour = p.Presence, p.Client, p.Behaviour
	u.NotFederated, u.IgnoresBusy = p.NotFederated, p.IgnoresBusy
	u.Mail, u.Department, u.JobTitle, u.TelephoneNumbers = p.Mail, p.Department, p.JobTitle, p.TelephoneNumbers
	u.Disabled, u.UserType, u.AccountType = p.Disabled, p.UserType, p.AccountType
	u.Plans, u.NoEnterpriseVoice, u.Policy = p.Plans, p.NoEnterpriseVoice, p.Policy
}

// Update changes a user. Rings that are under way keep their behaviour.
func (d *Directory) Update(oid string, c Change) (View, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.users[strings.ToLower(oid)]
	if u == nil {
		return View{}, ErrUnknown
	}
	p, t := u.Profile, d.tenants[u.Tenant]
	c.apply(&p)
	if err := errors.Join(p.complete(), p.completeAttributes(t.Domain)); err != nil {
		return View{}, err
	}
	// One that the user has may have been deleted since: that is no reason to refuse the rest.
	if _, found := t.shown.Policy(p.Policy); c.Policy != nil && p.Policy != "" && !found {
		return View{}, fmt.Errorf("no such policy: %s", p.Policy)
	}
	before := u.Profile.standing()
	u.become(p)
	if now := p.standing(); now != before {
		d.propagate(t, &u.acted, func() { u.acts = now })
	} else {
		t.version++
	}
	d.changed()
	return d.view(u), nil
}

// Reset gives every user the profile and every tenant the settings back that they
// were added with, and forgets what was heard. Calls and crowds go on.
func (d *Directory) Reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, t := range d.tenants {
		s := t.settings()
		_ = s.complete() // it has been before
		t.shown, t.acts, t.delay, t.waiting = s, s, t.Delay, 0
		t.round++
		t.version++
	}
	for _, u := range d.users {
		u.become(u.initial)
		u.acts, u.heard = u.initial.standing(), nil
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
