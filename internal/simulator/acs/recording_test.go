package acs

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/faults"
)

// record starts a recording and returns its id, once it is told as active.
func (b *bench) record(id string, more body) string {
	b.t.Helper()
	r := b.must(http.StatusOK, "!/calling/recordings", b.with(body{
		"callConnectionId": id, "recordingStateCallbackUri": b.app.URL + "/rec", "recordingContentType": "audio", "recordingFormatType": "wav",
	}, more))
	recording, _ := r.json(b.t)["recordingId"].(string)
	if m := r.json(b.t); recording == "" || m["recordingKind"] != "azureCommunicationServices" {
		b.t.Errorf("%s", r.body)
	}
	return recording
}

// states wants those states to be told next; with a start or without.
func (b *bench) states(recording string, want ...string) {
	b.t.Helper()
	for _, state := range want {
		e := b.event("RecordingStateChanged")
		name, unset := strings.CutSuffix(state, "!")
		if e.data(b.t, "state") != `"`+name+`"` || e.path != "/rec" || e.data(b.t, "recordingId") != `"`+recording+`"` ||
			(e.data(b.t, "startDateTime") == `"0001-01-01T00:00:00+00:00"`) != unset {
			b.t.Errorf("%s, want %s", e.raw, state)
		}
		var list []struct{ Source, Subject string }
		if err := json.Unmarshal([]byte(e.raw), &list); err != nil || !strings.HasSuffix(list[0].Source, "/"+recording+"/RecordingStateChanged") || !strings.HasPrefix(list[0].Source, "calling/recordings/") {
			b.t.Errorf("%+v", list)
		}
	}
}

type recordedFile struct {
	Storage struct {
		Chunks []struct{ DocumentID, EndReason, ContentLocation, MetadataLocation, DeleteLocation string } `json:"recordingChunks"`
	} `json:"recordingStorageInfo"`
	Start    string `json:"recordingStartTime"`
	Millis   int    `json:"recordingDurationMs"`
	Content  string `json:"recordingContentType"`
	Channel  string `json:"recordingChannelType"`
	Format   string `json:"recordingFormatType"`
	SessionE string `json:"sessionEndReason"`
}

// announced waits for a file.
func (b *bench) announced() recordedFile {
	b.t.Helper()
	select {
	case raw := <-b.recorded:
		var f recordedFile
		b.check(json.Unmarshal(raw, &f))
		if len(f.Storage.Chunks) == 0 {
			b.t.Fatalf("%s", raw)
		}
		return f
	case <-time.After(10 * time.Second):
		b.t.Fatal("no file")
		return recordedFile{}
	}
}

// fetch gets or deletes a file, signed for the resource's host over the path.
func (b *bench) fetch(method, location, span string, good bool) (int, []byte) {
	b.t.Helper()
	u, err := url.Parse(location)
	b.check(err)
	req, err := http.NewRequestWithContext(b.t.Context(), method, location, nil)
	b.check(err)
	key, err := base64.StdEncoding.DecodeString(accessKey)
	b.check(err)
	if !good {
		key = []byte("another")
	}
	date := time.Now().UTC().Format(http.TimeFormat)
	req.Header.Set("x-ms-date", date)
	req.Header.Set("x-ms-content-sha256", hashOf(nil))
	req.Header.Set("x-ms-host", "eu.communication.azure.com")
	req.Header.Set("Authorization", signedHeaders+sign(key, method, u.Path, date, "eu.communication.azure.com", hashOf(nil)))
	if span != "" {
		req.Header.Set("Range", span)
	}
	res, err := b.app.Client().Do(req)
	b.check(err)
	defer func() { _ = res.Body.Close() }()
	content, err := io.ReadAll(res.Body)
	b.check(err)
	return res.StatusCode, content
}

