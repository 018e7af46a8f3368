package sip

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/profile"
	"tandem/sip/sdp"
)

// farSession keeps a dialog with Microsoft alive (RFC 4028). Microsoft has neither
// UPDATE nor PRACK, so a refresh is a re-INVITE with the description as it stands
// (facts/direct-routing.md §9). It belongs to the goroutine of its leg.
type farSession struct {
	l *leg
	t *trunk

	seconds int         // Session-Expires that was agreed on; 0: none
	ours    bool        // we refresh; else they do, and we only watch
	dead    time.Time   // when the session ends without a refresh
	timer   *time.Timer // for the refresh, or its absence; after 491 for the next try

	asking *asking      // a re-INVITE of ours under way
	news   chan *asking // its end
	again  chan *asking // a 200 of it once more
}

// asking is one re-INVITE.
type asking struct {
	dialog   dialog.Dialog // as it was asked in
	offer    []byte
	response *sipmsg.Response
	err      error
	ack      *sipmsg.Request
}

// Bounds of the session timer in seconds (RFC 4028 §4, §5; facts/direct-routing.md §9).
const (
	leastExpires = 90
	mostExpires  = 24 * 3600
)

func newFarSession(l *leg, t *trunk) *farSession {
	s := &farSession{l: l, t: t, news: make(chan *asking, 1), again: make(chan *asking, 4)}
	l.answering = s.answering
	return s
}

// agreed takes over what a 2xx, or their INVITE, says of the timer. Without it there
// is none. The party that answers is uas.
func (s *farSession) agreed(value string, weAreUAC bool) {
	s.stop()
	text, params, _ := strings.Cut(value, ";")
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if s.seconds = 0; err != nil || n < leastExpires || n > mostExpires {
		return
	}
	s.seconds, s.ours = n, strings.Contains(strings.ToLower(params), "refresher=uac") == weAreUAC
	s.timer = time.NewTimer(time.Hour)
	s.refreshed()
}

// refreshed begins the interval again: who refreshes does so at half of it, who waits
// ends the session a little before its end (RFC 4028 §10).
func (s *farSession) refreshed() {
	if s.seconds == 0 {
		return
	}
	second := s.l.e.cfg.Timers.Second
	whole := time.Duration(s.seconds) * second
	s.dead = time.Now().Add(whole - min(32*second, whole/3))
	if s.ours {
		s.timer.Reset(whole / 2)
	} else {
		s.timer.Reset(time.Until(s.dead))
	}
}

func (s *farSession) stop() {
	if s.timer != nil {
		s.timer.Stop()
	}
}

// due is nil, which is never ready, without a timer.
func (s *farSession) due() <-chan time.Time {
	if s.timer == nil || s.asking != nil {
		return nil
	}
	return s.timer.C
}

// tick refreshes the session, or says that it is dead.
func (s *farSession) tick() *call.HangUpLeg {
	if now := time.Now(); !now.Before(s.dead) {
		s.l.log.Warn("the session was not refreshed")
		return &call.HangUpLeg{Status: sipmsg.StatusRequestTimeout, Q850: 102, Text: "session expired"}
	}
	if s.l.pending != nil { // theirs is not acknowledged yet (RFC 3261 §14.1)
		s.timer.Reset(s.l.e.cfg.Timers.T1)
		return nil
	}
	s.ask()
	return nil
}

// ask sends the re-INVITE beside the leg.
func (s *farSession) ask() {
	l := s.l
	r, err := l.dialog.Request(sipmsg.INVITE, s.t.SentBy())
	if err != nil {
		l.log.Error("no refresh", keyError, err)
		return
	}
	r.AppendHeader(guard.Allow(profile.Methods()))
	r.AppendHeader(sipmsg.NewHeader("Supported", "timer"))
	r.AppendHeader(sipmsg.NewHeader("Session-Expires", strconv.Itoa(s.seconds)+";refresher=uac"))
	r.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	r.SetBody(l.body)
	a := &asking{dialog: l.dialog, offer: l.body}
	s.asking = a
	l.e.running.Go(func() {
		ctx, cancel := l.e.requestContext()
		defer cancel()
		a.response, a.err = s.transact(ctx, r, a)
		s.news <- a // has room: there is one at a time
	})
}

// transact waits for the final response, and passes a repeated 2xx on.
func (s *farSession) transact(ctx context.Context, r *sipmsg.Request, a *asking) (*sipmsg.Response, error) {
	tx, err := s.t.client.TransactionRequest(ctx, r, asIs)
	if err != nil {
		return nil, err
	}
	tx.OnRetransmission(func(*sipmsg.Response) {
		select {
		case s.again <- a:
		default: // it will be repeated
		}
	})
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, errSilent
		case <-ctx.Done():
			tx.Terminate()
			return nil, errSilent
		}
	}
}

