package admin_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/call"
	"tandem/internal/explain"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// Material has a few lines of Contoso's call.
func (s *calls) Material(_ context.Context, t tenant.ID, id call.ID) (explain.Material, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil || t != contoso || id != contosoCall {
		return explain.Material{}, s.failure
	}
	at := id.StartedAt()
	return explain.Material{
		Traces: []call.Trace{nearTrace(id)},
		Events: []explain.Event{
			{Seq: 1, At: at, Kind: "offered", Payload: json.RawMessage(`{"peer":"carrier","caller":"+493098765432","sip_call_id":"a@b","dialog":{"key":"hush"}}`)},
			{Seq: 2, At: at.Add(time.Second), Kind: "operation_ended", Payload: json.RawMessage(`{"op":"1.0","state":"done","recognized":{"tones":"4711"}}`)},
			{Seq: 3, At: at.Add(2 * time.Second), Kind: "agent_failed", Callback: "e1", Payload: json.RawMessage(`{"connection":"c1","endpoint":{"kind":"teams_user","id":"x"},"outcome":{"class":"not_allowed","code":403,"sub_code":5223}}`)},
		},
	}, nil
}

func nearTrace(id call.ID) call.Trace {
	at := id.StartedAt()
	return call.Trace{Leg: call.Near, End: call.Near, Began: at, Messages: []call.SIPMessage{
		{At: at, Transport: "UDP", Local: "192.0.2.1:5060", Remote: "192.0.2.7:5060", Text: "INVITE sip:+493012345678@host SIP/2.0\r\nFrom: <sip:+493098765432@host>;tag=1\r\nCSeq: 1 INVITE\r\n\r\n"},
		{At: at.Add(time.Second), Transport: "UDP", Local: "192.0.2.1:5060", Remote: "192.0.2.7:5060", Text: "INFO sip:x SIP/2.0\r\nCSeq: 2 INFO\r\n\r\nSignal=4711"},
	}}
}

