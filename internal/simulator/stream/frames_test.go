package stream

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// A transcription: metadata, then phrases, intermediate ones only if wanted.
// These are the frames to the byte.
func TestTranscription(t *testing.T) {
	const metadata = `{"kind":"TranscriptionMetadata","transcriptionMetadata":{"subscriptionId":"subscription","locale":"en-us","callConnectionId":"connection","correlationId":"correlation"}}`
	const final = `{"kind":"TranscriptionData","transcriptionData":{"text":"hello","format":"display","confidence":0.9,"offset":2600000,"duration":3700000,"words":[{"text":"hello","offset":2600000,"duration":3700000}],"participantRawID":"4:+14255550123","resultStatus":"Final"}}`
	const intermediate = `{"kind":"TranscriptionData","transcriptionData":{"text":"hel","format":"display","confidence":0,"offset":2600000,"duration":0,"words":[],"participantRawID":"4:+14255550123","resultStatus":"Intermediate"}}`
	for _, row := range []struct {
		options Transcription
		want    []string
	}{
		{Transcription{Locale: "en-us"}, []string{metadata, final}},
		{Transcription{Locale: "en-us", Intermediate: true}, []string{metadata, intermediate, final}},
		{
			Transcription{Locale: "en-us", SpeechModelEndpointID: "model"},
			[]string{strings.TrimSuffix(metadata, "}}") + `,"speechRecognitionModelEndpointId":"model"}}`, final},
		},
	} {
		a := newApplication(t)
		c := a.config()
		c.Transcription = &row.options
		s, app := a.open(t, c)
		s.Transcribed(Phrase{RawID: "4:+14255550123", Text: "hel", Offset: 260 * time.Millisecond, Confidence: math.NaN()})
		s.Audio(start, []Said{{RawID: "a", Frame: constant(1)}})
		s.DTMF('1')
		s.Transcribed(Phrase{
			RawID: "4:+14255550123", Text: "hello", Confidence: 0.9, Final: true,
			Offset: 260 * time.Millisecond, Duration: 370 * time.Millisecond,
			Words: []Word{{Text: "hello", Offset: 260 * time.Millisecond, Duration: 370 * time.Millisecond}},
		})
		s.Close()
		_ = await(t, app.ended) // everything was read
		close(app.texts)
		var got []string
		for text := range app.texts {
			got = append(got, string(text))
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%+v:\n%s\nwant\n%s", row.options, strings.Join(got, "\n"), strings.Join(row.want, "\n"))
		}
	}
}

// collected opens a file of the project's collection of facts and contracts; it
// is there only where the project is developed, so without it there is nothing
// to check.
func collected(t *testing.T, name string) []byte {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "..", "shared", name))
	if err != nil {
		t.Logf("%s is not here; the table of this package is all that is checked", name)
		return nil
	}
	return text
}

// members are the paths of all members of a JSON text, in order.
func members(t *testing.T, text []byte) []string {
	t.Helper()
	var list []string
	dec := json.NewDecoder(strings.NewReader(string(text)))
	var walk func(path string)
	token := func() json.Token {
		tok, err := dec.Token()
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return tok
	}
	walk = func(path string) {
		delim, ok := token().(json.Delim)
		if !ok {
			return
		}
		for dec.More() {
			next := path
			if delim == '{' {
				next = strings.TrimPrefix(path+"."+token().(string), ".")
				list = append(list, next)
			}
			walk(next)
		}
		token()
	}
	walk("")
	return list
}

// frameMembers are the members of each kind of frame, in order.
var frameMembers = map[string]string{
	"AudioMetadata": "kind audioMetadata audioMetadata.subscriptionId audioMetadata.encoding audioMetadata.sampleRate " +
		"audioMetadata.channels audioMetadata.length",
	"AudioData": "kind audioData audioData.timestamp audioData.participantRawID audioData.data audioData.silent",
	"DtmfData":  "kind dtmfData dtmfData.data",
	"TranscriptionMetadata": "kind transcriptionMetadata transcriptionMetadata.subscriptionId transcriptionMetadata.locale " +
		"transcriptionMetadata.callConnectionId transcriptionMetadata.correlationId",
	"TranscriptionData": "kind transcriptionData transcriptionData.text transcriptionData.format transcriptionData.confidence " +
		"transcriptionData.offset transcriptionData.duration transcriptionData.words transcriptionData.words.text " +
		"transcriptionData.words.offset transcriptionData.words.duration transcriptionData.participantRawID transcriptionData.resultStatus",
}

