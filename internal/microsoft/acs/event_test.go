package acs

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

// one is a row of testdata/callbacks.json: a body as the service posts it, and
// what it means ("" if nothing).
type one struct {
	Name  string          `json:"name"`
	Body  json.RawMessage `json:"body"`
	Kind  string          `json:"kind"`
	Event json.RawMessage `json:"event"`
	Error string          `json:"error"`
}

func TestCallbacks(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "callbacks.json"))
	if err != nil {
		t.Fatal(err)
	}
	mapped := map[string]bool{}
	for _, row := range parse[[]one](t, raw) {
		events, err := split[cloudEvent](row.Body)
		if err != nil || len(events) != 1 {
			t.Errorf("%s: %d events, %v", row.Name, len(events), err)
			continue
		}
		mapped[strings.TrimPrefix(events[0].Type, typePrefix)] = true
		got, _, err := decode(events[0])
		if row.Error != "" {
			if err == nil || err.Error() != row.Error || got != nil {
				t.Errorf("%s: %v %v, want %q", row.Name, got, err, row.Error)
			}
			continue
		}
		want, decodeErr := call.DecodeEvent(row.Kind, row.Event)
		if decodeErr != nil {
			t.Fatalf("%s: %v", row.Name, decodeErr)
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v %v, want %#v", row.Name, got, err, want)
		}
	}
	for name := range mapping {
		if !mapped[name] {
			t.Errorf("no row for %s", name)
		}
	}
}

// An add that fails with any code tells the class of the table, whose ring it
// was, and stays an event of the call.
func TestAddFailsWithEachClass(t *testing.T) {
	for _, r := range append(rulings, ruling{480, 4711, call.ClassUnavailable, "class of the code"}, ruling{999, 1, call.ClassUnknown, "new"}) {
		if r.code == anyCode {
			r.code = 0
		}
		data, err := json.Marshal(map[string]any{
			"callConnectionId": testConn, "operationContext": testUUID + "/7.1",
			"participant":       map[string]any{"rawId": "8:orgid:" + testOID},
			"resultInformation": map[string]any{"code": r.code, "subCode": r.sub, "message": "why"},
		})
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := decode(cloudEvent{Type: typePrefix + "AddParticipantFailed", Data: data})
		var want call.Event = call.AgentFailed{
			Connection: testConn, Op: "7.1", Endpoint: testUser,
			Outcome: call.Outcome{Class: r.class, Code: r.code, SubCode: r.sub, Message: "why"},
		}
		if r.code == 487 && r.sub == 10003 { // somebody took it: look who is there
			want = call.Doubted{}
		}
		if err != nil || got != want {
			t.Errorf("%d/%d: %#v %v", r.code, r.sub, got, err)
		}
	}
}

// The published samples, one for each event of the API: those we know become
// events, the others are of unknown type, none is an error.
func TestPublishedSamples(t *testing.T) {
	raw := contract(t, "call-automation-event-samples.json")
	if raw == nil {
		return
	}
	samples := parse[struct {
		Events []struct {
			Body json.RawMessage `json:"body"`
		} `json:"events"`
	}](t, raw)
	kinds := map[string]int{}
	for _, s := range samples.Events {
		events, err := split[cloudEvent](s.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			ev, _, err := decode(e)
			if err != nil && !errors.Is(err, errUnknownType) {
				t.Errorf("%s: %v", e.Type, err)
			}
			if err == nil {
				kinds[ev.Kind()]++
			}
		}
	}
	for _, k := range []string{
		"connection_up", "connection_down", "agent_joined", "agent_failed", "ring_cancelled", "action_failed", "participants_changed", "participant_removed", "operation_ended", "sound_began",
	} {
		if kinds[k] == 0 {
			t.Errorf("no sample became %s", k)
		}
	}
}

// What the live service posted.
func TestRecordings(t *testing.T) {
	for _, name := range []string{
		"js-add-participant.json", "js-answer-with-custom-context-and-hangup.json", "js-cancel-add-participant.json", "js-mute-participant-2024-06-15-preview.json",
		"js-reject-call.json", "js-remove-participant-2023-10-03-preview.json", "js-create-call-and-hangup-2024-06-15-preview.json",
	} {
		raw := contract(t, "recorded/acs-events/"+name)
		if raw == nil {
			return
		}
		known := 0
		for _, body := range parse[[]json.RawMessage](t, raw) {
			if body[0] == '{' { // a decoded IncomingCall
				if _, ok := (gridEvent{Data: body}).incoming("eu", "id"); !ok {
					t.Errorf("%s: an IncomingCall that cannot be read", name)
				}
				continue
			}
			events, err := split[cloudEvent](body)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, e := range events {
				ev, strangers, err := decode(e)
				switch {
				case err == nil:
					known++
					if c, ok := ev.(call.ParticipantsChanged); ok && len(c.Present)+strangers == 0 {
						t.Errorf("%s: an update without participants", name)
					}
					if d, ok := ev.(call.ConnectionDown); ok && name != "js-reject-call.json" && d.Outcome.Class != call.ClassEnded {
						t.Errorf("%s: ended as %+v", name, d.Outcome)
					}
				// The recordings hide who was meant, and their contexts are not ours.
				case errors.Is(err, errUnreadable) && strings.Contains(e.Type, "ParticipantSucceeded"):
				case !errors.Is(err, errUnknownType):
					t.Errorf("%s: %s: %v", name, e.Type, err)
				}
			}
		}
		if known == 0 {
			t.Errorf("%s: no event was understood", name)
		}
	}
}

func TestParticipantListDropsStrangers(t *testing.T) {
	ev, strangers, err := decode(cloudEvent{Type: typePrefix + "ParticipantsUpdated", Data: []byte(`{"callConnectionId":"c","sequenceNumber":3,"participants":[
		{"identifier":{"rawId":"8:acs:1_2"}},{"identifier":{"rawId":"4:+14255550123"}},{"identifier":{}}]}`)})
	want := call.ParticipantsChanged{Connection: "c", Sequence: 3, Present: []call.Endpoint{{Kind: tenant.PhoneNumber, ID: "+14255550123"}}}
	if err != nil || strangers != 2 || !reflect.DeepEqual(ev, want) {
		t.Errorf("%#v %d %v", ev, strangers, err)
	}
}

func TestSplit(t *testing.T) {
	for body, want := range map[string]int{
		`[]`: 0, `{}`: 1, ` [{},{}]`: 2, "\n{\"id\":\"x\"}\n": 1,
		``: -1, `null`: -1, `"x"`: -1, `1`: -1, `[1]`: -1, `[{}] x`: -1, `{`: -1, `<html>`: -1, `{"id":1}`: -1,
	} {
		events, err := split[cloudEvent]([]byte(body))
		if want < 0 && err == nil || want >= 0 && (err != nil || len(events) != want) {
			t.Errorf("%q: %d events, %v", body, len(events), err)
		}
	}
}
