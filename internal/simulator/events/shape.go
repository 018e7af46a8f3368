package events

import (
	"slices"
	"strings"
)

// shape is how the service lays out the data of callbacks. It follows the
// api-version of the request that made the leg (facts/observed-events.md §4).
type shape int

const (
	// newest: special members, version, operationContext, resultInformation, ids.
	newest shape = iota
	// middle: operationContext, special members or resultInformation, version, ids.
	middle
	// oldest: as middle, behind an eventSource.
	oldest
)

// versions are the api-versions that a release of an official SDK has sent and
// that the service still takes, with their shape.
//
// Recorded are 2023-10-03-preview, 2024-06-15-preview, 2024-09-01-preview and
// 2025-08-15-preview; in all of them data.version is the api-version of the
// client. That the others have the shape of the recorded version before them
// (the two oldest: after them), and name themselves, is inferred [?].
// 2024-11-15-preview is not here: it was withdrawn and is answered with 404
// (facts/call-automation.md §16, reported).
var versions = map[string]shape{
	"2023-03-06":         oldest, // [?]
	"2023-06-15-preview": oldest, // [?]
	"2023-10-03-preview": oldest, // [R]
	"2023-10-15":         oldest, // [?]
	"2024-04-15":         oldest, // [?]
	"2024-06-15-preview": middle, // [R]
	"2024-09-01-preview": newest, // [R]
	"2024-09-15":         newest, // [?]
	"2025-05-15":         newest, // [?]
	"2025-08-15-preview": newest, // [R]
	"2026-03-12":         newest, // [?] the collected samples say so too
}

// Shape returns what data.version is on a leg that was made with apiVersion,
// and whether the service takes that api-version at all. Compare versions
// without case.
func Shape(apiVersion string) (dataVersion string, known bool) {
	dataVersion = strings.ToLower(apiVersion)
	_, known = versions[dataVersion]
	if !known {
		return "", false
	}
	return dataVersion, true
}

// Versions returns the api-versions that Shape knows, oldest first.
func Versions() []string {
	list := make([]string, 0, len(versions))
	for v := range versions {
		list = append(list, v)
	}
	slices.Sort(list)
	return list
}

// recordingWithoutSource is the first version whose RecordingStateChanged was
// recorded without eventSource.
const recordingWithoutSource = "2025-08-15-preview"

// holdAudio are the events that keep the order of members of middle in every
// version.
var holdAudio = []string{HoldAudioStarted, HoldAudioPaused, HoldAudioResumed, HoldAudioCompleted}

// media are the beginnings of the names of events about media, which carry a
// resultInformation in every version.
var media = []string{"Play", "Recognize", "Hold", "Transcription", "MediaStreaming", "SendDtmfTones", "ContinuousDtmf"}

// withResult reports whether an event carries resultInformation: in newest
// every one does, before that media events and failures only. Recorded without
// it in middle is PlayCanceled; RecognizeCanceled follows it by inference [?],
// and so do the media events of oldest follow middle.
func (s shape) withResult(name string) bool {
	switch {
	case s == newest:
		return true
	case name == PlayCanceled || name == RecognizeCanceled:
		return false
	case strings.HasSuffix(name, "Failed"):
		return true
	}
	return slices.ContainsFunc(media, func(m string) bool { return strings.HasPrefix(name, m) })
}

// Source returns source and subject of an event: the call connection, or the
// recording whose recordingId is among the special members.
func (c Connection) Source(name string, special Object) string {
	if name == RecordingStateChanged {
		for _, f := range special {
			if id, isText := f.Value.(string); isText && f.Key == "recordingId" {
				return "calling/recordings/" + c.ServerCallID + "/" + id + "/" + RecordingStateChanged
			}
		}
	}
	return "calling/callConnections/" + c.ID
}

// Operation returns the data of every event but ParticipantsUpdated, with the
// members and the order that its version has. special are the members that only
// this event has, in the order of facts/call-automation.md §11.3;
// operationContext may be empty. It is left out of CreateCallFailed and
// RecordingStateChanged, which were recorded without.
//
// RecordingStateChanged has resultInformation before version; recorded in
// 2024-09-01-preview only, which also repeats the source as eventSource.
func (c Connection) Operation(name string, special Object, operationContext string, r Result) Object {
	s := versions[strings.ToLower(c.Version)]
	recording := name == RecordingStateChanged
	if name == CreateCallFailed || recording {
		operationContext = ""
	}
	version := Field{"version", c.Version}
	context := Field{"operationContext", Optional(operationContext)}
	result := Field{"resultInformation", nil}
	if s.withResult(name) {
		result.Value = r.object()
	}
	data := Object{}
	if s == oldest || s == newest && recording && c.Version < recordingWithoutSource {
		data = append(data, Field{"eventSource", c.Source(name, special)})
	}
	if s == newest && !recording && !slices.Contains(holdAudio, name) {
		data = append(append(data, special...), version, context, result)
	} else {
		data = append(append(append(data, context), special...), result, version)
	}
	return append(data, c.ids(name)...)
}

// ParticipantsUpdated returns the data of that event, which never has an
// operationContext, and in newest has resultInformation before version.
func (c Connection) ParticipantsUpdated(participants any, sequence int) Object {
	s := versions[strings.ToLower(c.Version)]
	data := Object{}
	if s == oldest {
		data = append(data, Field{"eventSource", c.Source(ParticipantsUpdated, nil)})
	}
	data = append(data, Field{"participants", participants}, Field{"sequenceNumber", sequence})
	if s == newest {
		data = append(data, Field{"resultInformation", ok.object()})
	}
	return append(append(data, Field{"version", c.Version}), c.ids(ParticipantsUpdated)...)
}