// Our frames and the documented samples have the members of the table.
func TestMembersOfFrames(t *testing.T) {
	ours := map[string][]byte{
		"AudioMetadata":         newSender(Config{Media: &Media{Rate: inputRate}}).metadata(),
		"AudioData":             newSender(Config{Media: &Media{Rate: inputRate, Unmixed: true}}).frames(entry{said: []voice{{rawID: "a"}}})[0],
		"DtmfData":              encode(dtmfDataFrame{Kind: "DtmfData"}),
		"TranscriptionMetadata": newSender(Config{Transcription: &Transcription{}}).metadata(),
		"TranscriptionData":     encode(transcriptionDataFrame{Kind: "TranscriptionData", TranscriptionData: transcriptionData{Words: []wordData{{}}}}),
	}
	for kind, want := range frameMembers {
		if got := strings.Join(members(t, ours[kind]), " "); got != want {
			t.Errorf("%s has\n%s\nwant\n%s", kind, got, want)
		}
	}
	sheet := collected(t, "facts/call-automation.md")
	if sheet == nil {
		return
	}
	compared := 0
	for line := range strings.Lines(string(sheet)) {
		if !strings.HasPrefix(line, `{"kind":"`) {
			continue
		}
		var sample struct{ Kind string }
		if err := json.Unmarshal([]byte(line), &sample); err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if frameMembers[sample.Kind] == "" {
			continue // another object, such as an identifier
		}
		if got := strings.Join(members(t, []byte(line)), " "); got != frameMembers[sample.Kind] {
			t.Errorf("the sheet's %s has\n%s", sample.Kind, got)
		}
		compared++
	}
	if compared != len(frameMembers) {
		t.Errorf("%d samples were compared, want %d", compared, len(frameMembers))
	}
}

// definition is what the tests need of one in the contract.
type definition struct {
	Enum       []string
	Properties map[string]any
}

func definitions(t *testing.T) map[string]definition {
	t.Helper()
	text := collected(t, "contracts/call-automation.json")
	if text == nil {
		t.Skip("nothing to compare with")
	}
	var contract struct{ Definitions map[string]definition }
	if err := json.Unmarshal(text, &contract); err != nil {
		t.Fatal(err)
	}
	return contract.Definitions
}

// The details are those of the contract, all of them.
func TestDetailsOfTheContract(t *testing.T) {
	all := definitions(t)
	both := []string{
		DetailStarted, DetailStopped, DetailUnsuccessful, DetailInterrupted, DetailReestablished, DetailURLMissing, DetailShutdown,
		DetailSpeechServices, DetailAuthentication, DetailBadRequest, DetailTooManyRequests, DetailForbidden, DetailTimeout, DetailUnspecified,
	}
	for name, only := range map[string]string{
		"MediaStreamingStatusDetails": DetailInitialWebSocket,
		"TranscriptionStatusDetails":  DetailLocaleUpdated,
	} {
		want, got := slices.Sorted(slices.Values(append([]string{only}, both...))), slices.Sorted(slices.Values(all[name].Enum))
		if !slices.Equal(got, want) {
			t.Errorf("%s is\n%v, we have\n%v", name, got, want)
		}
	}
}

// Every option of the contract has its place in Config, or is the caller's.
func TestOptionsOfTheContract(t *testing.T) {
	all := definitions(t)
	const callers = "" // when to start, and what is the only choice
	places := map[string]map[string]string{
		"MediaStreamingOptions": {"transportType": callers, "audioChannelType": "Media.Unmixed"},
		"WebSocketMediaStreamingOptions": {
			"transportUrl": "URL", "contentType": callers, "startMediaStreaming": callers,
			"enableBidirectional": "Media.Bidirectional", "audioFormat": "Media.Rate", "enableDtmfTones": "Media.DTMF",
		},
		"TranscriptionOptions": {"transportType": callers, "locale": "Transcription.Locale"},
		"WebSocketTranscriptionOptions": {
			"transportUrl": "URL", "startTranscription": callers,
			"speechModelEndpointId": "Transcription.SpeechModelEndpointID", "enableIntermediateResults": "Transcription.Intermediate",
		},
	}
	for name, options := range places {
		for option, place := range options {
			if _, ok := all[name].Properties[option]; !ok {
				t.Errorf("%s has no %s", name, option)
			}
			if place == callers {
				continue
			}
			typ := reflect.TypeFor[Config]()
			for step := range strings.SplitSeq(place, ".") {
				if typ.Kind() == reflect.Pointer {
					typ = typ.Elem()
				}
				field, ok := typ.FieldByName(step)
				if !ok {
					t.Fatalf("Config has no %s", place)
				}
				typ = field.Type
			}
		}
		for option := range all[name].Properties {
			if _, ok := options[option]; !ok {
				t.Errorf("%s.%s has no place", name, option)
			}
		}
	}
}
