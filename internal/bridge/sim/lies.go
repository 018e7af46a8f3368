package sim

import (
	"encoding/json"
	"fmt"
	"slices"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

// lie tells of somebody who declines that he joined (facts/call-automation.md §16).
func (m *microsoft) lie(k *connection, i *invite, e call.Endpoint) {
	if i.state != "ringing" || k.down {
		return
	}
	m.s.w.tell("microsoft: %s declines %s, and is told to have joined", e.ID, k.id)
	i.over()
	m.callback(k, call.AgentJoined{Connection: k.id, Op: i.op, Endpoint: e})
}

// answered checks that a customer who waits for somebody is answered for somebody.
func (m *microsoft) answered(c call.Call) {
	if m.s.faults.request > 0 || c.Plan.Policy != tenant.WithAgent || c.Plan.Flow != nil {
		return // where no look is answered, what was told is believed
	}
	if k, ok := m.conns[c.Connection.ID]; ok && !k.met {
		m.s.fail(fmt.Errorf("call %s is answered, and nobody is there", short(c.ID)))
	}
}

// missed checks that a call does not end because somebody left who is there.
func (m *microsoft) missed(id call.ID, k *connection) {
	there := slices.DeleteFunc(slices.Clone(k.present), func(e call.Endpoint) bool { return k.customer != nil && e == *k.customer })
	if m.s.faults.request > 0 || m.s.faults.lose > 0 || len(there) == 0 {
		return // an answer to a withdrawal that is lost leaves one there whom nobody counts on
	}
	var c call.Call
	if err := json.Unmarshal(m.s.db.calls[id].snapshot, &c); err != nil {
		m.s.fail(err)
		return
	}
	if c.Ending != nil && c.Ending.Reason == call.ReasonAgentHungUp {
		m.s.fail(fmt.Errorf("call %s ends because its agent left, and %v is there", short(id), there))
	}
}
