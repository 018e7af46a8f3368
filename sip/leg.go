package sip

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/media"
	"tandem/sip/sdp"
)

// leg is what near and far legs have in common. Fields without a note belong to the
// leg's goroutine.
type leg struct {
	e      *Edge
	side   call.Side
	id     call.ID
	log    *slog.Logger
	orders chan *order
	inbox  chan *inside
	over   chan struct{} // closed at the end

	dialog  dialog.Dialog
	voice   *voice
	stream  *media.Stream
	source  *sdp.Source
	local   sdp.Local
	profile sdp.Profile
	body    []byte           // our last SDP
	asked   *sdp.Description // our offer in the 200 to the first INVITE, until the ACK answers it

	ownsCallID bool // the first INVITE was ours

	described *sdp.Description // our side of what was agreed on last
	agreed    sdp.Stream

	pending    *pending        // a re-INVITE of theirs that waits for its ACK
	parked     *inside         // one more, that has overtaken this ACK
	overtaken  overtaken       // requests inside the dialog
	successors chan *successor // INVITEs with Replaces
	joins      chan *joining   // by other calls

	trunk    string                       // identity of a far leg
	referred int                          // REFERs taken in the dialog
	transfer *transfer                    // by the last of them; nil: none is under way
	notices  *subscription                // what the other end is told of it
	departed bool                         // it has hung up, and the transfer goes on, or was left for another call
	joint    *joint                       // with that call; nil: the other end is a peer, or Microsoft
	dialogs  func(next *dialog.Remainder) // in the place of LegAnswered; nil: it has events of its own
	leftWith dialog.Reason                // what it has hung up with

	inquiry *ourRequest // an INVITE or UPDATE of ours
	session session
	outlet  outlet     // of requests of ours
	account guard.Peer // whose challenges are answered by its account; none if zero
	byed    chan error // the end of our BYE
	probed  chan int   // the status of an OPTIONS of ours, see inquire
	ended   bool
	told    bool // LegEnded was sent
}

// An order of the engine.
type order struct {
	do     orderKind
	hangUp call.HangUpLeg
	on     bool       // orderMute
	peer   guard.Peer // orderDial
}

type orderKind int

const (
	orderRing orderKind = iota
	orderRingThrough
	orderAnswer
	orderConnect
	orderMute
	orderInquire
	orderHangUp
	orderDial // of an outleg
)

// inside is a request inside a dialog. The stack's goroutine that brought it waits for done.
type inside struct {
	request *sipmsg.Request
	tx      sipmsg.ServerTransaction
	done    chan struct{}
}

// maxOrders is more than the engine gives before the leg takes the first.
const maxOrders = 16

func newLeg(e *Edge, side call.Side) leg {
	return leg{
		e: e, side: side, log: e.log, orders: make(chan *order, maxOrders), inbox: make(chan *inside), over: make(chan struct{}),
		successors: make(chan *successor), joins: make(chan *joining),
		session: newSession(side, e.cfg.Timers),
	}
}

// order leaves an order; it never waits. Safe for concurrent use.
func (l *leg) order(o order) error {
	select {
	case <-l.over:
		return errNoLeg
	default:
	}
	select {
	case l.orders <- &o:
		return nil
	default:
		return fault.Exhausted("leg_busy", "the leg does not keep up")
	}
}

// remains is what an event carries of a dialog, for an engine that wants it.
func (l *leg) remains(r dialog.Remainder) json.RawMessage {
	if l.e.cfg.Forgetful {
		return nil
	}
	return r.Encode()
}

// post tells the engine.
func (l *leg) post(e call.Event) {
	if l.id != "" {
		l.e.engine.Leg(l.id, e)
	}
}

// end tells the engine that the leg is over, once, with what its media was.
func (l *leg) end(e call.LegEnded) {
	l.ended = true
	if l.told {
		return
	}
	l.told = true
	l.joint.part(dialog.Reason{Q850: e.Q850, Text: e.Text})
	figures := l.figures()
	e.Side, e.Media = l.side, mediaStats(figures)
	l.e.metrics.media(l.side, figures)
	l.e.records.end(l.id, l.side, l.side, figures)
	l.e.metrics.ended.WithLabelValues(string(l.side), string(e.By)).Inc()
	l.log.Info("leg ended", keyBy, string(e.By), keyStatus, e.Status, keyQ850, e.Q850, keyText, e.Text)
	l.post(e)
}

// figures are what the relay knows of a leg's side.
func (l *leg) figures() media.StreamStats {
	if l.voice == nil {
		return media.StreamStats{}
	}
	near, far := l.voice.session.Stats()
	if l.side == call.Far {
		return far
	}
	return near
}

