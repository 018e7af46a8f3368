package sim

import (
	"fmt"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/tenant"
)

// arrives is a customer who calls a number over an SBC that is not ours, and hangs up at
// some time: no leg of ours tells of it.
func (m *microsoft) arrives() {
	ctx := fmt.Sprintf("ctx-%d", len(m.calls))
	who := call.Endpoint{Kind: tenant.PhoneNumber, ID: fmt.Sprintf("+49888%d", len(m.calls))}
	k := &connection{customer: &who, invites: map[string]*invite{}, sounds: map[string]func(){}}
	m.calls[ctx] = k
	m.s.w.in(30*time.Second, nil, func() { // nobody answered
		if k.id == "" {
			m.end(k, call.Outcome{})
		}
	})
	m.events++
	in := bridge.Incoming{
		Resource: "r", Seen: bridge.Seen{Resource: "r", EventID: fmt.Sprint("in", m.events)}, Context: ctx, From: who.ID,
		To: []string{"+49100", "+49200", "+49300"}[m.s.w.rng.IntN(3)], // of which one is nobody's
	}
	m.s.w.tell("microsoft: %s calls %s over an SBC", who.ID, in.To)
	m.ask(k, in, 2)
	if m.s.w.chance(m.s.faults.double) {
		m.s.w.later(3*time.Second, func() { m.ask(k, in, 1) })
	}
}

// hangsUp is the customer leaving: who is left stays, and if nobody is the call is over.
func (m *microsoft) hangsUp(k *connection) {
	if k.down {
		return
	}
	m.s.w.tell("microsoft: %s hangs up in %s", k.customer.ID, k.id)
	m.outOf(k, *k.customer)
	if len(k.present) == 0 {
		m.end(k, call.Outcome{Class: call.ClassEnded, Code: 200, SubCode: 5001})
	}
}
