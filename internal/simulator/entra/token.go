package entra

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/faults"
)

const (
	// App-only tokens live 60 to 90 minutes, by chance, or a day and more for
	// clients that can be told of changes (facts/entra-graph-teams.md §1.3).
	shortest, spread = 60 * time.Minute, 30 * time.Minute
	evaluated        = 24 * time.Hour
	// codeLifetime is how long a code can be redeemed, refreshLifetime how long a
	// refresh token lives without being used.
	codeLifetime    = 10 * time.Minute
	refreshLifetime = 90 * 24 * time.Hour
)

// exchangeAudience is what tokens for federated credentials are made out to.
const exchangeAudience = "api://AzureADTokenExchange"

// session is what somebody signed in for.
type session struct {
	app    App
	tenant string
	person Person
	scopes []string
	nonce  string
	id     string // sid
	used   time.Time
}

// code is an authorization code.
type code struct {
	session
	path, redirect    string
	challenge, method string
	redeemed          bool
}

func (s *Service) token(w http.ResponseWriter, r *http.Request) {
	path, known := s.canonical(r.PathValue("tenant"))
	if !known {
		s.refuse(w, noTenant(r.PathValue("tenant")), r)
		return
	}
	if s.struck(w, path) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		s.refuse(w, problem{code: 9002313}, r)
		return
	}
	answer, p := s.grant(r, path)
	if p != nil {
		s.refuse(w, *p, r)
		return
	}
	write(w, http.StatusOK, answer)
}

// grant decides about a request for tokens.
func (s *Service) grant(r *http.Request, path string) (map[string]any, *problem) {
	if p := s.fault(path); p != nil {
		return nil, p
	}
	form := r.PostForm
	kind := form.Get("grant_type")
	switch kind {
	case "client_credentials", "authorization_code", "refresh_token":
	case "":
		return nil, &problem{900144, "The request body must contain the following parameter: 'grant_type'."}
	default:
		return nil, &problem{code: 70003}
	}
	id := form.Get("client_id")
	if user, _, basic := r.BasicAuth(); id == "" && basic {
		id = user
	}
	if id == "" {
		return nil, &problem{900144, "The request body must contain the following parameter: 'client_id'."}
	}
	a, registered := s.app(id)
	if !registered {
		d, _ := s.lookup(path)
		if d == nil {
			return nil, new(noApp(id, "Microsoft"))
		}
		return nil, new(noApp(id, d.Name))
	}
	credential, p := s.authenticate(r, a, path)
	if p != nil {
		return nil, p
	}
	switch kind {
	case "authorization_code":
		return s.redeem(r, a, path)
	case "refresh_token":
		return s.refresh(r, a, path)
	}
	return s.appOnly(r, a, path, credential)
}

// fault is what the operator set for the token endpoint.
func (s *Service) fault(tenant string) *problem {
	if value, struck := s.Faults.Take(faults.EntraError, tenant); struck {
		if n, err := strconv.Atoi(value); err == nil {
			return &problem{n, "Set by the simulator's operator."}
		}
	}
	return nil
}

// usable says why an app cannot have tokens in a tenant.
func (g grant) usable(a App, d *directory) *problem {
	switch {
	case g.unconsented:
		return &problem{65001, "The user or administrator has not consented to use the application with ID '" + a.ClientID + "' named '" + a.Name + "'. Send an interactive authorization request for this user and resource."}
	case !g.present:
		return new(noApp(a.ClientID, d.Name))
	case g.disabled:
		return new(disabled(a))
	}
	return nil
}

// Claims is an access token in the form that Graph's have: app-only with Roles,
// or of a person with Scopes.
type Claims struct {
	Audience  string   `json:"aud"`
	Issuer    string   `json:"iss"`
	IssuedAt  int64    `json:"iat"`
	NotBefore int64    `json:"nbf"`
	Expires   int64    `json:"exp"`
	AppName   string   `json:"app_displayname,omitempty"`
	AppID     string   `json:"appid"`
	AppKind   string   `json:"appidacr"`
	Type      string   `json:"idtyp"`
	Object    string   `json:"oid"`
	Subject   string   `json:"sub"`
	Tenant    string   `json:"tid"`
	Roles     []string `json:"roles,omitempty"`
	Scopes    string   `json:"scp,omitempty"`
	UPN       string   `json:"upn,omitempty"`
	RoleIDs   []string `json:"wids,omitempty"`
	Version   string   `json:"ver"`
	Unique    string   `json:"uti"`
	// Capabilities is CP1 for clients that can be told of changes.
	Capabilities []string `json:"xms_cc,omitempty"`
}

