package check

import (
	"cmp"
	"fmt"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// retirement is the end of ACS direct routing (facts/direct-routing.md §0).
var retirement = time.Date(2028, time.September, 30, 0, 0, 0, 0, time.UTC)

const retiresWithin = 365 * 24 * time.Hour

// Routing says whether a resource may have direct routing.
func Routing(r trunk.Resource, now time.Time) Finding {
	f := Finding{ID: "resource.routing", Subject: string(r.ID)}
	switch {
	case !r.DirectRouting():
		f.State, f.Found = Fail, "was made after 23 October 2026: Microsoft gives it no direct routing"
		f.Fix = "use a resource that is older, of the provider's own Azure subscription; correct made_at if that is wrong"
	case now.After(retirement):
		f.State, f.Found, f.Fix = Fail, "Microsoft ended ACS direct routing on 30 September 2028", "take another connectivity"
	case retirement.Sub(now) < retiresWithin:
		f.State, f.Found = Warn, fmt.Sprintf("Microsoft ends ACS direct routing in %d days", int(retirement.Sub(now).Hours()/24))
		f.Fix = "move its numbers to another connectivity before 30 September 2028"
	default:
		f.State, f.Found = OK, "may have direct routing, which Microsoft ends on 30 September 2028"
	}
	return f
}

// Registered compares a trunk of this node's settings with the registry; by "" is that of
// a resource.
func Registered(fqdn string, port int, by tenant.Connectivity, known []trunk.Trunk) Finding {
	f := Finding{ID: "trunk.registered", Subject: fqdn}
	for _, t := range known {
		switch {
		case t.FQDN != fqdn:
			continue
		case t.Connectivity != cmp.Or(by, trunk.ACSDirectRouting):
			f.State, f.Found = Fail, fmt.Sprintf("is registered for %s, and this node has it for another: an FQDN is never in both", t.Connectivity)
			f.Fix = "set its connectivity in sip.far.trunks to " + string(t.Connectivity) + ", or give one of the two another name"
		case t.Resource == "" && t.Connectivity == trunk.ACSDirectRouting:
			f.State, f.Found = Fail, "was taken out of its resource by a plan, so that no tenant's call leaves through it"
			f.Fix = "bring it back by a plan, or take it out of sip.far.trunks"
		case t.Kind != trunk.Builtin:
			f.State, f.Found = Fail, "is registered as a trunk of somebody else's SBC"
			f.Fix = "register it with kind builtin, or take it out of sip.far.trunks"
		case t.Port != port:
			f.State = Fail
			f.Found = fmt.Sprintf("is registered with port %d, and we listen at %d: Microsoft's calls arrive nowhere", t.Port, port)
			f.Fix = "set sip.far.listen to that port, or sip.far.port where something before us translates it"
		case t.Resource == "":
			f.State, f.Found = OK, fmt.Sprintf("is a trunk of %s, port %d", t.Connectivity, t.Port)
		default:
			f.State, f.Found = OK, fmt.Sprintf("is a trunk of resource %s, port %d", t.Resource, t.Port)
		}
		return f
	}
	f.State, f.Found = Fail, "no resource has it as a trunk, so that no tenant's call leaves through it"
	f.Fix = "POST /v1/trunks with its name, port and resource, or take it out of sip.far.trunks"
	return f
}

// Credential tells what a signed request to a resource came to. The request asks for
// a call that is not there, so that being told so is the good answer.
func Credential(resource, host string, refusedStatus int, err error) Finding {
	f := Finding{ID: "resource.credential", Subject: resource}
	switch {
	case err != nil && fault.KindOf(err) == fault.KindUnavailable:
		f.State, f.Found = Fail, host+" does not answer: "+err.Error()
		f.Fix = "let https out to *.communication.azure.com; see Azure's status page"
	case err != nil:
		f.State, f.Found, f.Fix = Fail, "no request can be made: "+err.Error(), "register the resource's access key anew"
	case refusedStatus == 401, refusedStatus == 403:
		f.State, f.Found = Fail, fmt.Sprintf("%s refuses our signature (%d)", host, refusedStatus)
		f.Fix = "register the access key that the portal shows under Keys; if it is the right one, see the clock's findings"
	default:
		f.State, f.Found = OK, host+" takes our signature"
	}
	return f
}

// Token tells what asking Entra for a token of our own registration came to.
func Token(err error) Finding {
	f := Finding{ID: "entra.token", State: OK, Found: "Entra gives our application a token"}
	if err == nil {
		return f
	}
	f.State, f.Found = Fail, "Entra gives our application no token: "+err.Error()
	switch fault.CodeOf(err) {
	case "credential_rejected":
		f.Fix = "make a new secret or certificate for the app registration; a secret ends after two years at most"
	case "entra_unavailable":
		f.Fix = "let https out to login.microsoftonline.com"
	case "consent_missing":
		f.Fix = "correct microsoft.client_id, or consent to the application in its home directory"
	default:
		f.Fix = "compare microsoft.client_id and microsoft.home_tenant with the app registration"
	}
	return f
}

// Publisher tells whether customers' admins see the registration's publisher as
// verified (facts/entra-graph-teams.md §1.1). The product asks for no permission to
// read registrations, so mostly it cannot know.
func Publisher(verified, known bool) Finding {
	f := Finding{ID: "entra.publisher"}
	const how = "verify the publisher before the first customer: Entra admin centre, App registrations, Branding & properties, Publisher verification"
	switch {
	case !known:
		f.State, f.Found = NotChecked, "Microsoft shows an app registration to those with Application.Read.All only, for which Tandem does not ask"
		f.Fix = "look once: unverified means that Microsoft's consent page warns admins. " + how
	case verified:
		f.State, f.Found = OK, "Microsoft shows our publisher as verified"
	default:
		f.State, f.Found, f.Fix = Warn, "our publisher is unverified: Microsoft's consent page warns customers' admins, who then refuse", how
	}
	return f
}