// scoped makes a key of the provider's with some scopes.
func (w *world) scoped(t *testing.T, scopes ...provider.Scope) string {
	t.Helper()
	token := "tdm_" + uuid.NewString()
	_, err := w.CreateKey(t.Context(), provider.Key{
		ID: provider.KeyID(uuid.NewString()), Name: token, Scopes: scopes, Hash: secret.Hash(token), Hint: token[len(token)-4:],
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

type explanation struct {
	Named   string `json:"tenant_name"`
	Verdict *struct {
		ID, Fault, What, Do, Codes string
		Known                      bool
	}
	Timeline []struct {
		From, To, What string
		Failed         bool
		Detail         []string
		Raw            json.RawMessage
		Message        *struct{ Text, Remote string }
	}
	Sound    []struct{ Leg string }
	OverTime []struct {
		Leg, End string
		Points   []struct{ Packets, Lost uint64 }
	} `json:"sound_over_time"`
	Missing []struct{ Code string }
	Masked  []string
}

func TestExplanation(t *testing.T) {
	w := newWorld(t)
	c := &w.all[0]
	c.Ending = &call.Termination{Result: call.Failed, Reason: call.ReasonNotAllowed, By: call.ByMicrosoft, Fault: call.FaultTenant, ACSCode: 403, ACSSubCode: 5223}
	path := "/v1/calls/" + string(contosoCall) + "/explanation"
	var x explanation
	w.do(t, owner, "GET", path, "").want(http.StatusOK).into(&x)
	if x.Verdict == nil || x.Verdict.ID != "user_not_allowed" || x.Verdict.Fault != "tenant" || !x.Verdict.Known || x.Verdict.Codes != "ACS 403/5223" || x.Verdict.Do == "" {
		t.Errorf("verdict %+v", x.Verdict)
	}
	if len(x.Timeline) != 6 || x.Timeline[0].What != "INVITE" || x.Timeline[0].From != "peer" || x.Timeline[0].Message == nil || x.Timeline[1].From != "tandem" || x.Timeline[1].Message != nil ||
		!x.Timeline[5].Failed || x.Timeline[5].From != "call_automation" {
		t.Errorf("timeline %+v", x.Timeline)
	}
	if x.Named != "Contoso Airlines" {
		t.Errorf("the tenant is called %q", x.Named)
	}
	if len(x.OverTime) != 1 || x.OverTime[0].Leg != "far" || x.OverTime[0].End != "microsoft" || x.OverTime[0].Points[0].Lost != 4 {
		t.Errorf("over time %+v", x.OverTime)
	}
	if len(x.Sound) == 0 || x.Sound[0].Leg != "near" || len(x.Missing) != 0 || len(x.Masked) != 0 {
		t.Errorf("sound %+v, missing %+v, masked %v", x.Sound, x.Missing, x.Masked)
	}
	if all := w.do(t, owner, "GET", path, "").want(http.StatusOK).Body.String(); strings.Contains(all, "hush") || !strings.Contains(all, "+493098765432") || !strings.Contains(all, "4711") {
		t.Errorf("the owner sees %s", all)
	}
	text := w.do(t, owner, "GET", path+".txt", "").want(http.StatusOK)
	if body := text.Body.String(); !strings.HasPrefix(text.Header().Get("Content-Type"), "text/plain") || !strings.Contains(body, "INVITE") || !strings.Contains(body, "Fault: tenant") || !strings.Contains(body, "▶│") {
		t.Errorf("%s", body)
	}
}

// A key sees numbers and what was pressed only if it may see them elsewhere.
func TestExplanationIsMasked(t *testing.T) {
	w := newWorld(t)
	path := "/v1/calls/" + string(contosoCall) + "/explanation"
	for _, v := range []struct {
		scopes []provider.Scope
		masked []string
		sees   []string
		not    []string
	}{
		{[]provider.Scope{provider.CallsRead}, []string{"numbers", "words"}, []string{"+…432"}, []string{"493098765432", "4711"}},
		{[]provider.Scope{provider.CallsRead, provider.CDRsRead}, []string{"words"}, []string{"+493098765432"}, []string{"4711"}},
		{[]provider.Scope{provider.CallsRead, provider.CDRsRead, provider.RecordingsHear}, nil, []string{"+493098765432", "4711"}, nil},
	} {
		key := w.scoped(t, v.scopes...)
		var x explanation
		a := w.do(t, key, "GET", path, "").want(http.StatusOK)
		body := a.Body.String()
		a.into(&x)
		text := w.do(t, key, "GET", path+".txt", "").want(http.StatusOK).Body.String()
		if !slices.Equal(x.Masked, v.masked) {
			t.Errorf("%v: masked %v", v.scopes, x.Masked)
		}
		for _, s := range v.sees {
			if !strings.Contains(body, s) {
				t.Errorf("%v does not see %s: %s", v.scopes, s, body)
			}
		}
		for _, s := range v.not {
			if strings.Contains(body, s) || strings.Contains(text, s) {
				t.Errorf("%v sees %s: %s", v.scopes, s, body)
			}
		}
	}
	w.do(t, fabrikamKey, "GET", path, "").problem(http.StatusNotFound, "call_unknown")
	w.do(t, fabrikamKey, "GET", path+".txt", "").problem(http.StatusNotFound, "call_unknown")
	w.do(t, w.scoped(t, provider.CDRsRead), "GET", path, "").want(http.StatusForbidden)
}

// joined stands for a file.
func joined(all []call.SIPMessage) []byte {
	var texts []string
	for _, m := range all {
		texts = append(texts, m.Text)
	}
	return []byte(strings.Join(texts, "\n"))
}

// The SIP messages come as a file, masked like all else.
func TestExportMessages(t *testing.T) {
	w := newWorld(t)
	path := "/v1/calls/" + string(contosoCall) + "/messages.pcap"
	a := w.do(t, owner, "GET", path, "").want(http.StatusOK)
	if body := a.Body.String(); a.Header().Get("Content-Type") != "application/vnd.tcpdump.pcap" || strings.Count(body, "SIP/2.0") != 3 || !strings.Contains(body, "+493098765432") || !strings.Contains(body, "4711") {
		t.Errorf("%s: %s", a.Header(), body)
	}
	masked := w.do(t, w.scoped(t, provider.CallsRead), "GET", path, "").want(http.StatusOK).Body.String()
	for _, secret := range []string{"493098765432", "493012345678", "4711"} {
		if strings.Contains(masked, secret) {
			t.Errorf("%s is shown: %s", secret, masked)
		}
	}
	w.do(t, fabrikamKey, "GET", path, "").problem(http.StatusNotFound, "call_unknown")
	w.do(t, w.scoped(t, provider.CDRsRead), "GET", path, "").want(http.StatusForbidden)
	w.do(t, owner, "GET", "/v1/calls/"+string(w.all[1].ID)+"/messages.pcap", "").problem(http.StatusNotFound, "no_messages")
}

// Calls are found by the last digits of a number, in a span of time.
func TestNumberEnding(t *testing.T) {
	w := newWorld(t)
	for _, list := range []string{"/v1/calls?", "/v1/cdrs?"} {
		w.do(t, owner, "GET", list+"number_ending=765432&from=2026-11-01T00:00:00Z", "").want(http.StatusOK)
		if q := w.asked[len(w.asked)-1]; q.Ending != "765432" || q.From.IsZero() {
			t.Errorf("%s asked for %+v", list, q)
		}
		w.do(t, owner, "GET", list+"number_ending=765432", "").problem(http.StatusUnprocessableEntity, "query_invalid")
		w.do(t, owner, "GET", list+"number_ending=12&from=2026-11-01T00:00:00Z", "").want(http.StatusUnprocessableEntity)
	}
}
