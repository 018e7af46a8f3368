package sip

import (
	"context"
	"errors"
	"log/slog"
	"sync"
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
	orders chan order
	inbox  chan *inside
	over   chan struct{} // closed at the end

	dialog  dialog.Dialog
	voice   *voice
	stream  *media.Stream
	source  *sdp.Source
	local   sdp.Local
	profile sdp.Profile
	body    []byte // our last SDP

	pending *pending   // a re-INVITE of theirs that waits for its ACK
	byed    chan error // the end of our BYE
	ended   bool
	told    bool // LegEnded was sent

	answering func(*sipmsg.Request, *sipmsg.Response) // completes a 200 to a re-INVITE; may be nil
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
	orderAnswer
	orderConnect
	orderMute
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
		e: e, side: side, log: e.log, orders: make(chan order, maxOrders), inbox: make(chan *inside), over: make(chan struct{}),
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
	case l.orders <- o:
		return nil
	default:
		return fault.Exhausted("leg_busy", "the leg does not keep up")
	}
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
	e.Side, e.Media = l.side, l.stats()
	l.e.metrics.ended.WithLabelValues(string(l.side), string(e.By)).Inc()
	l.log.Info("leg ended", keyBy, string(e.By), keyStatus, e.Status, keyQ850, e.Q850, keyText, e.Text)
	l.post(e)
}

func (l *leg) stats() call.MediaStats {
	if l.voice == nil {
		return call.MediaStats{}
	}
	near, far := l.voice.session.Stats()
	s := near
	if l.side == call.Far {
		s = far
	}
	return call.MediaStats{PacketsIn: s.Packets, PacketsOut: s.SentPackets, Lost: s.Lost, JitterMS: int(s.Jitter / time.Millisecond)}
}

// register makes the leg known to requests inside its dialog.
func (e *Edge) register(l *leg) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dialogs[dialogKey{l.side, l.dialog.CallID, l.dialog.LocalTag}] = l
	e.metrics.legs.WithLabelValues(string(l.side)).Inc()
}

// leave is the last thing a leg does.
func (l *leg) leave() {
	if l.pending != nil {
		l.pending.close()
	}
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
	if tag, _ := r.From().Params.Get("tag"); tag != l.dialog.RemoteTag {
		l.respond(m, sipmsg.StatusCallTransactionDoesNotExists, nil)
		return false
	}
	if r.IsAck() {
		return true
	}
	if r.CSeq().SeqNo <= l.dialog.RemoteCSeq && l.dialog.RemoteCSeq != 0 {
		l.respond(m, sipmsg.StatusInternalServerError, nil)
		return false
	}
	l.dialog.RemoteCSeq = r.CSeq().SeqNo
	return true
}

// respond answers a request inside the dialog.
func (l *leg) respond(m *inside, status int, body []byte, headers ...sipmsg.Header) {
	if m.request.IsAck() {
		return
	}
	res := newResponse(m.request, status, phrase(status), body, headers...)
	l.e.metrics.response(l.side, status)
	if err := m.tx.Respond(res); err != nil {
		l.log.Debug("response not sent", keyStatus, status, keyError, err)
	}
}

// newResponse is a response of ours, whatever version the request claimed.
func newResponse(r *sipmsg.Request, status int, reason string, body []byte, headers ...sipmsg.Header) *sipmsg.Response {
	res := sipmsg.NewResponseFromRequest(r, status, reason, nil)
	res.SipVersion = "SIP/2.0"
	for _, h := range headers {
		res.AppendHeader(h)
	}
	if len(body) > 0 {
		res.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
		res.SetBody(body)
	}
	return res
}

