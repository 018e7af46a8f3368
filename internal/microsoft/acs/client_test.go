package acs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const (
	testKey  = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	testConn = "18dea47f-b081-4107-9a5c-4300819d2c6c"
	testOID  = "fc4ccb5f-8046-4812-803f-6c344a5d1560"
	testUUID = "7b4244f8-d2ff-46d1-a629-4f9fb5f73d40"
)

var (
	testTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	testOnce = Once{ID: testUUID, FirstSent: testTime.Add(-time.Second)}
	testUser = call.Endpoint{Kind: tenant.TeamsUser, ID: testOID}
)

// sent is a request as it would go over the wire.
type sent struct {
	method, target, host string
	header               http.Header
	body                 []byte
}

// wire stands in for the network: it notes requests and gives canned answers.
type wire struct {
	sent    []sent
	answers []answer // the last one is repeated
}

type answer struct {
	status int
	body   string
	header http.Header
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	w.sent = append(w.sent, sent{req.Method, req.URL.RequestURI(), req.URL.Host, req.Header.Clone(), body})
	a := answer{status: 200, body: "{}"}
	if len(w.answers) > 0 {
		a = w.answers[min(len(w.sent), len(w.answers))-1]
	}
	h := a.header
	if h == nil {
		h = http.Header{}
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(a.body)), Request: req}, nil
}

