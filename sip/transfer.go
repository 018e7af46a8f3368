package sip

import (
	"context"
	"fmt"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	numbers "tandem/internal/trunk"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/party"
	"tandem/sip/profile"
	"tandem/sip/sdp"
	"tandem/sip/wire"
)

// transfer is an INVITE of ours to whom the other end of a leg wants the call to go on with.
// It goes to that peer, by the rules of calls out, or back to Microsoft's proxies
// (facts/direct-routing.md §10), and to nobody else. Its goroutine has the
// transaction, its leg decides: it gets the news, and stop is closed when it does not want
// the call any more. What is answered too late is ended.
type transfer struct {
	e      *Edge
	leg    *leg       // its log and what does not change
	who    guard.Peer // of a near leg
	far    *trunk     // of a far leg
	refer  referral
	caller string // in E.164, or as it was called
	wish   []sipmsg.Header
	local  sdp.Local
	offer  *sdp.Description
	source *sdp.Source
	body   []byte
	caused *sipmsg.Request // only read
	join   *joining        // with another call of ours, in the place of an INVITE

	news chan transferNews // not buffered: what nobody takes must not be lost
	stop chan struct{}

	n        *nearSide // that the peer is called from
	hop      dialog.Hop
	outlet   outlet
	head     dialog.Head
	dialog   dialog.Dialog
	branches []string
}

// transferNews is one of: it is under way or rings (remainder), it is answered, another call of
// ours takes its place, or it has failed with the status.
type transferNews struct {
	status    int // 0: sent
	reason    string
	remainder *dialog.Remainder
	answered  *answeredTransfer
	joined    *joined
}

// answeredTransfer is a call that may take the place of the leg's; taken tells whether it has.
type answeredTransfer struct {
	dialog   dialog.Dialog
	response *sipmsg.Response
	offer    *sdp.Description
	stream   sdp.Stream
	local    sdp.Local
	source   *sdp.Source
	body     []byte
	outlet   outlet
	taken    chan bool
}

// newTransfer offers what the leg's sound is on now, with a key of its own.
func (l *leg) newTransfer(f referral, caller string, caused *sipmsg.Request) *transfer {
	t := &transfer{
		e: l.e, leg: l, refer: f, caller: caller, local: l.local, caused: caused,
		source: sdp.NewSource(uint64(time.Now().Unix())), //nolint:gosec // after 1970
		news:   make(chan transferNews), stop: make(chan struct{}),
	}
	t.wish = (&leg{e: l.e, session: newSession(l.side, l.e.cfg.Timers)}).sessionWish()
	t.local.Key, t.local.Direction = sdp.NewKey(), sdp.SendRecv
	t.offer = sdp.Offer(t.local, l.profile)
	t.body = t.source.Write(t.offer)
	return t
}

// told is nil, which is never ready, without a transfer.
func (t *transfer) told() <-chan transferNews {
	if t == nil {
		return nil
	}
	return t.news
}

// tell hands news to the leg; false if it does not want any.
func (t *transfer) tell(n transferNews) bool {
	select {
	case t.news <- n:
		return true
	case <-t.stop:
		return false
	}
}

func (t *transfer) failed(status int) {
	t.tell(transferNews{status: status, reason: dialog.Phrase(status)})
}

// run tries the peer's targets one after the other (RFC 3263 §4.3).
func (t *transfer) run() {
	e := t.e
	defer func() {
		e.arrived(t.branches)
		if t.far == nil {
			e.uncount(t.who)
		}
	}()
	hops, err := t.find()
	if err != nil {
		t.leg.log.Error("the peer is not found", keyPeer, t.who.Name, keyError, err)
		t.failed(sipmsg.StatusServiceUnavailable)
		return
	}
	last := sipmsg.StatusServiceUnavailable
	for _, hop := range hops {
		over, status := t.try(hop)
		if over {
			return
		}
		last = status
	}
	t.failed(last)
}

// find is where to call.
func (t *transfer) find() ([]dialog.Hop, error) {
	if t.far != nil {
		return t.far.hopsTo(t.refer.target), nil
	}
	ctx, cancel := context.WithTimeout(t.e.ctx, t.e.cfg.Timers.FirstResponse)
	defer cancel()
	return t.e.near.targets.Find(ctx, t.who.DialTo)
}

// avoid has a target that failed tried last for a while.
func (t *transfer) avoid(hop dialog.Hop, d time.Duration) {
	if t.far == nil {
		t.e.near.targets.Avoid(hop, d)
	}
}

