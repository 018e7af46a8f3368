package siptest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/audio"
	"tandem/sip/sdp"
)

// Incoming is a call that waits for a decision.
type Incoming struct {
	call       *Call
	request    *sipmsg.Request
	tx         sipmsg.ServerTransaction
	cancelled  chan struct{}
	giveUpOnce sync.Once

	mu      sync.Mutex
	decided bool
}

// claim makes the decision ours; false: it has been made.
func (in *Incoming) claim() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.decided {
		return false
	}
	in.decided = true
	return true
}

// ErrCancelled is the failure of an answer that the caller did not wait for.
var ErrCancelled = errors.New("siptest: the caller has cancelled")

// OnCall sets who decides on incoming calls. The handler may take its time; if it returns without a decision, the call is refused with 480, as all
// are while there is no handler.
func (p *Phone) OnCall(handler func(*Incoming)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.onCall = handler
}

// invited runs in a goroutine of sipgo's, which ends the transaction when it returns.
func (p *Phone) invited(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
	if to := r.To(); to != nil && to.Params.Has("tag") {
		if c := p.find(r); c != nil {
			c.reinvited(r, tx)
			return
		}
		p.respond(r, tx, sipmsg.StatusCallTransactionDoesNotExists)
		return
	}
	p.mu.Lock()
	handler := p.onCall
	p.mu.Unlock()
	from, contact, id := r.From(), r.Contact(), r.CallID()
	if handler == nil || from == nil || contact == nil || id == nil {
		p.respond(r, tx, sipmsg.StatusTemporarilyUnavailable)
		return
	}
	c, err := p.newCall(id.Value(), audio.PCM{}, AnyCodec, false)
	if err != nil {
		p.log.Error("siptest: incoming call", "error", err)
		p.respond(r, tx, sipmsg.StatusTemporarilyUnavailable)
		return
	}
	close(c.progress)
	c.local = &sipmsg.FromHeader{Address: *r.To().Address.Clone()}
	c.local.Params.Add("tag", c.localTag)
	c.remote = &sipmsg.ToHeader{Address: *from.Address.Clone(), Params: from.Params.Clone()}
	c.target = *contact.Address.Clone()
	for _, record := range r.GetHeaders("Record-Route") {
		c.routes = append(c.routes, record.Value())
	}
	in := &Incoming{call: c, request: r, tx: tx, cancelled: make(chan struct{})}
	c.incoming = in
	if !p.begin(c) {
		c.line.close()
		p.respond(r, tx, sipmsg.StatusTemporarilyUnavailable)
		return
	}
	defer p.running.Done()
	if !tx.OnCancel(func(*sipmsg.Request) { in.giveUp() }) {
		in.giveUp()
		return
	}
	if err := tx.Respond(sipmsg.NewResponseFromRequest(r, sipmsg.StatusTrying, "Trying", nil)); err != nil {
		p.log.Debug("siptest: 100", "error", err)
	}
	handler(in)
	if err := in.Reject(sipmsg.StatusTemporarilyUnavailable, reasonPhrase(sipmsg.StatusTemporarilyUnavailable)); err != nil && !errors.Is(err, errDecided) {
		p.log.Debug("siptest: refusal", "error", err)
	}
}

// giveUp is called when the caller cancels; sipgo sends the 487. It holds the transaction's lock, so nothing here may wait for a response.
func (in *Incoming) giveUp() {
	in.giveUpOnce.Do(func() { close(in.cancelled) })
	if in.claim() {
		in.call.fail(ErrCancelled, Ending{Remote: true})
	}
}

// dismiss refuses the call when our own side hangs up before a decision, and tells the handler.
func (in *Incoming) dismiss() {
	if err := in.Reject(sipmsg.StatusTemporarilyUnavailable, reasonPhrase(sipmsg.StatusTemporarilyUnavailable)); err != nil {
		in.call.phone.log.Debug("siptest: refusal", "error", err)
	}
	in.giveUpOnce.Do(func() { close(in.cancelled) })
}

// From is the caller's SIP URI.
func (in *Incoming) From() string { return in.request.From().Address.String() }

// To is the SIP URI that was called, the Request-URI.
func (in *Incoming) To() string { return in.request.Recipient.String() }

