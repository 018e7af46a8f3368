package sip

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"time"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/sip/dialog"
	"tandem/sip/media"
	"tandem/sip/wire"
)

// reasonLost is the Reason of what we end for a process that died.
var reasonLost = dialog.Reason{Q850: 41, Text: string(call.ReasonOwnerLost)}

// Bury ends a dialog of an edge that is gone. The journal may be a step behind what that
// edge did, so a leg without a final response gets both: what refuses an INVITE
// that is still open, and a BYE in case it was answered. Nobody at home (481) is success;
// no answer is fault.Unavailable.
func (e *Edge) Bury(ctx context.Context, id call.ID, side call.Side, raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil // the INVITE was never sent
	}
	if _, out := side.Out(); out {
		return e.buryOut(ctx, id, side, raw)
	}
	r, err := dialog.Decode(raw)
	if err != nil {
		return fault.Internal("remainder_unreadable", "what is left of the dialog cannot be read").Because(err)
	}
	if r.State == dialog.Joined {
		return nil
	}
	ctx, done, err := e.burying(ctx)
	if err != nil {
		return err
	}
	defer done()
	defer e.recordBurial(id, side, side, r)()
	if side == call.Near {
		err = e.nearOfRemainder(r).bury(ctx, r)
	} else {
		err = e.far.bury(ctx, r)
	}
	e.log.Info("buried a leg", keyLeg, string(side), keySIPCallID, r.Dialog.CallID, "state", string(r.State), keyError, err)
	return err
}

// recordBurial keeps what is said to end a dialog: all that is left of it, for what was said before
// was in the memory of the process that died.
func (e *Edge) recordBurial(id call.ID, leg, end call.Side, r dialog.Remainder) (done func()) {
	e.records.claim(end, r.Dialog.CallID, id, leg, nil)
	return func() { e.records.end(id, leg, end, media.StreamStats{}) }
}

// burying waits until the edge runs, and gives the time of one request.
func (e *Edge) burying(ctx context.Context) (limited context.Context, done func(), err error) {
	select {
	case <-e.ready:
	case <-ctx.Done():
		return nil, nil, fault.Unavailable("edge_not_ready", "the edge does not run yet")
	}
	if !e.begin() {
		return nil, nil, fault.Unavailable("edge_closed", "the edge is closed")
	}
	limited, cancel := context.WithTimeout(ctx, e.cfg.Timers.Request)
	return limited, func() { cancel(); e.running.Done() }, nil
}

func (n *nearSide) bury(ctx context.Context, r dialog.Remainder) error {
	if r.State == dialog.Offered {
		if r.Dialog.Transport != "UDP" {
			return nil // its connection died with the edge, and the transaction with it
		}
		if done, err := n.refuseUntilACK(ctx, r); done || err != nil {
			return err
		}
	}
	hop, err := r.Dialog.Hop()
	if err != nil {
		return fault.Internal("remainder_unreadable", "the dialog has no next hop").Because(err)
	}
	peer := wire.Source(hop.String()).Addr()
	if !peer.IsValid() {
		peer = wire.Source(r.ReplyTo).Addr()
	}
	err = n.e.bye(ctx, call.Near, n.client, r.Dialog, n.sentBy(hop.Transport, peer), n.fromHere)
	if r.State == dialog.Offered {
		return nil // nobody has to know of a dialog that perhaps never was
	}
	if r.Next != nil {
		if next := n.buryDialled(ctx, *r.Next); next != nil {
			return fault.Unavailable("not_buried", "one of the two dialogs did not answer").Because(errors.Join(err, next))
		}
	}
	return err
}

// buryOut ends both dialogs of an outleg, each as far as the journal knows it: an
// INVITE that was open gets a CANCEL, and a BYE in case it was answered meanwhile.
// Microsoft's own transaction died with its connection.
func (e *Edge) buryOut(ctx context.Context, id call.ID, side call.Side, raw json.RawMessage) error {
	var both outRemainder
	if err := json.Unmarshal(raw, &both); err != nil {
		return fault.Internal("remainder_unreadable", "what is left of the dialogs cannot be read").Because(err)
	}
	ctx, done, err := e.burying(ctx)
	if err != nil {
		return err
	}
	defer done()
	defer e.recordBurial(id, side, call.Far, both.Far)()
	var near error
	if both.Near != nil {
		defer e.recordBurial(id, side, call.Near, *both.Near)()
		near = e.nearOfRemainder(*both.Near).buryDialled(ctx, *both.Near)
		if next := both.Near.Next; next != nil {
			near = errors.Join(near, e.nearOfRemainder(*next).buryDialled(ctx, *next))
		}
	}
	far := e.far.bury(ctx, dialog.Remainder{State: dialog.Up, Trunk: both.Far.Trunk, Dialog: both.Far.Dialog, Next: both.Far.Next})
	if both.Far.State == dialog.Offered {
		far = nil // nobody has to know of a dialog that perhaps never was
	}
	err = errors.Join(near, far)
	e.log.Info("buried an outleg", keySIPCallID, both.Far.Dialog.CallID, "state", string(both.Far.State), keyError, err)
	if err != nil {
		return fault.Unavailable("not_buried", "one of the two dialogs did not answer").Because(err)
	}
	return nil
}

