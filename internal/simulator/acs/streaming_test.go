package acs

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"tandem/internal/audio"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/mixer"
)

// streaming are media streaming options.
func (b *bench) streaming(more body) body {
	return body{"mediaStreamingOptions": b.with(body{
		"transportType": "websocket", "audioChannelType": "mixed", "transportUrl": b.ws("/media"), "contentType": "audio", "startMediaStreaming": true,
	}, more)}
}

func (b *bench) transcription(more body) body {
	return body{"transcriptionOptions": b.with(body{
		"transportType": "websocket", "locale": "en-US", "transportUrl": b.ws("/text"), "startTranscription": true, "enableIntermediateResults": true,
	}, more)}
}

// samples decodes the sound of an AudioData frame.
func samples(t *testing.T, m map[string]any) []int16 {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(inner(m)["data"].(string))
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int16, len(raw)/2)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return out
}

// hears collects a stream until it has a clip in it.
func (s *socket) hears(t *testing.T, sent audio.PCM, of string) audio.Match {
	t.Helper()
	var all []int16
	for n := 0; ; n++ {
		m := s.frame(t, "with sound", ofKind("AudioData"))
		if of != "" && inner(m)["participantRawID"] != of {
			continue
		}
		all = append(all, samples(t, m)...)
		if len(all) >= len(sent.Samples)*9/10 && n%5 == 4 {
			if match := audio.Compare(sent.Samples, all, sent.Rate); match.Correlation > 0.8 {
				return match
			}
		}
	}
}

func TestStreaming(t *testing.T) {
	audio.TestShare(t)
	for name, c := range map[string]struct {
		options body
		rate    int
		length  float64
	}{
		"mixed, 16 kHz": {body{"audioFormat": "pcm16KMono"}, 16000, 640}, "mixed, 24 kHz": {body{"audioFormat": "pcm24KMono"}, 24000, 960},
		"24 kHz in other letters": {body{"audioFormat": "PCM24kMono"}, 24000, 960},
		"unmixed":                 {body{"audioChannelType": "unmixed", "enableDtmfTones": true}, 16000, 640},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			id := b.connected(b.streaming(c.options), rawPhone)
			s := b.socket()
			e := b.event("MediaStreamingStarted")
			if b.result(e, 200, 0); e.data(t, "mediaStreamingUpdate") != `{"contentType":"Audio","mediaStreamingStatus":"mediaStreamingStarted","mediaStreamingStatusDetails":"subscriptionStarted"}` {
				t.Errorf("%s", e.raw)
			}
			props := b.want(b.do(request{method: "GET", path: "/" + id}), 200).json(t)
			sub, _ := props["mediaStreamingSubscription"].(map[string]any)
			if sub["state"] != "active" || s.path != "/media" || !strings.HasPrefix(s.header.Get("Authorization"), "Bearer ") ||
				s.header.Get("x-ms-call-connection-id") != id || s.header.Get("x-ms-call-correlation-id") != props["correlationId"] {
				t.Errorf("%v, %v", sub, s.header)
			}
			first := inner(s.frame(t, "metadata", ofKind("AudioMetadata")))
			if first["sampleRate"] != float64(c.rate) || first["length"] != c.length || first["subscriptionId"] != sub["id"] {
				t.Errorf("%v", first)
			}
			b.say(customer, clip())
			of := ""
			if name == "unmixed" {
				of = rawPhone
			}
			if m := s.hears(t, audio.Resample(clip(), c.rate), of); m.LongestGap > 60*time.Millisecond {
				t.Errorf("%+v", m)
			}
			b.check(b.phones.Press(customer, "3"))
			if name == "unmixed" {
				if m := s.frame(t, "a tone", ofKind("DtmfData")); inner(m)["data"] != "3" {
					t.Errorf("%v", m)
				}
			}
			b.must(http.StatusAccepted, "/"+id+":stopMediaStreaming", body{"operationContext": "stop", "operationCallbackUri": b.app.URL + "/op"})
			e = b.event("MediaStreamingStopped")
			if e.path != "/op" || !strings.Contains(e.raw, "subscriptionStopped") {
				t.Errorf("%s", e.raw)
			}
			s.closes(t)
			b.refused(400, "8585", "/"+id+":stopMediaStreaming", nil)
			b.must(http.StatusAccepted, "/"+id+":startMediaStreaming", body{"operationContext": "again"})
			if e := b.event("MediaStreamingStarted"); e.Data.Context != "again" {
				t.Errorf("%s", e.raw)
			}
			again := b.socket()
			b.refused(412, "8583", "/"+id+":startMediaStreaming", nil)
			b.must(http.StatusNoContent, "/"+id+":terminate", nil)
			again.closes(t)
		})
	}
}

