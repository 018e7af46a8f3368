package trunk

import (
	"slices"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// The ways by which a number reaches Microsoft.
const (
	// ACSDirectRouting: our trunk is registered in an ACS resource. It ends on
	// 30 Sep 2028 and is closed to new customers (facts/direct-routing.md §0).
	ACSDirectRouting tenant.Connectivity = "acs_direct_routing"
	// TeamsPhoneExtensibility: the number is a Teams resource account's.
	TeamsPhoneExtensibility tenant.Connectivity = "teams_phone_extensibility"
	// TeamsDirectRouting: our trunk is registered in the tenant's Teams.
	TeamsDirectRouting tenant.Connectivity = "teams_direct_routing"
)

// implemented are the connectivities that an adapter exists for.
var implemented = []tenant.Connectivity{ACSDirectRouting}

// ParseConnectivity reads a connectivity; fault.Invalid for one that does not
// exist, or not yet.
func ParseConnectivity(s string) (tenant.Connectivity, error) {
	c := tenant.Connectivity(s)
	if slices.Contains(implemented, c) {
		return c, nil
	}
	return "", fault.Invalid("connectivity_unknown", "the connectivity must be "+string(ACSDirectRouting))
}
