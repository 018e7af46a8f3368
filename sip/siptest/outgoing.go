package siptest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
	"github.com/icholy/digest"

	"github.com/emiago/sipgo"

	"tandem/internal/audio"
	"tandem/sip/sdp"
)

// CallOptions say how to call.
type CallOptions struct {
	From    string            // user of the From address, or a whole SIP URI; default: the phone's username
	Speak   audio.PCM         // said once the call is answered, then silence; 8 kHz
	Codec   Codec             // default: any
	Secure  bool              // offer SRTP
	Headers map[string]string // added to the INVITE
}

// Call calls a SIP URI. It returns when the INVITE has been sent; ctx covers only that.
func (p *Phone) Call(ctx context.Context, uri string, o CallOptions) (*Call, error) {
	var to sipmsg.Uri
	if err := sipmsg.ParseUri(uri, &to); err != nil {
		return nil, fmt.Errorf("siptest: %q: %w", uri, err)
	}
	from := p.uri()
	from.Port = 0
	if strings.Contains(o.From, "@") {
		if err := sipmsg.ParseUri(o.From, &from); err != nil {
			return nil, fmt.Errorf("siptest: %q: %w", o.From, err)
		}
	} else if o.From != "" {
		from.User = o.From
	}
	c, err := p.newCall(uuid.NewString(), o.Speak, o.Codec, o.Secure)
	if err != nil {
		return nil, err
	}
	c.local = &sipmsg.FromHeader{Address: from}
	c.local.Params.Add("tag", c.localTag)
	c.remote = &sipmsg.ToHeader{Address: sipmsg.Uri{Scheme: to.Scheme, User: to.User, Host: to.Host}}
	c.target = to
	c.offer = sdp.Offer(c.localSDP(), c.profile())
	if !p.begin(c) {
		c.line.close()
		return nil, ErrClosed
	}
	out := &outgoing{Call: c, headers: o.Headers, body: c.source.Write(c.offer)}
	if err := out.invite(ctx, nil); err != nil {
		c.fail(err, Ending{})
		p.running.Done()
		return nil, err
	}
	go func() {
		defer p.running.Done()
		out.run()
	}()
	return c, nil
}

// outgoing is the caller's side until the final response. Only its goroutine touches it.
type outgoing struct {
	*Call
	headers map[string]string
	body    []byte

	request   *sipmsg.Request
	tx        sipmsg.ClientTransaction
	proceeded bool // a provisional response came: CANCEL is allowed
	cancelled bool // and was sent
	authTried bool
}

// invite sends the INVITE, with credentials if there are any.
func (o *outgoing) invite(ctx context.Context, credentials sipmsg.Header) error {
	r := o.Call.request(sipmsg.INVITE, o.nextCSeq())
	for name, value := range o.headers {
		r.AppendHeader(sipmsg.NewHeader(name, value))
	}
	if credentials != nil {
		r.AppendHeader(credentials)
	}
	r.AppendHeader(sipmsg.NewHeader("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO"))
	r.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	r.SetBody(o.body)
	tx, err := o.phone.client.TransactionRequest(ctx, r)
	if err != nil {
		return fmt.Errorf("siptest: INVITE: %w", err)
	}
	o.request, o.tx, o.proceeded = r, tx, false
	return nil
}

// run follows the INVITE to its final response. The transaction is left alone then: sipgo answers repeated refusals with ACK, and acknowledge is called
// for repeated 200s until the timers end it.
func (o *outgoing) run() {
	wish := o.wish
	for {
		select {
		case r := <-o.tx.Responses():
			if o.take(r) {
				return
			}
		case <-wish:
			wish = nil
		case <-o.tx.Done():
			o.noProgress()
			o.fail(fmt.Errorf("siptest: no final response: %w", o.tx.Err()), Ending{})
			return
		case <-o.phone.done.Done():
			o.noProgress()
			o.fail(ErrClosed, Ending{})
			return
		}
		if wish == nil && o.proceeded && !o.cancelled {
			o.cancelled = true
			if err := o.cancel(); err != nil {
				o.phone.log.Warn("siptest: CANCEL", "error", err)
			}
		}
	}
}

func (o *outgoing) noProgress() { close(o.progress) }

// take handles a response; true if it was final.
func (o *outgoing) take(r *sipmsg.Response) bool {
	switch {
	case r.IsProvisional():
		o.proceeded = true
		if len(r.Body()) > 0 { // early media
			if err := o.connect(r); err != nil {
				o.phone.log.Debug("siptest: early media", "error", err)
			}
		}
		select {
		case o.progress <- r.StatusCode:
		default:
		}
		return false
	case r.IsSuccess():
		o.noProgress()
		o.established(r)
		return true
	case (r.StatusCode == sipmsg.StatusUnauthorized || r.StatusCode == sipmsg.StatusProxyAuthRequired) && o.phone.config.Password != "" && !o.authTried && !o.cancelled:
		o.authTried = true
		credentials, err := o.credentials(r)
		if err == nil {
			err = o.invite(o.phone.done, credentials)
		}
		if err == nil {
			return false
		}
		o.phone.log.Debug("siptest: challenge not answered", "error", err)
	}
	o.noProgress()
	reason := headerValue(r, "Reason")
	o.fail(&Refused{Status: r.StatusCode, Reason: r.Reason, ReasonHeader: reason, RetryAfter: headerValue(r, "Retry-After")}, Ending{Remote: !o.cancelled, ReasonHeader: reason})
	return true
}

