package acs

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

func TestEndpointOfIdentifier(t *testing.T) {
	const oid = "fc4ccb5f-8046-4812-803f-6c344a5d1560"
	user := call.Endpoint{Kind: tenant.TeamsUser, ID: oid}
	number := call.Endpoint{Kind: tenant.PhoneNumber, ID: "+14255550123"}
	hidden := call.Endpoint{Kind: tenant.PhoneNumber, ID: "anonymous"} // as the call names a customer without a number
	for _, v := range []struct {
		json string
		want call.Endpoint // zero: of a kind we do not know
	}{
		{`{"kind":"microsoftTeamsUser","rawId":"8:orgid:` + oid + `","microsoftTeamsUser":{"userId":"` + oid + `","isAnonymous":false,"cloud":"public"}}`, user},
		{`{"rawId":"8:orgid:` + strings.ToUpper(oid) + `"}`, user},
		{`{"kind":"microsoftTeamsUser","microsoftTeamsUser":{"userId":"` + oid + `"}}`, user},
		{`{"kind":"microsoftTeamsUser","microsoftTeamsUser":{"userId":"` + oid + `","cloud":"gcch"}}`, call.Endpoint{}},
		{`{"kind":"microsoftTeamsUser","microsoftTeamsUser":{"userId":"x","isAnonymous":true}}`, call.Endpoint{}},
		{`{"rawId":"8:gcch:` + oid + `","kind":"microsoftTeamsUser"}`, call.Endpoint{}},
		{`{"rawId":"8:teamsvisitor:abc","kind":"microsoftTeamsUser"}`, call.Endpoint{}},
		{`{"rawId":"8:orgid:"}`, call.Endpoint{}},
		{`{"kind":"phoneNumber","rawId":"4:+14255550123","phoneNumber":{"value":"+14255550123"}}`, number},
		{`{"kind":"phoneNumber","rawId":"4:+14255550123_asserted"}`, number},
		{`{"phoneNumber":{"value":"+14255550123"}}`, number},
		{`{"kind":"phoneNumber","rawId":"4:anonymous","phoneNumber":{"value":"anonymous","isAnonymous":true}}`, hidden},
		{`{"kind":"phoneNumber","phoneNumber":{"value":"anonymous","isAnonymous":true}}`, hidden},
		{`{"kind":"communicationUser","rawId":"8:acs:1_2","communicationUser":{"id":"8:acs:1_2"}}`, call.Endpoint{}},
		{`{"kind":"microsoftTeamsApp","rawId":"28:orgid:` + oid + `"}`, call.Endpoint{}},
		{`{"kind":"unknown","rawId":"sanitized"}`, call.Endpoint{}},
		{`{}`, call.Endpoint{}},
	} {
		got, ok := parse[Identifier](t, []byte(v.json)).endpoint()
		if got != v.want || ok != (v.want != call.Endpoint{}) {
			t.Errorf("%s: %+v %t, want %+v", v.json, got, ok, v.want)
		}
	}
}

func TestIdentifyAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := rapid.OneOf(
			rapid.Map(rapid.StringMatching(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), func(s string) call.Endpoint {
				return call.Endpoint{Kind: tenant.TeamsUser, ID: s}
			}),
			rapid.Map(rapid.StringMatching(`\+[1-9][0-9]{3,14}`), func(s string) call.Endpoint {
				return call.Endpoint{Kind: tenant.PhoneNumber, ID: s}
			}),
		).Draw(t, "endpoint")
		id, ok := identify(e)
		back, known := id.endpoint()
		if !ok || !known || back != e {
			t.Fatalf("%+v became %+v and %+v", e, id, back)
		}
		id.RawID = ""
		if back, _ := id.endpoint(); back != e {
			t.Fatalf("without raw id: %+v", back)
		}
	})
	if _, ok := identify(call.Endpoint{Kind: "bot", ID: "x"}); ok {
		t.Error("an unknown kind was identified")
	}
	if _, ok := identify(call.Endpoint{Kind: tenant.TeamsUser}); ok {
		t.Error("nobody was identified")
	}
}

func TestParty(t *testing.T) {
	for json, want := range map[string]string{
		`{"rawId":"4:+49301234"}`:               "+49301234",
		`{"rawId":"4:anonymous"}`:               "anonymous",
		`{"rawId":"8:acs:1_2"}`:                 "8:acs:1_2",
		`{"phoneNumber":{"value":"+49301234"}}`: "+49301234",
		`{}`:                                    "",
	} {
		if got := parse[Identifier](t, []byte(json)).party(); got != want {
			t.Errorf("%s: %q, want %q", json, got, want)
		}
	}
}
