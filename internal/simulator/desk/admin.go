package desk

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tandem/internal/simulator/powershell"
	"tandem/internal/simulator/teams"
)

// admin adds the routes of the tenants' administrators. They stand for the
// cmdlets of Teams PowerShell: what is sent replaces what is there, lists too.
func (h *Handler) admin(mux *http.ServeMux) {
	const tenant = "/_sim/teams/tenants/{tid}"
	for _, r := range []struct {
		pattern string
		do      func(*http.Request) (any, error)
	}{
		{"GET /_sim/teams/tenants", func(*http.Request) (any, error) { return h.Directory.Tenants(), nil }},
		{"GET " + tenant, h.tenant},
		{"PUT " + tenant + "/federation", h.setFederation},
		{"PUT " + tenant + "/policies/{name}", h.setPolicy},
		{"DELETE " + tenant + "/policies/{name}", h.removePolicy},
		{"PUT " + tenant + "/groups/{id}", h.setGroup},
		{"DELETE " + tenant + "/groups/{id}", h.removeGroup},
		{"PUT " + tenant + "/users/{oid}", h.setPerson},
		{"PUT " + tenant + "/delay", h.setDelay},
		{"POST " + tenant + "/people", h.addPeople},
		{"POST " + tenant + "/script", h.script},
		{"GET /_sim/graph/throttling", h.throttling},
		{"PUT /_sim/graph/throttling", h.setThrottling},
	} {
		mux.HandleFunc(r.pattern, h.answer(r.do))
	}
}

func (h *Handler) tenant(r *http.Request) (any, error) {
	return h.Directory.Tenant(r.PathValue("tid"))
}

// reconfigure changes a tenant's settings and shows the tenant.
func (h *Handler) reconfigure(r *http.Request, do func(*teams.Settings) error) (any, error) {
	if err := h.Directory.Reconfigure(r.PathValue("tid"), do); err != nil {
		return nil, err
	}
	return h.tenant(r)
}

// setFederation takes {"enable_acs_users":true,"allowed_acs_resources":["…"]}; what
// is left out stays.
func (h *Handler) setFederation(r *http.Request) (any, error) {
	var req struct {
		EnableAcsUsers      *bool     `json:"enable_acs_users"`
		AllowedAcsResources *[]string `json:"allowed_acs_resources"`
	}
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	return h.reconfigure(r, func(s *teams.Settings) error {
		if req.EnableAcsUsers != nil {
			s.Federation.EnableAcsUsers = *req.EnableAcsUsers
		}
		if req.AllowedAcsResources != nil {
			s.Federation.AllowedAcsResources = slices.Clone(*req.AllowedAcsResources)
		}
		return nil
	})
}

// setPolicy takes {"enable_acs_federation_access":false} and makes the policy if it
// is not there.
func (h *Handler) setPolicy(r *http.Request) (any, error) {
	req := teams.Policy{EnableAcsFederationAccess: true}
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	req.Name = r.PathValue("name")
	return h.reconfigure(r, func(s *teams.Settings) error { s.SetPolicy(req); return nil })
}

func (h *Handler) removePolicy(r *http.Request) (any, error) {
	name := r.PathValue("name")
	return h.reconfigure(r, func(s *teams.Settings) error {
		if strings.EqualFold(name, teams.GlobalPolicy) {
			return errors.New("the policy Global cannot be removed")
		}
		before := len(s.Policies)
		s.Policies = slices.DeleteFunc(s.Policies, func(p teams.Policy) bool { return strings.EqualFold(p.Name, name) })
		s.Grants = slices.DeleteFunc(s.Grants, func(g teams.Grant) bool { return strings.EqualFold(g.Policy, name) })
		if len(s.Policies) == before {
			return teams.ErrUnknown
		}
		return nil
	})
}