func mediaStats(s media.StreamStats) call.MediaStats {
	return call.MediaStats{
		PacketsIn: s.Packets, PacketsOut: s.SentPackets, Lost: s.Lost, JitterMS: int(s.Jitter / time.Millisecond),
		LostThere: s.LostThere, RTTMS: int(s.RTT.Round(time.Millisecond) / time.Millisecond), MOS: s.Quality().Round().MOS, Keys: s.Keys,
	}
}

// register makes the leg known to requests inside its dialog.
func (e *Edge) register(l *leg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dialogs[dialogKey{l.side, l.dialog.CallID, l.dialog.LocalTag}] = l
	e.joinCapture(l)
	e.metrics.legs.WithLabelValues(string(l.side)).Inc()
}

// leave is the last thing a leg does.
func (l *leg) leave() {
	if l.pending != nil {
		l.pending.close()
	}
	l.clearPark()
	l.session.stop()
	l.e.mu.Lock()
	delete(l.e.dialogs, dialogKey{l.side, l.dialog.CallID, l.dialog.LocalTag})
	if c := l.e.conversations[l.id]; c != nil {
		if c.legs--; c.legs == 0 {
			delete(l.e.conversations, l.id)
		}
	}
	l.e.mu.Unlock()
	l.e.metrics.legs.WithLabelValues(string(l.side)).Dec()
	if l.voice != nil {
		l.voice.release()
	}
	close(l.over)
}

// deliver hands a request inside a dialog to its leg and waits until it is done with.
// It reports false if there is no such dialog.
func (e *Edge) deliver(side call.Side, r *sipmsg.Request, tx sipmsg.ServerTransaction) bool {
	tag, _ := r.To().Params.Get("tag")
	e.mu.Lock()
	l := e.dialogs[dialogKey{side, r.CallID().Value(), tag}]
	e.mu.Unlock()
	if l == nil || tag == "" {
		return false
	}
	if side == call.Near {
		e.locate(r)
	}
	m := &inside{request: r, tx: tx, done: make(chan struct{})}
	select {
	case l.inbox <- m:
	case <-l.over:
		return false
	}
	select {
	case <-m.done:
	case <-l.over:
	}
	return true
}

// ours checks that a request is of this very dialog and in order (RFC 3261 §12.2.2).
// It answers those that are not.
func (l *leg) ours(m *inside) bool {
	r := m.request
	if tag, _ := r.From().Params.Get("tag"); tag != l.dialog.RemoteTag || l.joint != nil {
		l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
		return false
	}
	l.dialog.Source = r.Source() // a NAT may have changed its mind
	if r.IsAck() {
		return true
	}
	if r.CSeq().SeqNo <= l.dialog.RemoteCSeq && l.dialog.RemoteCSeq != 0 {
		if !r.IsInvite() && l.overtaken.take(r.CSeq().SeqNo) {
			return true
		}
		l.respond(m, sipmsg.StatusInternalServerError, nil)
		return false
	}
	if l.dialog.RemoteCSeq != 0 {
		l.overtaken.skip(l.dialog.RemoteCSeq, r.CSeq().SeqNo)
	}
	l.dialog.RemoteCSeq = r.CSeq().SeqNo
	return true
}

// overtaken are the numbers of requests that may still come after a later one: the stack
// hands each message on in a goroutine of its own. So it is not the sender who
// is out of order, for a moment.
type overtaken struct {
	numbers []uint32
	until   time.Time
}

// Bounds of what may be overtaken, well above what the stack mixes up.
const (
	maxOvertaken = 4
	overtakenFor = 100 * time.Millisecond
)

// skip notes the numbers between two requests.
func (o *overtaken) skip(before, after uint32) {
	now := time.Now()
	if now.After(o.until) {
		o.numbers = o.numbers[:0]
	}
	o.until = now.Add(overtakenFor)
	for n := before + 1; n < after && len(o.numbers) < maxOvertaken; n++ {
		o.numbers = append(o.numbers, n)
	}
}

// take tells whether a number was skipped just now; each comes once.
func (o *overtaken) take(n uint32) bool {
	i := slices.Index(o.numbers, n)
	if i < 0 || time.Now().After(o.until) {
		return false
	}
	o.numbers = slices.Delete(o.numbers, i, i+1)
	return true
}

// respond answers a request inside the dialog.
func (l *leg) respond(m *inside, status int, body []byte, headers ...sipmsg.Header) {
	if m.request.IsAck() {
		return
	}
	res := dialog.NewResponse(m.request, status, dialog.Phrase(status), body, headers...)
	l.e.metrics.response(l.side, status)
	if err := m.tx.Respond(res); err != nil {
		l.log.Debug("response not sent", keyStatus, status, keyError, err)
	}
}

