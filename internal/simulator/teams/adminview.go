package teams

import (
	"cmp"
	"slices"
	"strings"
)

// TenantView is a tenant as its administrators see it.
type TenantView struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Domain string  `json:"domain"`
	Cloud  string  `json:"cloud"`
	Delay  float64 `json:"delay_seconds"`
	// Waiting is how many changes calls do not go by yet.
	Waiting int `json:"waiting"`
	Settings
	People []PersonView `json:"people"`
	// Unlisted is how many more people there are, made up as a crowd.
	Unlisted int `json:"unlisted"`
}

// PersonView is a user as the administrators of his tenant see him.
type PersonView struct {
	OID              string   `json:"oid"`
	Name             string   `json:"name"`
	UPN              string   `json:"upn"`
	Mail             string   `json:"mail"`
	Department       string   `json:"department"`
	JobTitle         string   `json:"job_title"`
	Roles            []string `json:"roles,omitempty"`
	Enabled          bool     `json:"enabled"`
	UserType         string   `json:"user_type"`
	AccountType      string   `json:"account_type"`
	Plans            []Plan   `json:"plans"`
	HasPhone         bool     `json:"has_phone"`
	EnterpriseVoice  bool     `json:"enterprise_voice"`
	TelephoneNumbers []string `json:"telephone_numbers,omitempty"`
	// Policy is his own; EffectivePolicy is the one that counts.
	Policy          string `json:"policy"`
	EffectivePolicy string `json:"effective_policy"`
	// Callable tells whether calls by a listed resource reach him, by what acts
	// now.
	Callable bool `json:"callable"`
}

// TenantName is a tenant in a list.
type TenantName struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Tenants returns the tenants by name.
func (d *Directory) Tenants() []TenantName {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]TenantName, 0, len(d.tenants))
	for _, t := range d.tenants {
		list = append(list, TenantName{t.ID, t.Name})
	}
	slices.SortFunc(list, func(a, b TenantName) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID)) })
	return list
}

// Lookup returns a tenant as it was added.
func (d *Directory) Lookup(id string) (Tenant, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.tenants[strings.ToLower(id)]
	if t == nil {
		return Tenant{}, false
	}
	return t.Tenant, true
}

// Tenant returns a tenant as its administrators see it.
func (d *Directory) Tenant(id string) (TenantView, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.tenants[strings.ToLower(id)]
	if t == nil {
		return TenantView{}, ErrUnknown
	}
	v := TenantView{
		ID: t.ID, Name: t.Name, Domain: t.Domain, Cloud: t.Cloud, Delay: t.delay.Seconds(), Waiting: t.waiting,
		Settings: t.shown.clone(), People: []PersonView{},
	}
	for _, oid := range d.order {
		u := d.users[oid]
		switch {
		case u.Tenant != t.ID:
		case u.Unlisted:
			v.Unlisted++
		default:
			v.People = append(v.People, d.personView(t, u))
		}
	}
	return v, nil
}

func (d *Directory) personView(t *organisation, u *user) PersonView {
	_, refused := d.barred(t, u)
	return PersonView{
		OID: u.OID, Name: u.Name, UPN: u.UPN, Mail: u.Mail, Department: u.Department, JobTitle: u.JobTitle, Roles: u.Roles,
		Enabled: !u.Disabled, UserType: u.UserType, AccountType: u.AccountType, Plans: slices.Clone(u.Plans), HasPhone: u.HasPhone(),
		EnterpriseVoice: !u.NoEnterpriseVoice, TelephoneNumbers: slices.Clone(u.TelephoneNumbers),
		Policy: u.Policy, EffectivePolicy: t.shown.Effective(u.OID, u.Policy).Name,
		Callable: !refused && len(t.acts.Federation.AllowedAcsResources) > 0,
	}
}
