package acs

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

var testKeys = HookKeys{Current: []byte("the current hook key"), Previous: []byte("the former hook key!")}

const (
	testPromptID = tenant.PromptID("0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77")
	testCall     = call.ID("019b7c1e-0000-7000-8000-000000000001")
	testTopic    = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Communication/communicationServices/contoso"
	testAud      = "9a9a4a5e-1111-4222-8333-123456789abc"
)

// directory is a Directory of one resource.
type directory struct {
	resource Resource
	err      error
	trunk    func(t tenant.ID, number string) (Trunk, error)
}

func (d *directory) Resource(_ context.Context, id string) (Resource, error) {
	if d.err != nil {
		return Resource{}, d.err
	}
	if id != d.resource.ID {
		return Resource{}, fault.NotFound("resource_unknown", "there is no such resource")
	}
	return d.resource, nil
}

func (d *directory) Trunk(_ context.Context, t tenant.ID, number string) (Trunk, error) {
	return d.trunk(t, number)
}

func (d *directory) Prompt(_ context.Context, t tenant.ID, id tenant.PromptID) (tenant.Prompt, error) {
	if t != "t" || id != testPromptID {
		return tenant.Prompt{}, fault.NotFound("prompt_unknown", "there is no such prompt")
	}
	return tenant.Prompt{ID: id, Tenant: t, Version: 3}, d.err
}

func (d *directory) Usable(_ context.Context, _ tenant.ID, named string) (string, error) {
	return either(named, d.resource.ID), d.err
}

func testDirectory() *directory {
	return &directory{
		resource: Resource{
			ID: "eu", Endpoint: "https://contoso.communication.azure.com/", AccessKey: testKey, ImmutableID: testAud, Topic: testTopic,
		},
		trunk: func(_ tenant.ID, number string) (Trunk, error) {
			return Trunk{Resource: "eu", FQDN: "e0.eu.sbc.example.com", Number: either(number, "+4930111")}, nil
		},
	}
}

func testConnectivity(t *testing.T, d Directory, rt http.RoundTripper) *Connectivity {
	t.Helper()
	c, err := NewConnectivity(d, testKeys, "https://tandem.example.com/", Config{
		HTTP: &http.Client{Transport: rt}, Now: func() time.Time { return testTime },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var testRequest = bridge.Request{
	Call: testCall, Tenant: "t", Resource: "eu", Op: "12.0", ID: testUUID, FirstSent: testTime,
}

func TestRoute(t *testing.T) {
	c := testConnectivity(t, testDirectory(), &wire{})
	longest := `"` + strings.Repeat("x", 119) + `"` // 121 bytes, 242 digits, ";encoding=hex"
	for _, v := range []struct {
		name, number, context string
		want                  bridge.FarRoute
	}{
		{"a number", "+49304711", "", bridge.FarRoute{Number: "+49304711"}},
		{"the anchor", "", "null", bridge.FarRoute{Number: "+4930111"}},
		{
			"a context", "+1", "{ \"case\": 7 }",
			bridge.FarRoute{Number: "+1", Headers: map[string]string{"User-To-User": "7b2263617365223a377d;encoding=hex"}},
		},
		{
			"the longest context", "+1", longest,
			bridge.FarRoute{Number: "+1", Headers: map[string]string{"User-To-User": "22" + strings.Repeat("78", 119) + "22;encoding=hex"}},
		},
		{"too long a context stays here", "+1", `"x` + longest[1:], bridge.FarRoute{Number: "+1"}},
		{"a broken context stays here", "+1", `{`, bridge.FarRoute{Number: "+1"}},
	} {
		if v.want.Headers == nil {
			v.want.Headers = map[string]string{}
		}
		v.want.Headers["X-MS-Custom-Tandem"] = "tok-en_1"
		v.want.Resource, v.want.Trunk = "eu", "e0.eu.sbc.example.com"
		o := call.Call{Tenant: "t", Plan: call.Plan{Number: v.number, Context: json.RawMessage(v.context)}}
		got, err := c.Route(t.Context(), o, "tok-en_1")
		if err != nil || !reflect.DeepEqual(got, v.want) {
			t.Errorf("%s: %+v %v, want %+v", v.name, got, err, v.want)
		}
	}
	for _, bad := range []string{"", "a b", "a\r\nb", "ü", strings.Repeat("x", 257)} {
		if _, err := c.Route(t.Context(), call.Call{}, bad); fault.KindOf(err) != fault.KindInternal {
			t.Errorf("token %q: %v", bad, err)
		}
	}
	none := testDirectory()
	none.trunk = func(tenant.ID, string) (Trunk, error) { return Trunk{}, fault.NotFound("no_trunk", "no trunk") }
	if _, err := testConnectivity(t, none, &wire{}).Route(t.Context(), call.Call{}, "x"); fault.CodeOf(err) != "no_trunk" {
		t.Error(err)
	}
}

// Whatever a provider puts into the context, what leaves is within the limits.
func TestContextFitsOrStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw, err := json.Marshal(rapid.String().Draw(t, "context"))
		if err != nil {
			t.Fatal(err)
		}
		if value, ok := encodeContext(raw); ok && (len(value) > 256 || !headerSafe(value)) {
			t.Fatalf("%q", value)
		}
	})
}

