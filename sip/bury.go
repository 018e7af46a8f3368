package sip

import (
	"context"
	"encoding/json"
	"errors"
	"net"

	"github.com/emiago/sipgo"
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/sip/dialog"
)

// reasonLost is the Reason of what we end for a process that died.
var reasonLost = dialog.Reason{Q850: 41, Text: string(call.ReasonOwnerLost)}

// Bury ends a dialog of an edge that is gone. The journal may be a step behind what that
// edge did, so a leg without a final response gets both: what refuses an INVITE
// that is still open, and a BYE in case it was answered. Nobody at home (481) is success;
// no answer is fault.Unavailable.
func (e *Edge) Bury(ctx context.Context, side call.Side, raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil // the INVITE was never sent
	}
	r, err := dialog.Decode(raw)
	if err != nil {
		return fault.Internal("remainder_unreadable", "what is left of the dialog cannot be read").Because(err)
	}
	select {
	case <-e.ready:
	case <-ctx.Done():
		return fault.Unavailable("edge_not_ready", "the edge does not run yet")
	}
	if !e.begin() {
		return fault.Unavailable("edge_closed", "the edge is closed")
	}
	defer e.running.Done()
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timers.Request)
	defer cancel()
	if side == call.Near {
		err = e.near.bury(ctx, r)
	} else {
		err = e.far.bury(ctx, r)
	}
	e.log.Info("buried a leg", keyLeg, string(side), keySIPCallID, r.Dialog.CallID, "state", string(r.State), keyError, err)
	return err
}

func (n *nearSide) bury(ctx context.Context, r dialog.Remainder) error {
	if r.State == dialog.Offered {
		if r.Dialog.Transport != "UDP" {
			return nil // its connection died with the edge, and the transaction with it
		}
		if err := n.refuseFor(r); err != nil {
			return fault.Unavailable("not_buried", "the response could not be sent").Because(err)
		}
	}
	hop, err := r.Dialog.Hop()
	if err != nil {
		return fault.Internal("remainder_unreadable", "the dialog has no next hop").Because(err)
	}
	peer := sourceOf(hop.String()).Addr()
	if !peer.IsValid() {
		peer = sourceOf(r.ReplyTo).Addr()
	}
	err = bye(ctx, n.client, r.Dialog, n.sentBy(hop.Transport, peer), n.fromHere)
	if r.State == dialog.Offered {
		// The first response may have been lost; to who has had it, this one is nothing new.
		return n.refuseFor(r)
	}
	return err
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
	res := r.Response(sipmsg.StatusTemporarilyUnavailable, phrase(sipmsg.StatusTemporarilyUnavailable))
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
		res, err := transact(ctx, t.client, r.Cancel())
		switch {
		case err != nil:
			return fault.Unavailable("not_buried", "no answer to CANCEL").Because(err)
		case res.IsSuccess() || r.Dialog.RemoteTag == "":
			return nil
		}
	}
	return bye(ctx, t.client, r.Dialog, t.SentBy(), nil)
}

// bye ends a dialog and waits for the answer, whatever it is.
func bye(ctx context.Context, client *sipgo.Client, d dialog.Dialog, via string, aim func(*sipmsg.Request)) error {
	r, err := d.Request(sipmsg.BYE, via)
	if err != nil {
		return fault.Internal("remainder_unreadable", "no BYE can be made").Because(err)
	}
	r.AppendHeader(reasonLost.Header())
	if aim != nil {
		aim(r)
	}
	if _, err := transact(ctx, client, r); err != nil {
		return fault.Unavailable("not_buried", "no answer to BYE").Because(err)
	}
	return nil
}
