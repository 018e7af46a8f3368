package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/teams"
)

// Each fixture differs from the healthy one in what its name says, as seen by
// Entra, Graph and a call.
func TestFixtures(t *testing.T) {
	config := Config{Apps: []entra.App{{ClientID: "app", Secret: "secret"}}}
	all := Fixtures(resource)
	for _, f := range all {
		f.AddTo(&config)
	}
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	client := s.client
	ask := func(tenant, token, path string) (int, map[string]any) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.graphURL+"/v1.0"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("ConsistencyLevel", "eventual")
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		var body map[string]any
		if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
			t.Fatalf("%s %s: %v", tenant, path, err)
		}
		return answer.StatusCode, body
	}
	token := func(tenant string) string {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {"secret"}, "scope": {"https://graph.microsoft.com/.default"}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.authority+"/"+tenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		var body struct {
			Token string `json:"access_token"`
		}
		_ = json.NewDecoder(answer.Body).Decode(&body)
		return body.Token
	}
	rings := func(oid string) int {
		outcome := make(chan teams.Outcome, 1)
		s.directory.Ring(oid, teams.Invitation{ID: "i", Call: "c", Resource: resource, Timeout: time.Minute, Done: func(o teams.Outcome, session *teams.Session) {
			if session != nil {
				session.Leave()
			}
			outcome <- o
		}})
		o := <-outcome
		return o.Code*10000 + o.SubCode
	}

	const accepted = 2000000
	wants := map[string]struct {
		token                  bool
		presence, config, ring int
	}{
		Healthy: {true, 200, 200, accepted}, NoConsent: {false, 0, 0, accepted}, AppDisabled: {false, 0, 0, accepted}, RoleMissing: {true, 403, 200, accepted},
		FederationOff: {true, 200, 200, 4037502}, ListOverwritten: {true, 200, 200, 4037600}, PolicyBlocks: {true, 200, 200, 4037604},
		NoPhoneLicence: {true, 200, 200, 4000000}, NoEnterpriseVoice: {true, 200, 200, 4000000}, ResourceAccount: {true, 200, 200, 4000000},
		ManyAgents: {true, 200, 200, accepted}, Government: {true, 200, 404, accepted}, Throttled: {true, 429, 429, accepted},
	}
	for _, f := range all {
		want, known := wants[f.Name]
		ben := f.Users[1].OID
		if !known || f.Users[0].Name != "Ada Admin" {
			t.Fatalf("fixture %s", f.Name)
		}
		if got := rings(ben); got != want.ring {
			t.Errorf("%s: ringing gives %d, want %d", f.Name, got, want.ring)
		}
		bearer := token(f.Tenant.ID)
		if (bearer != "") != want.token {
			t.Errorf("%s: token %v", f.Name, bearer != "")
		}
		if bearer == "" {
			continue
		}
		for path, status := range map[string]int{"/users/" + ben + "/presence": want.presence, "/admin/teams/userConfigurations/" + ben: want.config} {
			got := 0
			for range 20 { // what chance decides comes in the end
				if got, _ = ask(f.Name, bearer, path); got == status {
					break
				}
			}
			if got != status {
				t.Errorf("%s: %s gives %d, want %d", f.Name, path, got, status)
			}
		}
		if f.Name == ManyAgents {
			_, body := ask(f.Name, bearer, "/groups?$search=%22displayName:contact%22")
			groups, _ := body["value"].([]any)
			if len(groups) != 1 {
				t.Fatalf("%v", body)
			}
			group, _ := groups[0].(map[string]any)
			id, _ := group["id"].(string)
			if _, body = ask(f.Name, bearer, "/groups/"+id+"/transitiveMembers/microsoft.graph.user?$count=true&$top=999"); body["@odata.count"] != 1300.0 || body["@odata.nextLink"] == nil {
				t.Errorf("%v in the group", body["@odata.count"])
			}
		}
	}
	if n := s.Unhandled(); n != 0 {
		t.Errorf("%d requests were not handled", n)
	}
}
