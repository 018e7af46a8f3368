package sip

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	numbers "tandem/internal/trunk"
	"tandem/sip/dialog"
	"tandem/sip/guard"
	"tandem/sip/media"
	"tandem/sip/party"
	"tandem/sip/profile"
	"tandem/sip/sdp"
	"tandem/sip/wire"
)

// dial finds out where the peer is, beside the outleg: a name server may take its time.
func (o *outCall) dial(p guard.Peer) {
	d := &o.peer
	if o.cause != nil || d.counted {
		return
	}
	if !o.allowed(p) {
		return
	}
	d.who, d.counted, o.near.account = p, true, p
	o.e.tallies.of(p.Name).called()
	ctx, cancel := context.WithTimeout(o.e.ctx, o.e.cfg.Timers.FirstResponse)
	o.e.running.Go(func() {
		defer cancel()
		hops, err := o.e.near.targets.Find(ctx, p.DialTo)
		d.found <- found{hops, err} // has room: there is one dial
	})
}

// found is where the peer is.
type found struct {
	hops []dialog.Hop
	err  error
}

// undiallable ends a call that reached nobody.
func (o *outCall) undiallable(p guard.Peer, text string, err error) {
	o.log.Error("the number cannot be dialled", keyPeer, p.Name, keyText, text, keyError, err)
	o.end(call.LegEnded{By: call.ByTandem, Status: sipmsg.StatusServiceUnavailable, Q850: 38, Text: text}, sipmsg.StatusServiceUnavailable)
}

// located begins with the first target.
func (o *outCall) located(f found) {
	d := &o.peer
	if o.cause != nil {
		return
	}
	if f.err != nil {
		o.undiallable(d.who, "no_dial_peer", f.err)
		return
	}
	if host, err := netip.ParseAddr(strings.Trim(f.hops[0].Host, "[]")); err == nil && host.Is6() && o.e.cfg.Media.Address6.IsValid() {
		if err := o.over6(); err != nil {
			o.undiallable(d.who, "no_ports", err)
			return
		}
	}
	d.hops = f.hops
	o.near.voice = o.far.voice.use()
	d.offer = sdp.Offer(o.near.local, o.near.profile)
	o.near.body = o.near.source.Write(d.offer)
	o.near.dialog = dialog.Dialog{CallID: dialog.Token(), LocalTag: dialog.Token()}
	o.e.mu.Lock()
	o.peerCallID = o.near.dialog.CallID
	o.e.joinOut(o)
	o.e.mu.Unlock()
	o.e.register(&o.near)
	d.registered, o.nearOver = true, false
	d.wait = time.NewTimer(time.Hour)
	o.log.Info("dialling at a peer", keyPeer, d.who.Name)
	o.tryNext()
}

// over6 opens the sound of the call again, for a peer that is called over IPv6.
func (o *outCall) over6() error {
	session, err := o.e.relay.Open6(media.PCMA)
	if err != nil {
		return err
	}
	o.far.voice.session.Close()
	o.e.mu.Lock()
	o.far.voice.session = session
	o.e.mu.Unlock()
	o.far.stream, o.near.stream = session.Far(), session.Near()
	o.far.local, o.near.local = localMedia(o.far.stream), localMedia(o.near.stream)
	return nil
}

// tryNext sends the INVITE to the next target; false if there is none left, or nobody wants
// the call any more (RFC 3263 §4.3).
func (o *outCall) tryNext() bool {
	d := &o.peer
	if len(d.hops) == 0 || o.cause != nil {
		return false
	}
	d.hop, d.hops = d.hops[0], d.hops[1:]
	p, hop, own := d.who, d.hop, o.near.dialog
	n := o.e.nearTowards(hop.Transport, wire.Source(hop.String()).Addr())
	d.n = n
	d.via = n.sentBy(hop.Transport, wire.Source(hop.String()).Addr())
	o.near.outlet, o.near.ownsCallID = n.outlet(d.via, n.fromHere), true
	from := fmt.Sprintf("<%s>;tag=%s", party.URI(p.Numbers.Rewrite(numbers.CallerOut, o.caller), d.via), own.LocalTag)
	if o.caller == profile.Anonymous {
		from = `"Anonymous" <sip:anonymous@anonymous.invalid>;tag=` + own.LocalTag
	}
	to := party.URI(p.Numbers.Rewrite(numbers.CalledOut, o.number), dialog.HostPort(p.DialTo))
	uri := to
	if hop.Transport != "UDP" {
		uri += ";transport=" + strings.ToLower(hop.Transport)
	}
	d.head = dialog.Head{Method: sipmsg.INVITE, URI: uri, From: from, To: "<" + to + ">", CallID: own.CallID, CSeq: own.CSeq + 1}
	o.near.dialog = dialog.Dialog{
		CallID: own.CallID, Local: from, Remote: d.head.To, LocalTag: own.LocalTag, CSeq: d.head.CSeq, Target: uri, Transport: hop.Transport, Contact: contact(hop.Transport, d.via),
	}
	d.challenged, d.cancelled, d.narrow = false, false, false
	o.sendInvite()
	return true
}

