package acs

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"tandem/internal/bridge"
	"tandem/internal/call"
)

func TestConnectToCalls(t *testing.T) {
	for _, x := range []struct {
		host call.HostCall
		want string
	}{
		{call.HostCall{Kind: call.HostServerCall, ID: "a+b/c="}, `{"kind":"serverCallLocator","serverCallId":"a+b/c="}`},
		{call.HostCall{Kind: call.HostGroup, ID: "g"}, `{"kind":"groupCallLocator","groupCallId":"g"}`},
		{call.HostCall{Kind: call.HostRoom, ID: "r"}, `{"kind":"roomCallLocator","roomId":"r"}`},
	} {
		w := &wire{answers: []answer{{http.StatusOK, `{"callConnectionId":"c1","serverCallId":"srv","correlationId":"corr","callConnectionState":"unknown"}`, nil}}}
		c := testConnectivity(t, testDirectory(), w)
		found, err := c.Connect(t.Context(), testRequest, call.ConnectCall{Resource: "eu", Host: x.host})
		if err != nil || found != (call.CallFound{Op: "12.0", Connection: "c1", ServerCall: "srv", Correlation: "corr"}) {
			t.Errorf("%+v: %+v, %v", x.host, found, err)
		}
		var sent struct {
			Locator  json.RawMessage `json:"callLocator"`
			Callback string          `json:"callbackUri"`
			Context  string          `json:"operationContext"`
		}
		if err := json.Unmarshal(w.sent[0].body, &sent); err != nil {
			t.Fatal(err)
		}
		if string(sent.Locator) != x.want || !strings.Contains(sent.Callback, string(testCall)) || opOf(sent.Context) != "12.0" ||
			w.sent[0].header.Get("Repeatability-Request-ID") != testUUID || !strings.HasPrefix(w.sent[0].target, "/calling/callConnections:connect?") {
			t.Errorf("%+v: sent %+v", x.host, w.sent)
		}
	}
	c := testConnectivity(t, testDirectory(), &wire{})
	_, err := c.Connect(t.Context(), testRequest, call.ConnectCall{Host: call.HostCall{Kind: "meeting", ID: "x"}})
	if refused := (*bridge.Refused)(nil); !errors.As(err, &refused) {
		t.Error(err)
	}
}

func TestMoveHere(t *testing.T) {
	w := &wire{answers: []answer{{http.StatusAccepted, `{"participants":[],"fromCall":"c9"}`, nil}}}
	c := testConnectivity(t, testDirectory(), w)
	if err := c.Move(t.Context(), testRequest, call.MoveHere{Connection: "c1", From: "c9", Endpoint: testUser}); err != nil {
		t.Fatal(err)
	}
	var sent struct {
		Targets []Identifier `json:"targetParticipants"`
		From    string       `json:"fromCall"`
		Context string       `json:"operationContext"`
	}
	if err := json.Unmarshal(w.sent[0].body, &sent); err != nil {
		t.Fatal(err)
	}
	if len(sent.Targets) != 1 || sent.Targets[0].RawID != "8:orgid:"+testOID || sent.From != "c9" || opOf(sent.Context) != "12.0" ||
		w.sent[0].header.Get("Repeatability-Request-ID") != testUUID || !strings.HasPrefix(w.sent[0].target, "/calling/callConnections/c1/participants:moveHere?") {
		t.Errorf("sent %+v", w.sent)
	}
}