// pending is a 200 to a re-INVITE until its ACK.
type pending struct {
	m        *inside
	offer    *sdp.Description // ours, which the ACK answers; nil: the 200 had the answer
	first    bool             // not to a re-INVITE, but to that of a successor
	response *sipmsg.Response
	cseq     uint32
	interval time.Duration
	giveUp   time.Time
	timer    *time.Timer
}

func (p *pending) close() {
	p.timer.Stop()
	close(p.m.done)
}

// pendingTimer is nil, which is never ready, if nothing waits for an ACK.
func (l *leg) pendingTimer() <-chan time.Time {
	if l.pending == nil {
		return nil
	}
	return l.pending.timer.C
}

// reinvite answers a re-INVITE here: a refresh with the very same SDP, hold and new
// addresses by the rules of package sdp.
func (l *leg) reinvite(m *inside) {
	if l.inquiry != nil && l.inquiry.method == sipmsg.INVITE {
		l.respond(m, sipmsg.StatusRequestPending, nil) // they have met (RFC 3261 §14.2)
		close(m.done)
		return
	}
	if p := l.pending; p != nil && p.offer != nil {
		l.park(m)
		return
	} else if p != nil {
		// Who asks again has had our 200, and his ACK was only overtaken: the stack
		// hands each message on in a goroutine of its own.
		l.pending = nil
		p.close()
	}
	session := l.session
	if !l.sessionWanted(m) {
		close(m.done)
		return
	}
	var offer *sdp.Description
	if len(m.request.Body()) > 0 {
		if status, what := l.renegotiate(m.request.Body()); status != 0 {
			l.session = session
			l.log.Info("re-INVITE refused", keyStatus, status, keyText, what)
			l.respond(m, status, nil, warning(what))
			close(m.done)
			return
		}
	} else if l.described != nil {
		offer = l.described.Reoffer(l.agreed, l.local.Direction, l.profile)
		l.body = l.source.Write(offer)
	}
	l.retarget(m.request)
	res := dialog.NewResponse(m.request, sipmsg.StatusOK, "OK", l.body, l.agreeing()...)
	l.sessionBegins()
	l.e.metrics.response(l.side, sipmsg.StatusOK)
	t := l.e.cfg.Timers
	l.pending = &pending{
		m: m, offer: offer, response: res, cseq: m.request.CSeq().SeqNo, interval: t.T1, giveUp: time.Now().Add(t.Ack), timer: time.NewTimer(t.T1),
	}
	if err := m.tx.Respond(res); err != nil {
		l.log.Debug("response not sent", keyStatus, 200, keyError, err)
	}
}

// renegotiate applies an offer; a status other than 0 refuses it.
func (l *leg) renegotiate(body []byte) (status int, what string) {
	offer, err := sdp.Parse(body)
	if err != nil {
		return sdpStatus(err), err.Error()
	}
	answer, s, err := sdp.Answer(offer, l.local, l.profile)
	if err != nil {
		return sdpStatus(err), err.Error()
	}
	if err := l.agree(answer, s); err != nil {
		return sipmsg.StatusNotAcceptableHere, err.Error()
	}
	l.body = l.source.Write(answer)
	return 0, ""
}

// agree makes what offer and answer say the state of the leg; d is our description.
func (l *leg) agree(d *sdp.Description, s sdp.Stream) error {
	if err := connect(l.stream, s); err != nil {
		return err
	}
	l.voice.session.Hold(mediaSide(l.side), s.Held || s.Direction != sdp.SendRecv)
	l.described, l.agreed = d, s
	l.profile.Codecs = alike(s.Codec) // what it may change to in the middle of a call
	return nil
}

// settle takes the answer to our offer.
func (l *leg) settle(offer *sdp.Description, body []byte) error {
	answer, err := sdp.Parse(body)
	if err != nil {
		return err
	}
	s, err := sdp.Conclude(offer, answer)
	if err != nil {
		return err
	}
	return l.agree(offer, s)
}

// pendingTick repeats the 200, or gives up.
func (l *leg) pendingTick() (gaveUp bool) {
	p := l.pending
	if time.Now().After(p.giveUp) {
		l.pending = nil
		p.close()
		return true
	}
	l.clearPark()
	p.interval = min(2*p.interval, l.e.cfg.Timers.T2)
	p.timer.Reset(p.interval)
	if err := p.m.tx.Respond(p.response); err != nil {
		l.log.Debug("response not repeated", keyError, err)
	}
	return false
}