func TestRecording(t *testing.T) {
	audio.TestShare(t)
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.join(id, ada)
	recording := b.record(id, nil)
	raw, err := base64.RawURLEncoding.DecodeString(recording)
	if err != nil || !strings.HasPrefix(string(raw), `{"PlatformEndpointId":"`+id+`","ResourceSpecificId":"`) {
		t.Errorf("%s %v", raw, err)
	}
	b.states(recording, "inactive!", "active")
	path := "!/calling/recordings/" + recording
	state := func(want string) {
		t.Helper()
		if r := b.want(b.do(request{method: "GET", path: path}), 200); r.json(t)["recordingState"] != want {
			t.Errorf("%s", r.body)
		}
	}
	banner := func(oid string, want bool) {
		t.Helper()
		if v := b.view(oid); v.Calls[0].Recording != want {
			t.Errorf("%s sees the banner: %v", v.Name, !want)
		}
	}
	state("active")
	banner(ada, true)
	b.refused(400, "8559", "!/calling/recordings", body{"callConnectionId": id})
	b.say(customer, clip())
	b.await("all is said", func() bool { return b.recordedTime() > 1500*time.Millisecond })

	b.must(http.StatusAccepted, path+":pause", nil)
	b.states(recording, "inactive")
	state("inactive")
	banner(ada, false)
	b.refused(400, "8573", path+":pause", nil)
	b.join(id, bob)
	banner(bob, false)
	b.must(http.StatusAccepted, path+":resume", nil)
	b.states(recording, "active")
	banner(bob, true)
	b.refused(400, "8573", path+":resume", nil)
	before := b.recordedTime()
	b.want(b.play(id, nil, "other.wav"), http.StatusAccepted)
	b.event("PlayCompleted")
	if b.recordedTime() <= before {
		t.Error("it does not go on")
	}
	b.want(b.do(request{method: "DELETE", path: path}), http.StatusNoContent)
	b.states(recording, "inactive")
	banner(ada, false)
	for _, q := range []request{{method: "GET", path: path}, {method: "DELETE", path: path}, {method: "POST", path: path + ":pause"}} {
		if r := b.do(q); r.status != 404 || r.code() != "8522" {
			t.Errorf("%s afterwards: %d %s", q.method, r.status, r.body)
		}
	}
	f := b.announced()
	if f.Content != "Audio" || f.Channel != "Mixed" || f.Format != "Wav" || f.SessionE != "SessionEnded" || f.Millis < 2000 {
		t.Errorf("%+v", f)
	}
	chunk := f.Storage.Chunks[0]
	status, wav := b.fetch("GET", chunk.ContentLocation, "", true)
	pcm, err := audio.ReadWAV(bytes.NewReader(wav))
	if status != 200 || err != nil || pcm.Rate != 16000 || pcm.Duration().Milliseconds() != int64(f.Millis) {
		t.Fatalf("%d, %d bytes, %v", status, len(wav), err)
	}
	for _, said := range []audio.PCM{clip(), other()} {
		if m := audio.Compare(said.Samples, pcm.Samples, 16000); m.Correlation < 0.95 || m.LongestGap > 60*time.Millisecond {
			t.Errorf("recorded %+v", m)
		}
	}
	if status, part := b.fetch("GET", chunk.ContentLocation, "bytes=4-11", true); status != http.StatusPartialContent || !bytes.Equal(part, wav[4:12]) {
		t.Errorf("range: %d %q", status, part)
	}
	if status, meta := b.fetch("GET", chunk.MetadataLocation, "", true); status != 200 || !strings.Contains(string(meta), chunk.DocumentID) {
		t.Errorf("%d %s", status, meta)
	}
	for _, method := range []string{"GET", "DELETE"} {
		if status, _ := b.fetch(method, chunk.DeleteLocation+map[string]string{"GET": "/content/video"}[method], "", false); status != http.StatusUnauthorized {
			t.Errorf("%s with a wrong key: %d", method, status)
		}
	}
	if status, _ := b.fetch("DELETE", chunk.DeleteLocation, "", true); status != 200 {
		t.Errorf("delete: %d", status)
	}
	if status, rest := b.fetch("GET", chunk.ContentLocation, "", true); status != 404 || len(rest) > 0 {
		t.Errorf("deleted: %d %s", status, rest)
	}
	// Another recording may follow.
	b.states(b.record(id, nil), "inactive!", "active")
}

// recordedTime is how much the first recording of the first call has.
func (b *bench) recordedTime() time.Duration {
	b.Service.mu.Lock()
	defer b.Service.mu.Unlock()
	return b.Service.calls[0].recordings[0].recorder.Duration()
}

