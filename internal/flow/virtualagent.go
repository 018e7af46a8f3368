package flow

import (
	"fmt"
	"slices"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// VirtualAgent lets the caller talk with a bot until the bot leaves, asks for a
// person, or it was long enough. Whom the bot asks for, and by what name, goes before
// what the next hand_over says.
type VirtualAgent struct {
	Bot        string `json:"bot" maxLength:"36" doc:"Id of a bot of the tenant's." example:"0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77"`
	Language   string `json:"language,omitempty" maxLength:"20" doc:"That the bot is told; without it the bot's own." example:"en-GB"`
	MaxS       int    `json:"max_s,omitempty" minimum:"0" maximum:"3600" doc:"The longest conversation, in seconds; without it 600." example:"600"`
	HandedOver string `json:"handed_over" maxLength:"50" doc:"The step when the bot asks for a person; a hand_over is what it leads to. If the bot says to whom, that counts." example:"sales"`
	Ended      string `json:"ended" maxLength:"50" doc:"The step when the bot left, or it was long enough." example:"bye"`
	Failed     string `json:"failed" maxLength:"50" doc:"The step when the bot could not be reached, or was lost." example:"menu"`
}

const (
	defaultConversation = 10 * time.Minute
	maxConversation     = 3600 // seconds
)

func (b VirtualAgent) longest() time.Duration {
	if b.MaxS > 0 {
		return time.Duration(b.MaxS) * time.Second
	}
	return defaultConversation
}

func (b VirtualAgent) links() []link {
	return []link{{"virtual_agent.handed_over", b.HandedOver}, {"virtual_agent.ended", b.Ended}, {"virtual_agent.failed", b.Failed}}
}

func (b VirtualAgent) check(p *fault.Problems, path string, k Known) {
	var mistakes fault.Problems
	call.StreamAsked{Bot: tenant.BotID(b.Bot), Language: b.Language}.Check(&mistakes)
	p.Under(path, mistakes.Err("", ""))
	if k.Bots != nil && !slices.Contains(k.Bots, tenant.BotID(b.Bot)) {
		p.Add(path+".bot", "the tenant has no such bot")
	}
	if b.MaxS < 0 || b.MaxS > maxConversation {
		p.Add(path+".max_s", "must be 1 to %d seconds, or left out", maxConversation)
	}
}

// Bots lists the bots that a document names.
func (d Document) Bots() (all []tenant.BotID) {
	for _, b := range d.Steps {
		if b.VirtualAgent != nil {
			all = append(all, tenant.BotID(b.VirtualAgent.Bot))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// virtualAgent leaves the step only when the stream is over: neither the next bot nor
// a person is to share the caller with this one.
func (r *run) virtualAgent(b VirtualAgent) {
	if !r.s.Begun {
		r.s.Ops++
		r.s.Op, r.s.Begun, r.s.Next = fmt.Sprintf("flow-%d", r.s.Ops), true, r.at.Add(b.longest())
		r.want(call.StreamAsked{ID: r.s.Op, Bot: tenant.BotID(b.Bot), Language: b.Language})
		return
	}
	k := r.c.Stream
	switch {
	case k == nil || k.ID != r.s.Op: // the call refused it
		r.enter(b.Failed)
	case k.Over() && k.Handover != nil:
		wish := k.ID
		r.enter(b.HandedOver)
		r.s.Wish = wish
	case k.State == call.StreamEnded:
		r.enter(b.Ended)
	case k.Over():
		r.enter(b.Failed)
	case k.Awaits() && (k.Handover != nil || !r.at.Before(r.s.Next)):
		r.want(call.StreamStopAsked{})
	}
}

// wished is a handover with what a bot asked for, once.
func (r *run) wished(e call.HandoverAsked) call.HandoverAsked {
	k := r.c.Stream
	if r.s.Wish == "" || k == nil || k.ID != r.s.Wish || k.Handover == nil {
		return e
	}
	r.s.Wish = ""
	if h := k.Handover; len(h.Agents) > 0 || h.Queue != "" {
		e.Agents, e.Queue = h.Agents, h.Queue
	}
	if k.Handover.DisplayName != "" {
		e.DisplayName = k.Handover.DisplayName
	}
	return e
}
