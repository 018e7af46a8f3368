package pstnhub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Call is a call from Microsoft to a number behind a trunk.
type Call struct {
	Trunk       string // FQDN of the SBC, as it is registered
	Port        int    // sipSignalingPort; 0 takes Config.TrunkPort
	From        string // E.164 with "+"; "" or "anonymous" if the application gave no caller id
	To          string // E.164 with "+", or a short number; "*" and "#" are allowed
	DisplayName string // of the caller, may be empty
	// Headers are custom context: "User-To-User" (or "userToUser") and up to five names that begin with X-MS-Custom- or X- (facts/direct-routing.md §14).
	Headers map[string]string
	// Asserted is the number that is billed, in P-ASSERTED-IDENTITY with PRIVACY: id; it may differ from From (§11). Empty: none.
	Asserted string
	// Replaces is a leg that this call takes the place of, as when a call is picked up from a queue (§10).
	Replaces *Leg
	// Ringing is told every provisional response but 100, in the goroutine of Dial, before Dial returns. It may be nil.
	Ringing func(status int)
}

// Refused is how a call to a trunk failed.
type Refused struct {
	Status int    // SIP: the SBC's own, or what Microsoft says of an SBC that did not answer or answered badly
	Q850   int    // the SBC's, else what belongs to the status
	Code   int    // Microsoft's (facts/direct-routing.md §12): 560000 and the SIP status if the SBC gave it
	Phrase string // what the SBC said, or what was wrong
	err    error
}

func (r *Refused) Error() string {
	return fmt.Sprintf("call to trunk: %d %s (Q.850 %d, code %d)", r.Status, r.Phrase, r.Q850, r.Code)
}

// Unwrap is why Microsoft's side gave up: the context's error, or that of the connection; else nil.
func (r *Refused) Unwrap() error { return r.err }

// SIP is what the caller of a phone is told: status and cause.
func (r *Refused) SIP() (status, q850 int) { return r.Status, r.Q850 }

// Failover says whether Microsoft tries the next trunk after this: only on 408, 503 and 504 (facts/direct-routing.md §1.6, §13).
func (r *Refused) Failover() bool { return r.Status == 408 || r.Status == 503 || r.Status == 504 }