func TestAccept(t *testing.T) {
	d := testDirectory()
	d.resource.CognitiveEndpoint = "https://speech.example.com/"
	w := &wire{answers: []answer{{status: 200, body: `{"callConnectionId":"` + testConn + `","serverCallId":"aHR0","correlationId":"corr","callConnectionState":"unknown"}`}}}
	got, err := testConnectivity(t, d, w).Accept(t.Context(), testRequest, call.AcceptInvitation{Resource: "eu", Context: "opaque"})
	want := call.ConnectionAccepted{Op: "12.0", Connection: testConn, ServerCall: "aHR0", Correlation: "corr"}
	if err != nil || got != want {
		t.Fatalf("%+v %v", got, err)
	}
	body := `{"incomingCallContext":"opaque","callbackUri":"` + testKeys.CallURL("https://tandem.example.com", "eu", testCall) +
		`","operationContext":"` + testUUID + `/12.0","callIntelligenceOptions":{"cognitiveServicesEndpoint":"https://speech.example.com/"}` + sockets(true) + `}`
	if string(w.sent[0].body) != body {
		t.Errorf("sent %s\nwant %s", w.sent[0].body, body)
	}
}

func TestCall(t *testing.T) {
	w := &wire{answers: []answer{{status: 201, body: `{"callConnectionId":"` + testConn + `","correlationId":"corr","callConnectionState":"connecting","sourceDisplayName":""}`}}}
	do := call.CallAgent{Resource: "eu", Endpoint: testUser, DisplayName: "Test call"}
	got, err := testConnectivity(t, testDirectory(), w).Call(t.Context(), testRequest, do)
	if want := (call.AgentCalled{Op: "12.0", Connection: testConn, Correlation: "corr"}); err != nil || got != want {
		t.Fatalf("%+v %v", got, err)
	}
	body := `{"targets":[{"kind":"microsoftTeamsUser","rawId":"8:orgid:` + testOID + `","microsoftTeamsUser":{"userId":"` + testOID +
		`","isAnonymous":false,"cloud":"public"}}],"callbackUri":"` + testKeys.CallURL("https://tandem.example.com", "eu", testCall) +
		`","sourceDisplayName":"Test call","operationContext":"` + testUUID + `/12.0"` + sockets(false) + `}`
	if string(w.sent[0].body) != body {
		t.Errorf("sent %s\nwant %s", w.sent[0].body, body)
	}
	if id := w.sent[0].header.Get("Repeatability-Request-ID"); id != testUUID {
		t.Errorf("request id %q", id)
	}
	for _, bad := range []call.Endpoint{{Kind: tenant.PhoneNumber, ID: "+14255550123"}, {Kind: "bot", ID: "x"}, {Kind: tenant.TeamsUser}} {
		do.Endpoint = bad
		_, err = testConnectivity(t, testDirectory(), &wire{}).Call(t.Context(), testRequest, do)
		checkRefused(t, err, call.ClassMisconfigured)
	}
	d := testDirectory()
	d.resource.CognitiveEndpoint = "https://speech.example.com/"
	w = &wire{answers: []answer{{status: 201, body: `{"callConnectionId":"` + testConn + `"}`}}}
	do.Endpoint = testUser
	if _, err = testConnectivity(t, d, w).Call(t.Context(), testRequest, do); err != nil || !strings.Contains(string(w.sent[0].body), `"callIntelligenceOptions":{"cognitiveServicesEndpoint":"https://speech.example.com/"}`) {
		t.Errorf("%v: sent %s", err, w.sent[0].body)
	}
}

