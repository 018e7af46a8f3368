package profile

import (
	"fmt"
	"strings"

	"tandem/internal/tenant"
	numbers "tandem/internal/trunk"
)

// Dialect is what differs between trunks that Microsoft knows as an ACS resource's and
// those that it knows as Teams'. All else is the same: the proxies, TLS, the form of each
// request, SDES, sessions, failover, custom headers (facts/direct-routing.md §0.1, §3;
// facts/teams-phone-extensibility.md §0.10, §9.2). What is evidenced how is said at each
// value, in the letters of the sheets: D documented, F reported, I inferred.
type Dialect struct {
	Connectivity tenant.Connectivity
	// History: Microsoft looks at the History-Info of ours. ACS keeps it to prevent loops; of Teams
	// an older text says that it is ignored, so nobody is told numbers for nothing
	// (D, facts/direct-routing.md §6.1).
	History bool
	// Carrier: a name one label below another trunk's is a tenant's. It has no object of its
	// own at Microsoft: OPTIONS are sent for the upper name alone, whose health and certificate count for
	// all below (D, facts/teams-phone-extensibility.md §9.1).
	Carrier bool
	// BothUsages: our certificate ought to have serverAuth and clientAuth. Teams says since
	// March 2024 that it enforces that (D, facts/direct-routing.md §2.4); whether it still
	// does is not known (F), so it is warned of and no more.
	BothUsages bool
	// MaxName is the longest FQDN of a trunk in characters (D, facts/direct-routing.md §1.2, §15).
	MaxName int
}

// dialects are all that there are; the first is that of trunks which name none. A call
// under Teams Phone Extensibility comes over a trunk of Teams' (facts/direct-routing.md §0.2).
var dialects = []Dialect{
	{Connectivity: numbers.ACSDirectRouting, History: true, MaxName: 249},
	{Connectivity: numbers.TeamsDirectRouting, Carrier: true, BothUsages: true, MaxName: 63},
}

// Of is the dialect of a trunk that is registered by way of a connectivity.
func Of(c tenant.Connectivity) (Dialect, error) {
	var names []string
	for i, d := range dialects {
		if c == d.Connectivity || c == "" && i == 0 {
			return d, nil
		}
		names = append(names, string(d.Connectivity))
	}
	return Dialect{}, fmt.Errorf("no trunk is registered by way of %q: it must be %s", c, strings.Join(names, " or "))
}

// CheckName reports a name of a trunk that Microsoft would not take.
func (d Dialect) CheckName(fqdn string) error {
	if len(fqdn) > d.MaxName {
		return fmt.Errorf("trunk %s has %d characters, and %s takes %d: shorten its name", fqdn, len(fqdn), d.Connectivity, d.MaxName)
	}
	return nil
}

// Above is the name that a tenant's trunk is below, if it is below any.
func (d Dialect) Above(fqdn string) (carrier string, ok bool) {
	_, carrier, ok = strings.Cut(fqdn, ".")
	return carrier, ok && d.Carrier
}
