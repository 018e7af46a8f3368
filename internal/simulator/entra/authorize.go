package entra

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"tandem/internal/simulator/faults"
)

// What a person does on a page: the values of the buttons named action. Beside
// them a button may have an AADSTS code, with which the sign-in then ends.
const (
	doSignIn  = "sign_in"
	doCancel  = "cancel"
	doAccept  = "accept"  // of consent
	doDecline = "decline" // of consent
	doReturn  = "return"  // from "Need admin approval" to the application
	doRequest = "request" // of an administrator's approval
)

// endings are the buttons for a sign-in that Microsoft ends.
var endings = []ending{
	{90094, "Need admin approval"},
	{90095, "Approval was requested"},
	{53003, "Blocked by Conditional Access"},
	{530032, "Blocked by a policy of the tenant"},
	{500212, "Blocked by cross-tenant access"},
	{50105, "Not assigned to the application"},
	{50057, "Account disabled"},
	{50076, "Multi-factor authentication wanted"},
	{90033, "Microsoft has a moment"},
}

type ending struct {
	Code int
	Text string
}

// request is what a client sent a browser here with.
type request struct {
	path               string // canonical
	app                App
	redirect, mode     string
	scopes             []string
	state, nonce       string
	prompt, hint       string
	challenge, method  string
	adminConsent, isV1 bool
}

// client reads what cannot be answered by a redirect when it is wrong.
func (s *Service) client(r *http.Request) (request, *problem) {
	q := r.URL.Query()
	path, known := s.canonical(r.PathValue("tenant"))
	if !known {
		return request{}, new(noTenant(r.PathValue("tenant")))
	}
	req := request{path: path, redirect: q.Get("redirect_uri"), mode: q.Get("response_mode"), state: q.Get("state")}
	if q.Get("client_id") == "" {
		return req, &problem{900144, "The request body must contain the following parameter: 'client_id'."}
	}
	if req.app, known = s.app(q.Get("client_id")); !known {
		name := "Microsoft"
		if d, one := s.lookup(path); one {
			name = d.Name
		}
		return req, new(noApp(q.Get("client_id"), name))
	}
	if !slices.ContainsFunc(req.app.RedirectURIs, func(known string) bool { return sameURI(known, req.redirect) }) {
		return req, &problem{50011, "The redirect URI '" + req.redirect + "' specified in the request does not match the redirect URIs configured for the application '" + req.app.ClientID + "'."}
	}
	return req, nil
}

// sameURI compares a registered redirect URI with one that was asked for:
// exactly, but for the port of http://localhost (facts/entra-graph-teams.md §1.1).
func sameURI(registered, asked string) bool {
	if registered == asked {
		return true
	}
	a, errA := url.Parse(registered)
	b, errB := url.Parse(asked)
	if errA != nil || errB != nil || a.Scheme != "http" || b.Scheme != "http" || a.Hostname() != "localhost" || b.Hostname() != "localhost" {
		return false
	}
	a.Host, b.Host = a.Hostname(), b.Hostname()
	return a.String() == b.String()
}

// authorize is the sign-in: a page, and what was pressed on it.
func (s *Service) authorize(w http.ResponseWriter, r *http.Request) {
	req, p := s.client(r)
	if p != nil {
		s.showProblem(w, r, *p)
		return
	}
	if p := req.read(r.URL.Query()); p != nil {
		s.end(w, r, req, *p)
		return
	}
	if r.Method == http.MethodPost {
		s.pressed(w, r, req)
		return
	}
	s.show(w, http.StatusOK, "sign_in", view{
		Title: "Sign in", App: req.app.Name, Organisations: s.organisations(req.path), Hint: strings.ToLower(req.hint), Endings: endings,
	})
}