// Everybody has a channel of his own, as asked for, and nobody else has.
func TestUnmixedRecording(t *testing.T) {
	audio.TestShare(t)
	for name, order := range map[string]body{
		"ordering": {"audioChannelParticipantOrdering": []body{named("4:" + second), named(rawPhone)}},
		"affinity": {"channelAffinity": []body{{"channel": 1, "participant": named(rawPhone)}, {"channel": 0, "participant": named("4:" + second)}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			id := b.connected(nil, rawPhone)
			b.addPhone(id, second)
			recording := b.record(id, b.with(order, body{"recordingChannelType": "unmixed"}))
			b.states(recording, "inactive!", "active")
			b.want(b.play(id, nil, "short.wav"), http.StatusAccepted)
			b.say(customer, clip())
			b.say(second, other())
			b.await("all is said", func() bool { return b.recordedTime() > 1600*time.Millisecond })
			b.want(b.do(request{method: "DELETE", path: "!/calling/recordings/" + recording}), http.StatusNoContent)
			f := b.announced()
			if f.Channel != "Unmixed" {
				t.Errorf("%+v", f)
			}
			_, wav := b.fetch("GET", f.Storage.Chunks[0].ContentLocation, "", true)
			rate, channels, err := audio.ReadChannels(bytes.NewReader(wav))
			if err != nil || len(channels) != 2 {
				t.Fatalf("%d channels, %v", len(channels), err)
			}
			for i, said := range []audio.PCM{other(), clip()} {
				if m := audio.Compare(said.Samples, channels[i], rate); m.Correlation < 0.95 {
					t.Errorf("channel %d: %+v", i, m)
				}
			}
			_, meta := b.fetch("GET", f.Storage.Chunks[0].MetadataLocation, "", true)
			if !strings.Contains(string(meta), `"participants":[{"participantId":"4:`+second+`","channel":0},{"participantId":"`+rawPhone+`","channel":1}]`) {
				t.Errorf("%s", meta)
			}
		})
	}
}

// A recording does not survive its call, but its file does, for a day.
func TestRecordingEndsWithItsCall(t *testing.T) {
	for name, end := range map[string]func(b *bench, id string){
		"the phone hangs up": func(b *bench, _ string) { b.check(b.phones.HangUp(customer)) },
		"terminated":         func(b *bench, id string) { b.must(http.StatusNoContent, "/"+id+":terminate", nil) },
		"hung up":            func(b *bench, id string) { b.want(b.do(request{method: "DELETE", path: "/" + id}), 204) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			id := b.connected(nil, rawPhone)
			recording := b.record(id, nil)
			b.states(recording, "inactive!", "active")
			end(b, id)
			b.event("CallDisconnected")
			b.states(recording, "inactive")
			f := b.announced()
			if f.SessionE != "CallEnded" || f.Storage.Chunks[0].EndReason != "CallEnded" {
				t.Errorf("%+v", f)
			}
			b.want(b.do(request{method: "GET", path: "!/calling/recordings/" + recording}), http.StatusNotFound)
			location := f.Storage.Chunks[0].ContentLocation
			if status, _ := b.fetch("GET", location, "", true); status != 200 {
				t.Errorf("%d", status)
			}
			b.Clock.Advance(fileLifetime)
			if status, _ := b.fetch("GET", location, "", true); status != 404 {
				t.Errorf("after a day: %d", status)
			}
		})
	}
}

// A call goes on without its application, and so does its recording; its
// recording has an end of its own.
func TestRecordingOfAReleasedCall(t *testing.T) {
	b := newBench(t)
	leg, id := b.talking()
	b.join(id, ada)
	server := b.want(b.do(request{method: "GET", path: "/" + id}), 200).json(t)["serverCallId"]
	b.want(b.do(request{method: "DELETE", path: "/" + id}), http.StatusNoContent)
	b.event("CallDisconnected")
	recording := b.record("", body{"callConnectionId": nil, "callLocator": body{"kind": "serverCallLocator", "serverCallId": server}, "pauseOnStart": true})
	b.states(recording, "inactive!")
	b.must(http.StatusAccepted, "!/calling/recordings/"+recording+":resume", nil)
	b.states(recording, "active")
	leg.end("sbc", 0, 16)
	b.states(recording, "inactive")
	b.announced()
}

// Who is moved out of a recorded call sees its banner no more.
func TestBannerStaysBehind(t *testing.T) {
	b := newBench(t)
	here, there := b.connected(nil, rawPhone), b.connected(nil, "4:"+second)
	b.join(there, ada)
	b.states(b.record(there, nil), "inactive!", "active")
	b.must(http.StatusAccepted, "/"+here+"/participants:moveHere", body{"targetParticipants": []body{named(rawAda)}, "fromCall": there})
	b.event("MoveParticipantSucceeded")
	if b.view(ada).Calls[0].Recording {
		t.Error("Ada sees the banner of a call that she has left")
	}
}

