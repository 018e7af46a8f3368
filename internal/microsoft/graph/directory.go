package graph

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

// Prover gets an app-only token past every cache, with the roles in it, which
// are a diagnostic only (facts/entra-graph-teams.md §1.1).
type Prover interface {
	Prove(ctx context.Context, entraTenantID string) (token string, roles []string, err error)
}

// Directory implements onboarding.Directory.
type Directory struct {
	cfg    Config
	prover Prover
	client client
}

var _ onboarding.Directory = (*Directory)(nil)

// NewDirectory makes a directory; it needs no closing.
func NewDirectory(c Config, p Prover) (*Directory, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, fault.Invalid("graph_config", "Graph needs somebody who proves tokens")
	}
	return &Directory{cfg: c, prover: p, client: c.client()}, nil
}

func (d *Directory) token(ctx context.Context, entraTenantID string) (string, error) {
	return d.cfg.Tokens.Token(ctx, entraTenantID, d.cfg.Scope)
}

// person is an entry of /users, with what Sight needs of it.
type person struct {
	ID          string  `json:"id"`
	DisplayName string  `json:"displayName"`
	UPN         string  `json:"userPrincipalName"`
	JobTitle    string  `json:"jobTitle"`
	Department  string  `json:"department"`
	Enabled     *bool   `json:"accountEnabled"`
	UserType    string  `json:"userType"`
	Plans       *[]plan `json:"assignedPlans"`
}

type plan struct {
	Status string `json:"capabilityStatus"`
	ID     string `json:"servicePlanId"`
}

const personFields = "id,displayName,userPrincipalName,jobTitle,department,accountEnabled,userType"

// resourceAccount is the department that Teams gives to apps
// (facts/entra-graph-teams.md §3.4).
const resourceAccount = "Microsoft Communication Application Instance"

func (p person) show() onboarding.Person {
	return onboarding.Person{
		OID: strings.ToLower(p.ID), Name: p.DisplayName, UPN: p.UPN, JobTitle: p.JobTitle, Department: p.Department,
		Enabled: p.Enabled == nil || *p.Enabled, Guest: strings.EqualFold(p.UserType, "Guest"),
		ResourceAccount: p.Department == resourceAccount,
	}
}

// clause quotes what was typed for $search (facts/entra-graph-teams.md §2.4):
// the ampersand is trouble even when it is encoded.
func clause(property, text string) string {
	text = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", " ").Replace(text)
	return `"` + property + `:` + text + `"`
}

// Search implements onboarding.Directory: enabled members, the first ones by
// Graph's own order if nothing was typed.
func (d *Directory) Search(ctx context.Context, entraTenantID, text string, limit int) ([]onboarding.Person, error) {
	q := url.Values{"$select": {personFields}, "$count": {"true"}, "$top": {strconv.Itoa(min(max(limit, 1), 999))},
		"$filter": {"accountEnabled eq true and userType eq 'Member'"}}
	if text = strings.TrimSpace(text); text != "" {
		q.Set("$search", strings.Join([]string{
			clause("displayName", text), clause("mail", text), clause("userPrincipalName", text),
		}, " OR "))
	}
	list, err := first[person](ctx, d, entraTenantID, question{
		name: "list users", path: "/users?" + encode(q), eventual: true, permission: "User.Read.All",
	})
	return shown(list), err
}

func shown(list []person) []onboarding.Person {
	all := make([]onboarding.Person, 0, len(list))
	for _, p := range list {
		all = append(all, p.show())
	}
	return all
}

// encode writes a space as %20: Graph reads a plus as a plus.
func encode(q url.Values) string { return strings.ReplaceAll(q.Encode(), "+", "%20") }

type group struct {
	ID   string `json:"id"`
	Name string `json:"displayName"`
}

// Groups implements onboarding.Directory.
func (d *Directory) Groups(ctx context.Context, entraTenantID, text string, limit int) ([]onboarding.Group, error) {
	q := url.Values{"$select": {"id,displayName"}, "$top": {strconv.Itoa(min(max(limit, 1), 999))}}
	ask := question{name: "list groups", permission: "GroupMember.Read.All"}
	if text = strings.TrimSpace(text); text != "" {
		q.Set("$search", clause("displayName", text))
		ask.eventual = true
	}
	ask.path = "/groups?" + encode(q)
	list, err := first[group](ctx, d, entraTenantID, ask)
	all := make([]onboarding.Group, 0, len(list))
	for _, g := range list {
		all = append(all, onboarding.Group{ID: strings.ToLower(g.ID), Name: g.Name})
	}
	return all, err
}

// Group implements onboarding.Directory.
func (d *Directory) Group(ctx context.Context, entraTenantID, id string) (onboarding.Group, error) {
	id = strings.ToLower(id)
	if !guid.MatchString(id) {
		return onboarding.Group{}, fault.NotFound("group_unknown", "there is no such group in the directory")
	}
	token, err := d.token(ctx, entraTenantID)
	if err != nil {
		return onboarding.Group{}, err
	}
	var g group
	q := question{name: "get group", path: "/groups/" + id + "?%24select=id%2CdisplayName", permission: "GroupMember.Read.All"}
	if f := d.patient(ctx, token, q, &g); f != nil {
		return onboarding.Group{}, f.classified()
	}
	return onboarding.Group{ID: id, Name: g.Name}, nil
}

