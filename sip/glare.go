package sip

import (
	"math/rand/v2"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// retrySoon asks for another try in a while that differs from one to the next, so that
// two parties do not meet again (RFC 3261 §14.2: 0 to 10 s).
func retrySoon() sipmsg.Header {
	return sipmsg.NewHeader("Retry-After", strconv.Itoa(rand.IntN(11)))
}

// glare is the pause after a 491 until an INVITE of ours is tried again: the party that
// owns the Call-ID waits longer, so that they do not meet again (RFC 3261 §14.1).
func (t Timers) glare(owner bool) time.Duration {
	step := t.Glare / 100 // 10 ms
	if owner {
		return 210*step + time.Duration(rand.IntN(191))*step // 2.1 to 4 s
	}
	return time.Duration(rand.IntN(201)) * step // 0 to 2 s
}

// park keeps a re-INVITE that came while the answer to our offer is still to come: most
// likely it has only overtaken the ACK that has it.
func (l *leg) park(m *inside) {
	if l.parked != nil {
		l.respond(m, sipmsg.StatusRequestPending, nil)
		close(m.done)
		return
	}
	l.parked = m
}

// clearPark refuses what is parked: there are two offers, and nobody knows what this
// one would change (RFC 3261 §14.2).
func (l *leg) clearPark() {
	if m := l.parked; m != nil {
		l.parked = nil
		l.respond(m, sipmsg.StatusRequestPending, nil)
		close(m.done)
	}
}
