package acs

import (
	"cmp"
	"context"
	"net/http"

	"tandem/internal/fault"
	"tandem/internal/trunk"
)

// sipVersion is that of the SIP routing API: a preview, because only there are the domains,
// the health of trunks, and the caller ids of routes, which would be lost if routes were
// written by a version that does not know them (facts/direct-routing.md §1.1, §1.2).
const sipVersion = "2024-11-15-preview"

// ofRouting is the manner of the SIP routing API.
var ofRouting = manner{"application/merge-patch+json", judgeRouting}

const sipTarget = "/sip?api-version=" + sipVersion

// sipConfiguration is what the API answers with. Members of trunks that are not here are
// not touched by a patch.
type sipConfiguration struct {
	Domains map[string]struct {
		Enabled bool `json:"enabled"`
	} `json:"domains"`
	Trunks map[string]sipTrunk `json:"trunks"`
	Routes []sipRoute          `json:"routes"`
}

type sipTrunk struct {
	Port    int        `json:"sipSignalingPort"`
	Enabled *bool      `json:"enabled"`
	Health  *sipHealth `json:"health"`
}

type sipHealth struct {
	TLS     sipStatus `json:"tls"`
	Ping    sipStatus `json:"ping"`
	Overall sipStatus `json:"overall"`
}

type sipStatus struct {
	Status string `json:"status"`
	Reason string `json:"reason"`
}

// sipRoute is a route both ways.
type sipRoute struct {
	Description      string   `json:"description,omitempty"`
	Name             string   `json:"name"`
	NumberPattern    string   `json:"numberPattern"`
	Trunks           []string `json:"trunks"`
	CallerIDOverride string   `json:"callerIdOverride,omitempty"`
}

// sipPatch is the body of a merge patch; a trunk that is nil is removed.
type sipPatch struct {
	Trunks map[string]*sipPort `json:"trunks,omitempty"` // an empty object would be refused
	Routes *[]sipRoute         `json:"routes,omitempty"`
}

type sipPort struct {
	Port int `json:"sipSignalingPort"`
}

// Routing reads trunks, routes and domains of the resource, with what Microsoft's proxies
// make of the trunks.
func (c *Client) Routing(ctx context.Context) (trunk.Routing, error) {
	var got sipConfiguration
	err := c.doIn(ctx, ofRouting, request{name: "get_sip_routing", method: http.MethodGet, target: sipTarget + "&expand=trunks/health"}, &got)
	if err != nil {
		return trunk.Routing{}, err
	}
	return got.routing(), nil
}

// PatchRouting changes them, all or nothing, and says what the resource has then.
// fault.Conflict, with Microsoft's reason and its cure, if it is refused; fault.Unavailable
// if it may have been done or not.
func (c *Client) PatchRouting(ctx context.Context, p trunk.Patch) (trunk.Routing, error) {
	body := sipPatch{}
	if len(p.Ports)+len(p.Remove) > 0 {
		body.Trunks = map[string]*sipPort{}
	}
	for _, fqdn := range p.Remove {
		body.Trunks[fqdn] = nil
	}
	for fqdn, port := range p.Ports {
		body.Trunks[fqdn] = &sipPort{port}
	}
	if p.ReplaceRoutes {
		routes := make([]sipRoute, 0, len(p.Routes))
		for _, r := range p.Routes {
			trunks := r.Trunks
			if trunks == nil {
				trunks = []string{}
			}
			routes = append(routes, sipRoute{r.Description, r.Name, r.Pattern, trunks, r.CallerIDOverride})
		}
		body.Routes = &routes
	}
	var got sipConfiguration
	err := c.doIn(ctx, ofRouting, request{name: "patch_sip_routing", method: http.MethodPatch, target: sipTarget, body: body}, &got)
	if err != nil {
		return trunk.Routing{}, err
	}
	return got.routing(), nil
}

func (s sipConfiguration) routing() trunk.Routing {
	var r trunk.Routing
	for name, d := range s.Domains {
		r.Domains = append(r.Domains, trunk.Domain{Name: name, Enabled: d.Enabled})
	}
	for fqdn, t := range s.Trunks {
		is := trunk.Registered{FQDN: fqdn, Port: t.Port, Disabled: t.Enabled != nil && !*t.Enabled}
		if h := t.Health; h != nil {
			is.Health = &trunk.Health{TLS: h.TLS.Status, Ping: h.Ping.Status, Overall: h.Overall.Status, Reason: h.Overall.Reason}
		}
		r.Trunks = append(r.Trunks, is)
	}
	for _, route := range s.Routes {
		r.Routes = append(r.Routes, trunk.Route{
			Name: route.Name, Description: route.Description, Pattern: route.NumberPattern, Trunks: route.Trunks, CallerIDOverride: route.CallerIDOverride,
		})
	}
	return r.Normalize()
}

// routingCures says what to do about a refusal, by its inner code (facts/direct-routing.md
// §1.4 and the recordings).
var routingCures = map[string]string{
	"InvalidTrunkFqdn":             "correct the trunk's name",
	"InvalidTrunkSipSignalingPort": "correct the trunk's port",
	"InvalidRouteName":             "correct the route's name",
	"InvalidRouteNumberPattern":    "correct the route's pattern",
	"MissingTrunk":                 "a route names a trunk that the resource has not: plan again",
	"DuplicatedRoute":              "give the routes different names",
	"EmptyPatch":                   "there is nothing to change: plan again",
	"":                             "is the domain of each new trunk verified in this resource, and is no trunk registered in another one?",
}

// judgeRouting classifies a refusal. It is never the doing of who asks for the plan alone:
// what Microsoft has may be another thing than what was planned for.
func judgeRouting(f *Failure) error {
	if f.passing() {
		return f.classified()
	}
	switch f.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fault.Conflict("routing_key_refused", "Microsoft refuses the access key of the resource: set the one that the Azure portal shows").Because(f)
	case http.StatusNotFound:
		return fault.Conflict("routing_absent", "the resource has no direct routing, or its endpoint is wrong").Because(f)
	}
	reason := cmp.Or(f.InnerText, f.Message, "no reason given")
	if f.Inner != "" {
		reason = f.Inner + ", " + reason
	}
	cure, known := routingCures[f.Inner]
	if !known {
		cure = "look the reason up at Microsoft"
	}
	return fault.Conflict("routing_refused", "Microsoft refuses the change ("+reason+"): "+cure).Because(f)
}