// appOnly answers client credentials.
func (s *Service) appOnly(r *http.Request, a App, path, credential string) (map[string]any, *problem) {
	switch path {
	case "common":
		return nil, &problem{code: 9001023}
	case "organizations":
		return nil, &problem{code: 50059}
	}
	d, _ := s.lookup(path)
	g := s.seen(d, a)
	if p := g.usable(a, d); p != nil {
		return nil, p
	}
	audience := ""
	for scope := range strings.FieldsSeq(r.PostForm.Get("scope")) {
		// Libraries add openid, offline_access and profile even here.
		name, found := strings.CutSuffix(scope, "/.default")
		if found && audience != "" && name != audience {
			return nil, &problem{code: 28000}
		}
		if found {
			audience = name
		}
	}
	if audience == "" {
		return nil, &problem{code: 1002012}
	}
	roles := g.roles
	if _, struck := s.Faults.Take(faults.EntraRoles, d.ID); struck {
		roles = nil
	}
	lifetime := shortest + rand.N(spread)
	var capabilities []string
	if strings.Contains(r.PostForm.Get("claims"), `"CP1"`) {
		lifetime, capabilities = evaluated, []string{"CP1"}
	}
	s.mu.Lock()
	if d.lifetime > 0 {
		lifetime = d.lifetime
	}
	s.mu.Unlock()
	now := s.Now()
	object := uuid.NewSHA1(uuid.NameSpaceURL, []byte(strings.ToLower(d.ID+a.ClientID))).String()
	issuer, version := "https://sts.windows.net/"+d.ID+"/", "1.0"
	if audience == exchangeAudience { // as a managed identity's, whose issuer others can look up
		issuer, version = s.issuer(d.ID), "2.0"
	}
	token, err := s.Keys.Sign(Claims{
		Audience: audience, Issuer: issuer,
		IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: now.Add(lifetime).Unix(),
		AppName: a.Name, AppID: a.ClientID, AppKind: credential, Type: "app", Object: object, Subject: object,
		Tenant: d.ID, Roles: roles, RoleIDs: []string{applicationRole}, Version: version, Unique: uuid.NewString(), Capabilities: capabilities,
	})
	if err != nil {
		return nil, &problem{code: 90033}
	}
	seconds := int(lifetime.Seconds()) - 1
	return map[string]any{"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}, nil
}

// redeem answers a code, once.
func (s *Service) redeem(r *http.Request, a App, path string) (map[string]any, *problem) {
	form := r.PostForm
	for _, name := range []string{"code", "redirect_uri"} {
		if form.Get(name) == "" {
			return nil, &problem{900144, "The request body must contain the following parameter: '" + name + "'."}
		}
	}
	s.mu.Lock()
	c := s.codes[form.Get("code")]
	switch {
	case c == nil || !strings.EqualFold(c.app.ClientID, a.ClientID):
		s.mu.Unlock()
		return nil, &problem{70000, "The provided value for the 'code' parameter is not valid."}
	case c.path != path:
		s.mu.Unlock()
		return nil, &problem{code: 700005}
	case c.redirect != form.Get("redirect_uri"):
		s.mu.Unlock()
		return nil, &problem{500112, "The reply address '" + form.Get("redirect_uri") + "' does not match the reply address '" + c.redirect + "' provided when requesting Authorization code."}
	case c.redeemed:
		s.mu.Unlock()
		return nil, &problem{code: 54005}
	case s.Clock.Now().Sub(c.used) > codeLifetime:
		s.mu.Unlock()
		return nil, &problem{70008, "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource."}
	case !c.verified(form.Get("code_verifier")):
		s.mu.Unlock()
		return nil, &problem{code: 501481}
	}
	c.redeemed = true
	got := c.session
	s.mu.Unlock()
	if p := s.fault(got.tenant); p != nil {
		return nil, p
	}
	return s.signedIn(form.Get("client_info") == "1", got)
}

// verified compares the verifier with the challenge (RFC 7636 §4.6). Without a
// challenge there must be no verifier.
func (c *code) verified(verifier string) bool {
	want := verifier
	if c.method == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		want = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if c.challenge == "" {
		return verifier == ""
	}
	return verifier != "" && subtle.ConstantTimeCompare([]byte(want), []byte(c.challenge)) == 1
}

// refresh answers a refresh token with a new one; the old one stays good.
func (s *Service) refresh(r *http.Request, a App, path string) (map[string]any, *problem) {
	s.mu.Lock()
	got, known := s.refreshes[r.PostForm.Get("refresh_token")]
	s.mu.Unlock()
	switch {
	case !known || !strings.EqualFold(got.app.ClientID, a.ClientID):
		return nil, &problem{70000, "The provided value for the 'refresh_token' parameter is not valid."}
	case s.Clock.Now().Sub(got.used) > refreshLifetime:
		return nil, &problem{code: 700082}
	case !anyTenant(path) && path != got.tenant:
		return nil, &problem{50034, "The user account does not exist in the '" + path + "' directory."}
	}
	if p := s.fault(got.tenant); p != nil {
		return nil, p
	}
	got.nonce = "" // there was no new request
	return s.signedIn(r.PostForm.Get("client_info") == "1", got)
}

// signedIn answers with the tokens of somebody who is signed in.
func (s *Service) signedIn(clientInfo bool, of session) (map[string]any, *problem) {
	d, person, there := s.person(of.person.OID)
	switch {
	case !there || d.ID != of.tenant:
		return nil, &problem{code: 50034}
	case !person.Enabled:
		return nil, &problem{code: 50057}
	}
	s.mu.Lock()
	g := d.principal(of.app).now
	s.mu.Unlock()
	if p := g.usable(of.app, d); p != nil {
		return nil, p
	}
	if g.needsConsent(person.OID) {
		return nil, (grant{unconsented: true}).usable(of.app, d)
	}
	of.person = person
	var shown []string
	openID, offline := false, false
	for _, scope := range of.scopes {
		openID = openID || scope == "openid"
		if scope == "offline_access" {
			offline = true
			continue
		}
		shown = append(shown, scope)
	}
	now := s.Now()
	access, err := s.Keys.Sign(Claims{
		Audience: "00000003-0000-0000-c000-000000000000", Issuer: "https://sts.windows.net/" + d.ID + "/",
		IssuedAt: now.Unix(), NotBefore: now.Unix(), Expires: now.Add(time.Hour).Unix(), AppName: of.app.Name, AppID: of.app.ClientID, AppKind: "1",
		Type: "user", Object: person.OID, Subject: pairwise(of.app, person), Tenant: d.ID, Scopes: strings.Join(shown, " "), UPN: person.UPN,
		RoleIDs: append(append([]string{}, person.Roles...), ordinaryMember), Version: "1.0", Unique: uuid.NewString(),
	})
	if err != nil {
		return nil, &problem{code: 90033}
	}
	answer := map[string]any{
		"token_type": "Bearer", "scope": strings.Join(shown, " "), "expires_in": 3599, "ext_expires_in": 3599, "access_token": access,
	}
	if openID {
		if answer["id_token"], err = s.idToken(of); err != nil {
			return nil, &problem{code: 90033}
		}
	}
	if offline {
		token := random("1.")
		of.used = s.Clock.Now()
		s.mu.Lock()
		s.refreshes[token] = of
		s.mu.Unlock()
		answer["refresh_token"] = token
	}
	if clientInfo {
		text, _ := json.Marshal(map[string]string{"uid": person.OID, "utid": d.ID})
		answer["client_info"] = base64.RawURLEncoding.EncodeToString(text)
	}
	return answer, nil
}

// pairwise is a subject that differs from app to app.
func pairwise(a App, p Person) string {
	sum := sha256.Sum256([]byte(strings.ToLower(a.ClientID + "\n" + p.OID)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// idToken makes an id_token of version 2 (facts/entra-graph-teams.md §1.5).
func (s *Service) idToken(of session) (string, error) {
	now := s.Now()
	claims := map[string]any{
		"ver": "2.0", "iss": s.issuer(of.tenant), "aud": of.app.ClientID,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"tid": of.tenant, "oid": of.person.OID, "sub": pairwise(of.app, of.person),
		"rh": random("1."), "uti": random("")[:22], "sid": of.id,
	}
	for _, scope := range of.scopes {
		switch scope {
		case "profile":
			claims["name"], claims["preferred_username"] = of.person.Name, of.person.UPN
		case "email":
			claims["email"] = of.person.UPN
		}
	}
	if of.nonce != "" {
		claims["nonce"] = of.nonce
	}
	if of.app.GroupMembershipClaims != NoneClaims {
		claims["wids"] = append(append([]string{}, of.person.Roles...), ordinaryMember)
	}
	value, struck := s.Faults.Take(faults.EntraKey, of.tenant)
	switch {
	case struck && value == "personal":
		personal, err := s.personal()
		if err != nil {
			return "", err
		}
		return personal.Sign(claims)
	case struck:
		return s.Keys.SignUnpublished(claims)
	}
	return s.Keys.Sign(claims)
}

// Verify returns the claims of a token that was issued here and has not expired.
func (s *Service) Verify(token string) (Claims, error) {
	var c Claims
	if err := s.Keys.Verify(token, &c); err != nil {
		return Claims{}, err
	}
	if now := s.Now().Unix(); now >= c.Expires || now < c.NotBefore-300 {
		return Claims{}, errors.New("token is out of its time")
	}
	return c, nil
}
