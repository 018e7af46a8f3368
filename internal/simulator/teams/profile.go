package teams

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"tandem/internal/audio"
)

// What a user does when rung.
const (
	Accept  = "accept"
	Decline = "decline"
	Never   = "never"
	// Manual leaves it to a person at the desk.
	Manual = "manual"
	// Fail ends the invitation with Behaviour.Code and SubCode.
	Fail = "fail"
)

// Kinds of client (facts/call-automation.md §13). Teams on phones does not ring
// for an added participant, and a user without a client cannot ring at all.
const (
	Desktop = "desktop"
	Web     = "web"
	Mobile  = "mobile"
	// Custom is an application of the customer's own, made with the Calling SDK
	// for Microsoft 365 users.
	Custom = "custom"
	NoneOn = "none"
)

var clients = []string{Desktop, Web, Mobile, Custom, NoneOn}

// Clients returns the kinds of client that a user can have.
func Clients() []string { return slices.Clone(clients) }

// Behaviour is what a user does when rung, and after how long.
type Behaviour struct {
	Do      string
	After   time.Duration
	Code    int
	SubCode int
}

// maxAfter keeps delays within what a Duration can hold.
const maxAfter = 24 * time.Hour

type behaviourJSON struct {
	Do      string  `json:"do"`
	After   float64 `json:"after_seconds,omitempty"`
	Code    int     `json:"code,omitempty"`
	SubCode int     `json:"sub_code,omitempty"`
}

// MarshalJSON writes the delay as after_seconds.
func (b Behaviour) MarshalJSON() ([]byte, error) {
	return json.Marshal(behaviourJSON{b.Do, b.After.Seconds(), b.Code, b.SubCode})
}

// UnmarshalJSON also takes the bare word, as in "decline".
func (b *Behaviour) UnmarshalJSON(text []byte) error {
	var j behaviourJSON
	if len(text) > 0 && text[0] == '"' {
		if err := json.Unmarshal(text, &j.Do); err != nil {
			return err
		}
	} else if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	if j.After > maxAfter.Seconds() {
		return fmt.Errorf("behaviour %s after more than a day", j.Do)
	}
	*b = Behaviour{j.Do, time.Duration(j.After * float64(time.Second)), j.Code, j.SubCode}
	return nil
}

func (b Behaviour) validate() error {
	if !slices.Contains([]string{Accept, Decline, Never, Manual, Fail}, b.Do) {
		return fmt.Errorf("no such behaviour: %q", b.Do)
	}
	if b.After < 0 {
		return fmt.Errorf("behaviour %s after a negative time", b.Do)
	}
	if b.Do == Fail && (b.Code == 0 || b.Code == 200) {
		return fmt.Errorf("behaviour %s needs a failing code", Fail)
	}
	return nil
}

// Profile is a user as configured.
type Profile struct {
	OID    string // Entra object id, lower case
	Tenant string // Entra tenant id
	Name   string
	// UPN is the user principal name; empty: the name in lower case with dots, at
	// the domain of the tenant.
	UPN string
	// Roles are the directory roles of an administrator.
	Roles []string
	// AppRoles are roles that applications define and the person was assigned to.
	AppRoles []string
	// Mail: empty means UPN.
	Mail       string
	Department string
	JobTitle   string
	// Disabled accounts have accountEnabled false and cannot sign in.
	Disabled bool
	// UserType: empty means Member.
	UserType string
	// AccountType is that of Teams' configuration; empty means user, or guest.
	AccountType string
	// Plans: nil means TEAMS1 and MCOEV, or what suits AccountType.
	Plans []Plan
	// NoEnterpriseVoice: without it nobody calls the user from outside Teams.
	NoEnterpriseVoice bool
	// TelephoneNumbers, the first being the primary one.
	TelephoneNumbers []string
	// Policy is the ExternalAccessPolicy that was granted to the user himself.
	Policy string
	// Unlisted users are not among Users: they are too many to look at.
	Unlisted bool
	// Presence: zero means Available.
	Presence Presence
	// Client: empty means desktop.
	Client string
	// Behaviour: zero means accept at once.
	Behaviour Behaviour
	// NotFederated users are refused with 403/5223 whatever their tenant allows.
	NotFederated bool
	// IgnoresBusy users are rung although their presence is Busy. In Teams that
	// depends on the policy busy-on-busy; the strict half is the default.
	IgnoresBusy bool
	// Speech is said, from SpeakAfter on, by a user who has joined: 8 kHz.
	Speech     audio.PCM
	SpeakAfter time.Duration
	// Loop says Speech again and again.
	Loop bool
}

func (p *Profile) complete() error {
	if p.Presence.Availability == "" {
		p.Presence.Availability = "Available"
	}
	var err error
	if p.Presence, err = NewPresence(p.Presence.Availability, p.Presence.Activity); err != nil {
		return err
	}
	if p.Client == "" {
		p.Client = Desktop
	}
	if !slices.Contains(clients, p.Client) {
		return fmt.Errorf("no such client: %q", p.Client)
	}
	if p.Behaviour.Do == "" {
		p.Behaviour.Do = Accept
	}
	if len(p.Speech.Samples) > 0 && p.Speech.Rate != sampleRate {
		return fmt.Errorf("speech of %s has %d Hz, want %d", p.Name, p.Speech.Rate, sampleRate)
	}
	return p.Behaviour.validate()
}
