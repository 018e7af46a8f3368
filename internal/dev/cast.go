package dev

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"tandem/internal/audio"
	"tandem/internal/simulator"
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
	name, region, number, display string
	people                        []person
}

type person struct {
	name      string
	behaviour teams.Behaviour
	presence  string
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
	airline := organisation{name: "Contoso Airlines", region: "eu", number: "+4969100100", display: "Contoso Airlines service"}
	for _, name := range []string{
		"Ana Ruiz", "Ben Okafor", "Chiara Conti", "Dmitri Volkov", "Elif Demir", "Farid Nasser", "Grace Lee", "Hugo Martin",
		"Ines Costa", "Jonas Berg", "Keiko Mori", "Liam Walsh", "Mina Park", "Noah Fischer", "Olga Petrova", "Pablo Vega",
		"Quentin Dubois", "Rosa Silva", "Sami Haddad", "Tara Singh", "Uma Patel", "Viktor Novak", "Wendy Chen", "Yusuf Kaya",
	} {
		airline.people = append(airline.people, person{name: name, behaviour: accept})
	}
	return []organisation{
		airline,
		{name: "Fabrikam Bank", region: "us", number: "+13125550100", display: "Fabrikam card service", people: []person{
			{name: "Dana Whitfield", behaviour: teams.Behaviour{Do: teams.Manual}},
			{name: "Marcus Reed", behaviour: teams.Behaviour{Do: teams.Manual}},
		}},
		{name: "Northwind Traders", region: "eu", number: "+4969100300", display: "Northwind orders", people: []person{
			{name: "Lena Vogt", presence: "Offline", behaviour: accept},
			{name: "Paul Adler", behaviour: teams.Behaviour{Do: teams.Decline, After: time.Second}},
			{name: "Sofia Brandt", behaviour: teams.Behaviour{Do: teams.Never}},
			{name: "Tom Keller", behaviour: accept},
		}},
	}
}

// presenceRoles is what the admins of the demo tenants consented to.
var presenceRoles = []string{"Presence.Read.All", "User.Read.All", "TeamsUserConfiguration.Read.All", "GroupMember.Read.All"}

// microsoft makes the simulator's half of the cast.
func microsoft(immutable map[string]string) (tenants []simulator.Tenant, users []teams.Profile) {
	speech := audio.AgentSpeech()
	for _, o := range cast() {
		t := simulator.Tenant{ID: o.entra(), Name: o.name, Roles: presenceRoles}
		for _, r := range regions {
			t.Federation = append(t.Federation, immutable[r.resource])
		}
		desk := teams.Group{ID: derived("group", o.name, "Service desk"), Name: "Service desk", Description: "Everybody who takes calls"}
		for _, p := range o.people {
			presence := teams.Presence{Availability: p.presence}
			desk.Members = append(desk.Members, o.oid(p))
			users = append(users, teams.Profile{
				OID: o.oid(p), Tenant: o.entra(), Name: p.name, Presence: presence, Behaviour: p.behaviour, Speech: speech,
				Department: "Service desk", JobTitle: "Customer adviser",
			})
		}
		t.Teams.Groups = []teams.Group{desk}
		tenants = append(tenants, t)
	}
	return tenants, users
}
