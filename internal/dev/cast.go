package dev

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"tandem/internal/audio"
	"tandem/internal/simulator"
	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/teams"
)

// The regions of the demo provider, each with one resource and one trunk of
// this node.
type region struct {
	name, title, resource, trunk, anchor string
}

var regions = []region{
	{"eu", "Europe", "tandem-eu", "e0.eu.sbc.tandem.test", "+4969100000"},
	{"us", "United States", "tandem-us", "e0.us.sbc.tandem.test", "+13125550000"},
}

// organisation is a tenant of the demo, person one of its people.
type organisation struct {
	name, domain, region, number, display string
	people                                []person
	// others are people of the tenant who are no agents.
	others []person
}

type person struct {
	name      string
	behaviour teams.Behaviour
	presence  string
	roles     []string // directory roles
}

func (o organisation) entra() string       { return derived("tenant", o.name) }
func (o organisation) oid(p person) string { return derived("user", o.name, p.name) }
func derived(kind string, of ...string) string {
	return uuid.NewSHA1(uuid.NameSpaceDNS, fmt.Append(nil, kind, of)).String()
}

// cast is the demo provider's customers. The first has people enough for twenty
// calls at once; the second is played by a person at the desk; the third shows
// what can go wrong.
func cast() []organisation {
	accept := teams.Behaviour{Do: teams.Accept, After: 2 * time.Second}
	admin := func(name string, roles ...string) person { return person{name: name, behaviour: accept, roles: roles} }
	airline := organisation{name: "Contoso Airlines", domain: "contoso.example", region: "eu", number: "+4969100100", display: "Contoso Airlines service"}
	for _, name := range []string{
		"Ana Ruiz", "Ben Okafor", "Chiara Conti", "Dmitri Volkov", "Elif Demir", "Farid Nasser", "Grace Lee", "Hugo Martin",
		"Ines Costa", "Jonas Berg", "Keiko Mori", "Liam Walsh", "Mina Park", "Noah Fischer", "Olga Petrova", "Pablo Vega",
		"Quentin Dubois", "Rosa Silva", "Sami Haddad", "Tara Singh", "Uma Patel", "Viktor Novak", "Wendy Chen", "Yusuf Kaya",
	} {
		airline.people = append(airline.people, person{name: name, behaviour: accept})
	}
	airline.people[0].roles = []string{entra.GlobalAdministrator}
	airline.people[1].roles = []string{entra.TeamsAdministrator}
	return []organisation{
		airline,
		{name: "Fabrikam Bank", domain: "fabrikam.example", others: []person{
			admin("Priya Raman", entra.GlobalAdministrator), admin("Oscar Lind", entra.TeamsCommunicationsAdministrator),
		}, region: "us", number: "+13125550100", display: "Fabrikam card service", people: []person{
			{name: "Dana Whitfield", behaviour: teams.Behaviour{Do: teams.Manual}},
			{name: "Marcus Reed", behaviour: teams.Behaviour{Do: teams.Manual}},
		}},
		{name: "Northwind Traders", domain: "northwind.example", others: []person{
			admin("Nils Brandt", entra.PrivilegedRoleAdministrator), admin("Carla Stein", entra.TeamsAdministrator),
		}, region: "eu", number: "+4969100300", display: "Northwind orders", people: []person{
			{name: "Lena Vogt", presence: "Offline", behaviour: accept},
			{name: "Paul Adler", behaviour: teams.Behaviour{Do: teams.Decline, After: time.Second}},
			{name: "Sofia Brandt", behaviour: teams.Behaviour{Do: teams.Never}},
			{name: "Tom Keller", behaviour: accept},
		}},
	}
}

// newcomer is an organisation that is not a customer yet: nobody consented, no
// resource may call its people. Its Global Administrator and its Teams
// Administrator are two people.
func newcomer() organisation {
	accept := teams.Behaviour{Do: teams.Accept, After: 2 * time.Second}
	o := organisation{name: "Adatum Insurance", domain: "adatum.example"}
	for _, name := range []string{"Gloria Hart", "Theo Lindqvist", "Aisha Khan", "Bruno Keller", "Celine Roux", "Daniel Osei"} {
		o.people = append(o.people, person{name: name, behaviour: accept})
	}
	o.people[0].roles = []string{entra.GlobalAdministrator}
	o.people[1].roles = []string{entra.TeamsAdministrator}
	return o
}

// consented is what the admins of the demo tenants consented to.
var consented = entra.DefaultPermissions()

// microsoft makes the simulator's half of the cast.
func microsoft(immutable map[string]string) (tenants []simulator.Tenant, users []teams.Profile) {
	speech := audio.AgentSpeech()
	add := func(t simulator.Tenant, o organisation) {
		t.ID, t.Name, t.Domain = o.entra(), o.name, o.domain
		tenants = append(tenants, t)
		for _, p := range slices.Concat(o.people, o.others) {
			presence := teams.Presence{Availability: p.presence}
			users = append(users, teams.Profile{
				OID: o.oid(p), Tenant: o.entra(), Name: p.name, Roles: p.roles, Presence: presence, Behaviour: p.behaviour, Speech: speech,
			})
		}
	}
	for _, o := range cast() {
		t := simulator.Tenant{Roles: consented}
		for _, r := range regions {
			t.Federation = append(t.Federation, immutable[r.resource])
		}
		add(t, o)
	}
	add(simulator.Tenant{}, newcomer())
	return tenants, users
}