// buryDialled ends the dialog with a peer whom we called.
func (n *nearSide) buryDialled(ctx context.Context, r dialog.Remainder) error {
	via := r.SentBy
	if r.State == dialog.Dialing {
		cancel := r.Cancel()
		n.fromHere(cancel)
		res, err := n.e.transact(ctx, call.Near, n.client, cancel)
		switch {
		case err != nil:
			return fault.Unavailable("not_buried", "no answer to CANCEL").Because(err)
		case res.IsSuccess() || r.Dialog.RemoteTag == "":
			return nil
		}
	}
	if via == "" {
		hop, err := r.Dialog.Hop()
		if err != nil {
			return fault.Internal("remainder_unreadable", "the dialog has no next hop").Because(err)
		}
		via = n.sentBy(hop.Transport, wire.Source(hop.String()).Addr())
	}
	return n.e.bye(ctx, call.Near, n.client, r.Dialog, via, n.fromHere)
}

// refusalsOfBury is how often the response is sent, with doubling pauses.
const refusalsOfBury = 3

// refuseUntilACK refuses the open INVITE. No ACK comes if it was answered before, or if the
// caller sends it to the address of the dead edge.
func (n *nearSide) refuseUntilACK(ctx context.Context, r dialog.Remainder) (done bool, err error) {
	key, acked := dialogKey{call.Near, r.Dialog.CallID, r.Dialog.LocalTag}, make(chan struct{})
	n.e.mu.Lock()
	n.e.refusals[key] = acked
	n.e.mu.Unlock()
	defer func() {
		n.e.mu.Lock()
		defer n.e.mu.Unlock()
		delete(n.e.refusals, key)
	}()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for i := 0; ; i++ {
		select {
		case <-acked:
			return true, nil
		case <-ctx.Done():
			return false, fault.Unavailable("not_buried", "no time to send the response")
		case <-pause.C:
		}
		if i == refusalsOfBury {
			return false, nil
		}
		if err := n.refuseFor(r); err != nil {
			return false, fault.Unavailable("not_buried", "the response could not be sent").Because(err)
		}
		pause.Reset(n.e.cfg.Timers.T1 << i)
	}
}

// buriedACK reports whether a request is the ACK of such a response.
func (e *Edge) buriedACK(r *sipmsg.Request) bool {
	if !r.IsAck() {
		return false
	}
	tag, _ := r.To().Params.Get("tag")
	key := dialogKey{call.Near, r.CallID().Value(), tag}
	e.mu.Lock()
	defer e.mu.Unlock()
	acked, ok := e.refusals[key]
	if ok {
		close(acked)
		delete(e.refusals, key)
	}
	return ok
}

// refuseFor answers the INVITE that the dead edge did not, from the same socket.
func (n *nearSide) refuseFor(r dialog.Remainder) error {
	if n.udp == nil {
		return errors.New("no UDP here")
	}
	to, err := net.ResolveUDPAddr("udp", r.ReplyTo)
	if err != nil {
		return err
	}
	res := r.Response(sipmsg.StatusTemporarilyUnavailable, dialog.Phrase(sipmsg.StatusTemporarilyUnavailable))
	res.AppendHeader(reasonLost.Header())
	_, err = n.udp.WriteTo([]byte(res.String()), to)
	return err
}

func (f *farSide) bury(ctx context.Context, r dialog.Remainder) error {
	t, ok := f.trunks[r.Trunk]
	if !ok {
		return fault.Unavailable("trunk_unknown", "this node has no trunk "+r.Trunk+": the node that has must do it")
	}
	if r.State == dialog.Dialing {
		res, err := f.e.transact(ctx, call.Far, t.client, r.Cancel())
		switch {
		case err != nil:
			return fault.Unavailable("not_buried", "no answer to CANCEL").Because(err)
		case res.IsSuccess() || r.Dialog.RemoteTag == "":
			return nil
		}
	}
	err := f.e.bye(ctx, call.Far, t.client, r.Dialog, t.SentBy(), nil)
	if r.Next != nil {
		if next := f.bury(ctx, *r.Next); next != nil {
			return fault.Unavailable("not_buried", "one of the two dialogs did not answer").Because(errors.Join(err, next))
		}
	}
	return err
}

// requestsSince is more than a leg may have sent inside its dialog since that was written
// down. Numbers may be left out (RFC 3261 §12.2.2); one that was used is refused.
const requestsSince = 1000

// bye ends a dialog and waits for the answer, whatever it is.
func (e *Edge) bye(ctx context.Context, side call.Side, client *sipgo.Client, d dialog.Dialog, via string, aim func(*sipmsg.Request)) error {
	d.CSeq += requestsSince
	r, err := d.Request(sipmsg.BYE, via)
	if err != nil {
		return fault.Internal("remainder_unreadable", "no BYE can be made").Because(err)
	}
	r.AppendHeader(reasonLost.Header())
	if aim != nil {
		aim(r)
	}
	if _, err := e.transact(ctx, side, client, r); err != nil {
		return fault.Unavailable("not_buried", "no answer to BYE").Because(err)
	}
	return nil
}
