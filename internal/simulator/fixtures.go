package simulator

import (
	"github.com/google/uuid"

	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

// Fixture is a tenant in one of the states that onboarding meets
// (facts/entra-graph-teams.md §6). The first of its people is Ada Admin, a Teams
// administrator; unless Name tells something else all is well with her and with
// Ben Agent.
type Fixture struct {
	Name   string
	Tenant Tenant
	Users  []teams.Profile
	Faults []faults.Fault
}

// The names of the fixtures.
const (
	Healthy           = "healthy"
	NoConsent         = "no consent" // or the enterprise application was deleted
	AppDisabled       = "app disabled"
	RoleMissing       = "role missing" // Presence.Read.All
	FederationOff     = "federation off"
	ListOverwritten   = "list overwritten"
	PolicyBlocks      = "policy blocks" // Ben alone
	NoPhoneLicence    = "no phone licence"
	NoEnterpriseVoice = "no enterprise voice"
	ResourceAccount   = "resource account"
	ManyAgents        = "many agents" // 1300 more, in one group
	Government        = "government"
	Throttled         = "throttled" // every second request
)

// Fixtures returns tenants that let resource (an immutable id) call their people,
// as far as they let anybody. Ids are the same every time.
func Fixtures(resource string) []Fixture {
	const other = "11111111-2222-4333-8444-555555555555"
	var list []Fixture
	add := func(name string, change func(*Fixture, *teams.Profile)) {
		id := func(of string) string {
			return uuid.NewSHA1(uuid.NameSpaceDNS, []byte("fixture/"+name+"/"+of)).String()
		}
		f := Fixture{
			Name: name,
			Tenant: Tenant{
				ID: id("tenant"), Name: "Fixture " + name, Federation: []string{resource},
				Roles: []string{"Presence.Read.All", "User.Read.All", "TeamsUserConfiguration.Read.All", "GroupMember.Read.All"},
			},
			Users: []teams.Profile{{OID: id("ada"), Tenant: id("tenant"), Name: "Ada Admin", Department: "IT", Roles: []string{"Teams Administrator"}}},
		}
		ben := teams.Profile{OID: id("ben"), Tenant: id("tenant"), Name: "Ben Agent", Department: "Service desk", JobTitle: "Agent"}
		f.Tenant.Teams.Groups = []teams.Group{{ID: id("group"), Name: "Service desk", Members: []string{ben.OID}}}
		change(&f, &ben)
		f.Users = append(f.Users, ben)
		list = append(list, f)
	}
	fault := func(f *Fixture, knob, value string, more faults.Fault) {
		more.Knob, more.Scope, more.Value = knob, f.Tenant.ID, value
		f.Faults = append(f.Faults, more)
	}
	add(Healthy, func(*Fixture, *teams.Profile) {})
	add(NoConsent, func(f *Fixture, _ *teams.Profile) { f.Tenant.Roles = nil })
	add(AppDisabled, func(f *Fixture, _ *teams.Profile) { fault(f, faults.EntraError, "7000112", faults.Fault{}) })
	add(RoleMissing, func(f *Fixture, _ *teams.Profile) { f.Tenant.Roles = f.Tenant.Roles[1:] })
	add(FederationOff, func(f *Fixture, _ *teams.Profile) { f.Tenant.Teams.FederationOff = true })
	add(ListOverwritten, func(f *Fixture, _ *teams.Profile) { f.Tenant.Federation = []string{other} })
	add(PolicyBlocks, func(f *Fixture, ben *teams.Profile) {
		f.Tenant.Teams.Policies = []teams.Policy{{Name: "NoContactCentre"}}
		ben.Policy = "NoContactCentre"
	})
	add(NoPhoneLicence, func(_ *Fixture, ben *teams.Profile) { ben.Plans = []teams.Plan{{ID: teams.PlanTeams}} })
	add(NoEnterpriseVoice, func(_ *Fixture, ben *teams.Profile) { ben.NoEnterpriseVoice = true })
	add(ResourceAccount, func(_ *Fixture, ben *teams.Profile) { ben.AccountType = teams.AccountResource })
	add(ManyAgents, func(f *Fixture, _ *teams.Profile) { f.Tenant.Crowd = 1300 })
	add(Government, func(f *Fixture, _ *teams.Profile) { f.Tenant.Teams.Cloud = teams.CloudGCCHigh })
	add(Throttled, func(f *Fixture, _ *teams.Profile) {
		fault(f, faults.GraphStatus, "429;retry-after=1", faults.Fault{Probability: 0.5, Seed: 7})
	})
	return list
}

// AddTo puts the fixture into a configuration.
func (f Fixture) AddTo(c *Config) {
	c.Tenants, c.Users, c.Faults = append(c.Tenants, f.Tenant), append(c.Users, f.Users...), append(c.Faults, f.Faults...)
}
