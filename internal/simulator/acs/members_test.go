package acs

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
)

// Only ACS users can be muted, and the list tells, not the events.
func TestMute(t *testing.T) {
	b := newBench(t)
	id, _ := b.withUser(customer, alice)
	b.join(id, ada)
	path := "/" + id + "/participants:mute"
	if r := b.must(http.StatusOK, path, body{"targetParticipants": []body{named(alice)}, "operationContext": "m"}); r.body != `{"operationContext":"m"}` {
		t.Errorf("%s", r.body)
	}
	if e := b.eventOf(id, "ParticipantsUpdated"); slices.ContainsFunc(e.Data.Participants, func(p participant) bool { return p.IsMuted }) {
		t.Errorf("%s", e.raw)
	}
	for _, p := range b.participants(id) {
		if p.IsMuted != (p.Identifier.RawID == alice) {
			t.Errorf("%+v", p)
		}
	}
	for _, raw := range []string{rawPhone, rawAda} {
		b.refused(400, "8523", path, body{"targetParticipants": []body{named(raw)}})
		b.refused(400, "8523", path, body{"targetParticipants": []body{named(alice), named(raw)}})
	}
	b.refused(404, "8522", path, body{"targetParticipants": []body{named(carol)}})
}

func TestUserMutesHimself(t *testing.T) {
	b := newBench(t)
	_, id := b.talking()
	b.join(id, ada)
	b.check(b.Directory.Mute(ada, "", true))
	b.event("ParticipantsUpdated")
	if p := b.participants(id)[1]; !p.IsMuted || p.IsOnHold {
		t.Errorf("%+v", p)
	}
	b.check(b.Directory.Hold(ada, "", true))
	if e := b.event("ParticipantsUpdated"); !slices.Equal(e.held(), []string{rawAda}) {
		t.Errorf("%+v", e.Data)
	}
	b.check(b.Directory.Hold(ada, "", false))
	if e := b.event("ParticipantsUpdated"); len(e.held()) != 0 {
		t.Errorf("%+v", e.Data)
	}
}

// Hold shows as isOnHold and in the sound: who is held hears music alone.
func TestHold(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.addPhone(id, second)
	b.must(http.StatusOK, "/"+id+":hold", body{"targetParticipant": named(rawPhone), "playSourceInfo": b.file("clip.wav"), "operationContext": "h"})
	if e := b.event("ParticipantsUpdated"); !slices.Equal(e.held(), []string{rawPhone}) {
		t.Errorf("%+v", e.Data)
	}
	b.say(second, other())
	b.heard(customer, clip())
	if !b.silent(second, clip()) || !b.silent(customer, other()) {
		t.Error("the held phone and the others hear each other")
	}
	if ps := b.participants(id); !ps[0].IsOnHold || ps[1].IsOnHold {
		t.Errorf("%+v", ps)
	}
	// Other music takes the place of the first.
	b.must(http.StatusOK, "/"+id+":hold", body{"targetParticipant": named(rawPhone), "playSourceInfo": b.file("other.wav")})
	b.event("ParticipantsUpdated")
	b.heard(customer, other())
	b.must(http.StatusOK, "/"+id+":unhold", body{"targetParticipant": named(rawPhone)})
	if e := b.event("ParticipantsUpdated"); len(e.held()) != 0 {
		t.Errorf("%+v", e.Data)
	}
	b.phones.Reset() // forgets what they heard
	b.reaches(customer, clip(), func() { b.say(second, clip()) })
	if !b.silent(customer, other()) {
		t.Error("the music goes on")
	}
	b.must(http.StatusOK, "/"+id+":unhold", body{"targetParticipant": named(rawPhone)}) // changes nothing
	b.nothingBut(id)
}

// What was told about music on hold in previews, the stable API does not tell.
func TestHoldAudioEvents(t *testing.T) {
	b := newBench(t)
	r := b.want(b.do(request{method: post, body: b.creation(rawPhone), version: "2025-08-15-preview"}), http.StatusCreated)
	id, _ := r.json(t)["callConnectionId"].(string)
	b.event("CallConnected")
	b.event("ParticipantsUpdated")
	b.must(http.StatusOK, "/"+id+":hold", body{"targetParticipant": named(rawPhone), "playSourceInfo": b.file("clip.wav"), "operationContext": "h"})
	b.order("ParticipantsUpdated", "HoldAudioStarted")
	short := b.with(b.file("short.wav"), body{"kind": "File"}) // words are read without case
	b.must(http.StatusAccepted, "/"+id+":play", body{"playSources": []body{short}, "playTo": []body{named(rawPhone)}})
	b.order("ParticipantsUpdated", "PlayStarted", "HoldAudioPaused", "PlayCompleted", "ParticipantsUpdated", "HoldAudioResumed")
	b.must(http.StatusAccepted, "/"+id+":play", body{"playSources": []body{b.file("clip.wav")}, "playTo": []body{named(rawPhone)}})
	b.order("ParticipantsUpdated", "PlayStarted", "HoldAudioPaused")
	b.must(http.StatusAccepted, "/"+id+":cancelAllMediaOperations", nil)
	b.order("PlayCanceled", "ParticipantsUpdated", "HoldAudioResumed")
	// What was never heard has paused nothing (facts/observed-events.md §6).
	b.must(http.StatusAccepted, "/"+id+":play", body{"playSources": []body{b.file("nothing.wav")}, "playTo": []body{named(rawPhone)}})
	b.order("ParticipantsUpdated", "PlayFailed", "ParticipantsUpdated")
	b.must(http.StatusOK, "/"+id+":unhold", body{"targetParticipant": named(rawPhone)})
	b.result(b.order("HoldAudioCompleted", "ParticipantsUpdated")[0], 400, 8508)
}