// pendingAck takes the ACK of a re-INVITE. If it answers our offer with what cannot be,
// nobody knows what the peer takes for granted, and the leg is ended for that.
func (l *leg) pendingAck(r *sipmsg.Request) *call.HangUpLeg {
	p := l.pending
	if p == nil || r.CSeq().SeqNo != p.cseq {
		return nil
	}
	l.pending = nil
	p.close()
	switch {
	case p.offer == nil:
	case len(r.Body()) == 0: // against the rules, and common as a refresh: it stays as it was
		l.log.Info("an ACK without the answer")
	default:
		if err := l.settle(p.offer, r.Body()); err != nil {
			return l.unanswerable(err)
		}
	}
	if m := l.parked; m != nil {
		l.parked = nil
		l.reinvite(m)
	}
	return nil
}

// unanswerable is the end of a leg whose peer has answered our offer with what cannot be.
func (l *leg) unanswerable(err error) *call.HangUpLeg {
	l.log.Warn("the answer's SDP cannot be used", keyError, err)
	return &call.HangUpLeg{Status: sipmsg.StatusNotAcceptableHere, Q850: 88, Text: "SDP answer"}
}

// startBye sends a BYE beside the leg, which goes on to answer what crosses it.
func (l *leg) startBye(reason dialog.Reason) {
	if l.byed != nil {
		return
	}
	l.byed = make(chan error, 1)
	l.session.stop()
	out, who := l.outlet, l.account
	bye := func(d *dialog.Dialog, credentials ...sipmsg.Header) (*sipmsg.Request, error) {
		r, err := d.Request(sipmsg.BYE, out.via)
		if err != nil {
			return nil, err
		}
		for _, h := range append(credentials, reason.Header()) {
			if h != nil {
				r.AppendHeader(h)
			}
		}
		out.aim(r)
		return r, nil
	}
	r, err := bye(&l.dialog)
	if err != nil {
		l.byed <- err
		return
	}
	d := l.dialog
	l.e.running.Go(func() {
		ctx, cancel := l.e.requestContext()
		defer cancel()
		res, err := l.e.transact(ctx, l.side, out.client, r)
		if h := answerTo(who, r, res); h != nil {
			if r, err = bye(&d, h); err == nil {
				_, err = l.e.transact(ctx, l.side, out.client, r)
			}
		}
		l.byed <- err
	})
}

// answerTo is what a peer wants that challenges a request of ours inside a dialog; nil if it
// does not, or there is no password for it.
func answerTo(who guard.Peer, r *sipmsg.Request, res *sipmsg.Response) sipmsg.Header {
	if !challenges(res) {
		return nil
	}
	h, err := credentials(who, dialog.Head{Method: r.Method, URI: r.Recipient.String()}, res)
	if err != nil {
		return nil
	}
	return h
}

// requestContext bounds a request of ours; when the edge closes, little time is left for it.
func (e *Edge) requestContext() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), e.cfg.Timers.Request)
	stop := context.AfterFunc(e.ctx, func() {
		timer := time.AfterFunc(e.cfg.Timers.Close, cancel)
		context.AfterFunc(ctx, func() { timer.Stop() })
	})
	return ctx, func() { stop(); cancel() }
}

// asIs keeps the SIP stack from adding to a request.
func asIs(*sipgo.Client, *sipmsg.Request) error { return nil }

// errSilent is the failure of a request that nobody answered in time.
var errSilent = errors.New("no answer")

// transact sends a request that is not an INVITE and waits for its final response.
func transact(ctx context.Context, client *sipgo.Client, r *sipmsg.Request) (*sipmsg.Response, error) {
	tx, err := client.TransactionRequest(ctx, r, asIs)
	if err != nil {
		return nil, err
	}
	return final(ctx, tx)
}

// final waits for the final response of a transaction, and ends it.
func final(ctx context.Context, tx sipmsg.ClientTransaction) (*sipmsg.Response, error) {
	defer tx.Terminate()
	return waitFinal(ctx, tx)
}

// sdpStatus is the answer to a body that cannot be served.
func sdpStatus(err error) int {
	var problem *sdp.Error
	if errors.As(err, &problem) && problem.Problem == sdp.Malformed {
		return sipmsg.StatusBadRequest
	}
	return sipmsg.StatusNotAcceptableHere
}

// warning says to people what is wrong (RFC 3261 §20.43).
func warning(what string) sipmsg.Header {
	text := []rune(what)
	for i, c := range text {
		if c < ' ' || c == '"' || c == '\\' || c > '~' {
			text[i] = ' '
		}
	}
	return sipmsg.NewHeader("Warning", `399 tandem "`+string(text[:min(len(text), 200)])+`"`)
}