// try calls one target; over tells that there is nothing more to do, else status is why
// the next one is tried.
func (t *transfer) try(hop dialog.Hop) (over bool, status int) {
	e := t.e
	t.hop = hop
	if t.far == nil {
		t.address()
	} else {
		t.outlet = t.far.outlet()
	}
	var extra []sipmsg.Header
	challenged := false
	for {
		r := t.invite(extra...)
		ctx, cancel := context.WithTimeout(e.ctx, e.cfg.Timers.FirstResponse)
		tx, err := t.outlet.client.TransactionRequest(ctx, r, asIs)
		cancel()
		if err != nil {
			t.leg.log.Info("a target of the peer is not reached", keyTarget, hop.String(), keyError, err)
			t.avoid(hop, unreachableFor)
			return false, sipmsg.StatusServiceUnavailable
		}
		if !t.tell(transferNews{remainder: t.remainder(t.dialog)}) {
			t.abandon(tx, false)
			return true, 0
		}
		res, heard := t.await(tx)
		switch {
		case heard == unwantedNow:
			return true, 0
		case res == nil:
			t.avoid(hop, unreachableFor)
			if heard == rangThere { // another INVITE would be a second call
				t.failed(sipmsg.StatusRequestTimeout)
				return true, 0
			}
			return false, sipmsg.StatusRequestTimeout
		case res.IsSuccess():
			t.established(tx, res)
			return true, 0
		}
		if t.far == nil {
			t.n.keep(t.head, hop, res, tx)
		}
		switch s := res.StatusCode; {
		case (s == sipmsg.StatusUnauthorized || s == sipmsg.StatusProxyAuthRequired) && !challenged && t.far == nil:
			h, err := credentials(t.who, t.head, res)
			if err != nil {
				t.leg.log.Warn("the peer's challenge cannot be answered", keyPeer, t.who.Name, keyError, err)
				t.failed(s)
				return true, 0
			}
			challenged, extra = true, []sipmsg.Header{h}
		case s == sipmsg.StatusServiceUnavailable && heard != rangThere:
			if wait := retryAfter(res); wait > 0 {
				t.avoid(hop, wait)
			}
			return false, s
		default:
			t.tell(transferNews{status: s, reason: res.Reason})
			return true, 0
		}
	}
}

// address says who calls whom at the peer.
func (t *transfer) address() {
	hop := t.hop
	n := t.e.nearTowards(hop.Transport, wire.Source(hop.String()).Addr())
	via := n.sentBy(hop.Transport, wire.Source(hop.String()).Addr())
	t.n, t.outlet = n, n.outlet(via, n.fromHere)
	own := dialog.Dialog{CallID: dialog.Token(), LocalTag: dialog.Token()}
	from := fmt.Sprintf("<%s>;tag=%s", party.URI(t.who.Numbers.Rewrite(numbers.CallerOut, t.caller), via), own.LocalTag)
	to := party.URI(t.who.Numbers.Rewrite(numbers.CalledOut, t.refer.number), dialog.HostPort(t.who.DialTo))
	if !strings.HasPrefix(t.refer.number, "+") { // one of the peer's own
		to = "sip:" + t.refer.number + "@" + dialog.HostPort(t.who.DialTo)
	}
	uri := to
	if hop.Transport != "UDP" {
		uri += ";transport=" + strings.ToLower(hop.Transport)
	}
	t.head = dialog.Head{Method: sipmsg.INVITE, URI: uri, From: from, To: "<" + to + ">", CallID: own.CallID}
	t.dialog = dialog.Dialog{
		CallID: own.CallID, Local: from, Remote: t.head.To, LocalTag: own.LocalTag, Target: uri, Transport: hop.Transport, Contact: contact(hop.Transport, via),
	}
}

// invite makes the INVITE, with the next number.
func (t *transfer) invite(extra ...sipmsg.Header) *sipmsg.Request {
	if t.far != nil {
		var r *sipmsg.Request
		r, t.head, t.dialog = t.far.Invite(profile.Proxy{FQDN: t.hop.Host, Port: t.hop.Port, Transport: t.hop.Transport}, profile.Call{
			Target: t.refer.target, ReferredBy: t.refer.by, Caller: t.caller, CallID: dialog.Token() + "@" + t.far.FQDN, Tag: dialog.Token(), SDP: t.body,
		})
		passOn(t.caused, r)
		return r
	}
	t.head.CSeq++
	t.dialog.CSeq = t.head.CSeq
	t.head.Via = dialog.NewVia(t.hop.Transport, t.outlet.via, dialog.Branch())
	t.branches = append(t.branches, t.e.underWay(t.head.Via))
	r := dialog.Build(t.head)
	passOn(t.caused, r)
	r.AppendHeader(sipmsg.NewHeader("Contact", t.dialog.Contact))
	r.AppendHeader(guard.Allow(nearMethods()))
	r.AppendHeader(sipmsg.NewHeader("Supported", optionTimer+", "+optionReplaces)) // 18x need no PRACK
	for _, h := range t.wish {
		r.AppendHeader(h)
	}
	r.AppendHeader(sipmsg.NewHeader("User-Agent", t.e.cfg.UserAgent))
	if t.refer.replaces != "" { // RFC 5589 §7.1
		r.AppendHeader(sipmsg.NewHeader("Replaces", t.refer.replaces))
		r.AppendHeader(sipmsg.NewHeader("Require", optionReplaces))
	}
	if t.refer.by != "" { // RFC 3892 §2.2: as it came
		r.AppendHeader(sipmsg.NewHeader("Referred-By", t.refer.by))
	}
	for _, h := range extra {
		r.AppendHeader(h)
	}
	r.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	r.SetBody(t.body)
	dialog.Aim(r, t.hop)
	t.outlet.aim(r)
	return r
}

