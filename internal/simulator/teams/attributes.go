package teams

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Service plans that Teams looks at (facts/entra-graph-teams.md §2.5).
const (
	PlanTeams       = "57ff2da0-773e-42df-b2af-ffb7a2317929" // TEAMS1
	PlanPhone       = "4828c8ec-dc2e-4779-b502-87ac9ce28ab7" // MCOEV, Teams Phone
	PlanVirtualUser = "f47330e9-c134-43b3-9993-e7f004506889" // MCOEV_VIRTUALUSER
	PlanCalling     = "4ed3ff63-69d7-4fb7-b984-5aec7f605ca8" // MCOPSTN1
)

// planNames are the service plans that are known by name.
var planNames = map[string]string{
	PlanTeams:                              "TEAMS1",
	"304767db-7d23-49e8-a945-4a7eb65f9f28": "TEAMS_GOV",
	"9953b155-8aef-4c56-92f3-72b0487fce41": "TEAMS_AR_GCCHIGH",
	"fd500458-c24c-478e-856c-a6067a8376cd": "TEAMS_AR_DOD",
	PlanPhone:                              "MCOEV",
	"db23fce2-a974-42ef-9002-d78dd42a0f22": "MCOEV_GOV",
	"ed777b71-af04-42ca-9798-84344c66f7c6": "MCOEVSMB",
	PlanVirtualUser:                        "MCOEV_VIRTUALUSER",
	"0628a73f-3b4a-4989-bd7b-0f8823144313": "MCOEV_VIRTUALUSER_GOV",
	PlanCalling:                            "MCOPSTN1",
	"5a10155d-f5c1-411a-a8ec-e99aae125390": "MCOPSTN2",
	"54a152dc-90de-4996-93d2-bc47e670fc06": "MCOPSTN5",
	"156a1efe-17cd-4b03-9f17-2eb512298fb3": "MCOPSTN_PAYG_1",
}

// States of a service plan: capabilityStatus of assignedPlans. With Warning the
// licence has run out and works for a while yet.
const (
	PlanEnabled = "Enabled"
	PlanWarning = "Warning"
)

var planStates = []string{PlanEnabled, PlanWarning, "Suspended", "Deleted", "LockedOut"}

// Plan is a service plan that a user has by his licences. ID or Name is enough.
type Plan struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	State string `json:"state"` // empty: Enabled
}

// Works reports whether what the plan is for can be used.
func (p Plan) Works() bool { return p.State == PlanEnabled || p.State == PlanWarning }

func (p *Plan) complete() error {
	p.ID = strings.ToLower(p.ID)
	if p.State == "" {
		p.State = PlanEnabled
	}
	if !slices.Contains(planStates, p.State) {
		return fmt.Errorf("no such state of a service plan: %q; there are %s", p.State, strings.Join(planStates, ", "))
	}
	for id, name := range planNames {
		if p.ID == id || p.ID == "" && strings.EqualFold(p.Name, name) {
			p.ID, p.Name = id, name
		}
	}
	if uuid.Validate(p.ID) != nil || p.Name == "" {
		return fmt.Errorf("no such service plan: %q %q", p.ID, p.Name)
	}
	return nil
}

// Kinds of account as Teams' configuration has them.
const (
	AccountUser     = "user"
	AccountResource = "resourceAccount"
	AccountGuest    = "guest"
)

var accountTypes = []string{AccountUser, AccountResource, AccountGuest, "sfbOnPremUser", "unknown", "ineligibleUser"}

// User types of the directory.
const (
	Member = "Member"
	Guest  = "Guest"
)

// Is reports whether the user has a working service plan whose name is one of
// these or begins with it and an underscore, as in MCOEV and MCOEV_GOV.
func (p Profile) Is(names ...string) bool {
	return slices.ContainsFunc(p.Plans, func(plan Plan) bool {
		return plan.Works() && slices.ContainsFunc(names, func(name string) bool { return plan.Name == name || strings.HasPrefix(plan.Name, name+"_") })
	})
}

// HasPhone reports whether the user has a working licence for Teams Phone. That
// of a resource account is another one.
func (p Profile) HasPhone() bool {
	return slices.ContainsFunc(p.Plans, func(plan Plan) bool {
		return plan.Works() && slices.Contains([]string{"MCOEV", "MCOEV_GOV", "MCOEVSMB"}, plan.Name)
	})
}

// HasTeams reports whether the user has a working licence for Teams.
func (p Profile) HasTeams() bool { return p.Is("TEAMS1", "TEAMS_GOV", "TEAMS_AR") }