// setGroup takes {"name":"…","members":["oid"],"groups":["id"],"policy":"…","rank":1};
// members and groups that are left out stay, and so does the policy.
func (h *Handler) setGroup(r *http.Request) (any, error) {
	var req struct {
		Name        *string   `json:"name"`
		Description *string   `json:"description"`
		Members     *[]string `json:"members"`
		Groups      *[]string `json:"groups"`
		Policy      *string   `json:"policy"`
		Rank        int       `json:"rank"`
	}
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	id := r.PathValue("id")
	return h.reconfigure(r, func(s *teams.Settings) error {
		g, found := s.Group(id)
		if !found {
			g = teams.Group{ID: id}
		}
		if req.Name != nil {
			g.Name = *req.Name
		}
		if req.Description != nil {
			g.Description = *req.Description
		}
		if req.Members != nil {
			g.Members = slices.Clone(*req.Members)
		}
		if req.Groups != nil {
			g.Groups = slices.Clone(*req.Groups)
		}
		s.SetGroup(g)
		if req.Policy != nil {
			s.SetGrant(teams.Grant{Group: g.ID, Policy: *req.Policy, Rank: req.Rank})
		}
		return nil
	})
}

func (h *Handler) removeGroup(r *http.Request) (any, error) {
	return h.reconfigure(r, func(s *teams.Settings) error {
		removed, found := s.Group(r.PathValue("id"))
		if !found {
			return teams.ErrUnknown
		}
		id := removed.ID // it may have been given by its name
		s.Groups = slices.DeleteFunc(s.Groups, func(g teams.Group) bool { return strings.EqualFold(g.ID, id) })
		s.SetGrant(teams.Grant{Group: id})
		for i := range s.Groups {
			s.Groups[i].Groups = slices.DeleteFunc(s.Groups[i].Groups, func(nested string) bool { return strings.EqualFold(nested, id) })
		}
		return nil
	})
}

// setPerson is changeUser for a user of this tenant.
func (h *Handler) setPerson(r *http.Request) (any, error) {
	if _, found := h.Directory.Person(r.PathValue("tid"), r.PathValue("oid")); !found {
		return nil, teams.ErrUnknown
	}
	if _, err := h.changeUser(r); err != nil {
		return nil, err
	}
	return h.tenant(r)
}

func (h *Handler) setDelay(r *http.Request) (any, error) {
	var req struct {
		Seconds float64 `json:"seconds"`
	}
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	if !(req.Seconds >= 0 && req.Seconds <= 24*3600) {
		return nil, bad("seconds: want 0 to 86400")
	}
	if err := h.Directory.SetDelay(r.PathValue("tid"), time.Duration(req.Seconds*float64(time.Second))); err != nil {
		return nil, err
	}
	return h.tenant(r)
}

// addPeople takes {"count":1300} and answers the object ids.
func (h *Handler) addPeople(r *http.Request) (any, error) {
	var req struct {
		Count int `json:"count"`
	}
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	oids, err := h.Directory.AddCrowd(r.PathValue("tid"), req.Count)
	if err != nil {
		return nil, err
	}
	return map[string][]string{"oids": oids}, nil
}

// script runs {"script":"…"} as PowerShell would and answers what it printed,
// errors too; the first of them is in the answer once more, with its line.
func (h *Handler) script(r *http.Request) (any, error) {
	var req struct {
		Script string `json:"script"`
	}
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	if _, known := h.Directory.Lookup(r.PathValue("tid")); !known {
		return nil, teams.ErrUnknown
	}
	answer := struct {
		Output string `json:"output"`
		Error  string `json:"error,omitempty"`
		Line   int    `json:"line,omitempty"`
	}{}
	var err error
	answer.Output, err = powershell.Run(r.Context(), h.Directory, r.PathValue("tid"), req.Script)
	if problem := (*powershell.Error)(nil); errors.As(err, &problem) {
		answer.Error, answer.Line = problem.Text, problem.Line
	} else if err != nil {
		return nil, fmt.Errorf("script: %w", err)
	}
	return answer, nil
}

// Throttler is what has Microsoft's limits, on or off.
type Throttler interface {
	Throttling() bool
	SetThrottling(on bool)
}

func (h *Handler) throttling(*http.Request) (any, error) {
	if h.Throttler == nil {
		return nil, bad("there is no Graph here")
	}
	return map[string]bool{"on": h.Throttler.Throttling()}, nil
}

// setThrottling takes {"on":true}.
func (h *Handler) setThrottling(r *http.Request) (any, error) {
	var req struct {
		On bool `json:"on"`
	}
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	if h.Throttler != nil {
		h.Throttler.SetThrottling(req.On)
	}
	return h.throttling(r)
}