var challengeShape = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// read takes over the parameters of authorize. What is wrong with them the
// client is told.
func (req *request) read(q url.Values) *problem {
	if req.mode == "" {
		req.mode = "query"
	}
	mode := req.mode
	if !slices.Contains([]string{"query", "fragment", "form_post"}, mode) {
		req.mode = "query"
		return &problem{70007, "'" + mode + "' is not a supported value of 'response_mode' when requesting a token."}
	}
	switch q.Get("response_type") {
	case "code":
	case "":
		return &problem{900144, "The request body must contain the following parameter: 'response_type'."}
	default:
		return &problem{70005, "The response type '" + q.Get("response_type") + "' is not enabled for the application."}
	}
	req.scopes = strings.Fields(q.Get("scope"))
	if len(req.scopes) == 0 {
		return &problem{900144, "The request body must contain the following parameter: 'scope'."}
	}
	req.nonce, req.prompt, req.hint = q.Get("nonce"), q.Get("prompt"), q.Get("login_hint")
	switch req.prompt {
	case "", "login", "consent", "select_account":
	case "none":
		return &problem{code: 50058}
	default:
		return &problem{90023, "Unsupported 'prompt' value."}
	}
	req.challenge, req.method = q.Get("code_challenge"), q.Get("code_challenge_method")
	switch {
	case req.challenge == "" && req.method == "":
	case !challengeShape.MatchString(req.challenge):
		return &problem{code: 50147}
	case req.method == "":
		req.method = "plain"
	case req.method != "plain" && req.method != "S256":
		return &problem{90023, "Unsupported value of 'code_challenge_method'."}
	}
	return nil
}

// pressed is what somebody does on the page.
func (s *Service) pressed(w http.ResponseWriter, r *http.Request, req request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		s.showProblem(w, r, problem{code: 9002313})
		return
	}
	action := r.PostForm.Get("action")
	if n, err := strconv.Atoi(action); err == nil {
		s.end(w, r, req, problem{code: n})
		return
	}
	switch action {
	case doCancel:
		s.send(w, r, req, url.Values{"error": {"access_denied"}, "error_subcode": {"cancel"}})
		return
	case doReturn:
		s.end(w, r, req, problem{code: 90094})
		return
	case doRequest:
		s.end(w, r, req, problem{code: 90095})
		return
	case doDecline:
		s.end(w, r, req, problem{code: 65004})
		return
	case doSignIn, doAccept:
	default:
		s.showProblem(w, r, problem{code: 9002313})
		return
	}
	d, person, ok := s.whoever(w, r, req)
	if !ok {
		return
	}
	if value, struck := s.Faults.Take(faults.EntraSignIn, d.ID); struck {
		n, _ := strconv.Atoi(value)
		s.end(w, r, req, problem{code: n})
		return
	}
	s.mu.Lock()
	g, userConsent := d.principal(req.app).now, d.userConsent
	s.mu.Unlock()
	switch needed := g.needsConsent(person.OID) || req.prompt == "consent"; {
	case g.disabled:
		s.end(w, r, req, disabled(req.app))
		return
	case needed && !userConsent && !person.mayConsentForAll(false):
		s.show(w, http.StatusOK, "approval", view{Title: "Need admin approval", App: req.app.Name, Person: person, Request: true})
		return
	case needed && action == doSignIn:
		s.show(w, http.StatusOK, "user_consent", view{
			Title: "Permissions requested", App: req.app.Name, Person: person, Permissions: described(req.delegated()),
		})
		return
	}
	s.issue(w, r, req, d, person, action == doAccept)
}

// issue lets somebody in.
func (s *Service) issue(w http.ResponseWriter, r *http.Request, req request, d *directory, person Person, accepted bool) {
	key := random("1.")
	now := s.Clock.Now()
	c := &code{
		session: session{app: req.app, tenant: d.ID, person: person, scopes: req.scopes, nonce: req.nonce, id: uuid.NewString(), used: now},
		path:    req.path, redirect: req.redirect, challenge: req.challenge, method: req.method,
	}
	s.mu.Lock()
	if accepted {
		d.consentedFor(req.app, person.OID)
	}
	for old, c := range s.codes {
		if now.Sub(c.used) > 6*codeLifetime {
			delete(s.codes, old)
		}
	}
	s.codes[key] = c
	s.mu.Unlock()
	s.send(w, r, req, url.Values{"code": {key}, "session_state": {c.id}})
}