func (t *transfer) remainder(d dialog.Dialog) *dialog.Remainder {
	return &dialog.Remainder{
		State: dialog.Dialing, Trunk: t.leg.trunk, Dialog: d, InviteURI: t.head.URI, InviteTo: t.head.To,
		Branch: t.head.Via.Params.GetOr("branch", ""), SentBy: t.outlet.via, Hop: t.hop,
	}
}

// What was heard of an INVITE before its final response, if it got one.
type heardOf int

const (
	nothingHeard heardOf = iota
	tryingThere          // 100
	rangThere            // 18x
	unwantedNow          // the leg has lost interest, and it was left to itself
)

// await is the final response; nil if none came.
func (t *transfer) await(tx sipmsg.ClientTransaction) (*sipmsg.Response, heardOf) {
	heard := nothingHeard
	silence := time.NewTimer(t.e.cfg.Timers.FirstResponse)
	defer silence.Stop()
	patience := time.NewTimer(transferRings)
	defer patience.Stop()
	for {
		select {
		case r := <-tx.Responses():
			if !r.IsProvisional() {
				return r, heard
			}
			silence.Stop()
			heard = max(heard, tryingThere)
			if r.StatusCode == sipmsg.StatusTrying {
				continue
			}
			heard = rangThere
			d, err := t.dialog.Establish(r)
			if err != nil {
				d = t.dialog
			}
			if !t.tell(transferNews{status: r.StatusCode, reason: r.Reason, remainder: t.remainder(d)}) {
				t.abandon(tx, true)
				return nil, unwantedNow
			}
		case <-tx.Done():
			return nil, heard
		case <-silence.C:
			t.abandon(tx, false)
			return nil, heard
		case <-patience.C:
			t.abandon(tx, true)
			return nil, rangThere
		case <-t.stop:
			t.abandon(tx, heard > nothingHeard)
			return nil, unwantedNow
		}
	}
}

// transferRings is how long somebody may let it ring.
const transferRings = 3 * time.Minute

// abandon has the INVITE cancelled as soon as it may be, and an answer ended.
func (t *transfer) abandon(tx sipmsg.ClientTransaction, now bool) {
	u := t.unwanted(tx)
	if u.cancelled = now; now {
		u.cancel()
	}
	u.watch()
}

func (t *transfer) unwanted(tx sipmsg.ClientTransaction) *unwanted {
	return &unwanted{e: t.e, n: t.n, head: t.head, hop: t.hop, dialog: t.dialog, via: t.outlet.via, tx: tx, far: t.far}
}

// established gives the answered call to the leg, and acknowledges it in either case.
func (t *transfer) established(tx sipmsg.ClientTransaction, r *sipmsg.Response) {
	u := t.unwanted(tx)
	d, err := t.dialog.Establish(r)
	if err != nil {
		t.failed(sipmsg.StatusBadGateway)
		return
	}
	answer, err := sdp.Parse(r.Body())
	var stream sdp.Stream
	if err == nil {
		stream, err = sdp.Conclude(t.offer, answer)
	}
	if err != nil {
		t.leg.log.Warn("the answer's SDP cannot be used", keyError, err)
		u.discard(r)
		t.failed(sipmsg.StatusNotAcceptableHere)
		return
	}
	a := &answeredTransfer{
		dialog: d, response: r, offer: t.offer, stream: stream, local: t.local, source: t.source, body: t.body, outlet: t.outlet, taken: make(chan bool, 1),
	}
	if !t.tell(transferNews{answered: a}) || !<-a.taken {
		u.discard(r)
		return
	}
	ack, err := d.ACK(d.CSeq, t.outlet.via)
	if err != nil {
		return
	}
	t.outlet.aim(ack)
	write := func() {
		if err := t.outlet.write(ack); err != nil {
			t.e.log.Debug("ACK not sent", keyError, err)
		}
	}
	tx.OnRetransmission(func(again *sipmsg.Response) {
		to := again.To()
		if to == nil {
			return
		}
		if tag, _ := to.Params.Get("tag"); tag != d.RemoteTag { // another telephone that has answered
			if t.e.begin() {
				t.e.running.Go(func() { u.discard(again) })
				t.e.running.Done()
			}
			return
		}
		write()
	})
	write()
}

// uncount has one call less of a peer.
func (e *Edge) uncount(p guard.Peer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.perPeer[p.Name]--; e.perPeer[p.Name] == 0 {
		delete(e.perPeer, p.Name)
	}
}