// Members implements onboarding.Directory.
func (d *Directory) Members(ctx context.Context, entraTenantID, id string, each func([]onboarding.Person) error) error {
	id = strings.ToLower(id)
	if !guid.MatchString(id) {
		return fault.NotFound("group_unknown", "there is no such group in the directory")
	}
	token, err := d.token(ctx, entraTenantID)
	if err != nil {
		return err
	}
	q := question{name: "list members", eventual: true, permission: "GroupMember.Read.All",
		path: "/groups/" + id + "/transitiveMembers/microsoft.graph.user?" +
			encode(url.Values{"$select": {personFields}, "$top": {"999"}, "$count": {"true"}})}
	for q.path != "" {
		var list page[person]
		if f := d.patient(ctx, token, q, &list); f != nil {
			return f.classified()
		}
		if len(list.Value) > 0 { // a page may be empty and not the last
			if err := each(shown(list.Value)); err != nil {
				return err
			}
		}
		q.path = list.Next
	}
	return nil
}

// AdminRoles are the roles that make somebody an admin of his tenant, as they are
// now; none of somebody who is gone or must not sign in. checkMemberObjects is
// answered to User.Read.All and takes template ids (microsoft-graph-docs,
// directoryobject-checkmemberobjects).
func (d *Directory) AdminRoles(ctx context.Context, entraTenantID, oid string) ([]tenant.AdminRole, error) {
	if !guid.MatchString(oid) {
		return nil, fault.Invalid("oid_invalid", "the object id of a user in Entra is a UUID")
	}
	token, err := d.token(ctx, entraTenantID)
	if err != nil {
		return nil, err
	}
	var who person
	var held page[string]
	for _, ask := range []struct {
		q    question
		into any
	}{
		{question{name: "get user", path: "/users/" + oid + "?%24select=id%2CaccountEnabled", permission: "User.Read.All"}, &who},
		{question{
			name: "checkMemberObjects", method: http.MethodPost, path: "/users/" + oid + "/checkMemberObjects",
			body: map[string][]string{"ids": tenant.RoleTemplates()}, permission: "User.Read.All",
		}, &held},
	} {
		f := d.patient(ctx, token, ask.q, ask.into)
		if f != nil && f.Status == http.StatusNotFound {
			return nil, nil
		}
		if f != nil {
			return nil, f.classified()
		}
	}
	if !who.show().Enabled {
		return nil, nil
	}
	return tenant.AdminRoles(held.Value), nil
}

// first reads the first page that has anything.
func first[T any](ctx context.Context, d *Directory, entraTenantID string, q question) ([]T, error) {
	token, err := d.token(ctx, entraTenantID)
	if err != nil {
		return nil, err
	}
	for {
		var list page[T]
		if f := d.patient(ctx, token, q, &list); f != nil {
			return nil, f.classified()
		}
		if len(list.Value) > 0 || list.Next == "" {
			return list.Value, nil
		}
		q.path = list.Next
	}
}

// patient asks until Graph has time, or ctx would be over before that.
func (d *Directory) patient(ctx context.Context, token string, q question, into any) *Failure {
	for try := 0; ; try++ {
		f := d.client.ask(ctx, token, q, into)
		if f == nil || f.Status != 429 && f.Status != 503 && f.Status != 504 {
			return f
		}
		if !pause(ctx, backOff(f.After, try)) {
			return f
		}
	}
}

// backOff is how long to leave Graph alone: as long as it asks, else twice as
// long each time (facts/entra-graph-teams.md §2.7).
func backOff(asked time.Duration, try int) time.Duration {
	if asked > 0 {
		return asked
	}
	return min(defaultQuiet<<min(try, 6), mostQuiet)
}

// pause waits; false if ctx would be over before.
func pause(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Prove implements onboarding.Directory. A permission is there if the question
// that needs it is answered. What Graph could not answer now is no answer: the
// error is Unavailable, and nothing is said about any permission.
func (d *Directory) Prove(ctx context.Context, entraTenantID, oid string) (onboarding.Consent, error) {
	token, roles, err := d.prover.Prove(ctx, entraTenantID)
	if err != nil {
		return onboarding.Consent{}, err
	}
	seen := onboarding.Consent{At: d.cfg.Now()}
	var home page[struct {
		ID      string `json:"id"`
		Name    string `json:"displayName"`
		Domains []struct {
			Name    string `json:"name"`
			Default bool   `json:"isDefault"`
		} `json:"verifiedDomains"`
	}]
	probes := []struct {
		q    question
		into any
	}{
		{question{name: "get organization", path: "/organization?%24select=id%2CdisplayName%2CverifiedDomains", permission: "User.Read.All"}, &home},
		{question{name: "getPresencesByUserId", method: "POST", path: "/communications/getPresencesByUserId", body: map[string][]string{"ids": {oid}}, permission: "Presence.Read.All"}, &page[presence]{}},
		{question{name: "list userConfigurations", path: "/admin/teams/userConfigurations?%24top=1", permission: "TeamsUserConfiguration.Read.All"}, &page[configuration]{}},
		{question{name: "list groups", path: "/groups?%24top=1&%24select=id", permission: "GroupMember.Read.All"}, &page[group]{}},
	}
	for _, p := range probes {
		f := d.client.ask(ctx, token, p.q, p.into)
		probe := onboarding.Probe{Permission: p.q.permission, InToken: slices.Contains(roles, p.q.permission), Status: 200, OK: f == nil}
		if f != nil {
			if err := f.classified(); fault.KindOf(err) == fault.KindUnavailable {
				return onboarding.Consent{}, err
			}
			probe.Status, probe.Code = f.Status, f.Code
		}
		seen.Permissions = append(seen.Permissions, probe)
	}
	for _, o := range home.Value {
		seen.ID, seen.Name = strings.ToLower(o.ID), o.Name
		for _, n := range o.Domains {
			if n.Default {
				seen.Domain = n.Name
			}
		}
	}
	return seen, nil
}
