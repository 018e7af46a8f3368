package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

const (
	rita    = "0f9d33b0-3333-4222-8333-444455556666"
	guest   = "0f9d33b0-4444-4222-8333-444455556666"
	desk    = "aaaaaaaa-0000-4000-8000-000000000001"
	support = "aaaaaaaa-0000-4000-8000-000000000002"
	loop    = "aaaaaaaa-0000-4000-8000-000000000003"
)

var everything = []string{"Presence.Read.All", "User.Read.All", "GroupMember.Read.All", "TeamsUserConfiguration.Read.All"}

// consent gives Contoso's applications these roles and returns such a token.
func (b *bench) consent(roles ...string) string {
	b.t.Helper()
	b.Tokens.SetTenant(entra.Tenant{ID: contoso, Name: "Contoso", Roles: roles})
	return b.token(contoso, scope)
}

// newCompany is a bench with people and groups that are not all alike.
func newCompany(t *testing.T) (*bench, string) {
	t.Helper()
	b := newBench(t)
	for _, p := range []teams.Profile{
		{OID: rita, Name: "Rita O'Neill-McDonald 2nd", Department: "Sales", JobTitle: "Agent", TelephoneNumbers: []string{"+4930555010"}, Roles: []string{entra.TeamsAdministrator}},
		{OID: guest, Name: "Gus Guest", UPN: "gus@partner.example", UserType: teams.Guest, Disabled: true},
	} {
		p.Tenant = contoso
		if err := b.people.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	err := b.people.Reconfigure(contoso, func(s *teams.Settings) error {
		s.SetGroup(teams.Group{ID: desk, Name: "Service desk", Description: "Second level", Members: []string{ada}, Groups: []string{support}})
		s.SetGroup(teams.Group{ID: support, Name: "CustomerSupport", Members: []string{rita, guest}, Groups: []string{loop}})
		s.SetGroup(teams.Group{ID: loop, Name: "Loop", Members: []string{ada}, Groups: []string{desk}})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, b.consent(everything...)
}

type reply struct {
	*httptest.ResponseRecorder
	Next  string `json:"@odata.nextLink"`
	Count *int   `json:"@odata.count"`
	Value []map[string]any
	Error struct{ Code, Message string }
	body  map[string]any
}

// get asks for a path with queries that are not encoded yet, as in
// "/users?$top=5&$search="a"".
func (b *bench) get(token, path string, header ...string) reply {
	b.t.Helper()
	if path, isLink := strings.CutPrefix(path, "https://graph.test"); isLink {
		return b.send(token, httptest.NewRequest(http.MethodGet, path, nil), header...)
	}
	path, query, _ := strings.Cut(path, "?")
	values := url.Values{}
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, found := strings.Cut(pair, "="); found {
			values.Set(name, value)
		}
	}
	return b.send(token, httptest.NewRequest(http.MethodGet, base+path+"?"+values.Encode(), nil), header...)
}

func (b *bench) send(token string, r *http.Request, header ...string) reply {
	b.t.Helper()
	r.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	got := reply{ResponseRecorder: httptest.NewRecorder()}
	b.ServeHTTP(got.ResponseRecorder, r)
	_ = json.Unmarshal(got.Body.Bytes(), &got)
	_ = json.Unmarshal(got.Body.Bytes(), &got.body)
	return got
}

// ids are the people or groups of an answer in the order of their names here.
func (r reply) ids() string {
	names := map[string]string{ada: "ada", bob: "bob", rita: "rita", guest: "gus", desk: "desk", support: "support", loop: "loop"}
	list := []string{}
	for _, v := range r.Value {
		list = append(list, names[fmt.Sprint(v["id"])])
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

var eventual = []string{"ConsistencyLevel", "eventual"}

// What is asked of the directory, with what it says or who comes.
func TestDirectoryQueries(t *testing.T) {
	b, token := newCompany(t)
	const bad, unsupportedCode, noted = "Request_BadRequest", "Request_UnsupportedQuery", "BadRequest"
	for _, c := range []struct {
		path     string
		eventual bool
		want     string // who, or the code of a refusal
	}{
		{`/users`, false, "ada bob gus rita"},
		{`/users?$search="displayName:rit"`, true, "rita"},
		{`/users?$search="displayName:rit"`, false, unsupportedCode},
		{`/users?$search="displayName:neill"`, true, "rita"},
		{`/users?$search="displayName:donald rit"`, true, "rita"}, // Mc|Donald
		{`/users?$search="displayName:2"`, true, "rita"},
		{`/users?$search="displayName:eill"`, true, ""}, // no substrings
		{`/users?$search="displayName:rita bob"`, true, ""},
		{`/users?$search="displayName:rita" OR "displayName:gus" AND "mail:gus"`, true, "gus rita"},
		{`/users?$search=("displayName:rita" OR "displayName:gus") AND "mail:GUS@"`, true, "gus"},
		{`/users?$search="mail:partner"`, true, ""}, // the beginning of the whole
		{`/users?$search="userPrincipalName:gus@p"`, true, "gus"},
		{`/users?$search="displayName:\"rita\""`, true, "rita"},
		{`/users?$search=displayName:rita`, true, bad},
		{`/users?$search="displayName:rita`, true, bad},
		{`/users?$search="displayName:rita" "mail:r"`, true, bad},
		{`/users?$search="displayName:rita" or "mail:r"`, true, bad},
		{`/users?$search="department:sales"`, true, bad},
		{`/users?$search="rita"`, true, bad},
		{`/users?$search="displayName:a\b"`, true, bad},
		{`/users?$filter=accountEnabled eq true`, false, "ada bob rita"},
		{`/users?$filter=accountEnabled eq true and userType eq 'Member'`, false, "ada bob rita"},
		{`/users?$filter=userType eq 'guest'`, false, "gus"},
		{`/users?$filter=startsWith(displayName,'Rita O''Ne')`, false, "rita"},
		{`/users?$filter=startswith(displayName,'rita') or id eq '` + bob + `'`, false, "bob rita"},
		{`/users?$filter=id in ('` + ada + `','` + bob + `')`, false, "ada bob"},
		{`/users?$filter=department eq 'Sales'`, false, "rita"},
		{`/users?$filter=department eq null`, false, "ada bob gus"},
		{`/users?$filter=department ne 'Sales'`, false, unsupportedCode},
		{`/users?$filter=department ne 'Sales'&$count=true`, true, "ada bob gus"},
		{`/users?$filter=department ne 'Sales'`, true, unsupportedCode},
		{`/users?$filter=not(startsWith(displayName,'rita'))&$count=true`, true, "ada bob gus"},
		{`/users?$filter=endsWith(userPrincipalName,'@partner.example')&$count=true`, true, "gus"},
		{`/users?$filter=endsWith(userPrincipalName,'@partner.example')&$count=true`, false, bad},
		{`/users?$filter=endsWith(displayName,'x')&$count=true`, true, unsupportedCode},
		{`/users?$filter=contains(displayName,'x')`, true, unsupportedCode},
		{`/users?$filter=assignedPlans/any(p:p/servicePlanId eq ` + teams.PlanPhone + ` and p/capabilityStatus eq 'Enabled')&$count=true`, true, "ada bob rita"},
		{`/users?$filter=assignedPlans/any(p:p/servicePlanId eq ` + teams.PlanPhone + `)`, false, unsupportedCode},
		{`/users?$filter=nonsense eq 'x'`, false, noted},
		{`/users?$filter=accountEnabled eq 'true'`, false, noted},
		{`/users?$filter=displayName eq 'x`, false, noted},
		{`/users?$filter=displayName eq`, false, noted},
		{`/users?$filter=displayName eq 'x' displayName`, false, noted},
		{`/users?$filter=createdDateTime eq 'x'`, false, unsupportedCode},
		{`/users?$filter=displayName gt 'x'`, false, unsupportedCode},
		{`/users?$orderby=displayName desc`, false, "ada bob gus rita"},
		{`/users?$orderby=displayName&$filter=accountEnabled eq true`, false, unsupportedCode},
		{`/users?$orderby=displayName&$filter=accountEnabled eq true&$count=true`, true, "ada bob rita"},
		{`/users?$orderby=jobTitle`, false, unsupportedCode},
		{`/users?$count=true`, false, bad},
		{`/users?$count=maybe`, true, bad},
		{`/users?$top=1000`, false, bad},
		{`/users?$top=0`, false, bad},
		{`/users?$skip=1`, false, bad},
		{`/users?$skiptoken=x`, false, "Directory_ExpiredPageToken"},
		{`/users?$fancy=1`, false, bad},
		{`/users?fancy=1`, false, "ada bob gus rita"},
		{`/users?$select=id,nonsense`, false, noted},
		{`/users?$select=id,skills`, false, "notImplemented"},
		{`/groups`, false, "desk loop support"},
		{`/groups?$search="displayName:supp"`, true, "support"},
		{`/groups?$search="description:level"`, true, "desk"},
		{`/groups?$filter=startsWith(displayName,'serv')`, false, "desk"},
		{`/groups/` + desk + `/members`, false, "ada support"},
		{`/groups/` + desk + `/transitiveMembers`, false, "ada gus loop rita support"},
		{`/groups/` + desk + `/transitiveMembers/microsoft.graph.user?$count=true`, true, "ada gus rita"},
		{`/groups/` + desk + `/transitiveMembers/microsoft.graph.user`, true, unsupportedCode},
		{`/groups/` + desk + `/transitiveMembers/microsoft.graph.user?$count=true`, false, bad},
		{`/groups/` + support + `/members/microsoft.graph.user?$count=true&$filter=accountEnabled eq true`, true, "rita"},
		{`/groups/` + ada + `/members`, false, "Request_ResourceNotFound"},
		{`/groups/Loop/members`, false, "Request_ResourceNotFound"},
		{`/admin/teams/userConfigurations`, false, "ada bob rita"},
		{`/admin/teams/userConfigurations?$filter=isEnterpriseVoiceEnabled eq true and accountType eq 'user'&$top=999`, false, "ada bob rita"},
		{`/users/` + eve, false, "Request_ResourceNotFound"},
		{`/users/` + eve + `/licenseDetails`, false, "Request_ResourceNotFound"},
		{`/users/` + eve + `/presence`, false, "NotFound"},
		{`/users/` + ada + `?$filter=accountEnabled eq true`, false, bad},
		{`/users/` + ada + `/presence?$select=id`, false, noted},
		{`/admin/teams/userConfigurations/` + eve, false, "NotFound"},
		{`/admin/teams/userConfigurations/` + guest, false, "NotFound"}, // without a licence
		{`/nonsense`, false, noted},
		{`/me`, false, "notImplemented"},
		{`/users/` + ada + `/manager`, false, "notImplemented"},
	} {
		header := eventual
		if !c.eventual {
			header = nil
		}
		before := b.Unhandled()
		r := b.get(token, c.path, header...)
		got := r.ids()
		if r.Code != http.StatusOK {
			got = r.Error.Code
			if r.Error.Message == "" {
				t.Errorf("%s: no message", c.path)
			}
		}
		if got != c.want {
			t.Errorf("%s (eventual %v): %d %q, want %q: %s", c.path, c.eventual, r.Code, got, c.want, r.Error.Message)
		}
		if loud := r.Code == http.StatusNotImplemented; loud != (c.want == "notImplemented") || loud != (b.Unhandled() > before) {
			t.Errorf("%s: %d, %d counted", c.path, r.Code, b.Unhandled()-before)
		}
	}
}

// What single things look like.
func TestEntities(t *testing.T) {
	b, token := newCompany(t)
	for _, c := range []struct{ path, want string }{
		{"/organization?$select=id,displayName,tenantType,verifiedDomains", `{"id":"` + contoso + `","displayName":"Contoso","tenantType":"AAD","verifiedDomains":[
			{"name":"contoso.example","isDefault":true,"isInitial":false,"type":"Managed","capabilities":"Email, OfficeCommunicationsOnline"},
			{"name":"contoso.onmicrosoft.com","isDefault":false,"isInitial":true,"type":"Managed","capabilities":"Email, OfficeCommunicationsOnline"}]}`},
		{"/users/" + rita, `{"id":"` + rita + `","displayName":"Rita O'Neill-McDonald 2nd","givenName":"Rita","surname":"O'Neill-McDonald 2nd","jobTitle":"Agent","mail":"rita.o.neill.mcdonald.2nd@contoso.example",
			"userPrincipalName":"rita.o.neill.mcdonald.2nd@contoso.example","businessPhones":["+4930555010"],"mobilePhone":null,"officeLocation":null,"preferredLanguage":null}`},
		{"/users/GUS@partner.example?$select=accountEnabled,userType,assignedPlans,department", `{"accountEnabled":false,"userType":"Guest","assignedPlans":[],"department":null}`},
		{"/users/" + ada + "?$select=assignedPlans", `{"assignedPlans":[
			{"assignedDateTime":"2026-01-05T11:00:00Z","capabilityStatus":"Enabled","service":"TeamspaceAPI","servicePlanId":"` + teams.PlanTeams + `"},
			{"assignedDateTime":"2026-01-05T11:00:00Z","capabilityStatus":"Enabled","service":"MicrosoftCommunicationsOnline","servicePlanId":"` + teams.PlanPhone + `"}]}`},
		{"/users/" + ada + "/licenseDetails?$select=skuPartNumber,servicePlans", `{"skuPartNumber":"SPE_E5","servicePlans":[
			{"servicePlanId":"` + teams.PlanTeams + `","servicePlanName":"TEAMS1","provisioningStatus":"Success","appliesTo":"User"},
			{"servicePlanId":"` + teams.PlanPhone + `","servicePlanName":"MCOEV","provisioningStatus":"Success","appliesTo":"User"}]}`},
		{"/groups/" + desk + "?$select=id,displayName,securityEnabled,mailEnabled", `{"id":"` + desk + `","displayName":"Service desk","securityEnabled":true,"mailEnabled":false}`},
		{"/users/" + ada + "/presence", `{"id":"` + ada + `","availability":"Available","activity":"Available","statusMessage":null,"outOfOfficeSettings":{"isOutOfOffice":false,"message":null},"sequenceNumber":"A0000000001","workLocation":null}`},
		{"/admin/teams/userConfigurations/" + rita, `{"id":"` + rita + `","tenantId":"` + contoso + `","userPrincipalName":"rita.o.neill.mcdonald.2nd@contoso.example","accountType":"user","isEnterpriseVoiceEnabled":true,
			"featureTypes":["Teams","PhoneSystem"],"createdDateTime":"2026-01-05T11:00:00Z","modifiedDateTime":"2026-01-05T11:00:00Z","telephoneNumbers":[{"telephoneNumber":"+4930555010","assignmentCategory":"primary"}],"effectivePolicyAssignments":[]}`},
	} {
		r := b.get(token, c.path)
		got := r.body
		if len(r.Value) == 1 {
			got = r.Value[0]
		}
		if !strings.HasPrefix(fmt.Sprint(r.body["@odata.context"]), publicAudience+"/v1.0/$metadata#") {
			t.Errorf("%s: context %v", c.path, r.body["@odata.context"])
		}
		delete(got, "@odata.context")
		var want map[string]any
		if err := json.Unmarshal([]byte(c.want), &want); err != nil {
			t.Fatal(err)
		}
		if a, b := canonical(got), canonical(want); r.Code != http.StatusOK || a != b {
			t.Errorf("%s: %d\n%s, want\n%s", c.path, r.Code, a, b)
		}
	}
	members := b.get(token, "/groups/"+desk+"/members")
	for _, m := range members.Value {
		if kind := map[any]string{ada: "#microsoft.graph.user", support: "#microsoft.graph.group"}[m["id"]]; m["@odata.type"] != kind || m["displayName"] == nil {
			t.Errorf("member %v", m)
		}
	}
}

func canonical(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// Each operation wants one of its roles (§2.1).
func TestRoles(t *testing.T) {
	b, _ := newCompany(t)
	const denied = "Authorization_RequestDenied"
	for _, c := range []struct {
		path, roles string
		code        string // of the refusal without roles
	}{
		{"/organization", "Organization.Read.All User.Read.All Directory.Read.All", denied},
		{"/users", "User.ReadBasic.All User.Read.All Directory.Read.All", denied},
		{"/users/" + ada, "User.ReadBasic.All User.Read.All Directory.Read.All", denied},
		{"/users/" + ada + "/licenseDetails", "LicenseAssignment.Read.All User.Read.All Directory.Read.All", denied},
		{"/users/" + ada + "/presence", "Presence.Read.All", "Forbidden"},
		{"/communications/presences/" + ada, "Presence.Read.All", "Forbidden"},
		{"/groups", "GroupMember.Read.All Group.Read.All Directory.Read.All", denied},
		{"/groups/" + desk, "GroupMember.Read.All Group.Read.All", denied},
		{"/groups/" + desk + "/members", "GroupMember.Read.All Group.Read.All", denied},
		{"/admin/teams/userConfigurations", "TeamsUserConfiguration.Read.All", "Forbidden"},
		{"/admin/teams/userConfigurations/" + ada, "TeamsUserConfiguration.Read.All", "Forbidden"},
	} {
		if r := b.get(b.consent("Mail.Read"), c.path); r.Code != http.StatusForbidden || r.Error.Code != c.code {
			t.Errorf("%s without a role: %d %s", c.path, r.Code, r.Error.Code)
		}
		for role := range strings.FieldsSeq(c.roles) {
			if r := b.get(b.consent(role), c.path); r.Code != http.StatusOK {
				t.Errorf("%s with %s: %d %s", c.path, role, r.Code, r.Body)
			}
		}
	}

	basic := b.consent("User.ReadBasic.All", "GroupMember.Read.All")
	if r := b.get(basic, "/users/"+rita+"?$select=displayName,department,accountEnabled"); r.body["displayName"] == nil || r.body["department"] != nil || r.body["accountEnabled"] != nil {
		t.Errorf("a basic profile shows %s", r.Body)
	}
	if r := b.get(basic, "/users?$filter=accountEnabled eq true"); r.Code != http.StatusForbidden || r.Error.Code != denied {
		t.Errorf("a filter on what may not be seen: %d %s", r.Code, r.Body)
	}
	if r := b.get(basic, "/users?$filter=startsWith(mail,'ada')&$select=id,jobTitle"); r.Code != http.StatusOK {
		t.Errorf("a filter on what may be seen: %d %s", r.Code, r.Body)
	}
	if r := b.get(basic, "/groups/"+desk+"/members?$select=displayName,assignedPlans"); len(r.Value) == 0 || r.Value[0]["displayName"] == nil || r.Value[0]["assignedPlans"] != nil {
		t.Errorf("the basic profile of a member shows %s", r.Body)
	}
	groups := b.consent("GroupMember.Read.All")
	for _, path := range []string{"/members", "/members/microsoft.graph.user?$count=true"} {
		r := b.get(groups, "/groups/"+desk+path, eventual...)
		if r.Code != http.StatusOK || len(r.Value) == 0 || r.Value[0]["id"] != ada || r.Value[0]["displayName"] != nil {
			t.Errorf("%s without a role for users: %d %s", path, r.Code, r.Body)
		}
	}
}

// 1300 people come in pages; the rules hold on each of them.
func TestPages(t *testing.T) {
	b, token := newCompany(t)
	if _, err := b.people.AddCrowd(contoso, 1300); err != nil {
		t.Fatal(err)
	}
	seen := map[any]bool{}
	path, pages := `/users?$search="displayName:a" OR "displayName:e" OR "mail:b"&$count=true&$top=100&$select=id,displayName&$orderby=displayName`, 0
	var total int
	last := ""
	for ; path != ""; pages++ {
		r := b.get(token, path, eventual...)
		if r.Code != http.StatusOK || (r.Count != nil) != (pages == 0) {
			t.Fatalf("page %d: %d, count %v: %.200s", pages, r.Code, r.Count, r.Body)
		}
		if pages == 0 {
			total = *r.Count
			if r := b.get(token, r.Next); r.Code != http.StatusBadRequest || r.Error.Code != "Request_UnsupportedQuery" {
				t.Errorf("a link without ConsistencyLevel: %d", r.Code)
			}
			if err := b.Faults.Set(faults.Fault{Knob: faults.GraphEmptyPage, Scope: contoso, Count: 1}); err != nil {
				t.Fatal(err)
			}
			empty := b.get(token, r.Next, eventual...)
			if len(empty.Value) != 0 || empty.Next == "" {
				t.Errorf("an empty page: %s", empty.Body)
			}
			r.Next = empty.Next
		}
		for _, v := range r.Value {
			if seen[v["id"]] || len(v) != 2 {
				t.Fatalf("again, or not as selected: %v", v)
			}
			if name := strings.ToLower(fmt.Sprint(v["displayName"])); name < last {
				t.Errorf("%q after %q", name, last)
			} else {
				last = name
			}
			seen[v["id"]] = true
		}
		path = r.Next
	}
	if len(seen) != total || total < 201 || pages < 3 {
		t.Errorf("%d of %d in %d pages", len(seen), total, pages)
	}
	if r := b.get(token, "/users"); len(r.Value) != 100 || r.Next == "" {
		t.Errorf("%d without $top", len(r.Value))
	}
	if r := b.get(token, "/users?$top=999"); len(r.Value) != 999 {
		t.Errorf("%d of at most 999", len(r.Value))
	}
}

// TestCheckMembers: nested groups count, roles are asked for by their template, and
// a group's name is no id.
func TestCheckMembers(t *testing.T) {
	b, token := newCompany(t)
	const global, teamsAdmin = entra.GlobalAdministrator, entra.TeamsAdministrator
	ask := func(token, who, body string) reply {
		return b.send(token, httptest.NewRequest(http.MethodPost, base+"/users/"+who+"/checkMemberObjects", strings.NewReader(body)))
	}
	r := ask(token, rita, idsOf(global, teamsAdmin, desk, support, rita))
	var in struct{ Value []string }
	if err := json.Unmarshal(r.Body.Bytes(), &in); err != nil || r.Code != http.StatusOK || !slices.Equal(in.Value, []string{teamsAdmin, desk, support}) {
		t.Errorf("%d %s", r.Code, r.Body)
	}
	if r := ask(token, guest, idsOf(global)); r.Code != http.StatusOK || !strings.Contains(r.Body.String(), `"value":[]`) {
		t.Errorf("no role: %d %s", r.Code, r.Body)
	}
	if r := ask(token, desk, idsOf(global)); r.Code != http.StatusNotFound {
		t.Errorf("nobody: %d %s", r.Code, r.Body)
	}
	for _, bad := range []string{"", "{}", idsOf(), idsOf("Service desk"), idsOf(slices.Repeat([]string{global}, 21)...)} {
		if r := ask(token, rita, bad); r.Code != http.StatusBadRequest {
			t.Errorf("%q: %d %s", bad, r.Code, r.Body)
		}
	}
	if r := ask(b.consent("User.ReadBasic.All", "Presence.Read.All"), rita, idsOf(global)); r.Code != http.StatusForbidden {
		t.Errorf("without User.Read.All: %d %s", r.Code, r.Body)
	}
}
