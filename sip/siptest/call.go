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

// Call is one call of a phone, from either side. Safe for concurrent use.
type Call struct {
	phone    *Phone
	id       string // Call-ID
	localTag string
	line     *line
	source   *sdp.Source
	key      sdp.Key
	secure   bool
	progress chan int
	wish     chan struct{} // closed: the caller wants to cancel
	incoming *Incoming     // nil: we are the caller
	answered chan struct{} // closed: answered, see failure
	ended    chan struct{}
	acked    chan struct{} // closed: our 200 was acknowledged

	mu       sync.Mutex
	local    *sipmsg.FromHeader // ours, with tag
	remote   *sipmsg.ToHeader   // theirs, with tag once known
	target   sipmsg.Uri         // their Contact
	routes   []string
	cseq     uint32 // of our last request
	inviteNo uint32 // of the INVITE we acknowledge
	offer    *sdp.Description
	up       bool  // answered
	failure  error // why it was not
	over     bool
	ending   Ending
	wished   bool
	gotAck   bool
}

// Ending tells how a call ended.
type Ending struct {
	Remote       bool   // the other side hung up or refused
	ReasonHeader string // of the request or response that ended it
}

// Refused is the failure of a call that got a final response other than 2xx.
type Refused struct {
	Status       int
	Reason       string // phrase
	ReasonHeader string // RFC 3326
	RetryAfter   string
}

func (r *Refused) Error() string {
	s := fmt.Sprintf("siptest: refused: %d %s", r.Status, r.Reason)
	if r.ReasonHeader != "" {
		s += " (" + r.ReasonHeader + ")"
	}
	return s
}

func (p *Phone) newCall(id string, speak audio.PCM, codec Codec, secure bool) (*Call, error) {
	if len(speak.Samples) > 0 && speak.Rate != clockRate {
		return nil, fmt.Errorf("siptest: speech at %d Hz, want %d", speak.Rate, clockRate)
	}
	l, err := openLine(p.local.Addr(), codec)
	if err != nil {
		return nil, err
	}
	l.say(speak.Samples)
	return &Call{
		phone: p, id: id, localTag: sipmsg.GenerateTagN(16), line: l, secure: secure,
		source:   sdp.NewSource(uint64(time.Now().Unix())), // after 1970
		key:      sdp.NewKey(),
		progress: make(chan int, 64), wish: make(chan struct{}), answered: make(chan struct{}),
		ended: make(chan struct{}), acked: make(chan struct{}),
	}, nil
}

// ID is the Call-ID.
func (c *Call) ID() string { return c.id }

// Progress yields the provisional responses; closed with the final one. Those nobody reads are lost after 64.
func (c *Call) Progress() <-chan int { return c.progress }

// Answered waits for the answer. It fails with [*Refused] if there is a final response other than 2xx.
func (c *Call) Answered(ctx context.Context) error {
	select {
	case <-c.answered:
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.failure
	case <-ctx.Done():
		return fmt.Errorf("siptest: waiting for the answer: %w", context.Cause(ctx))
	}
}

// Ended is closed when the call is over, whether it was answered or not.
func (c *Call) Ended() <-chan struct{} { return c.ended }

// Ending tells how the call ended; meaningful once Ended is closed.
func (c *Call) Ending() Ending {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending
}

// Say adds speech at 8 kHz to what is still to be said.
func (c *Call) Say(speech audio.PCM) error {
	if speech.Rate != clockRate {
		return fmt.Errorf("siptest: speech at %d Hz, want %d", speech.Rate, clockRate)
	}
	c.line.say(speech.Samples)
	return nil
}

// Spoken waits until all that was to be said has been sent.
func (c *Call) Spoken(ctx context.Context) error {
	select {
	case <-c.line.spoken():
		return nil
	case <-c.ended:
		return errors.New("siptest: the call ended before all was said")
	case <-ctx.Done():
		return fmt.Errorf("siptest: speaking: %w", context.Cause(ctx))
	}
}

// SendDTMF sends digits (0-9 * # A-D) as telephone-events, after what has been said so far is interrupted for their time.
func (c *Call) SendDTMF(digits string) error { return c.line.dial(digits) }

// Digits are the telephone-events received so far.
func (c *Call) Digits() string { return c.line.heardDigits() }

// Heard is what was received so far at 8 kHz, from the first packet on; missing packets are silence.
func (c *Call) Heard() []int16 { return c.line.heard() }

// FirstPacket is when the first audio packet came; zero: none did.
func (c *Call) FirstPacket() time.Time { return c.line.stats().First }

// Stats tells what the call has carried.
func (c *Call) Stats() Stats { return c.line.stats() }

// Hangup ends the call in whatever state it is: BYE, CANCEL, or a refusal. It returns when the other side has agreed, or ctx ends.
func (c *Call) Hangup(ctx context.Context) error {
	c.mu.Lock()
	up, over := c.up, c.over
	c.mu.Unlock()
	if over {
		return nil
	}
	if !up {
		return c.Cancel(ctx)
	}
	err := c.bye(ctx)
	c.finish(Ending{})
	return err
}

