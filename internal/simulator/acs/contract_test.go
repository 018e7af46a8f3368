package acs

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// keys returns the members of a JSON object in order.
func keys(t *testing.T, text []byte) (list []string) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(string(text)))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		list = append(list, key.(string))
	}
	return list
}

type cloudEvent struct {
	Type string
	Data json.RawMessage
}

// Events have the members of the collected samples, in their order.
func TestEventsMatchTheSamples(t *testing.T) {
	text := contract(t, "call-automation-event-samples.json")
	if text == nil {
		return
	}
	var samples struct {
		Events []struct{ Body []json.RawMessage }
	}
	if err := json.Unmarshal(text, &samples); err != nil {
		t.Fatal(err)
	}
	envelope := map[string][]string{}
	data := map[string][]string{}
	for _, s := range samples.Events {
		var e cloudEvent
		if err := json.Unmarshal(s.Body[0], &e); err != nil {
			t.Fatal(err)
		}
		envelope[e.Type], data[e.Type] = keys(t, s.Body[0]), keys(t, e.Data)
	}
	// The sample of this one contradicts the recordings, which are right.
	data["Microsoft.Communication.ParticipantsUpdated"] = recordedKeys(t, "ParticipantsUpdated")

	b := newBench(t)
	_, call := b.talking()
	b.join(call, ada)
	invitation := b.ring(call, bob, "a")
	b.want(b.post("/"+call+"/participants:cancelAddParticipant", map[string]any{"invitationId": invitation, "operationContext": "a"}), http.StatusAccepted)
	b.want(b.post("/"+call+"/participants:cancelAddParticipant", map[string]any{"invitationId": invitation, "operationContext": "a"}), http.StatusAccepted)
	b.event("CancelAddParticipantFailed")
	b.ring(call, bob, "a")
	if err := b.Directory.Decline(bob, ""); err != nil {
		t.Fatal(err)
	}
	b.event("AddParticipantFailed")
	for range 2 {
		b.want(b.post("/"+call+"/participants:remove", map[string]any{"participantToRemove": teamsUser(ada), "operationContext": "a"}), http.StatusAccepted)
	}
	b.event("RemoveParticipantFailed")
	b.want(b.post("/"+call+":terminate", nil), http.StatusNoContent)
	b.event("CallDisconnected")

	for _, e := range b.all {
		var list []json.RawMessage
		if err := json.Unmarshal([]byte(e.raw), &list); err != nil {
			t.Fatal(err)
		}
		var ours cloudEvent
		if err := json.Unmarshal(list[0], &ours); err != nil {
			t.Fatal(err)
		}
		if data[ours.Type] == nil {
			t.Errorf("no sample of %s", ours.Type)
			continue
		}
		if got := keys(t, list[0]); !slices.Equal(got, envelope[ours.Type]) {
			t.Errorf("%s: %v, sample %v", ours.Type, got, envelope[ours.Type])
		}
		if got := keys(t, ours.Data); !slices.Equal(got, data[ours.Type]) {
			t.Errorf("%s data: %v, sample %v", ours.Type, got, data[ours.Type])
		}
	}
	if len(b.all) < 14 {
		t.Errorf("only %d events were compared", len(b.all))
	}
}

// recordedKeys returns the members of data of the first such event in a
// recording of the service.
func recordedKeys(t *testing.T, name string) []string {
	t.Helper()
	var bodies []json.RawMessage
	if err := json.Unmarshal(contract(t, "recorded/acs-events/js-add-participant.json"), &bodies); err != nil {
		t.Fatal(err)
	}
	for _, body := range bodies {
		var list []cloudEvent
		if json.Unmarshal(body, &list) == nil && strings.HasSuffix(list[0].Type, "."+name) {
			return keys(t, list[0].Data)
		}
	}
	t.Fatalf("no %s was recorded", name)
	return nil
}

// Answers hold nothing but what the API description knows.
func TestAnswersMatchTheDescription(t *testing.T) {
	text := contract(t, "call-automation.json")
	if text == nil {
		return
	}
	var swagger struct {
		Definitions map[string]struct {
			Properties map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &swagger); err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	_, call := b.talking()
	check := func(definition string, r reply) {
		t.Helper()
		known := swagger.Definitions[definition].Properties
		if len(known) == 0 {
			t.Fatalf("no definition %s", definition)
		}
		for key := range r.json(t) {
			if known[key] == nil {
				t.Errorf("%s has no %s", definition, key)
			}
		}
	}
	get := func(path string) reply {
		return b.want(b.do(request{method: http.MethodGet, path: path}), http.StatusOK)
	}
	check("CallConnectionProperties", get("/"+call))
	check("GetParticipantsResponse", get("/"+call+"/participants"))
	check("CallParticipant", get("/"+call+"/participants/4%3A%2B4930901820"))
	add := b.want(b.post("/"+call+"/participants:add", map[string]any{"participantToAdd": teamsUser(ada), "operationContext": "a"}), http.StatusAccepted)
	check("AddParticipantResponse", add)
	check("CancelAddParticipantResponse", b.want(b.post("/"+call+"/participants:cancelAddParticipant",
		map[string]any{"invitationId": add.json(t)["invitationId"], "operationContext": "a"}), http.StatusAccepted))
	check("RemoveParticipantResponse", b.want(b.post("/"+call+"/participants:remove",
		map[string]any{"participantToRemove": teamsUser(ada), "operationContext": "a"}), http.StatusAccepted))
}
