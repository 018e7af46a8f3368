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
	seen := recorded(t)

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

	compared := map[string]bool{}
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
		// Recordings are right where samples contradict them.
		got := keys(t, ours.Data)
		if shapes := seen[ours.Type]; len(shapes) > 0 {
			compared[ours.Type] = true
			if !slices.Contains(shapes, joined(got)) {
				t.Errorf("%s data: %v, recorded %v", ours.Type, got, shapes[0])
			}
		} else if !slices.Equal(got, data[ours.Type]) {
			t.Errorf("%s data: %v, sample %v", ours.Type, got, data[ours.Type])
		}
	}
	if len(b.all) < 14 || len(compared) < 5 {
		t.Errorf("only %d events were compared, %d types with recordings", len(b.all), len(compared))
	}
}

// recordings are those whose event schema is the one that this simulator
// writes (facts/observed-events.md §4).
var recordings = []string{
	"js-add-participant", "js-answer-with-custom-context-and-hangup", "js-cancel-add-participant", "js-dtmf-actions",
	"js-play-to-target", "js-reject-call", "js-transcription-and-summary-failure", "js-answer-media-streaming",
}

// recorded returns, by event type, the members of data that the service was
// seen to send, as lists joined by spaces; operationContext, which depends on
// the request, is left out.
func recorded(t *testing.T) map[string][]string {
	t.Helper()
	seen := map[string][]string{}
	for _, name := range recordings {
		var bodies []json.RawMessage
		if err := json.Unmarshal(contract(t, "recorded/acs-events/"+name+".json"), &bodies); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, body := range bodies {
			var list []cloudEvent
			if json.Unmarshal(body, &list) != nil || len(list) == 0 {
				continue // an IncomingCall
			}
			seen[list[0].Type] = append(seen[list[0].Type], joined(keys(t, list[0].Data)))
		}
	}
	return seen
}

func joined(list []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(list), func(k string) bool { return k == "operationContext" }), " ")
}
