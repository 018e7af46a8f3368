package acs

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"tandem/internal/bridge"
	"tandem/internal/call"
)

// takes is an engine that insists on what it may be told.
type takes struct{ t *testing.T }

func (e takes) Incoming(_ context.Context, in bridge.Incoming) error {
	if in.Context == "" || in.Seen.EventID == "" || in.Resource != "eu" {
		e.t.Errorf("incoming %+v", in)
	}
	return nil
}

func (e takes) Receive(_ context.Context, d bridge.Delivery) error {
	if d.Event == nil || d.Seen.EventID == "" || d.Call != testCall {
		e.t.Errorf("delivery %+v", d)
	}
	return nil
}

// Whatever Event Grid sends, it gets one of the answers we mean.
func FuzzEventGrid(f *testing.F) {
	f.Add("[" + gridEventText("g", typeIncoming, invitation(`,"customContext":{"sipHeaders":{"X-MS-Custom-Tandem":"t"}}`)) + "]")
	f.Add(gridEventText("v", typeValidation, `{"validationCode":"c"}`))
	f.Add(`[{"id":7}]`)
	f.Fuzz(func(t *testing.T, body string) {
		h, err := NewHooks(HooksConfig{Engine: takes{t}, Resources: testDirectory(), Refuser: &refuser{}, Keys: testKeys})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", testKeys.GridURL("https://x", "eu"), strings.NewReader(body)))
		switch w.Code {
		case 200, 400, 403, 413:
		default:
			t.Errorf("answered %d", w.Code)
		}
	})
}

// Whatever a callback holds, it is cut and decoded into a journallable event or
// left; the token is checked before any of this and has tests of its own.
func FuzzCallback(f *testing.F) {
	f.Add("[" + event("e", "CallDisconnected", ended) + "]")
	f.Add(event("e", "AddParticipantFailed", `,"operationContext":"a/b","participant":{"rawId":"8:orgid:x"},"resultInformation":{"code":487,"subCode":10004,"message":"m"}`))
	f.Add(event("e", "ParticipantsUpdated", `,"participants":[{"identifier":{"rawId":"4:+1"}},{}],"sequenceNumber":1`))
	f.Fuzz(func(t *testing.T, body string) {
		h, err := NewHooks(HooksConfig{Engine: takes{t}, Keys: testKeys})
		if err != nil {
			t.Fatal(err)
		}
		events, err := split[cloudEvent]([]byte(body))
		if err != nil {
			return
		}
		for _, e := range events {
			ev, strangers, err := decode(e)
			if (ev == nil) == (err == nil) || strangers < 0 {
				t.Fatalf("%v %d %v", ev, strangers, err)
			}
			if err != nil {
				continue
			}
			if list, ok := ev.(call.ParticipantsChanged); ok && list.Present == nil {
				t.Fatal("a list that would be journalled as null")
			}
			if _, err := h.received(t.Context(), Resource{ID: "eu"}, testCall, e); err != nil {
				t.Fatal(err)
			}
		}
	})
}
