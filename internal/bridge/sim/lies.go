package sim

import (
	"fmt"

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