// Dial calls a number through a trunk and waits for the answer: it returns when the SBC's 200 was acknowledged and the media is connected. The leg is then
// the caller's to end, also if ctx has ended meanwhile.
//
// A call that fails returns a [*Refused]. If ctx ends, the call is cancelled in the background and the error wraps that of ctx; a 200 that crosses the
// CANCEL is acknowledged and hung up. Any other error means that the Call was bad and nothing was sent, that there is no port left for the media, or that
// the SBC chose a codec which only the real Microsoft has. An SBC that cannot be reached is tried from all proxies in turn (§1.6); other trunks are up to
// the caller.
//
// Early media of a 183 is received and counted, and joins no conference.
func (p *Proxies) Dial(ctx context.Context, c Call) (*Leg, error) {
	in, headers, err := p.callOut(c)
	if err != nil {
		return nil, err
	}
	if p.demoted(in.fqdn) {
		return nil, &Refused{Status: 504, Q850: causeOf(504), Code: codeNoConnection, Phrase: "No OPTIONS from " + in.fqdn} // not tried at all (§1.6); status and code are ours
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(p.ctx, func() { cancel(errClosed) })()
	pr, conn, err := p.reach(ctx, in.trunk)
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	o := &outgoing{
		leg: p.newLeg(pr, in, in.callID+"/d/8"), branch: newBranch(), tell: c.Ringing,
		news: make(chan int, 64), settled: make(chan struct{}), final: make(chan struct{}),
	}
	if err := o.start(ctx, conn, c.DisplayName, headers); err != nil {
		return nil, err
	}
	leg, err := o.wait(ctx)
	if err == nil && c.Replaces != nil {
		p.spawn(func() { c.Replaces.replaced() })
	}
	return leg, err
}

// replaced awaits the BYE that the SBC owes a dialog whose place was taken.
func (l *Leg) replaced() {
	timer := time.NewTimer(l.p.config.ackTimeout())
	defer timer.Stop()
	select {
	case <-l.over:
	case <-timer.C:
		l.p.violation("replaced", "leg", l.guid)
	}
}

var errClosed = errors.New("the proxies were closed")

// callOut checks a call and says which invitation it makes.
func (p *Proxies) callOut(c Call) (*invitation, []header, error) {
	in := &invitation{trunk: trunk{fqdn: strings.ToLower(c.Trunk), port: c.Port}, called: c.To, caller: c.From, callID: hexID(16)}
	if number := strings.TrimPrefix(c.To, "+"); number == "" || len(number) > 32 || strings.Trim(number, "0123456789*#") != "" {
		return nil, nil, fmt.Errorf("pstnhub: To %q is not a number such as +4930123456", c.To)
	}
	switch c.From {
	case "", "anonymous": // facts/direct-routing.md §6.2
		in.caller = "anonymous"
	default:
		if userNumber(uri{user: c.From}) != c.From {
			return nil, nil, fmt.Errorf("pstnhub: From %q is neither E.164 with + nor empty", c.From)
		}
	}
	var headers []header
	var err error
	if headers, in.custom, err = sipHeaders(c.Headers); err != nil {
		return nil, nil, err
	}
	if in.port == 0 && p.config.TrunkPort != nil {
		in.port = p.config.TrunkPort(in.fqdn)
	}
	if in.port == 0 {
		in.port = 5061
	}
	id, ok := p.config.Resource(in.fqdn)
	if !ok { // a parent name would do for a call in; a route can only name a trunk that there is
		return nil, nil, &Refused{Status: 403, Q850: forbidden.cause, Code: codeNoTrunk, Phrase: "No trunk configuration for " + in.fqdn}
	}
	in.resource = id
	if c.Asserted != "" {
		if userNumber(uri{user: c.Asserted}) != c.Asserted {
			return nil, nil, fmt.Errorf("pstnhub: Asserted %q is not E.164 with +", c.Asserted)
		}
		headers = append(headers, header{"P-ASSERTED-IDENTITY", "<tel:" + c.Asserted + ">"}, header{"PRIVACY", "id"}) // the literal form is not known
	}
	if c.Replaces != nil {
		c.Replaces.mu.Lock()
		d := c.Replaces.dialog
		c.Replaces.mu.Unlock()
		headers = append(headers, header{"REPLACES", fmt.Sprintf("%s;to-tag=%s;from-tag=%s", d.callID, d.remoteTag, d.localTag)})
	}
	if p.faults.on(FaultReferredBy) {
		headers = append(headers, header{"REFERRED-BY", referredBy(newGUID(), in.callID, 400)})
	}
	return in, headers, nil
}

// reach connects to an SBC from the first proxy that can: another datacentre is tried before another trunk (facts/direct-routing.md §1.6).
func (p *Proxies) reach(ctx context.Context, t trunk) (*proxy, *conn, error) {
	var errs []error
	for _, pr := range p.all {
		attempt, cancel := context.WithTimeout(ctx, handshakeTimeout)
		c, err := p.connect(attempt, pr, t)
		cancel()
		if err == nil {
			return pr, c, nil
		}
		p.log.Warn("trunk cannot be reached", "trunk", t.fqdn, "port", t.port, "proxy", pr.name, "error", err)
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, nil, errors.Join(errs...)
}

// unreachable classifies a connection that did not come about (facts/direct-routing.md §12).
func unreachable(ctx context.Context, err error) *Refused {
	if ctx.Err() != nil {
		return cancelledBy(ctx)
	}
	r := &Refused{Status: 504, Q850: causeOf(504), Code: codeNoConnection, Phrase: "SBC does not take the connection", err: err}
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		r.Code, r.Phrase = codeNoName, "SBC FQDN does not resolve"
	case errors.Is(err, errHandshake):
		r.Code, r.Phrase = codeDisconnected, "TLS with the SBC failed" // the code is documented for a transport that breaks [I]
	}
	return r
}

func cancelledBy(ctx context.Context) *Refused {
	return &Refused{Status: 487, Q850: 16, Code: codeCancelled, Phrase: phrase(487), err: context.Cause(ctx)}
}

// inviteText is our INVITE, in the order of facts/direct-routing.md §6.2.
func (l *Leg) inviteText(target, from, to, branch string, headers []header) []byte {
	var w writer
	fmt.Fprintf(&w.Buffer, "INVITE %s %s\r\n", target, sipVersion)
	w.line("FROM", from)
	w.line("TO", to)
	w.line("CSEQ", "1 INVITE")
	w.line("CALL-ID", l.in.callID)
	w.line("MAX-FORWARDS", "70")
	w.line("VIA", l.via(branch))
	w.line("RECORD-ROUTE", l.recordRoute())
	w.line("CONTACT", l.own)
	w.line("CONTENT-LENGTH", strconv.Itoa(len(l.sdpText)))
	w.line("MIN-SE", strconv.Itoa(minExpires))
	w.line("SUPPORTED", "timer")
	w.line("USER-AGENT", l.proxy.product())
	w.line("CONTENT-TYPE", "application/sdp")
	w.line("ALLOW", allow)
	for _, h := range headers {
		w.line(h.name, h.value)
	}
	w.line("SESSION-EXPIRES", strconv.Itoa(sessionExpires))
	w.WriteString("\r\n" + l.sdpText)
	return l.p.dialect(w.Bytes())
}

// What our INVITE says of the session timer, in seconds (facts/direct-routing.md §9).
const sessionExpires, minExpires, leastExpires = 3600, 300, 90 // the last is the least of all, RFC 4028 §4

// displayName is written without quotes as Microsoft does (contracts/recorded/sip/ms-bye-2020-12.sip), so what needs them is left out.
func displayName(name string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || strings.ContainsRune(`"<>\`, r) {
			return -1
		}
		return r
	}, name))
}

// wait is the caller's side of a call that rings.
func (o *outgoing) wait(ctx context.Context) (*Leg, error) {
	silence, patience := time.NewTimer(o.leg.p.config.SilentTimeout), time.NewTimer(o.leg.p.config.RingTimeout)
	defer silence.Stop()
	defer patience.Stop()
	for {
		select {
		case status := <-o.news:
			silence.Stop()
			o.rings(status)
		case <-o.settled:
			for len(o.news) > 0 {
				o.rings(<-o.news)
			}
			if o.err != nil {
				return nil, o.err
			}
			return o.leg, nil
		case <-silence.C:
			o.giveUp(&Refused{Status: 408, Q850: causeOf(408), Code: codeSilent, Phrase: phrase(408)})
		case <-patience.C:
			o.giveUp(&Refused{Status: 487, Q850: 19, Code: codeCancelled, Phrase: phrase(487)}) // as of a Teams user who does not answer [I]
		case <-ctx.Done():
			o.giveUp(cancelledBy(ctx))
		}
	}
}

func (o *outgoing) rings(status int) {
	if status > 100 && o.tell != nil {
		o.tell(status)
	}
}