// Music that cannot be had undoes the hold.
func TestHoldThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		music     string
		fault     string
		code, sub int
	}{
		"not there": {"nothing.wav", "", 400, 8536}, "not sound": {"bad.wav", "", 400, 8535},
		"fault": {"clip.wav", "500/9999", 500, 9999}, "fault without music": {"", "500/9999", 500, 9999},
	} {
		b := newBench(t)
		id := b.connected(nil, rawPhone)
		if c.fault != "" {
			b.fault(faults.Fault{Knob: faults.MediaFail, Scope: "hold", Value: c.fault})
		}
		m := body{"targetParticipant": named(rawPhone), "operationContext": "h", "operationCallbackUri": b.app.URL + "/op"}
		if c.music != "" {
			m["playSourceInfo"] = b.file(c.music)
		}
		b.must(http.StatusOK, "/"+id+":hold", m)
		list := b.order("ParticipantsUpdated", "HoldFailed", "ParticipantsUpdated")
		if !slices.Equal(list[0].held(), []string{rawPhone}) || len(list[2].held()) != 0 {
			t.Errorf("%s: %+v", name, list)
		}
		if e := b.result(list[1], c.code, c.sub); e.path != "/op" || e.Data.Context != "h" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestHoldRefusals(t *testing.T) {
	b := newBench(t)
	_, id := b.talking() // without Cognitive Services
	b.join(id, ada)
	for _, verb := range []string{":hold", ":unhold"} {
		b.refused(400, "8523", "/"+id+verb, body{"targetParticipant": named(rawAda)})
		b.refused(404, "8522", "/"+id+verb, body{"targetParticipant": named("4:" + second)})
	}
	b.refused(405, "8522", "/"+id+":hold", body{"targetParticipant": named(rawCaller), "playSourceInfo": speech("please wait")})
	b.refused(400, "8523", "/"+id+":hold", body{"targetParticipant": named(rawCaller), "playSourceInfo": body{"kind": "file"}})
	b.refused(400, "8523", "/"+id+":hold", body{"targetParticipant": named(rawCaller), "playSourceInfo": body{"kind": "file", "file": body{"uri": "http://x/"}}})
	b.check(b.Switches.Set(evidence.HoldTeams, "allowed"))
	b.must(http.StatusOK, "/"+id+":hold", body{"targetParticipant": named(rawAda)})
	if e := b.event("ParticipantsUpdated"); !slices.Equal(e.held(), []string{rawAda}) {
		t.Errorf("%+v", e.Data)
	}
}

// An update may list somebody who is not there.
func TestPhantom(t *testing.T) {
	b := newBench(t)
	_, id := b.talking()
	b.fault(faults.Fault{Knob: faults.AddPhantom, Scope: immutableID, Value: rawBob, Times: 1})
	b.ring2(id, ada)
	if e := b.event("ParticipantsUpdated"); !slices.Equal(e.people(), []string{rawCaller, rawBob}) {
		t.Errorf("%v", e.people())
	}
	if list := b.list(id); !alike(list, []string{rawCaller}) {
		t.Errorf("%v", list)
	}
}

// A decline may be told as a success, though nobody joins.
func TestLie(t *testing.T) {
	b := newBench(t)
	_, id := b.talking()
	b.fault(faults.Fault{Knob: faults.AddLie, Scope: ada, Times: 1})
	b.ring(id, ada, "lie")
	b.check(b.Directory.Decline(ada, ""))
	if e := b.result(b.event("AddParticipantSucceeded"), 200, 0); e.Data.Context != "lie" || !strings.Contains(e.raw, rawAda) {
		t.Errorf("%+v", e.Data)
	}
	if list := b.list(id); !alike(list, []string{rawCaller}) {
		t.Errorf("%v", list)
	}
	b.nothingBut(id)
}

func (b *bench) ring2(id, oid string) {
	b.t.Helper()
	b.must(http.StatusAccepted, "/"+id+"/participants:add", body{"participantToAdd": teamsUser(oid)})
}

// A Teams user passes the call on.
func TestHandOver(t *testing.T) {
	b := newBench(t)
	leg, id := b.talking()
	b.join(id, ada)
	b.check(b.Directory.Transfer(ada, "", bob))
	b.check(b.Directory.Answer(bob, ""))
	b.leaves(ada)
	b.await("Bob takes her place", func() bool { return alike(b.list(id), []string{rawCaller, rawBob}) })
	if err := b.Directory.Transfer(bob, "", caller); err == nil {
		t.Error("passed on to one who is in the call")
	}
	leg.end("sbc", 0, 16)
	b.await("Bob alone", func() bool { return alike(b.list(id), []string{rawBob}) })
}
