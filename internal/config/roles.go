package config

import (
	"fmt"
	"slices"
)

// Role is a part of the work of a cell. A process takes on all of them, or those it is
// told to: they meet in the database.
type Role string

// The roles.
const (
	// RoleAPI serves the admin API, the portal and the console. It needs RoleBridge, which
	// takes its commands.
	RoleAPI Role = "api"
	// RoleBridge serves Microsoft's doors and runs the calls that begin there or in the API
	// and have no leg of ours: calls that we place, guests', those of third-party SBCs. What
	// is of other calls it hands to their processes.
	RoleBridge Role = "bridge"
	// RoleSIP is the SIP edge, with the calls whose legs it has, the calls whose processes
	// are lost, and the proofs of its trunks.
	RoleSIP Role = "sip"
	// RoleJobs does everything else that nobody waits for.
	RoleJobs Role = "jobs"
)

// Roles are all of them.
var Roles = []Role{RoleAPI, RoleBridge, RoleSIP, RoleJobs}

// Has says whether the process takes on a role.
func (c Config) Has(r Role) bool { return slices.Contains(c.Roles, r) }

func (p *problems) roles(c Config) {
	for _, r := range c.Roles {
		p.need(slices.Contains(Roles, r), "roles", fmt.Sprintf("has %q, which is none: they are %q", r, Roles))
	}
	p.need(!c.Has(RoleAPI) || c.Has(RoleBridge), "roles", "has api without bridge, which takes its commands: add it")
	p.need(!c.Has(RoleAPI) || c.Has(RoleSIP) || c.SIP.Near.Advertise != "", "sip.near.advertise", "is missing: without the role sip it is where callers of the API are told to send their calls")
}
