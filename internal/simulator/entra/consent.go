package entra

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"tandem/internal/simulator/faults"
)

// The versions of the admin consent endpoint: the older one has no scope and
// takes common (facts/entra-graph-teams.md §1.1).
const (
	v1 = true
	v2 = false
)

// openIDScopes are permissions of nobody's resource.
var openIDScopes = []string{"openid", "profile", "email", "offline_access"}

// tag is what Entra takes out of state.
var tag = regexp.MustCompile(`<[^>]*>`)

// consentScope is what one consent asks for.
type consentScope struct {
	resource string   // as in https://graph.microsoft.com
	roles    []string // application permissions, of /.default alone
	scopes   []string // delegated permissions
}

// asked reads the scope of an admin consent. A resource's /.default asks for all
// that the app registered.
func asked(a App, scope string) (consentScope, *problem) {
	var c consentScope
	for _, one := range strings.Fields(scope) {
		if slices.Contains(openIDScopes, one) {
			c.scopes = append(c.scopes, one)
			continue
		}
		i := strings.LastIndexByte(one, '/')
		if i < 0 || !strings.Contains(one[:i], "://") {
			return c, &problem{70011, "The provided value for the input parameter 'scope' is not valid. The scope " + one + " is not valid."}
		}
		resource, name := one[:i], one[i+1:]
		if c.resource != "" && c.resource != resource {
			return c, &problem{code: 28000}
		}
		c.resource = resource
		if name == ".default" {
			c.roles = a.Permissions
		} else {
			c.scopes = append(c.scopes, name)
		}
	}
	return c, nil
}

// adminConsent is the consent of an administrator for the whole tenant.
func (s *Service) adminConsent(version1 bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		req, p := s.client(r)
		if p != nil {
			s.showProblem(w, r, *p)
			return
		}
		req.mode, req.adminConsent, req.isV1 = "query", true, version1
		req.state = tag.ReplaceAllString(req.state, "")
		scope := "https://graph.microsoft.com/.default"
		if !version1 {
			scope = r.URL.Query().Get("scope")
			if req.path == "common" {
				s.showProblem(w, r, problem{9002313, "The /common endpoint is not supported for admin consent. Use the /organizations or tenant-specific endpoint."})
				return
			}
			if scope == "" {
				s.showProblem(w, r, problem{900144, "The request body must contain the following parameter: 'scope'."})
				return
			}
		}
		want, p := asked(req.app, scope)
		if p != nil {
			s.end(w, r, req, *p)
			return
		}
		if r.Method == http.MethodPost {
			s.decided(w, r, req, want)
			return
		}
		s.show(w, http.StatusOK, "consent", view{
			Title: "Permissions requested", App: req.app.Name, Organisations: s.organisations(req.path),
			Hint: strings.ToLower(r.URL.Query().Get("login_hint")), Permissions: described(slices.Concat(want.roles, want.scopes)),
		})
	}
}

// decided is what the administrator does on the page.
func (s *Service) decided(w http.ResponseWriter, r *http.Request, req request, want consentScope) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		s.showProblem(w, r, problem{code: 9002313})
		return
	}
	switch r.PostForm.Get("action") {
	case doCancel:
		answer := url.Values{"error": {"access_denied"}, "error_subcode": {"cancel"}}
		if req.isV1 {
			answer = url.Values{"error": {"permission_denied"}, "error_description": {"The admin canceled the request"}}
		}
		s.send(w, r, req, answer)
		return
	case doDecline:
		s.end(w, r, req, problem{code: 65004})
		return
	case doReturn:
		s.end(w, r, req, problem{code: 90094})
		return
	case doAccept:
	default:
		s.showProblem(w, r, problem{code: 9002313})
		return
	}
	d, person, ok := s.whoever(w, r, req)
	if !ok {
		return
	}
	if !person.mayConsentForAll(len(want.roles) > 0) {
		s.show(w, http.StatusOK, "approval", view{Title: "Need admin approval", App: req.app.Name, Person: person})
		return
	}
	s.mu.Lock()
	if d.principal(req.app).now.disabled {
		s.mu.Unlock()
		s.end(w, r, req, disabled(req.app))
		return
	}
	granted := slices.Clone(want.roles)
	if value, struck := s.Faults.Take(faults.EntraPartial, d.ID); struck {
		left := strings.Fields(value)
		granted = slices.DeleteFunc(granted, func(role string) bool { return slices.Contains(left, role) })
	}
	d.consented(req.app, granted, s.Clock.Now())
	s.mu.Unlock()
	s.send(w, r, s.mislaid(req, d.ID), s.granted(req, want, granted, d.ID))
}

// granted is what a client is told about a consent.
func (s *Service) granted(req request, want consentScope, roles []string, tenant string) url.Values {
	answer := url.Values{"admin_consent": {"True"}, "tenant": {tenant}}
	if value, struck := s.Faults.Take(faults.EntraWrongTenant, tenant); struck {
		answer.Set("tenant", value)
	}
	if !req.isV1 {
		var names []string
		for _, name := range slices.Concat(roles, want.scopes) {
			if !slices.Contains(openIDScopes, name) {
				name = want.resource + "/" + name
			}
			names = append(names, name)
		}
		answer.Set("scope", strings.Join(names, " "))
	}
	return answer
}

// mislaid is the request with the state that the fault entra.consent.state leaves.
func (s *Service) mislaid(req request, tenant string) request {
	if value, struck := s.Faults.Take(faults.EntraLostState, tenant); struck {
		req.state = value
	}
	return req
}