// What an application plays is nobody's channel, nor does it hear itself.
func TestUnmixedKnowsParticipantsOnly(t *testing.T) {
	b := newBench(t)
	id := b.connected(b.streaming(body{"audioChannelType": "unmixed"}), rawPhone)
	s := b.socket()
	b.event("MediaStreamingStarted")
	b.want(b.play(id, nil, "clip.wav"), http.StatusAccepted)
	b.event("PlayCompleted")
	b.say(customer, short(other(), 200*time.Millisecond))
	for {
		m := s.frame(t, "of a participant", ofKind("AudioData"))
		if who := inner(m)["participantRawID"]; who == rawPhone {
			break
		} else if who != nil {
			t.Fatalf("%v speaks", who)
		}
	}
}

// What the application sends is heard, until it is stopped.
func TestBidirectional(t *testing.T) {
	audio.TestShare(t)
	b := newBench(t)
	b.connected(b.streaming(body{"enableBidirectional": true}), rawPhone)
	s := b.socket()
	b.event("MediaStreamingStarted")
	send := func(m any) {
		text, err := json.Marshal(m)
		b.check(err)
		b.check(s.Write(t.Context(), websocket.MessageText, text))
	}
	say := func(pcm audio.PCM) {
		for frame := range slices.Chunk(pcm.Samples, 320) {
			raw := make([]byte, 0, 2*len(frame))
			for _, v := range frame {
				raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
			}
			send(body{"kind": "AudioData", "audioData": body{"data": base64.StdEncoding.EncodeToString(raw)}})
		}
	}
	say(clip())
	if m := b.heard(customer, clip()); m.LongestGap > 60*time.Millisecond {
		t.Errorf("%+v", m)
	}
	b.phones.Reset()
	say(audio.PCM{Samples: make([]int16, 3*mixer.WideRate)})
	say(other())
	send(body{"Kind": "StopAudio", "StopAudio": body{}})
	say(short(clip(), 600*time.Millisecond))
	b.heard(customer, short(clip(), 600*time.Millisecond))
	if !b.silent(customer, other()) {
		t.Error("what was stopped is heard")
	}
}

// A socket that is not there, or says no, and one that is lost.
func TestStreamingThatFails(t *testing.T) {
	b := newBench(t)
	b.refuse.Store(true)
	id := b.connected(b.streaming(nil), rawPhone)
	failed := func(detail string) {
		t.Helper()
		e := b.result(b.event("MediaStreamingFailed"), 400, 8603)
		if !strings.Contains(e.raw, `"mediaStreamingStatus":"mediaStreamingFailed","mediaStreamingStatusDetails":"`+detail+`"`) {
			t.Errorf("%s", e.raw)
		}
		props := b.want(b.do(request{method: "GET", path: "/" + id}), 200).json(t)
		if state := props["mediaStreamingSubscription"].(map[string]any)["state"]; state != "inactive" {
			t.Errorf("state %v", state)
		}
	}
	start := func() *socket {
		b.must(http.StatusAccepted, "/"+id+":startMediaStreaming", nil)
		b.event("MediaStreamingStarted")
		return b.socket()
	}
	failed("forbidden")
	b.refuse.Store(false)

	// Lost and found again.
	s := start()
	b.check(s.CloseNow())
	b.await("it is tried again", func() bool { b.Clock.Advance(time.Second); return len(b.sockets) > 0 })
	if e := b.event("MediaStreamingStarted"); !strings.Contains(e.raw, "streamConnectionReestablished") {
		t.Errorf("%s", e.raw)
	}
	s = b.socket()
	b.refuse.Store(true)
	b.check(s.CloseNow())
	b.await("it is given up", func() bool { b.Clock.Advance(time.Second); return len(b.events) > 0 })
	failed("forbidden")
	b.refuse.Store(false)

	b.fault(faults.Fault{Knob: faults.StreamCut, Scope: "mediaStreaming", Value: "5s", Times: 1})
	s = start()
	b.Clock.Advance(5 * time.Second)
	failed("streamConnectionInterrupted")
	s.closes(t)

	b.fault(faults.Fault{Knob: faults.MediaFail, Scope: "start_streaming", Value: "400/8603", Times: 1})
	b.must(http.StatusAccepted, "/"+id+":startMediaStreaming", nil)
	failed("unspecifiedError")
	start()
}