// Cancel gives up a call that has not been answered, and waits for its end. If the answer comes first, the call is hung up.
func (c *Call) Cancel(ctx context.Context) error {
	c.mu.Lock()
	if !c.wished {
		c.wished = true
		close(c.wish)
	}
	c.mu.Unlock()
	if c.incoming != nil {
		c.incoming.dismiss()
	}
	select {
	case <-c.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("siptest: cancelling: %w", context.Cause(ctx))
	}
}

// bye sends BYE and waits for its response.
func (c *Call) bye(ctx context.Context) error {
	r := c.request(sipmsg.BYE, c.nextCSeq())
	tx, err := c.phone.client.TransactionRequest(ctx, r)
	if err != nil {
		return fmt.Errorf("siptest: BYE: %w", err)
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			if res.IsProvisional() {
				continue
			}
			if !res.IsSuccess() {
				return fmt.Errorf("siptest: BYE was answered with %d %s", res.StatusCode, res.Reason)
			}
			return nil
		case <-tx.Done():
			return fmt.Errorf("siptest: BYE: %w", tx.Err())
		case <-ctx.Done():
			return fmt.Errorf("siptest: BYE: %w", context.Cause(ctx))
		}
	}
}

func (c *Call) nextCSeq() uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cseq++
	return c.cseq
}

// request is a request inside the dialog (RFC 3261 §12.2.1.1).
func (c *Call) request(method sipmsg.RequestMethod, cseq uint32) *sipmsg.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := sipmsg.NewRequest(method, *c.target.Clone())
	for _, route := range c.routes {
		r.AppendHeader(sipmsg.NewHeader("Route", route))
	}
	id := sipmsg.CallIDHeader(c.id)
	contact := &sipmsg.ContactHeader{Address: c.phone.uri()}
	for _, h := range []sipmsg.Header{sipmsg.HeaderClone(c.local), sipmsg.HeaderClone(c.remote), &id, &sipmsg.CSeqHeader{SeqNo: cseq, MethodName: method}, contact} {
		r.AppendHeader(h)
	}
	return r
}

// answer records that the call is up.
func (c *Call) answer() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.up || c.over {
		return
	}
	c.up = true
	close(c.answered)
}

// fail ends a call that was not answered.
func (c *Call) fail(err error, e Ending) {
	c.mu.Lock()
	if !c.up && !c.over {
		c.failure = err
		close(c.answered)
	}
	c.mu.Unlock()
	c.finish(e)
}

// finish ends the call; the first ending counts.
func (c *Call) finish(e Ending) {
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return
	}
	c.over, c.ending = true, e
	if !c.up && c.failure == nil { // a BYE in place of a final response
		c.failure = errors.New("siptest: ended before the answer")
		close(c.answered)
	}
	c.mu.Unlock()
	c.line.close()
	c.phone.forget(c)
	close(c.ended)
}

func (c *Call) gotACK() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.gotAck {
		c.gotAck = true
		close(c.acked)
	}
}

// localSDP is our end for the SDP of this call.
func (c *Call) localSDP() sdp.Local {
	return sdp.Local{
		Address: c.phone.local.Addr(), Port: c.line.port(), RTCPPort: c.line.rtcpPort(),
		Direction: sdp.SendRecv, Key: c.key,
	}
}

func (c *Call) profile() sdp.Profile {
	security := sdp.SecureAllowed
	if c.secure {
		security = sdp.SecureOnly
	}
	return sdp.Near(security, c.line.codecs()...)
}

// reinvited answers an offer inside the dialog.
func (c *Call) reinvited(r *sipmsg.Request, tx sipmsg.ServerTransaction) {
	var body []byte
	offer, err := sdp.Parse(r.Body())
	if err == nil {
		var answer *sdp.Description
		var stream sdp.Stream
		if answer, stream, err = sdp.Answer(offer, c.localSDP(), c.profile()); err == nil {
			if err = c.line.connect(stream); err == nil {
				c.mu.Lock()
				body = c.source.Write(answer)
				c.mu.Unlock()
			}
		}
	}
	if err != nil {
		c.phone.log.Debug("siptest: re-INVITE refused", "error", err)
		c.phone.respond(r, tx, sipmsg.StatusNotAcceptableHere)
		return
	}
	if contact := r.Contact(); contact != nil { // target refresh (RFC 3261 §12.2.2)
		c.mu.Lock()
		c.target = *contact.Address.Clone()
		c.mu.Unlock()
	}
	if err := tx.Respond(c.response(r, sipmsg.StatusOK, "OK", body)); err != nil {
		c.phone.log.Debug("siptest: re-INVITE", "error", err)
	}
}

// response is a response with our tag and Contact.
func (c *Call) response(r *sipmsg.Request, status int, reason string, body []byte) *sipmsg.Response {
	res := sipmsg.NewResponseFromRequest(r, status, reason, body)
	if to := res.To(); to != nil && status != sipmsg.StatusTrying {
		to.Params.Remove("tag")
		to.Params.Add("tag", c.localTag)
	}
	res.AppendHeader(&sipmsg.ContactHeader{Address: c.phone.uri()})
	if len(body) > 0 {
		res.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	}
	return res
}