// credentials answers the strongest challenge offered: SHA-256 before MD5 (RFC 8760 §2.4).
func (o *outgoing) credentials(r *sipmsg.Response) (sipmsg.Header, error) {
	challengeHeader, name := "WWW-Authenticate", "Authorization"
	if r.StatusCode == sipmsg.StatusProxyAuthRequired {
		challengeHeader, name = "Proxy-Authenticate", "Proxy-Authorization"
	}
	var chosen *digest.Challenge
	for _, h := range r.GetHeaders(challengeHeader) {
		c, err := digest.ParseChallenge(h.Value())
		if err != nil || !digest.CanDigest(c) {
			continue
		}
		if chosen == nil || strings.EqualFold(c.Algorithm, "SHA-256") {
			chosen = c
		}
	}
	if chosen == nil {
		return nil, errors.New("no challenge that can be answered")
	}
	c, err := digest.Digest(chosen, digest.Options{
		Method: string(sipmsg.INVITE), URI: o.request.Recipient.String(),
		Username: o.phone.config.Username, Password: o.phone.config.Password,
	})
	if err != nil {
		return nil, err
	}
	return sipmsg.NewHeader(name, c.String()), nil
}

// connect takes the other end from the SDP of a response.
func (o *outgoing) connect(r *sipmsg.Response) error {
	answer, err := sdp.Parse(r.Body())
	if err != nil {
		return err
	}
	stream, err := sdp.Conclude(o.offer, answer)
	if err != nil {
		return err
	}
	return o.line.connect(stream)
}

// established makes the dialog of a 2xx (RFC 3261 §12.1.2) and acknowledges it.
func (o *outgoing) established(r *sipmsg.Response) {
	c := o.Call
	c.mu.Lock()
	if to := r.To(); to != nil {
		c.remote = sipmsg.HeaderClone(to).(*sipmsg.ToHeader)
	}
	if contact := r.Contact(); contact != nil {
		c.target = *contact.Address.Clone()
	}
	c.routes = nil
	records := r.GetHeaders("Record-Route")
	for i := range records {
		c.routes = append(c.routes, records[len(records)-1-i].Value())
	}
	c.inviteNo = c.cseq
	c.mu.Unlock()

	o.tx.OnRetransmission(func(*sipmsg.Response) { c.acknowledge() })
	c.acknowledge()
	err := o.connect(r)
	if c.isWished() || err != nil {
		// The answer crossed the CANCEL, or cannot be used: the call is up for the other side, so it takes a BYE.
		if byeErr := c.bye(c.phone.done); byeErr != nil {
			c.phone.log.Warn("siptest", "error", byeErr)
		}
		if err == nil {
			err = errors.New("siptest: cancelled")
		}
		c.fail(err, Ending{})
		return
	}
	c.line.talk()
	c.answer()
}

func (c *Call) isWished() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wished
}

func (c *Call) acknowledge() {
	c.mu.Lock()
	no := c.inviteNo
	c.mu.Unlock()
	if err := c.phone.client.WriteRequest(c.request(sipmsg.ACK, no)); err != nil {
		c.phone.log.Warn("siptest: ACK", "error", err)
	}
}

// cancel sends CANCEL for the INVITE as it went out (RFC 3261 §9.1). The INVITE gets its final response all the same.
func (o *outgoing) cancel() error {
	r := sipmsg.NewRequest(sipmsg.CANCEL, *o.request.Recipient.Clone())
	no := o.request.CSeq().SeqNo
	for _, h := range []sipmsg.Header{o.request.Via(), o.request.From(), o.request.To(), o.request.CallID()} {
		r.AppendHeader(sipmsg.HeaderClone(h))
	}
	maxForwards := sipmsg.MaxForwardsHeader(70)
	r.AppendHeader(&sipmsg.CSeqHeader{SeqNo: no, MethodName: sipmsg.CANCEL})
	r.AppendHeader(&maxForwards)
	sipmsg.CopyHeaders("Route", o.request, r)
	r.SetBody(nil)
	r.Laddr = o.request.Laddr
	asItIs := func(*sipgo.Client, *sipmsg.Request) error { return nil }
	_, err := o.phone.client.TransactionRequest(o.phone.done, r, asItIs)
	return err
}