// pending is a 200 to a re-INVITE until its ACK.
type pending struct {
	m        *inside
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
	if p := l.pending; p != nil {
		// Who asks again has had our 200, and his ACK was only overtaken: the stack
		// hands each message on in a goroutine of its own.
		l.pending = nil
		p.close()
	}
	if len(m.request.Body()) > 0 {
		if status, what := l.renegotiate(m.request.Body()); status != 0 {
			l.log.Info("re-INVITE refused", keyStatus, status, keyText, what)
			l.respond(m, status, nil, warning(what))
			close(m.done)
			return
		}
	} // without an offer ours is repeated; the answer in the ACK can only agree to it
	if contact := dialog.List(m.request, "Contact", "m"); len(contact) == 1 {
		l.dialog.Target = dialog.AddrSpec(contact[0]) // target refresh (RFC 3261 §12.2.2)
	}
	res := newResponse(m.request, sipmsg.StatusOK, "OK", l.body, sipmsg.NewHeader("Contact", l.dialog.Contact), guard.Allow(allowed(l.side)))
	l.e.metrics.response(l.side, sipmsg.StatusOK)
	t := l.e.cfg.Timers
	l.pending = &pending{
		m: m, response: res, cseq: m.request.CSeq().SeqNo, interval: t.T1, giveUp: time.Now().Add(t.Ack), timer: time.NewTimer(t.T1),
	}
	if l.answering != nil {
		l.answering(m.request, res)
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
	if err := connect(l.stream, s); err != nil {
		return sipmsg.StatusNotAcceptableHere, err.Error()
	}
	l.voice.session.Hold(mediaSide(l.side), s.Held || s.Direction != sdp.SendRecv)
	l.body = l.source.Write(answer)
	return 0, ""
}

// pendingTick repeats the 200, or gives up.
func (l *leg) pendingTick() (gaveUp bool) {
	p := l.pending
	if time.Now().After(p.giveUp) {
		l.pending = nil
		p.close()
		return true
	}
	p.interval = min(2*p.interval, l.e.cfg.Timers.T2)
	p.timer.Reset(p.interval)
	if err := p.m.tx.Respond(p.response); err != nil {
		l.log.Debug("response not repeated", keyError, err)
	}
	return false
}

// pendingAck takes the ACK of a re-INVITE.
func (l *leg) pendingAck(r *sipmsg.Request) {
	if p := l.pending; p != nil && r.CSeq().SeqNo == p.cseq {
		l.pending = nil
		p.close()
	}
}

// startBye sends a BYE beside the leg, which goes on to answer what crosses it.
func (l *leg) startBye(client *sipgo.Client, via string, reason dialog.Reason, aim func(*sipmsg.Request)) {
	if l.byed != nil {
		return
	}
	l.byed = make(chan error, 1)
	r, err := l.dialog.Request(sipmsg.BYE, via)
	if err != nil {
		l.byed <- err
		return
	}
	if h := reason.Header(); h != nil {
		r.AppendHeader(h)
	}
	if aim != nil {
		aim(r)
	}
	l.e.running.Go(func() {
		ctx, cancel := l.e.requestContext()
		defer cancel()
		_, err := transact(ctx, client, r)
		l.byed <- err
	})
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
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, errors.Join(errSilent, tx.Err())
		case <-ctx.Done():
			return nil, errSilent
		}
	}
}

// voice is the media session of a call, closed with its last leg.
type voice struct {
	session *media.Session
	codec   sdp.Codec
	mu      sync.Mutex
	users   int
}

func (a *voice) use() *voice {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.users++
	return a
}

func (a *voice) release() {
	a.mu.Lock()
	a.users--
	last := a.users == 0
	a.mu.Unlock()
	if last {
		a.session.Close()
	}
}

func mediaSide(s call.Side) media.Side {
	if s == call.Near {
		return media.Near
	}
	return media.Far
}

func callSide(s media.Side) call.Side {
	if s == media.Near {
		return call.Near
	}
	return call.Far
}

// connect points a stream at what was negotiated. A peer that names no address, which
// is an old way to hold, is left where it was.
func connect(st *media.Stream, s sdp.Stream) error {
	if s.Remote.Addr().IsUnspecified() {
		return nil
	}
	var crypto *media.Crypto
	if s.Secure {
		crypto = &media.Crypto{Local: media.Key(s.LocalKey), Remote: media.Key(s.RemoteKey), RemoteMKI: s.RemoteMKI}
	}
	err := st.Connect(s.Remote, s.RemoteRTCP, crypto, media.PayloadTypes{
		Receive: media.Numbers{Audio: s.ReceivePayload, Events: s.ReceiveEvents},
		Send:    media.Numbers{Audio: s.Codec.PayloadType, Events: s.SendEvents},
	})
	if err == nil {
		st.SetDirection(media.Direction(s.Direction))
	}
	return err
}

// localMedia is our end of a stream for SDP.
func localMedia(st *media.Stream) sdp.Local {
	a := st.Local()
	return sdp.Local{Address: a.Addr(), Port: a.Port(), RTCPPort: a.Port() + 1, Direction: sdp.SendRecv, Key: sdp.NewKey()}
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