// completeAttributes fills in what the directory knows of a user of that domain.
func (p *Profile) completeAttributes(domain string) error {
	if p.UPN == "" {
		p.UPN = local(p.Name, p.OID) + "@" + domain
	}
	if p.Mail == "" {
		p.Mail = p.UPN
	}
	if p.UserType == "" {
		p.UserType = Member
	}
	if p.UserType != Member && p.UserType != Guest {
		return fmt.Errorf("no such user type: %q; want %s or %s", p.UserType, Member, Guest)
	}
	if p.AccountType == "" {
		p.AccountType = AccountUser
		if p.UserType == Guest {
			p.AccountType = AccountGuest
		}
	}
	if !slices.Contains(accountTypes, p.AccountType) {
		return fmt.Errorf("no such account type: %q; there are %s", p.AccountType, strings.Join(accountTypes, ", "))
	}
	if p.Plans == nil {
		p.Plans = []Plan{{ID: PlanTeams}, {ID: PlanPhone}}
		switch p.AccountType {
		case AccountResource:
			p.Plans = []Plan{{ID: PlanVirtualUser}}
		case AccountGuest:
			p.Plans = []Plan{}
		}
	}
	p.Plans = slices.Clone(p.Plans)
	for i := range p.Plans {
		if err := p.Plans[i].complete(); err != nil {
			return err
		}
	}
	for _, n := range p.TelephoneNumbers {
		if !number.MatchString(n) {
			return fmt.Errorf("telephone number %q: want a number as in +4930123456", n)
		}
	}
	return nil
}

// local is the part of a user principal name before the @.
func local(name, oid string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if len(words) == 0 {
		return "user" + oid[:8]
	}
	return strings.Join(words, ".")
}

// domainOf is the domain of a tenant that was given none.
func domainOf(name string) string {
	if text := strings.ReplaceAll(local(name, "00000000"), ".", ""); name != "" {
		return text + ".example"
	}
	return "tenant.example"
}

// People returns copies of the users of a tenant, in the order in which they
// were added.
func (d *Directory) People(tenant string) []Profile {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := []Profile{}
	for _, oid := range d.order {
		if u := d.users[oid]; strings.EqualFold(u.Tenant, tenant) {
			list = append(list, u.Profile)
		}
	}
	return list
}

// Size is how many users a tenant has.
func (d *Directory) Size(tenant string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.tenants[strings.ToLower(tenant)]; t != nil {
		return t.size
	}
	return 0
}

// Person returns a copy of a user of a tenant by his object id or user principal
// name.
func (d *Directory) Person(tenant, id string) (Profile, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if u := d.person(tenant, id); u != nil {
		return u.Profile, true
	}
	return Profile{}, false
}

func (d *Directory) person(tenant, id string) *user {
	id = strings.ToLower(id)
	if oid, found := d.upns[id]; found {
		id = oid
	}
	if u := d.users[id]; u != nil && strings.EqualFold(u.Tenant, tenant) {
		return u
	}
	return nil
}

// The names that a crowd is made of.
var (
	crowdFirst = strings.Fields("Alba Bruno Carla Dario Emma Felix Gina Henry Irma Jakob Klara Luis Maria Nils Olivia Peter Rita Simon Thea Ulrich Vera Walter Yara Zeno")
	crowdLast  = strings.Fields("Abel Brand Castro Diaz Engel Fuchs Garcia Haas Iglesias Jansen Koch Lopez Meyer Navarro Ortiz Prieto Quast Ramos Suarez Thomas Ulloa Vidal Wolf Zimmer")
)

// maxCrowd is more than any tenant that one would try.
const maxCrowd = 100_000

// AddCrowd adds so many users to a tenant, who accept when rung, and returns
// their object ids. Graph shows them; the desk does not, see Profile.Unlisted.
func (d *Directory) AddCrowd(tenant string, count int) ([]string, error) {
	if count < 1 || count > maxCrowd {
		return nil, fmt.Errorf("%d people: want 1 to %d", count, maxCrowd)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.tenants[strings.ToLower(tenant)]
	if t == nil {
		return nil, ErrUnknown
	}
	oids := make([]string, 0, count)
	for range count {
		t.crowd++
		n := t.crowd
		p := Profile{
			OID:    uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "crowd/%s/%d", t.ID, n)).String(),
			Tenant: t.ID, Unlisted: true, Department: "Contact centre", JobTitle: "Agent",
			Name: fmt.Sprintf("%s %s %05d", crowdFirst[n%len(crowdFirst)], crowdLast[n/len(crowdFirst)%len(crowdLast)], n),
		}
		if err := d.add(p); err != nil {
			return oids, err
		}
		oids = append(oids, p.OID)
	}
	t.version++
	d.changed()
	return oids, nil
}
