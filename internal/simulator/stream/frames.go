package stream

import (
	"encoding/json"
	"time"
)

// What the service sends. Members are in the order of the documented samples
// (facts/call-automation.md §9) [D].

type audioMetadataFrame struct {
	Kind          string        `json:"kind"`
	AudioMetadata audioMetadata `json:"audioMetadata"`
}

type audioMetadata struct {
	SubscriptionID string `json:"subscriptionId"`
	Encoding       string `json:"encoding"`
	SampleRate     int    `json:"sampleRate"`
	Channels       int    `json:"channels"`
	Length         int    `json:"length"` // bytes of a frame
}

type audioDataFrame struct {
	Kind      string    `json:"kind"`
	AudioData audioData `json:"audioData"`
}

type audioData struct {
	Timestamp        string `json:"timestamp"`
	ParticipantRawID string `json:"participantRawID,omitempty"` // absent in a mix
	Data             []byte `json:"data"`                       // little endian, in base64
	Silent           bool   `json:"silent"`
}

type dtmfDataFrame struct {
	Kind     string   `json:"kind"`
	DtmfData dtmfData `json:"dtmfData"`
}

type dtmfData struct {
	Data string `json:"data"`
}

type transcriptionMetadataFrame struct {
	Kind                  string                `json:"kind"`
	TranscriptionMetadata transcriptionMetadata `json:"transcriptionMetadata"`
}

type transcriptionMetadata struct {
	SubscriptionID   string `json:"subscriptionId"`
	Locale           string `json:"locale"`
	CallConnectionID string `json:"callConnectionId"`
	CorrelationID    string `json:"correlationId"`
	// SpeechModelEndpointID is known from the JavaScript SDK's parser [K].
	SpeechModelEndpointID string `json:"speechRecognitionModelEndpointId,omitempty"`
}

type transcriptionDataFrame struct {
	Kind              string            `json:"kind"`
	TranscriptionData transcriptionData `json:"transcriptionData"`
}

type transcriptionData struct {
	Text             string     `json:"text"`
	Format           string     `json:"format"`
	Confidence       float64    `json:"confidence"`
	Offset           int64      `json:"offset"` // this and all below in ticks
	Duration         int64      `json:"duration"`
	Words            []wordData `json:"words"` // never null: the JavaScript parser maps it unchecked [K]
	ParticipantRawID string     `json:"participantRawID"`
	ResultStatus     string     `json:"resultStatus"`
}

type wordData struct {
	Text     string `json:"text"`
	Offset   int64  `json:"offset"`
	Duration int64  `json:"duration"`
}

// ticks are of 100 ns.
func ticks(d time.Duration) int64 { return int64(d / (100 * time.Nanosecond)) }

// timestamp is ISO 8601 in UTC, with the milliseconds of the samples.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// encode writes one of the frames above.
func encode(frame any) []byte {
	text, err := json.Marshal(frame)
	if err != nil {
		panic("stream: " + err.Error()) // they hold nothing that cannot be written: see finite
	}
	return text
}