// Whoever stops and starts while the first connection is being made has one
// stream in the end.
func TestStopWhileConnecting(t *testing.T) {
	b := newBench(t)
	b.gate = make(chan struct{})
	id := b.connected(b.streaming(nil), rawPhone)
	b.must(http.StatusAccepted, "/"+id+":stopMediaStreaming", nil)
	b.event("MediaStreamingStopped")
	b.must(http.StatusAccepted, "/"+id+":startMediaStreaming", body{"operationContext": "second"})
	close(b.gate)
	if e := b.event("MediaStreamingStarted"); e.Data.Context != "second" {
		t.Errorf("%+v", e.Data)
	}
	one, two := b.socket(), b.socket()
	select { // one of them is closed, the other is not
	case <-one.over:
		one = two
	case <-two.over:
	case <-time.After(10 * time.Second):
		t.Fatal("both stay open")
	}
	b.must(http.StatusNoContent, "/"+id+":terminate", nil)
	one.closes(t)
}

func TestStreamsMustBeAskedForAtFirst(t *testing.T) {
	b := newBench(t)
	_, id := b.talking()
	for _, verb := range []string{"startMediaStreaming", "stopMediaStreaming", "startTranscription", "stopTranscription", "updateTranscription"} {
		b.refused(405, "8522", "/"+id+":"+verb, nil)
	}
}

// Everybody is transcribed, also who comes later.
func TestTranscription(t *testing.T) {
	b := newBench(t)
	id := b.connected(b.transcription(nil), rawPhone)
	s := b.socket()
	if e := b.result(b.event("TranscriptionStarted"), 200, 0); e.data(t, "transcriptionUpdate") != `{"transcriptionStatus":"transcriptionStarted","transcriptionStatusDetails":"subscriptionStarted"}` {
		t.Errorf("%s", e.raw)
	}
	props := b.want(b.do(request{method: "GET", path: "/" + id}), 200).json(t)
	sub, _ := props["transcriptionSubscription"].(map[string]any)
	first := inner(s.frame(t, "metadata", ofKind("TranscriptionMetadata")))
	if s.path != "/text" || first["locale"] != "en-US" || first["callConnectionId"] != id || first["subscriptionId"] != sub["id"] || first["correlationId"] != props["correlationId"] {
		t.Errorf("%v", first)
	}
	if kinds, _ := sub["subscribedResultTypes"].([]any); len(kinds) != 2 || sub["state"] != "active" || sub["locale"] != "en-US" {
		t.Errorf("%v", sub)
	}
	says := func(raw, phrase string) {
		t.Helper()
		b.check(b.Service.Say(id, raw, phrase, short(clip(), 900*time.Millisecond)))
		var partial []string
		for {
			data := inner(s.frame(t, "words", ofKind("TranscriptionData")))
			if data["participantRawID"] != raw {
				t.Errorf("%v", data)
			}
			if words, _ := data["words"].([]any); len(words) != len(strings.Fields(data["text"].(string))) {
				t.Errorf("%v", data)
			}
			if strings.EqualFold(data["resultStatus"].(string), "final") {
				if data["text"] != phrase || data["format"] != "display" {
					t.Errorf("%v", data)
				}
				break
			}
			partial = append(partial, data["text"].(string))
		}
		if len(partial) == 0 {
			t.Error("nothing intermediate")
		}
	}
	says(rawPhone, "hello there")
	b.addPhone(id, second)
	says("4:"+second, "I came later")
	b.join(id, ada)
	says(rawAda, "so did I")

	b.must(http.StatusAccepted, "/"+id+":updateTranscription", body{"locale": "de-DE", "operationContext": "up"})
	if e := b.event("TranscriptionUpdated"); e.Data.Context != "up" || !strings.Contains(e.raw, "transcriptionLocaleUpdated") {
		t.Errorf("%s", e.raw)
	}
	b.must(http.StatusAccepted, "/"+id+":stopTranscription", body{"operationContext": "stop"})
	b.event("TranscriptionStopped")
	s.closes(t)
	b.refused(400, "8585", "/"+id+":updateTranscription", body{"locale": "fr-FR"})
	b.must(http.StatusAccepted, "/"+id+":startTranscription", body{"locale": "fr-FR"})
	b.event("TranscriptionStarted")
	s = b.socket()
	if m := inner(s.frame(t, "metadata", ofKind("TranscriptionMetadata"))); m["locale"] != "fr-FR" {
		t.Errorf("%v", m)
	}
	b.check(b.phones.HangUp(customer))
	b.check(b.phones.HangUp(second))
	b.check(b.Directory.HangUp(ada, ""))
	s.closes(t)
}

func TestTranscriptionThatFails(t *testing.T) {
	b := newBench(t)
	id := b.connected(b.transcription(body{"transportUrl": "wss://127.0.0.1:1/"}), rawPhone)
	if e := b.event("TranscriptionFailed"); e.Data.Result.Code < 400 || !strings.Contains(e.raw, "streamConnectionUnsuccessful") || e.Data.Context != "create" {
		t.Errorf("%s", e.raw)
	}
	b.want(b.do(request{method: "GET", path: "/" + id}), 200)
}
