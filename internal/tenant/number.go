package tenant

import (
	"fmt"
	"strings"
	"time"

	"tandem/internal/fault"
)

// How long one person's Teams rings. Microsoft ends an invitation by itself
// after 180 s at the latest (facts/call-automation.md §15), and below five seconds
// nobody reaches for a mouse.
const (
	MinRingTimeout     = 5 * time.Second
	MaxRingTimeout     = 180 * time.Second
	DefaultRingTimeout = 20 * time.Second
)

// MaxNumberAgents bounds the list of a number; whoever needs more lets it be
// empty, which means every agent of the tenant.
const MaxNumberAgents = 100

// Number is an E.164 number of a tenant. The number itself is its key: no two
// tenants of an installation have the same.
type Number struct {
	E164         string
	Tenant       ID
	Connectivity Connectivity
	Agents       []AgentID // rung in this order; empty means any agent of the tenant
	DisplayName  string    // shown to the person who is rung; "" shows the caller
	RingTimeout  time.Duration
	AnswerPolicy AnswerPolicy
	Flow         FlowID    // treats the caller before a person; "": there is none
	Queue        QueueID   // that callers wait in for a person, without a flow and instead of agents; "": none
	HoldMusic    HoldMusic // of its tenant; only where calls are offered
	CreatedAt    time.Time
	ChangedAt    time.Time
}

// Normalize fills the defaults. The answer policy of a number without a flow is
// the one of a call by the API: the customer hears ringing until a person
// joins, as it does while the customer waits in a queue. A flow can treat only who
// was answered.
func (n Number) Normalize() Number {
	n.E164 = strings.TrimSpace(n.E164)
	n.DisplayName = strings.TrimSpace(n.DisplayName)
	if n.RingTimeout == 0 {
		n.RingTimeout = DefaultRingTimeout
	}
	switch {
	case n.Flow != "":
		n.AnswerPolicy = AtOnce
	case n.AnswerPolicy == "", n.Queue != "":
		n.AnswerPolicy = WithAgent
	}
	return n
}

// Validate reports everything wrong with a number. Whether its connectivity
// exists is known to package trunk.
func (n Number) Validate() error {
	var p fault.Problems
	if !validE164(n.E164) {
		p.Add("e164", "must be an E.164 number such as +493012345678")
	}
	if n.Connectivity == "" {
		p.Add("connectivity", "must say how the number reaches Microsoft")
	}
	CheckAgents(&p, "agents", n.Agents)
	CheckDisplayName(&p, "display_name", n.DisplayName)
	CheckRingTimeout(&p, "ring_timeout", n.RingTimeout)
	CheckAnswerPolicy(&p, "answer_policy", n.AnswerPolicy)
	if u, ok := parseUUID(string(n.Flow)); n.Flow != "" && (!ok || u != string(n.Flow)) {
		p.Add("flow", "must be a flow's id, a UUID in lower case")
	}
	n.checkQueue(&p)
	return p.Err("number_invalid", "the number is not valid")
}

// checkQueue notes what is wrong with a queue, and with what does not go with one.
func (n Number) checkQueue(p *fault.Problems) {
	if n.Queue == "" {
		return
	}
	if id, err := ParseQueueID(string(n.Queue)); err != nil || id != n.Queue {
		p.Add("queue", "must be a queue's id, a UUID in lower case")
	}
	if n.Flow != "" {
		p.Add("queue", "a flow says itself which queue it hands over to: give a flow or a queue")
	}
	if len(n.Agents) > 0 {
		p.Add("agents", "must be empty: the queue says who is rung")
	}
}

// CheckAgents notes what is wrong with a list of agents to ring in turn.
func CheckAgents(p *fault.Problems, path string, agents []AgentID) {
	checkAgents(p, path, agents, MaxNumberAgents, "an empty list means all of the tenant")
}

func checkAgents(p *fault.Problems, path string, agents []AgentID, most int, instead string) {
	if len(agents) > most {
		p.Add(path, "at most %d agents; %s", most, instead)
		return
	}
	seen := make(map[AgentID]bool, len(agents))
	for i, id := range agents {
		at := fmt.Sprintf("%s[%d]", path, i)
		u, ok := parseUUID(string(id))
		switch {
		case !ok || u != string(id):
			p.Add(at, "must be an agent's id, a UUID in lower case")
		case seen[id]:
			p.Add(at, "is in the list already")
		}
		seen[id] = true
	}
}

// CheckDisplayName notes what is wrong with a name to show to whom is rung; it
// may be empty.
func CheckDisplayName(p *fault.Problems, path, name string) {
	if name != "" {
		checkName(p, path, name)
	}
}

// CheckRingTimeout notes what is wrong with the time one person's Teams rings.
func CheckRingTimeout(p *fault.Problems, path string, d time.Duration) {
	if d < MinRingTimeout || d > MaxRingTimeout || d%time.Second != 0 {
		p.Add(path, "must be whole seconds from %d to %d", MinRingTimeout/time.Second, MaxRingTimeout/time.Second)
	}
}

// CheckAnswerPolicy notes what is wrong with an answer policy.
func CheckAnswerPolicy(p *fault.Problems, path string, a AnswerPolicy) {
	if a != WithAgent && a != AtOnce {
		p.Add(path, "must be one of %s", listed([]AnswerPolicy{WithAgent, AtOnce}))
	}
}