func TestRing(t *testing.T) {
	w := &wire{answers: []answer{{status: 202, body: `{"participant":{},"invitationId":"inv","operationContext":"x"}`}}}
	got, err := testConnectivity(t, testDirectory(), w).Ring(t.Context(), testRequest, call.RingAgent{
		Connection: testConn, Endpoint: testUser, DisplayName: "Sales", Timeout: 20*time.Second + time.Millisecond,
	})
	if err != nil || got != "inv" {
		t.Fatalf("%q %v", got, err)
	}
	for _, part := range []string{`"sourceDisplayName":"Sales"`, `"invitationTimeoutInSeconds":21`, `"operationContext":"` + testUUID + `/12.0"`, `"rawId":"8:orgid:` + testOID} {
		if !strings.Contains(string(w.sent[0].body), part) {
			t.Errorf("%s is not in %s", part, w.sent[0].body)
		}
	}
	_, err = testConnectivity(t, testDirectory(), w).Ring(t.Context(), testRequest, call.RingAgent{Endpoint: call.Endpoint{Kind: "bot", ID: "x"}})
	checkRefused(t, err, call.ClassMisconfigured)
}

func TestRingSeconds(t *testing.T) {
	for d, want := range map[time.Duration]int{
		0: 0, -time.Second: 0, time.Millisecond: 1, 20 * time.Second: 20, 20*time.Second + 1: 21, time.Hour: 180,
	} {
		if got := ringSeconds(d); got != want {
			t.Errorf("%s: %d, want %d", d, got, want)
		}
	}
}

func checkRefused(t *testing.T, err error, want call.Class) {
	t.Helper()
	var refused *bridge.Refused
	if !errors.As(err, &refused) || refused.Outcome.Class != want {
		t.Errorf("%v, want refused as %s", err, want)
	}
}