// A long recording comes in pieces, which together are the whole; the storage can
// fail like the rest of the service.
func TestRecordingInPieces(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.fault(faults.Fault{Knob: faults.RecordingChunk, Value: "200ms", Times: 1})
	recording := b.record(id, nil)
	b.states(recording, "inactive!", "active")
	b.await("there is more than a piece", func() bool { return b.recordedTime() > 450*time.Millisecond })
	b.want(b.do(request{method: "DELETE", path: "!/calling/recordings/" + recording}), http.StatusNoContent)
	f := b.announced()
	if len(f.Storage.Chunks) < 3 || f.Storage.Chunks[0].EndReason == f.SessionE {
		t.Fatalf("%+v", f.Storage.Chunks)
	}
	b.fault(faults.Fault{Knob: faults.HTTPStatus, Scope: "get_file", Value: "503", Times: 1})
	if status, _ := b.fetch("GET", f.Storage.Chunks[0].ContentLocation, "", true); status != 503 {
		t.Errorf("%d", status)
	}
	var lasts time.Duration
	for _, chunk := range f.Storage.Chunks {
		_, wav := b.fetch("GET", chunk.ContentLocation, "", true)
		pcm, err := audio.ReadWAV(bytes.NewReader(wav))
		if err != nil || pcm.Duration() > 200*time.Millisecond {
			t.Fatalf("%d bytes, %v", len(wav), err)
		}
		lasts += pcm.Duration()
	}
	if lasts.Milliseconds() != int64(f.Millis) {
		t.Errorf("%v in all, told are %d ms", lasts, f.Millis)
	}
	if status, _ := b.fetch("DELETE", f.Storage.Chunks[1].DeleteLocation, "", true); status != 200 {
		t.Errorf("%d", status)
	}
	if status, _ := b.fetch("GET", f.Storage.Chunks[2].ContentLocation, "", true); status != 200 {
		t.Errorf("another piece went, too: %d", status)
	}
}

func TestRecordingByFault(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	b.fault(faults.Fault{Knob: faults.RecordingFail, Scope: immutableID, Value: "409/8571", Times: 1})
	recording := b.record(id, nil)
	e := b.result(b.event("StartRecordingFailed"), 409, 8571)
	if e.path != "/rec" || e.data(t, "recordingId") != `"`+recording+`"` {
		t.Errorf("%s", e.raw)
	}
	b.want(b.do(request{method: "GET", path: "!/calling/recordings/" + recording}), http.StatusNotFound)
	b.states(b.record(id, nil), "inactive!", "active")
}

func TestRecordingRefusals(t *testing.T) {
	b := newBench(t)
	id := b.connected(nil, rawPhone)
	for name, c := range map[string]struct {
		change body
		status int
		code   string
	}{
		"unknown call":        {body{"callConnectionId": "x"}, 404, "8522"},
		"no call":             {body{"callConnectionId": nil}, 400, "8523"},
		"two":                 {body{"callLocator": body{"serverCallId": "x"}}, 400, "8523"},
		"a room":              {body{"callConnectionId": nil, "callLocator": body{"roomId": "x"}}, 400, "8523"},
		"unknown server call": {body{"callConnectionId": nil, "callLocator": body{"serverCallId": "x"}}, 404, "8522"},
		"plain callback":      {body{"recordingStateCallbackUri": "http://x/"}, 400, "8523"},
		"unmixed mp3":         {body{"recordingChannelType": "unmixed", "recordingContentType": "audio", "recordingFormatType": "mp3"}, 400, "8523"},
		"unmixed video":       {body{"recordingChannelType": "unmixed", "recordingContentType": "audioVideo"}, 400, "8523"},
		"video as wav":        {body{"recordingContentType": "audioVideo", "recordingFormatType": "wav"}, 400, "8523"},
		"order of a mix":      {body{"recordingContentType": "audio", "audioChannelParticipantOrdering": []body{named(rawPhone)}}, 400, "8523"},
		"channel below": {body{"recordingContentType": "audio", "recordingFormatType": "wav", "recordingChannelType": "unmixed", "channelAffinity": []body{
			{"Channel": -1, "participant": named(rawPhone)}, // which is read without case
		}}, 400, "8523"},
		"channel above": {body{"recordingContentType": "audio", "recordingFormatType": "wav", "recordingChannelType": "unmixed", "channelAffinity": []body{
			{"Channel": 9, "participant": named(rawPhone)},
		}}, 400, "8523"},
		"content, misspelt": {body{"RecordingContentType": "video"}, 400, "8523"},
		"too many channels": {body{"recordingContentType": "audio", "recordingChannelType": "unmixed", "audioChannelParticipantOrdering": []body{
			named("4:+491000"), named("4:+491001"), named("4:+491002"), named("4:+491003"), named("4:+491004"), named("4:+491005"),
		}}, 400, "8523"},
	} {
		if r := b.post("!/calling/recordings", b.with(body{"callConnectionId": id}, c.change)); r.status != c.status || r.code() != c.code {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if len(b.backlog)+len(b.events) > 0 {
		t.Errorf("%v", names(b.backlog))
	}
}