// avoid has a target that failed tried last for a while: as long as it asks for, if it
// does.
func (o *outCall) avoid(d time.Duration) { o.e.near.targets.Avoid(o.peer.hop, d) }

// unreachableFor is how long a target that was not reached, or stayed silent, is tried last.
const unreachableFor = 30 * time.Second

// sendInvite sends the INVITE beside the outleg, with what else is to be in it.
func (o *outCall) sendInvite(credentials ...sipmsg.Header) {
	d, n := &o.peer, o.from()
	d.credentials = credentials
	r := o.buildInvite(d.hop)
	limit := o.e.cfg.Timers.FirstResponse
	if d.wide = d.hop.Transport == "UDP" && !d.narrow && len(r.String()) > safeDatagram && !dialog.NamesTransport(d.who.DialTo); d.wide {
		r, limit = o.buildInvite(dialog.Hop{Host: d.hop.Host, Port: d.hop.Port, Transport: "TCP"}), limit/3
	}
	d.branches = append(d.branches, o.e.underWay(d.head.Via))
	d.request, d.tx, d.sending, d.heard = r, nil, true, false
	d.wait.Reset(o.e.cfg.Timers.FirstResponse)
	ctx, cancel := context.WithTimeout(o.e.ctx, limit)
	o.e.running.Go(func() {
		defer cancel()
		n.e.saw(call.Near, r)
		tx, err := n.client.TransactionRequest(ctx, r, asIs)
		d.started <- outcome{tx, err} // has room: nothing is sent again before it was taken
	})
}

// safeDatagram is the size in bytes above which a request goes over TCP, since the
// fragments of a datagram get lost on the way (RFC 3261 §18.1.1).
const safeDatagram = 1300

// buildInvite makes the INVITE for a hop, with a branch of its own.
func (o *outCall) buildInvite(hop dialog.Hop) *sipmsg.Request {
	d, n := &o.peer, o.from()
	d.head.Via = dialog.NewVia(hop.Transport, d.via, dialog.Branch())
	r := dialog.Build(d.head)
	passOn(o.invite, r)
	r.AppendHeader(sipmsg.NewHeader("Contact", o.near.dialog.Contact))
	for _, h := range append(abilities(), o.near.sessionWish()...) {
		r.AppendHeader(h)
	}
	r.AppendHeader(sipmsg.NewHeader("User-Agent", o.e.cfg.UserAgent))
	for _, h := range o.callerHeaders() {
		r.AppendHeader(h)
	}
	for _, h := range d.credentials {
		r.AppendHeader(h)
	}
	r.AppendHeader(sipmsg.NewHeader("Content-Type", "application/sdp"))
	r.SetBody(o.near.body)
	dialog.Aim(r, hop)
	n.fromHere(r)
	return r
}

// callerHeaders are what the peer is told of the caller besides From: who pays, who sent the
// call on, and what whoever made the call sends along. A peer that is not trusted gets
// the last only. The asserted number agrees with From unless that shows none, since some
// carriers show it instead (facts/direct-routing.md §18 no. 23).
func (o *outCall) callerHeaders() []sipmsg.Header {
	var headers []sipmsg.Header
	add := func(name, value string) { headers = append(headers, sipmsg.NewHeader(name, value)) }
	p, asserted := o.peer.who, o.caller
	if o.caller == profile.Anonymous {
		asserted = o.billed
		add("Privacy", "id")
	}
	if !p.FromOnly {
		if asserted != "" {
			add("P-Asserted-Identity", "<"+party.URI(p.Numbers.Rewrite(numbers.CallerOut, asserted), o.peer.via)+">")
		}
		if all := party.Diversions(o.invite, func(n string) string { return n }); len(all) > 0 {
			for i := range all {
				if all[i].Number != "" {
					all[i].Number = p.Numbers.Rewrite(numbers.CallerOut, all[i].Number)
				}
			}
			add("History-Info", party.HistoryInfo(all, p.Numbers.Rewrite(numbers.CalledOut, o.number), o.peer.via))
			headers = append(headers, party.DiversionHeaders(all, o.peer.via)...)
		}
	}
	kept, dropped := profile.Admit(custom(o.invite))
	o.e.metrics.dropped.Add(float64(dropped))
	for _, name := range slices.Sorted(maps.Keys(kept)) {
		add(name, kept[name])
	}
	return headers
}