// What Microsoft says of a request, and what the engine is told.
func TestAnswersToRequests(t *testing.T) {
	type do = func(ctx context.Context, c *Connectivity) error
	refuse := func(ctx context.Context, c *Connectivity) error {
		return c.Refuse(ctx, testRequest, call.RefuseInvitation{Resource: "eu", Context: "x"})
	}
	accept := func(ctx context.Context, c *Connectivity) error {
		_, err := c.Accept(ctx, testRequest, call.AcceptInvitation{Resource: "eu", Context: "x"})
		return err
	}
	callOut := func(ctx context.Context, c *Connectivity) error {
		_, err := c.Call(ctx, testRequest, call.CallAgent{Resource: "eu", Endpoint: testUser})
		return err
	}
	ring := func(ctx context.Context, c *Connectivity) error {
		_, err := c.Ring(ctx, testRequest, call.RingAgent{Connection: testConn, Endpoint: testUser})
		return err
	}
	cancel := func(ctx context.Context, c *Connectivity) error {
		return c.CancelRing(ctx, testRequest, call.CancelRing{Connection: testConn, Invitation: "i"})
	}
	remove := func(ctx context.Context, c *Connectivity) error {
		return c.Remove(ctx, testRequest, call.RemoveParticipant{Connection: testConn, Endpoint: testUser})
	}
	end := func(ctx context.Context, c *Connectivity) error {
		return c.End(ctx, testRequest, call.EndConnection{Connection: testConn})
	}
	terminate := func(ctx context.Context, c *Connectivity) error {
		return c.End(ctx, testRequest, call.EndConnection{Connection: testConn, ForEveryone: true})
	}
	gone := answer{404, `{"error":{"code":"8522","message":"Call not found."}}`, nil}
	over := answer{400, `{"error":{"code":"8528","message":"Call is over."}}`, nil}
	setting := answer{405, `{"error":{"code":"8522","message":"Missing."}}`, nil}
	away := answer{503, "", nil}
	for _, v := range []struct {
		name string
		do   do
		answer
		refused call.Class // "" and not away: success
	}{
		{"refuse", refuse, answer{204, "", nil}, ""},
		{"refuse what is gone", refuse, gone, ""},
		{"refuse away", refuse, away, ""},
		{"accept what is gone", accept, gone, call.ClassGone},
		{"accept away", accept, away, ""},
		{"call from a resource without access", callOut, answer{403, `{"error":{"code":"7600"}}`, nil}, call.ClassNotAllowed},
		{"call somebody without a licence", callOut, answer{400, `{"error":{"code":"8523"}}`, nil}, call.ClassMisconfigured},
		{"call away", callOut, away, ""},
		{"ring in a call that is gone", ring, gone, call.ClassGone},
		{"ring badly", ring, answer{400, `{"error":{"code":"8523"}}`, nil}, call.ClassMisconfigured},
		{"ring too early", ring, answer{400, `{"error":{"code":"8501"}}`, nil}, call.ClassUnknown},
		{"ring not allowed", ring, answer{403, `{"error":{"code":"7604"}}`, nil}, call.ClassNotAllowed},
		{"ring throttled", ring, answer{429, `{"error":{"code":"8516"}}`, nil}, ""},
		{"cancel", cancel, answer{202, `{"invitationId":"i"}`, nil}, ""},
		{"cancel in a call that is gone", cancel, gone, call.ClassGone},
		{"remove", remove, answer{202, `{}`, nil}, ""},
		{"remove in a call that is over", remove, over, call.ClassGone},
		{"end", end, answer{204, "", nil}, ""},
		{"end what is gone", end, gone, ""},
		{"end what is over", end, over, ""},
		{"end refused for a setting", end, setting, call.ClassMisconfigured},
		{"terminate", terminate, answer{204, "", nil}, ""},
		{"terminate what is gone", terminate, gone, ""},
		{"terminate away", terminate, away, ""},
	} {
		err := v.do(t.Context(), testConnectivity(t, testDirectory(), &wire{answers: []answer{v.answer}}))
		switch {
		case v.refused != "":
			checkRefused(t, err, v.refused)
		case v.status >= 429:
			if fault.KindOf(err) != fault.KindUnavailable {
				t.Errorf("%s: %v", v.name, err)
			}
		case err != nil:
			t.Errorf("%s: %v", v.name, err)
		}
		// The same without a resource: refused, and nothing is sent.
		w := &wire{}
		nowhere := testDirectory()
		nowhere.resource.ID = "other"
		checkRefused(t, v.do(t.Context(), testConnectivity(t, nowhere, w)), call.ClassMisconfigured)
		nowhere.resource.ID, nowhere.resource.AccessKey = "eu", "?"
		checkRefused(t, v.do(t.Context(), testConnectivity(t, nowhere, w)), call.ClassMisconfigured)
		nowhere.err = fault.Unavailable("db_away", "away")
		if err := v.do(t.Context(), testConnectivity(t, nowhere, w)); fault.CodeOf(err) != "db_away" {
			t.Errorf("%s, directory away: %v", v.name, err)
		}
		if len(w.sent) > 0 {
			t.Errorf("%s: sent without a resource", v.name)
		}
	}
}