// Header is the first header of that name in the INVITE; empty: none.
func (in *Incoming) Header(name string) string { return headerValue(in.request, name) }

// Cancelled is closed when the caller gives up, or the phone is closed.
func (in *Incoming) Cancelled() <-chan struct{} { return in.cancelled }

// Ring sends 180.
func (in *Incoming) Ring() error {
	if err := in.tx.Respond(in.call.response(in.request, sipmsg.StatusRinging, reasonPhrase(sipmsg.StatusRinging), nil)); err != nil {
		return fmt.Errorf("siptest: 180: %w", err)
	}
	return nil
}

var errDecided = errors.New("siptest: the call has been decided on already")

// Reject refuses the call.
func (in *Incoming) Reject(status int, reason string) error {
	if !in.claim() {
		return errDecided
	}
	err := in.tx.Respond(in.call.response(in.request, status, reason, nil))
	in.call.fail(&Refused{Status: status, Reason: reason}, Ending{})
	if err != nil {
		return fmt.Errorf("siptest: %d: %w", status, err)
	}
	return nil
}

// Answer accepts the call and speaks. It returns when the caller has acknowledged, and hangs up if he never does.
func (in *Incoming) Answer(ctx context.Context, speak audio.PCM) (*Call, error) {
	if !in.claim() {
		select {
		case <-in.cancelled:
			return nil, ErrCancelled
		default:
			return nil, errDecided
		}
	}
	if err := in.answer(ctx, speak); err != nil {
		return nil, err
	}
	return in.call, nil
}

func (in *Incoming) answer(ctx context.Context, speak audio.PCM) error {
	c := in.call
	body, err := in.negotiate(speak)
	if err != nil {
		var problem *sdp.Error
		status := sipmsg.StatusNotAcceptableHere
		if errors.As(err, &problem) && problem.Problem == sdp.Malformed {
			status = sipmsg.StatusBadRequest
		}
		respondErr := in.tx.Respond(c.response(in.request, status, reasonPhrase(status), nil))
		c.fail(err, Ending{})
		return errors.Join(err, respondErr)
	}
	c.line.talk()
	if err := in.deliver(ctx, c.response(in.request, sipmsg.StatusOK, "OK", body)); err != nil {
		if errors.Is(err, sipmsg.ErrTransactionCanceled) { // the CANCEL came between the decision and the 200
			err = ErrCancelled
		}
		c.fail(err, Ending{})
		return err
	}
	c.answer()
	return nil
}

func (in *Incoming) negotiate(speak audio.PCM) ([]byte, error) {
	c := in.call
	offer, err := sdp.Parse(in.request.Body())
	if err != nil {
		return nil, err
	}
	answer, stream, err := sdp.Answer(offer, c.localSDP(), c.profile())
	if err != nil {
		return nil, err
	}
	if len(speak.Samples) > 0 {
		if err := c.Say(speak); err != nil {
			return nil, err
		}
	}
	if err := c.line.connect(stream); err != nil {
		return nil, err
	}
	return c.source.Write(answer), nil
}

// Intervals of RFC 3261 §13.3.1.4.
const (
	t1         = 500 * time.Millisecond
	t2         = 4 * time.Second
	ackTimeout = 64 * t1
)

// deliver sends the 200 again and again until the ACK comes.
func (in *Incoming) deliver(ctx context.Context, ok *sipmsg.Response) error {
	c := in.call
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	for interval := t1; ; interval = min(2*interval, t2) {
		if err := in.tx.Respond(ok); err != nil {
			return fmt.Errorf("siptest: 200: %w", err)
		}
		again := time.NewTimer(interval)
		select {
		case <-c.acked:
		case <-c.ended: // a BYE came first
		case <-in.cancelled: // the CANCEL came before the 200
		case <-again.C:
			continue
		case <-ctx.Done():
		case <-c.phone.done.Done():
		}
		again.Stop()
		break
	}
	select {
	case <-c.acked:
		return nil
	case <-in.cancelled:
		return ErrCancelled
	case <-c.ended:
		return errors.New("siptest: ended before the ACK")
	default:
	}
	if c.phone.done.Err() != nil {
		return ErrClosed
	}
	bye, cancelBye := context.WithTimeout(c.phone.done, t2)
	defer cancelBye()
	return errors.Join(errors.New("siptest: no ACK"), c.bye(bye))
}