// took takes the end of a re-INVITE of ours; a hang-up is the end of the dialog.
func (s *farSession) took(a *asking, weMadeTheCallID bool) *call.HangUpLeg {
	s.asking = nil
	t1 := s.l.e.cfg.Timers.T1
	switch {
	case a.err != nil:
		s.l.log.Warn("the refresh was not answered", keyError, a.err)
		return &call.HangUpLeg{Status: sipmsg.StatusRequestTimeout, Q850: 102, Text: "session not refreshed"}
	case a.response.IsSuccess():
		s.acknowledge(a)
		if err := s.accept(a); err != nil {
			s.l.log.Warn("the answer to a refresh cannot be used", keyError, err)
			return &call.HangUpLeg{Status: sipmsg.StatusNotAcceptableHere, Q850: 88, Text: "SDP answer"}
		}
		s.refreshed()
	case a.response.StatusCode == sipmsg.StatusCallTransactionDoesNotExists || a.response.StatusCode == sipmsg.StatusRequestTimeout:
		return &call.HangUpLeg{Status: a.response.StatusCode, Q850: 41, Text: "Microsoft does not know the call"} // RFC 3261 §12.2.1.2
	case a.response.StatusCode == sipmsg.StatusRequestPending: // 2.1 to 4 s for who made the Call-ID, else 0 to 2 s (RFC 3261 §14.1)
		wait := time.Duration(rand.Float64() * 4 * float64(t1))
		if weMadeTheCallID {
			wait = time.Duration((4.2 + 3.8*rand.Float64()) * float64(t1))
		}
		s.timer.Reset(max(wait, time.Millisecond))
	default: // the session goes on until its end
		s.l.log.Warn("the refresh was refused", keyStatus, a.response.StatusCode)
		s.timer.Reset(max(time.Until(s.dead), time.Millisecond))
	}
	return nil
}

// accept takes over what the answer to our unchanged description says.
func (s *farSession) accept(a *asking) error {
	l := s.l
	if contact := dialog.List(a.response, "Contact", "m"); len(contact) == 1 {
		l.dialog.Target = dialog.AddrSpec(contact[0])
	}
	offer, err := sdp.Parse(a.offer)
	if err != nil {
		return err
	}
	answer, err := sdp.Parse(a.response.Body())
	if err != nil {
		return err
	}
	stream, err := sdp.Conclude(offer, answer)
	if err != nil {
		return err
	}
	return connect(l.stream, stream)
}

// repeated acknowledges a 2xx once more; before the first is taken there is nothing to repeat.
func (s *farSession) repeated(a *asking) {
	if s.asking != a {
		s.acknowledge(a)
	}
}

// acknowledge sends the ACK of a 2xx, the same one each time.
func (s *farSession) acknowledge(a *asking) {
	if a.ack == nil {
		if contact := dialog.List(a.response, "Contact", "m"); len(contact) == 1 {
			a.dialog.Target = dialog.AddrSpec(contact[0])
		}
		ack, err := a.dialog.Request(sipmsg.ACK, s.t.SentBy())
		if err != nil {
			s.l.log.Error("no ACK", keyError, err)
			return
		}
		a.ack = ack
	}
	if err := s.t.write(s.l.e, a.ack); err != nil {
		s.l.log.Warn("ACK not sent", keyError, err)
	}
}

// crossed refuses their re-INVITE while ours is under way (RFC 3261 §14.2); false: there is none.
func (s *farSession) crossed(m *inside) bool {
	if s.asking == nil {
		return false
	}
	s.l.respond(m, sipmsg.StatusRequestPending, nil)
	return true
}

// theirTimer is what a 2xx to Microsoft's INVITE says of the timer: Microsoft, who has
// offered it, refreshes, unless it wants us to, and a call whose refresh stays away has no
// other end (facts/direct-routing.md §9). Empty: nothing was offered that can be taken.
func theirTimer(invite *sipmsg.Request) string {
	interval, refresher, err := sessionExpires(invite)
	if err != nil || interval < leastExpires*time.Second || interval > mostExpires*time.Second || !has(invite, optionTimer) {
		return ""
	}
	return seconds(interval) + ";refresher=" + cmp.Or(refresher, "uac")
}

// answering completes our 200 to a re-INVITE of theirs, which agrees on the timer anew
// (RFC 4028 §9).
func (s *farSession) answering(r *sipmsg.Request, res *sipmsg.Response) {
	timer := theirTimer(r)
	if timer != "" {
		res.AppendHeader(sipmsg.NewHeader("Session-Expires", timer))
		res.AppendHeader(sipmsg.NewHeader("Require", "timer"))
	}
	s.agreed(timer, false)
}

// headerValue is the first value of a header, empty without.
func headerValue(m interface{ GetHeader(string) sipmsg.Header }, names ...string) string {
	for _, name := range names {
		if h := m.GetHeader(name); h != nil {
			return h.Value()
		}
	}
	return ""
}

// microsoftID is x-i in a Contact of Microsoft's: the id that their support wants to
// hear, and that also stands in Reason (facts/direct-routing.md §6.2).
func microsoftID(m interface{ GetHeaders(string) []sipmsg.Header }) string {
	for _, contact := range dialog.List(m, "Contact", "m") {
		for part := range strings.SplitSeq(dialog.AddrSpec(contact), ";") {
			if id, ok := strings.CutPrefix(part, "x-i="); ok {
				return id
			}
		}
	}
	return ""
}

// microsoftHeaders are the X-MS headers of a message but those of customers, as they
// are logged (facts/direct-routing.md §11).
func microsoftHeaders(m interface{ Headers() []sipmsg.Header }) slog.Attr {
	var list []any
	for _, h := range m.Headers() {
		name := strings.ToLower(h.Name())
		if strings.HasPrefix(name, "x-ms-") && !strings.HasPrefix(name, "x-ms-custom-") {
			list = append(list, slog.String(h.Name(), h.Value()))
		}
	}
	return slog.Group("x_ms", list...)
}