func TestLook(t *testing.T) {
	state := func(s string) answer { return answer{200, `{"callConnectionState":"` + s + `"}`, nil} }
	gone := answer{404, `{"error":{"code":"8522"}}`, nil}
	list := answer{200, `{"value":[
		{"identifier":{"rawId":"4:+14255550123","kind":"phoneNumber"},"isMuted":false},
		{"identifier":{"rawId":"8:acs:1_2","kind":"communicationUser"}},
		{"identifier":{"rawId":"8:orgid:` + strings.ToUpper(testOID) + `","kind":"microsoftTeamsUser"}}]}`, nil}
	here := []call.Endpoint{{Kind: tenant.PhoneNumber, ID: "+14255550123"}, testUser}
	for _, v := range []struct {
		name    string
		answers []answer
		want    call.Observed
		kind    fault.Kind
	}{
		{"gone", []answer{gone}, call.Observed{}, ""},
		{"disconnected", []answer{state("disconnected")}, call.Observed{}, ""},
		{"connected", []answer{state("connected"), list}, call.Observed{Up: true, Present: here}, ""},
		{"transferring", []answer{state("transferring"), list}, call.Observed{Up: true, Present: here}, ""},
		{"gone in between", []answer{state("connected"), gone}, call.Observed{}, ""},
		{"connecting", []answer{state("connecting")}, call.Observed{}, fault.KindUnavailable},
		{"ringing", []answer{state("connecting")}, call.Observed{Ringing: true}, ""},
		{"disconnecting", []answer{state("disconnecting")}, call.Observed{}, fault.KindUnavailable},
		{"unknown", []answer{state("unknown")}, call.Observed{}, fault.KindUnavailable},
		{"away", []answer{{503, "", nil}}, call.Observed{}, fault.KindUnavailable},
		{"away for the list", []answer{state("connected"), {503, "", nil}}, call.Observed{}, fault.KindUnavailable},
	} {
		v.want.Connection = testConn
		got, err := testConnectivity(t, testDirectory(), &wire{answers: v.answers}).
			Look(t.Context(), testRequest, call.Look{Connection: testConn, Called: v.want.Ringing})
		if fault.KindOf(err) != v.kind || !reflect.DeepEqual(got, v.want) {
			t.Errorf("%s: %+v %v", v.name, got, err)
		}
	}
	_, err := testConnectivity(t, testDirectory(), &wire{answers: []answer{{403, `{"error":{"code":"7502"}}`, nil}}}).
		Look(t.Context(), testRequest, call.Look{Connection: testConn})
	checkRefused(t, err, call.ClassNotAllowed)
}

func TestOperationContext(t *testing.T) {
	if got := opOf(operationContext(testRequest)); got != "12.0" {
		t.Errorf("op %q", got)
	}
	for _, foreign := range []string{"", "ctx"} {
		if got := opOf(foreign); got != "" {
			t.Errorf("%q gave op %q", foreign, got)
		}
	}
}

func TestHookKeys(t *testing.T) {
	former := HookKeys{Current: testKeys.Previous}
	stranger := HookKeys{Current: []byte("somebody else's key")}
	secret := func(url string) string { return url[strings.LastIndex(url, "/")+1:] }
	url := testKeys.CallURL("https://x/base/", "e u", testCall)
	if !strings.HasPrefix(url, "https://x/base/hooks/calls/e%20u/"+string(testCall)+"/") || len(secret(url)) != 22 {
		t.Error(url)
	}
	grid := testKeys.GridURL("https://x", "eu")
	if !strings.HasPrefix(grid, "https://x/hooks/eventgrid/eu/") {
		t.Error(grid)
	}
	for _, v := range []struct {
		name, secret, text string
		want               bool
	}{
		{"own", secret(url), callText("e u", testCall), true},
		{"of the former key", secret(former.CallURL("https://x", "eu", testCall)), callText("eu", testCall), true},
		{"of another key", secret(stranger.CallURL("https://x", "eu", testCall)), callText("eu", testCall), false},
		{"of another call", secret(url), callText("e u", "019b7c1e-0000-7000-8000-000000000002"), false},
		{"of another resource", secret(url), callText("eu", testCall), false},
		{"of Event Grid", secret(grid), gridText("eu"), true},
		{"of Event Grid, elsewhere", secret(grid), gridText("us"), false},
		{"of Event Grid, for a call", secret(grid), callText("eu", testCall), false},
		{"none", "", gridText("eu"), false},
	} {
		if testKeys.admits(v.secret, v.text) != v.want {
			t.Errorf("%s: admitted %t", v.name, !v.want)
		}
	}
	if former.admits(secret(grid), gridText("eu")) {
		t.Error("a key that was never told is good")
	}
	for _, k := range []HookKeys{{}, {Current: []byte("short")}, {Current: testKeys.Current, Previous: []byte("short")}} {
		if _, err := NewConnectivity(testDirectory(), k, "", Config{}); fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%v", err)
		}
	}
	if s := testKeys.LogValue().String() + testDirectory().resource.LogValue().String(); strings.Contains(s, "key") {
		t.Errorf("logged: %s", s)
	}
}
