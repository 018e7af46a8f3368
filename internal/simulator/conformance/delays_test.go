package conformance_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"tandem/internal/simulator"
	"tandem/internal/simulator/delays"
)

const newestVersion = "2026-03-12"

// took is the time between two callbacks by what is stamped on them.
func took(t *testing.T, from, to *tree) time.Duration {
	t.Helper()
	var a, b time.Time
	for at, n := range map[*time.Time]*tree{&a: from, &b: to} {
		var err error
		if *at, err = time.Parse(time.RFC3339Nano, n.at("time").text); err != nil {
			t.Fatal(err)
		}
	}
	return b.Sub(a)
}

func atLeast(t *testing.T, what string, from, to *tree, delay string) {
	t.Helper()
	plan, err := delays.Parse(delays.Documented)
	if err != nil {
		t.Fatal(err)
	}
	// A hundredth of a second for a stamp that was taken a little before.
	if d := took(t, from, to); d < plan[delay]-10*time.Millisecond {
		t.Errorf("%s took %v, want %v", what, d, plan[delay])
	}
}

func TestUnknownDelays(t *testing.T) {
	if _, err := simulator.New(simulator.Config{Delays: "sometimes"}); err == nil {
		t.Error("an unknown setting was taken")
	}
}

// What follows within a moment is told by the stamps, in real time.
func TestShortDelays(t *testing.T) {
	t.Run("connect and end", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, newestVersion, delays.Documented)
		legs := s.pair("", "")
		for role, leg := range legs {
			if d := took(t, s.event(leg, "CallConnected", 0), s.event(leg, updated, 0)); d == 0 || d.Abs() > time.Second {
				t.Errorf("%s: ParticipantsUpdated %v after CallConnected", role, d)
			}
		}
		s.end(legs, "created")
		atLeast(t, "the end of the other leg", s.event(legs["created"], "CallDisconnected", 0), s.event(legs["answered"], "CallDisconnected", 0), delays.OthersEnd)
	})
	t.Run("remove", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, newestVersion, delays.Documented)
		legs := s.pair("", "")
		s.do("callConnections/"+legs["created"]+"/participants:remove", object{"participantToRemove": acsUser(bob)})
		s.over(legs)
		removed := s.event(legs["created"], "RemoveParticipantSucceeded", 0)
		atLeast(t, "the end of the removed leg", removed, s.event(legs["answered"], "CallDisconnected", 0), delays.OthersEnd)
		atLeast(t, "the end of the leg left alone", removed, s.event(legs["created"], "CallDisconnected", 0), delays.AloneEnd)
	})
	t.Run("play and record", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, newestVersion, delays.Documented)
		legs := s.pair("", "")
		s.do("callConnections/"+legs["created"]+":play", object{"playSources": s.file("prompt.wav"), "playTo": []object{rawID(bob)}})
		atLeast(t, "the file", s.held(legs["created"], 1), s.event(legs["created"], "PlayStarted", 0), delays.Prepare)
		s.do("recordings", object{"callConnectionId": legs["created"], "recordingStateCallbackUri": s.app.URL + "/callbacks"})
		atLeast(t, "the recording", s.event("", "RecordingStateChanged", 0), s.event("", "RecordingStateChanged", 1), delays.RecordingStart)
		s.end(legs, "created")
	})
}

// Three in a call are told about again and again, two are not.
func TestRepeatedUpdates(t *testing.T) {
	s := newStage(t, newestVersion, delays.Documented)
	legs := s.third(s.pair("", ""), "created", "", "")
	three := func(leg string) func(*tree) bool {
		return func(n *tree) bool {
			return n.at("data", "callConnectionId").text == leg && len(n.at("data", "participants").items) == 3
		}
	}
	for range 10 {
		s.server.Clock().Advance(400 * time.Millisecond)
	}
	for role, leg := range legs {
		first, last := s.await("an update", 2, three(leg)), s.await("a repeated update of "+role, 10, three(leg))
		if a, b := first.at("data", "sequenceNumber").text, last.at("data", "sequenceNumber").text; a != b {
			t.Errorf("%s: a repetition has number %s after %s", role, b, a)
		}
		if first.at("id").text == last.at("id").text {
			t.Errorf("%s: a repetition has the id of the first", role)
		}
	}
	s.do("callConnections/"+legs["created"]+"/participants:remove", object{"participantToRemove": acsUser(carol)})
	s.event(legs["third"], "CallDisconnected", 0)
	for range 10 {
		s.server.Clock().Advance(400 * time.Millisecond)
	}
	delete(legs, "third")
	s.end(legs, "created")
	after := 0
	for _, n := range s.all() {
		if n.at("data", "callConnectionId").text == legs["created"] && n.at("data", "participants").kind != "" {
			if after++; len(n.at("data", "participants").items) == 3 {
				after = 0
			}
		}
	}
	if after != 1 {
		t.Errorf("%d updates about two, want one", after)
	}
}

// While a recording runs, updates are repeated; its file comes minutes later.
func TestRecordingTakesItsTime(t *testing.T) {
	s := newStage(t, newestVersion, delays.Documented)
	if err := s.server.Subscribe(t.Context(), simulator.Subscription{
		Resource: "eu", URL: s.app.URL + "/grid", Types: []string{"RecordingFileStatusUpdated"},
	}); err != nil {
		t.Fatal(err)
	}
	isFile := func(n *tree) bool { return n.of["recordingStorageInfo"] != nil }
	files := func() (n int) {
		for _, e := range s.all() {
			if isFile(e) {
				n++
			}
		}
		return n
	}
	legs := s.pair("", "")
	var started struct{ RecordingID string }
	r := s.ask(http.MethodPost, "recordings", object{
		"callConnectionId": legs["created"], "recordingStateCallbackUri": s.app.URL + "/callbacks", "recordingContentType": "audio",
	}, nil)
	if err := json.Unmarshal(r.body, &started); err != nil || r.status != http.StatusOK {
		t.Fatalf("start: %d %s", r.status, r.body)
	}
	s.event("", "RecordingStateChanged", 1)
	for range 5 {
		s.server.Clock().Advance(400 * time.Millisecond)
	}
	s.event(legs["answered"], updated, 5)
	if r := s.ask(http.MethodDelete, "recordings/"+started.RecordingID, nil, nil); r.status != http.StatusNoContent {
		t.Fatalf("stop: %d %s", r.status, r.body)
	}
	s.event("", "RecordingStateChanged", 2)
	s.server.Clock().Advance(2 * time.Minute)
	s.end(legs, "created") // and with it time for a file that would come too soon
	if n := files(); n != 0 {
		t.Errorf("%d files after two minutes", n)
	}
	s.server.Clock().Advance(time.Minute)
	s.await("the file", 0, isFile)
}
