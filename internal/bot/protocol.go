package bot

import (
	"encoding/json"
	"errors"
	"fmt"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Start is the first message to a bot.
type Start struct {
	Type     string          `json:"type"` // start
	Call     call.ID         `json:"call"`
	Tenant   tenant.ID       `json:"tenant"`
	Stream   string          `json:"stream"`             // names this conversation, also when it is resumed
	Resumed  bool            `json:"resumed"`            // the bot was in this conversation before, and was cut off
	Caller   string          `json:"caller,omitempty"`   // E.164, or anonymous
	Called   string          `json:"called,omitempty"`   // as dialled, E.164
	Number   string          `json:"number,omitempty"`   // the tenant's, E.164
	Language string          `json:"language,omitempty"` // BCP 47
	Context  json.RawMessage `json:"context,omitempty"`  // as it was given with the stream, else with the call
	Audio    Audio           `json:"audio"`
}

// Audio is the form of sound, in both directions.
type Audio struct {
	Encoding   string `json:"encoding"` // pcm16: signed, little-endian
	SampleRate int    `json:"sample_rate"`
	Channels   int    `json:"channels"`
	FrameMS    int    `json:"frame_ms"` // of what the bot hears
}

// format is what Microsoft is asked for (package microsoft/acs).
var format = Audio{Encoding: "pcm16", SampleRate: 16000, Channels: 1, FrameMS: 20}

// The types of other messages.
const (
	typeStart    = "start"
	typeDTMF     = "dtmf"
	typeError    = "error"
	typeEnd      = "end"
	typeClear    = "clear"
	typeContext  = "context"
	typeHandover = "handover"
	typeHangUp   = "hang_up"
)

// Reasons of the last message.
const (
	endStopped   = "stopped"
	endLost      = "lost"
	endGoingAway = "going_away"
)

func start(c call.Call, k call.Stream, b tenant.Bot, resumed bool) Start {
	s := Start{
		Type: typeStart, Call: c.ID, Tenant: c.Tenant, Stream: k.ID, Resumed: resumed, Caller: c.Caller, Called: c.Called, Number: c.Plan.Number,
		Language: k.Language, Context: k.Given, Audio: format,
	}
	if s.Language == "" {
		s.Language = b.Language
	}
	if len(s.Context) == 0 {
		s.Context = c.Plan.Context
	}
	return s
}

// message is any of those that a bot sends.
type message struct {
	Type        string          `json:"type"`
	To          to              `json:"to"`
	DisplayName string          `json:"display_name"`
	Context     json.RawMessage `json:"context"`
}

type to struct {
	Agents []tenant.AgentID `json:"agents"`
	Queue  tenant.QueueID   `json:"queue"`
}

// parse reads a text message: a wish to drop what was said, or one for the call. An
// error is a fault that the bot is told.
func parse(stream string, text []byte) (clear bool, e call.BotAsked, err error) {
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		return false, e, fault.Invalid("unreadable", "not a JSON object as it should be: "+err.Error())
	}
	if string(m.Context) == "null" {
		m.Context = nil
	}
	e = call.BotAsked{Stream: stream, Told: m.Context}
	switch m.Type {
	case typeClear:
		return true, e, nil
	case typeContext:
		if len(m.Context) == 0 {
			return false, e, fault.Invalid("invalid", "context is missing")
		}
	case typeHandover:
		e.Handover = &call.BotHandover{Agents: m.To.Agents, Queue: m.To.Queue, DisplayName: m.DisplayName}
	case typeHangUp:
		e.HangUp = true
	default:
		return false, e, fault.Invalid("unknown_type", fmt.Sprintf("there is no message of type %.50q for bots to send", m.Type))
	}
	var mistakes fault.Problems
	e.Check(&mistakes)
	return false, e, mistakes.Err("invalid", "the message is not valid")
}

// refusal is an error as the bot is told. What is ours to know stays here.
func refusal(err error) []byte {
	m := struct {
		Type    string `json:"type"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}{typeError, "internal", "this cannot be done now"}
	if f := (*fault.Error)(nil); errors.As(err, &f) && f.Kind != fault.KindInternal {
		m.Code, m.Message = f.Code, f.Msg
		for _, x := range f.Fields {
			m.Message += "; " + x.Path + " " + x.Msg
		}
	}
	return encode(m)
}

func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("bot: " + err.Error()) // texts and valid JSON only
	}
	return text
}