func testClient(t *testing.T, rt http.RoundTripper) *Client {
	t.Helper()
	c, err := NewClient("https://contoso.communication.azure.com/", testKey, Config{
		HTTP: &http.Client{Transport: rt}, Now: func() time.Time { return testTime },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// operations are all of the client's, with the arguments of the SDK's samples.
var operations = []struct {
	sdk    string // name in the samples
	status int
	answer string
	do     func(ctx context.Context, c *Client) error
}{
	{"answerCall", 200, `{"callConnectionId":"` + testConn + `"}`, func(ctx context.Context, c *Client) error {
		_, err := c.Answer(ctx, testOnce, AnswerRequest{
			IncomingCallContext: "<incomingCallContext>", CallbackURI: "https://app.contoso.com/callback", OperationContext: "ctx",
		})
		return err
	}},
	{"createCall(teams)", 201, `{"callConnectionId":"` + testConn + `"}`, func(ctx context.Context, c *Client) error {
		who, _ := identify(testUser)
		_, err := c.Create(ctx, testOnce, CreateRequest{
			Targets: []Identifier{who}, CallbackURI: "https://app.contoso.com/callback", SourceDisplayName: "Contoso queue", OperationContext: "ctx",
		})
		return err
	}},
	{"rejectCall", 204, "", func(ctx context.Context, c *Client) error {
		return c.Reject(ctx, testOnce, "<incomingCallContext>", "busy")
	}},
	{"redirectCall(teams)", 204, "", func(ctx context.Context, c *Client) error {
		who, _ := identify(testUser)
		return c.Redirect(ctx, testOnce, "<incomingCallContext>", who)
	}},
	{"getCall", 200, "{}", func(ctx context.Context, c *Client) error { _, err := c.Get(ctx, testConn); return err }},
	{"hangUp(one leg)", 204, "", func(ctx context.Context, c *Client) error { return c.HangUp(ctx, testConn) }},
	{"hangUp(forEveryone)", 204, "", func(ctx context.Context, c *Client) error { return c.Terminate(ctx, testOnce, testConn) }},
	{"addParticipant(teams)", 202, `{"invitationId":"i"}`, func(ctx context.Context, c *Client) error {
		who, _ := identify(testUser)
		_, err := c.Add(ctx, testOnce, testConn, AddRequest{
			SourceDisplayName: "Contoso queue", Participant: who, InvitationTimeout: 30, OperationContext: "ctx",
		})
		return err
	}},
	{"cancelAddParticipant", 202, "{}", func(ctx context.Context, c *Client) error {
		return c.CancelAdd(ctx, testOnce, testConn, testUUID, "ctx")
	}},
	{"removeParticipant(teams)", 202, "{}", func(ctx context.Context, c *Client) error {
		who, _ := identify(testUser)
		return c.Remove(ctx, testOnce, testConn, who, "ctx")
	}},
	{"listParticipants", 200, `{"value":[]}`, func(ctx context.Context, c *Client) error { _, err := c.List(ctx, testConn); return err }},
}

// The shapes of facts/call-automation.md §6, as text.
func TestRequests(t *testing.T) {
	const cc = "/calling/callConnections/" + testConn
	const user = `{"kind":"microsoftTeamsUser","rawId":"8:orgid:` + testOID + `","microsoftTeamsUser":{"userId":"` + testOID + `","isAnonymous":false,"cloud":"public"}}`
	const version = "?api-version=2026-03-12"
	want := []struct {
		line, body string
		once       bool
	}{
		{"POST /calling/callConnections:answer" + version, `{"incomingCallContext":"<incomingCallContext>","callbackUri":"https://app.contoso.com/callback","operationContext":"ctx"}`, true},
		{"POST /calling/callConnections" + version, `{"targets":[` + user + `],"callbackUri":"https://app.contoso.com/callback","sourceDisplayName":"Contoso queue","operationContext":"ctx"}`, true},
		{"POST /calling/callConnections:reject" + version, `{"incomingCallContext":"<incomingCallContext>","callRejectReason":"busy"}`, true},
		{"POST /calling/callConnections:redirect" + version, `{"incomingCallContext":"<incomingCallContext>","target":` + user + `}`, true},
		{"GET " + cc + version, "", false},
		{"DELETE " + cc + version, "", false},
		{"POST " + cc + ":terminate" + version, "", true},
		{"POST " + cc + "/participants:add" + version, `{"sourceDisplayName":"Contoso queue","participantToAdd":` + user + `,"invitationTimeoutInSeconds":30,"operationContext":"ctx"}`, true},
		{"POST " + cc + "/participants:cancelAddParticipant" + version, `{"invitationId":"` + testUUID + `","operationContext":"ctx"}`, true},
		{"POST " + cc + "/participants:remove" + version, `{"participantToRemove":` + user + `,"operationContext":"ctx"}`, true},
		{"GET " + cc + "/participants" + version, "", false},
	}
	if len(want) != len(operations) {
		t.Fatal("an operation has no expectation")
	}
	for i, op := range operations {
		w := &wire{answers: []answer{{status: op.status, body: op.answer}}}
		if err := op.do(t.Context(), testClient(t, w)); err != nil {
			t.Errorf("%s: %v", op.sdk, err)
			continue
		}
		got := w.sent[0]
		if line := got.method + " " + got.target; line != want[i].line {
			t.Errorf("%s: sent %s, want %s", op.sdk, line, want[i].line)
		}
		if string(got.body) != want[i].body {
			t.Errorf("%s: body\n%s, want\n%s", op.sdk, got.body, want[i].body)
		}
		id, first := got.header.Get("Repeatability-Request-ID"), got.header.Get("Repeatability-First-Sent")
		if want[i].once && (id != testUUID || first != "Fri, 02 Jan 2026 03:04:04 GMT") || !want[i].once && id+first != "" {
			t.Errorf("%s: repeatability %q %q", op.sdk, id, first)
		}
		if ct := got.header.Get("Content-Type"); (ct == "application/json") != (want[i].body != "") {
			t.Errorf("%s: Content-Type %q", op.sdk, ct)
		}
		if got.header.Get("Accept") != "application/json" || got.header.Get("x-ms-client-request-id") == "" {
			t.Errorf("%s: headers %v", op.sdk, got.header)
		}
	}
}

// What we send is what the official SDK sends, but for members that may be left out.
func TestRequestsLikeTheSDK(t *testing.T) {
	raw := contract(t, "call-automation-sdk-wire-samples.json")
	if raw == nil {
		return
	}
	samples := parse[sdkSamples](t, raw)
	for _, op := range operations {
		found := false
		for _, s := range samples.Requests {
			if s.Op != op.sdk {
				continue
			}
			found = true
			w := &wire{answers: []answer{{status: op.status, body: op.answer}}}
			if err := op.do(t.Context(), testClient(t, w)); err != nil {
				t.Fatal(err)
			}
			got := w.sent[0]
			if got.method != s.Method || got.target != s.Path || got.host != s.Host {
				t.Errorf("%s: %s %s %s, want %s %s %s", op.sdk, got.method, got.host, got.target, s.Method, s.Host, s.Path)
			}
			for name := range s.Headers {
				if name != "Host" && got.header.Get(name) == "" {
					t.Errorf("%s: no %s", op.sdk, name)
				}
			}
			if mine, theirs := withoutOptional(t, string(got.body)), withoutOptional(t, s.BodyText); !reflect.DeepEqual(mine, theirs) {
				t.Errorf("%s: body %v, want %v", op.sdk, mine, theirs)
			}
		}
		if !found {
			t.Errorf("no sample of %s", op.sdk)
		}
	}
}

func withoutOptional(t *testing.T, body string) map[string]any {
	if body == "" {
		return nil
	}
	m := parse[map[string]any](t, []byte(body))
	delete(m, "customCallingContext") // facts/call-automation.md §17
	delete(m, "operationCallbackUri")
	return m
}

func TestErrors(t *testing.T) {
	told := func(code string) string { return `{"error":{"code":"` + code + `","message":"text"}}` }
	for _, v := range []struct {
		name   string
		answer answer
		kind   fault.Kind // Unavailable, else refused with:
		want   call.Outcome
	}{
		{"throttled", answer{429, told("8516"), nil}, fault.KindUnavailable, call.Outcome{}},
		{"request timeout", answer{408, "", nil}, fault.KindUnavailable, call.Outcome{}},
		{"internal", answer{500, told("9999"), nil}, fault.KindUnavailable, call.Outcome{}},
		{"bad gateway, as HTML", answer{502, "<html>", nil}, fault.KindUnavailable, call.Outcome{}},
		{"away", answer{503, "", nil}, fault.KindUnavailable, call.Outcome{}},
		{"gone", answer{404, told("8522"), nil}, "", call.Outcome{Class: call.ClassGone, Code: 404, SubCode: 8522, Message: "text"}},
		{"terminated", answer{400, told("8528"), nil}, "", call.Outcome{Class: call.ClassGone, Code: 400, SubCode: 8528, Message: "text"}},
		{"405 of the same sub-code is not gone", answer{405, told("8522"), nil}, "", call.Outcome{Class: call.ClassMisconfigured, Code: 405, SubCode: 8522, Message: "text"}},
		{"bad argument", answer{400, told("8523"), nil}, "", call.Outcome{Class: call.ClassMisconfigured, Code: 400, SubCode: 8523, Message: "text"}},
		{"not yet", answer{400, told("8501"), nil}, "", call.Outcome{Class: call.ClassUnknown, Code: 400, SubCode: 8501, Message: "text"}},
		{"bad signature", answer{401, told("7509"), nil}, "", call.Outcome{Class: call.ClassMisconfigured, Code: 401, SubCode: 7509, Message: "text"}},
		{"not allowed", answer{403, told("7604"), nil}, "", call.Outcome{Class: call.ClassNotAllowed, Code: 403, SubCode: 7604, Message: "text"}},
		{"conflict", answer{409, told("8519"), nil}, "", call.Outcome{Class: call.ClassUnknown, Code: 409, SubCode: 8519, Message: "text"}},
		{"code that is no number", answer{401, told("Denied"), nil}, "", call.Outcome{Class: call.ClassMisconfigured, Code: 401, Message: "Denied text"}},
		{"no body", answer{404, "", nil}, "", call.Outcome{Class: call.ClassUnknown, Code: 404}},
		{"redirect is not followed", answer{307, "", http.Header{"Location": {"https://elsewhere.invalid/"}}}, "", call.Outcome{Class: call.ClassUnknown, Code: 307}},
	} {
		w := &wire{answers: []answer{v.answer}}
		err := testClient(t, w).Terminate(t.Context(), testOnce, testConn)
		if len(w.sent) != 1 {
			t.Errorf("%s: %d requests", v.name, len(w.sent))
		}
		var refused *bridge.Refused
		switch {
		case v.kind != "":
			if fault.KindOf(err) != v.kind {
				t.Errorf("%s: %v", v.name, err)
			}
		case !errors.As(err, &refused) || refused.Outcome != v.want:
			t.Errorf("%s: %v, want %+v", v.name, err, v.want)
		}
	}
}

func TestUnreadableAnswers(t *testing.T) {
	for name, body := range map[string]string{
		"no connection": `{}`, "no JSON": `<html>`, "nothing": ``, "too long": `{"x":"` + strings.Repeat("x", maxAnswer) + `"}`,
	} {
		_, err := testClient(t, &wire{answers: []answer{{status: 200, body: body}}}).Answer(t.Context(), testOnce, AnswerRequest{})
		if fault.KindOf(err) != fault.KindUnavailable {
			t.Errorf("%s: %v", name, err)
		}
		// Asked again, it may name the connection that there is now.
		_, err = testClient(t, &wire{answers: []answer{{status: 201, body: body}}}).Create(t.Context(), testOnce, CreateRequest{})
		if fault.KindOf(err) != fault.KindUnavailable {
			t.Errorf("create, %s: %v", name, err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for _, v := range []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "7", 7 * time.Second},
		{"Retry-After", "1.5", 1500 * time.Millisecond},
		{"Retry-After", "Fri, 02 Jan 2026 03:04:35 GMT", 30 * time.Second},
		{"Retry-After", "Fri, 02 Jan 2026 03:04:00 GMT", 0},
		{"Retry-After", "-3", 0},
		{"Retry-After", "NaN", 0},
		{"Retry-After", "1e99", 10 * time.Minute},
		{"Retry-After", "soon", 0},
		{"retry-after-ms", "250", 250 * time.Millisecond},
		{"x-ms-retry-after-ms", "40", 40 * time.Millisecond},
		{"X-Other", "40", 0},
	} {
		h := http.Header{}
		h.Set(v.name, v.value)
		err := testClient(t, &wire{answers: []answer{{status: 429, header: h}}}).HangUp(t.Context(), testConn)
		var says interface{ RetryAfter() time.Duration }
		if !errors.As(err, &says) || says.RetryAfter() != v.want {
			t.Errorf("%s: %s: %v", v.name, v.value, err)
		}
	}
}

func TestListFollowsPages(t *testing.T) {
	link := func(l string) answer {
		return answer{status: 200, body: `{"value":[{"identifier":{"rawId":"4:+1` + strconv.Itoa(len(l)) + `"}}],"nextLink":` + strconv.Quote(l) + `}`}
	}
	const next = "https://contoso.communication.azure.com/calling/callConnections/x/participants?api-version=2026-03-12&skip=8%3Aorgid"
	w := &wire{answers: []answer{link(next), link("/calling/relative?page=3"), {status: 200, body: `{"value":[{"identifier":{"rawId":"4:+2"}}]}`}}}
	got, err := testClient(t, w).List(t.Context(), testConn)
	if err != nil || len(got) != 3 || got[2].Identifier.RawID != "4:+2" {
		t.Fatalf("%v %v", got, err)
	}
	if w.sent[1].target != strings.TrimPrefix(next, "https://contoso.communication.azure.com") || w.sent[2].target != "/calling/relative?page=3" {
		t.Errorf("followed %s and %s", w.sent[1].target, w.sent[2].target)
	}
	for _, bad := range []string{"https://evil.invalid/x", "http://contoso.communication.azure.com/x", "//evil.invalid/x", "https://contoso.communication.azure.com:444/x", "%zz"} {
		w := &wire{answers: []answer{link(bad)}}
		if _, err := testClient(t, w).List(t.Context(), testConn); fault.KindOf(err) != fault.KindInternal || len(w.sent) != 1 {
			t.Errorf("%s: %v after %d requests", bad, err, len(w.sent))
		}
	}
	w = &wire{answers: []answer{link(next)}}
	if _, err := testClient(t, w).List(t.Context(), testConn); fault.KindOf(err) != fault.KindInternal || len(w.sent) != maxPages {
		t.Errorf("endless: %v after %d requests", err, len(w.sent))
	}
}

type hanging struct{}

func (hanging) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := testClient(t, hanging{}).HangUp(t.Context(), testConn)
		if fault.KindOf(err) != fault.KindUnavailable || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if took := time.Since(began); took != requestTimeout {
			t.Errorf("gave up after %s", took)
		}
	})
}

// Over a real socket, the path keeps the escapes that were signed.
func TestSignedTargetIsWhatGoesOverTheWire(t *testing.T) {
	var target, auth, host, date, hash string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target, host = r.RequestURI, r.Host
		auth, date, hash = r.Header.Get("Authorization"), r.Header.Get("x-ms-date"), r.Header.Get("x-ms-content-sha256")
		w.WriteHeader(http.StatusNoContent)
	}))
	defer srv.Close()
	c, err := NewClient(srv.URL, testKey, Config{HTTP: srv.Client()})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.HangUp(t.Context(), "8:a/b +c"); err != nil {
		t.Fatal(err)
	}
	if target != "/calling/callConnections/8%3Aa%2Fb%20%2Bc?api-version=2026-03-12" {
		t.Errorf("target %s", target)
	}
	if !strings.HasSuffix(auth, "="+signature(c.key, "DELETE", target, date, host, hash)) {
		t.Error("the signature is not of what was sent")
	}
	srv.Close()
	if err := c.HangUp(t.Context(), testConn); fault.KindOf(err) != fault.KindUnavailable {
		t.Errorf("nobody there: %v", err)
	}
}

func TestNewClientRefuses(t *testing.T) {
	for _, v := range [][2]string{
		{"", testKey},
		{"contoso.communication.azure.com", testKey},
		{"ftp://x", testKey},
		{"https://x/path", testKey},
		{"https://x?q", testKey},
		{"https://x", ""},
		{"https://x", "not base64 !"},
	} {
		_, err := NewClient(v[0], v[1], Config{})
		if fault.KindOf(err) != fault.KindInvalid {
			t.Errorf("%v: %v", v, err)
		}
		if v[1] != "" && v[1] != testKey && strings.Contains(err.Error(), v[1]) {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

// Names with < and & go out as they are: the service takes JSON, not HTML.
func TestBodyIsNotEscapedForHTML(t *testing.T) {
	w := &wire{answers: []answer{{status: 202, body: "{}"}}}
	if _, err := testClient(t, w).Add(t.Context(), testOnce, testConn, AddRequest{SourceDisplayName: "Müller & <Söhne>"}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(w.sent[0].body, []byte("Müller & <Söhne>")) || !json.Valid(w.sent[0].body) {
		t.Errorf("%s", w.sent[0].body)
	}
}
