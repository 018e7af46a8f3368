package trunk

import "tandem/internal/tenant"

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