// whoever finds out who signs in, or shows why that person cannot.
func (s *Service) whoever(w http.ResponseWriter, r *http.Request, req request) (*directory, Person, bool) {
	who := r.PostForm.Get("user")
	if other := strings.TrimSpace(r.PostForm.Get("account")); who == "" || who == "other" {
		who = other
	}
	d, person, there := s.person(who)
	var p problem
	switch {
	case !there:
		p = problem{50034, "The user account '" + who + "' does not exist in the directory. To sign into this application, the account must be added to the directory."}
	case !anyTenant(req.path) && d.ID != req.path:
		name := req.path
		if own, known := s.lookup(req.path); known {
			name = own.Name
		}
		p = problem{50020, "User account '" + person.UPN + "' from identity provider '" + s.Origin + "/" + d.ID + "/' does not exist in tenant '" + name + "' and cannot access the application '" + req.app.ClientID + "'(" + req.app.Name + ") in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different account."}
	case !person.Enabled:
		p = problem{code: 50057}
	default:
		return d, person, true
	}
	s.showProblem(w, r, p)
	return nil, Person{}, false
}

// delegated are the scopes that a person consents to.
func (req request) delegated() []string {
	list := make([]string, 0, len(req.scopes))
	for _, scope := range req.scopes {
		list = append(list, scope[strings.LastIndexByte(scope, '/')+1:])
	}
	return list
}

// end ends a request with a problem: on a page, or at the client.
func (s *Service) end(w http.ResponseWriter, r *http.Request, req request, p problem) {
	if kinds[p.code].page {
		s.showProblem(w, r, p)
		return
	}
	t := s.tell(p, r)
	answer := url.Values{"error": {t.name}, "error_description": {t.Description}}
	if p.code == 65004 && req.adminConsent {
		answer.Set("admin_consent", "True") // yes, on the error too
	}
	s.send(w, r, req, answer)
}

// send takes the browser back to the client.
func (s *Service) send(w http.ResponseWriter, r *http.Request, req request, answer url.Values) {
	if req.state != "" {
		answer.Set("state", req.state)
	}
	target, err := url.Parse(req.redirect)
	if err != nil { // a registered one can be read
		s.showProblem(w, r, problem{code: 50011})
		return
	}
	if target.Path == "" {
		target.Path = "/"
	}
	switch req.mode {
	case "form_post":
		s.showForm(w, target.String(), answer)
		return
	case "fragment":
		target.Fragment = ""
		http.Redirect(w, r, target.String()+"#"+answer.Encode(), http.StatusFound)
		return
	}
	q := target.Query()
	for name, values := range answer {
		q[name] = values
	}
	target.RawQuery = q.Encode()
	http.Redirect(w, r, target.String(), http.StatusFound)
}

// logout shows the browser back, if it may go there. Nobody stays signed in, so
// there is nothing else to end.
func (s *Service) logout(w http.ResponseWriter, r *http.Request) {
	if _, known := s.canonical(r.PathValue("tenant")); !known {
		s.showProblem(w, r, noTenant(r.PathValue("tenant")))
		return
	}
	q := r.URL.Query()
	back := q.Get("post_logout_redirect_uri")
	registered := slices.ContainsFunc(s.Apps, func(a App) bool {
		return slices.ContainsFunc(a.RedirectURIs, func(known string) bool { return sameURI(known, back) })
	})
	target, err := url.Parse(back)
	if !registered || err != nil {
		s.show(w, http.StatusOK, "signed_out", view{Title: "You signed out of your account"})
		return
	}
	if state := q.Get("state"); state != "" {
		query := target.Query()
		query.Set("state", state)
		target.RawQuery = query.Encode()
	}
	http.Redirect(w, r, target.String(), http.StatusFound)
}
