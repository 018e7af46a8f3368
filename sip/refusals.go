package sip

import (
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
)

// timerD is how long a refusal that has an ACK may be repeated over UDP (RFC 3261 §17.1.1.2).
const timerD = 32 * time.Second

// refusals are the ACKs of what peers have refused over UDP. A refusal is repeated until
// its ACK comes; the stack's own transaction would repeat a lost ACK after 4 s only, so it
// is ended early and this answers in its place, at once. Safe for concurrent use.
type refusals struct {
	mu   sync.Mutex
	acks map[string]refusalACK // by branch
}

type refusalACK struct {
	ack   *sipmsg.Request
	until time.Time
}

// keep takes over a transaction that has seen its refusal; the stack has sent the first ACK.
func (n *nearSide) keep(head dialog.Head, hop dialog.Hop, r *sipmsg.Response, tx sipmsg.ClientTransaction) {
	if hop.Transport != "UDP" || r.To() == nil || tx == nil {
		return
	}
	branch, _ := head.Via.Params.Get("branch")
	head.Method, head.Via, head.To = sipmsg.ACK, head.Via.Clone(), r.To().Value()
	ack := dialog.Build(head)
	dialog.Aim(ack, hop)
	n.fromHere(ack)
	now := time.Now()
	n.refusals.mu.Lock()
	for b, a := range n.refusals.acks {
		if now.After(a.until) {
			delete(n.refusals.acks, b)
		}
	}
	n.refusals.acks[branch] = refusalACK{ack, now.Add(timerD)}
	n.refusals.mu.Unlock()
	tx.Terminate()
}

// again acknowledges a refusal that is repeated; false if it is none of those.
func (n *nearSide) again(r *sipmsg.Response) bool {
	if r.StatusCode < 300 || r.Via() == nil {
		return false
	}
	branch, _ := r.Via().Params.Get("branch")
	n.refusals.mu.Lock()
	a, ok := n.refusals.acks[branch]
	n.refusals.mu.Unlock()
	if !ok || !n.e.begin() {
		return ok
	}
	defer n.e.running.Done()
	if err := n.write(a.ack); err != nil {
		n.e.log.Debug("ACK not sent", keyError, err)
	}
	return true
}
