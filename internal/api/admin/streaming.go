package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// StreamingBody starts or stops a stream.
type StreamingBody struct {
	Action   string          `json:"action" enum:"start,stop" doc:"What to do."`
	Bot      string          `json:"bot,omitempty" maxLength:"36" doc:"To start: id of the bot, one of the tenant's." example:"0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77"`
	Language string          `json:"language,omitempty" maxLength:"20" doc:"To start: that the bot is told; without it the bot's own." example:"en-GB"`
	Context  json.RawMessage `json:"context,omitempty" doc:"To start: any JSON of at most 4 kB that the bot is told; without it that of the call." example:"{\"ticket\":4711}"`
	Handover *BotTargets     `json:"handover,omitempty" doc:"To start: whom the bot may hand a connected call over to. When it asks, they are rung, and when somebody joins the bot leaves. Without it you are told, and do what is right."`
}

// BotTargets are whom a bot may hand a connected call over to.
type BotTargets struct {
	Agents []string `json:"agents,omitempty" maxItems:"100" doc:"Ids of agents, rung one after the other until somebody joins; the bot may choose among them." example:"[\"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55\"]"`
	Queue  string   `json:"queue,omitempty" maxLength:"36" doc:"Id of a queue instead, whose next free agent is rung." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
}

func (b *StreamingBody) asked(id string) call.StreamAsked {
	e := call.StreamAsked{ID: id, Bot: tenant.BotID(b.Bot), Language: b.Language, Given: b.Context}
	if b.Handover != nil {
		e.To = &call.BotTargets{Queue: tenant.QueueID(b.Handover.Queue)}
		for _, a := range b.Handover.Agents {
			e.To.Agents = append(e.To.Agents, tenant.AgentID(a))
		}
	}
	return e
}

// Resolve implements huma.ResolverWithPath.
func (b *StreamingBody) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	var p fault.Problems
	if small := (bytes.Buffer{}); len(b.Context) > 0 && json.Compact(&small, b.Context) == nil {
		b.Context = small.Bytes()
	}
	if b.Action == "start" {
		b.asked("").Check(&p)
	} else if b.Bot != "" || b.Language != "" || len(b.Context) > 0 || b.Handover != nil {
		p.Add("action", "stop needs nothing else")
	}
	return mistakes(at, p.Err("streaming_invalid", "the stream is not valid"))
}

// Streaming is a stream of a call to a bot.
type Streaming struct {
	ID        string          `json:"id" doc:"Within the call; also of the operation that starts it." example:"0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21"`
	Bot       tenant.BotID    `json:"bot" doc:"Id of the bot." example:"0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77"`
	Name      string          `json:"name,omitempty" doc:"Of the bot, when it was asked for; absent if a flow did." example:"Flight status"`
	State     string          `json:"state" enum:"starting,running,stopping,ended,failed" doc:"Where it stands. running: call and bot hear each other." example:"running"`
	Handover  *BotHandover    `json:"handover,omitempty" doc:"That the bot asked for, the newest."`
	Context   json.RawMessage `json:"context,omitempty" doc:"What the bot told last." example:"{\"flight\":\"XY123\"}"`
	Outcome   string          `json:"outcome,omitempty" doc:"Why it ended or failed. unavailable: the bot cannot be reached." example:"unavailable"`
	Message   string          `json:"message,omitempty" doc:"Details for people."`
	AskedAt   time.Time       `json:"asked_at" doc:"RFC 3339, UTC."`
	StartedAt *time.Time      `json:"started_at,omitempty" doc:"RFC 3339, UTC."`
	EndedAt   *time.Time      `json:"ended_at,omitempty" doc:"RFC 3339, UTC."`
}

// BotHandover is a bot's wish for a person.
type BotHandover struct {
	Agents      []string       `json:"agents,omitempty" doc:"One of these." example:"[\"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55\"]"`
	Queue       tenant.QueueID `json:"queue,omitempty" doc:"Of this queue. Neither: whoever the flow, or you, choose." example:"0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77"`
	DisplayName string         `json:"display_name,omitempty" doc:"What the person's Teams is to show." example:"Flight XY123, refund"`
	State       string         `json:"state,omitempty" enum:"seeking,found,lost" doc:"What comes of it, if the stream was started with whom the bot may hand over to; absent: it is only told." example:"seeking"`
	Participant string         `json:"participant,omitempty" doc:"The participant that came of it, the newest." example:"0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21-handover-12"`
	At          time.Time      `json:"at" doc:"When it asked; RFC 3339, UTC."`
}

func showStreaming(k call.Stream) Streaming {
	v := Streaming{
		ID: k.ID, Bot: k.Bot, Name: k.Name, State: string(k.State), Context: k.Told, Outcome: string(k.Outcome.Class), Message: k.Outcome.Message,
		AskedAt: k.AskedAt.UTC(), StartedAt: at(k.StartedAt), EndedAt: at(k.EndedAt),
	}
	if h := k.Handover; h != nil {
		v.Handover = &BotHandover{Queue: h.Queue, DisplayName: h.DisplayName, State: string(h.State), Participant: h.Seeks, At: h.At.UTC()}
		if len(h.Agents) > 0 {
			v.Handover.Agents = texts(h.Agents)
		}
	}
	return v
}

type streamingAsk struct {
	CallPath
	Body StreamingBody
}

// streamCall answers with the stream as it was asked for; the call shows what comes of it.
func (s *server) streamCall(ctx context.Context, in *streamingAsk) (*made[Streaming], error) {
	c, err := s.callOf(ctx, in.CallPath)
	if err != nil {
		return nil, err
	}
	location := "/v1/calls/" + string(c.ID)
	if in.Body.Action == "stop" {
		if err := s.ask(ctx, c, call.StreamStopAsked{}); err != nil {
			return nil, err
		}
		v := showStreaming(*c.Stream)
		v.State = string(call.StreamStopping)
		return &made[Streaming]{Location: location, Body: v}, nil
	}
	e := in.Body.asked(uuid.NewString())
	b, err := s.deps.Bots.Bot(ctx, c.Tenant, e.Bot)
	if err != nil {
		return nil, notTheTenants(err, "bot", "bot_unknown")
	}
	e.Name = b.Name
	if err := s.handsTo(ctx, c.Tenant, e.To); err != nil {
		return nil, err
	}
	if err := s.ask(ctx, c, e); err != nil {
		return nil, err
	}
	k := call.Stream{ID: e.ID, Bot: e.Bot, Name: e.Name, State: call.StreamStarting, AskedAt: s.cfg.Now()}
	return &made[Streaming]{Location: location, Body: showStreaming(k)}, nil
}

// handsTo checks that whom a bot may hand over to is the tenant's.
func (s *server) handsTo(ctx context.Context, t tenant.ID, to *call.BotTargets) error {
	if to == nil {
		return nil
	}
	if to.Queue != "" {
		_, err := s.deps.Queues.Queue(ctx, t, to.Queue)
		return notTheTenants(err, "handover.queue", "queue_unknown")
	}
	return s.knownAgents(ctx, t, to.Agents, func(i int) string { return fmt.Sprintf("handover.agents[%d]", i) })
}
