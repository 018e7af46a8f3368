package bridge

import (
	"context"
	"strings"

	"tandem/internal/call"
	"tandem/internal/fault"
)

// OutOffer takes Microsoft's INVITE for a telephone that a call of ours added. When
// it returns, the outleg is journalled and its number is dialled. The error
// otherwise says what to answer: fault.Forbidden if nobody asked for this, which is
// an alarm; fault.Unavailable if the call is another process's, whose trunk
// Microsoft should try.
func (b *Bridge) OutOffer(ctx context.Context, o OutOffer) error {
	return await(ctx, func(done func(error)) { b.TakeOutOffer(ctx, o, done) })
}

// TakeOutOffer is OutOffer for callers who cannot wait.
func (b *Bridge) TakeOutOffer(ctx context.Context, o OutOffer, done func(error)) {
	alarm := Alarm{Trunk: o.Trunk, Number: o.Number}
	answer := func(err error) {
		if fault.KindOf(err) == fault.KindForbidden && b.cfg.Alarm != nil {
			alarm.Code = fault.CodeOf(err)
			b.cfg.Alarm(alarm)
		}
		done(err)
	}
	_, op, ok := strings.Cut(o.Token, tokenEnds)
	if !ok {
		answer(fault.Forbidden("token_missing", "a call out shows the token that it was asked for with"))
		return
	}
	id, err := b.journal.Attempt(ctx, b.cfg.Hash(o.Token))
	if fault.KindOf(err) == fault.KindNotFound { // never was, or its call is over
		err = fault.Forbidden("token_unknown", "no call asked for this")
	}
	if err != nil {
		answer(err)
		return
	}
	r, ours := b.runner(id)
	if !ours {
		answer(fault.Unavailable("not_owner", "the call is another process's"))
		return
	}
	alarm.Tenant, alarm.Call = r.lease.Tenant, id
	peer, err := b.registry.DialPeer(ctx, r.lease.Tenant, o.Number)
	if err != nil {
		answer(err)
		return
	}
	r.post(mail{
		event:   call.OutOffered{Op: op, Peer: peer, Number: o.Number, Caller: o.Caller, SIPCallID: o.SIPCallID, Dialog: o.Dialog},
		command: true, forget: true,
		bind: func(id call.ID) { o.Bind(id, r.c.NewestOut(op)) },
		done: func(err error) {
			switch fault.KindOf(err) {
			case fault.KindConflict, fault.KindNotFound: // the call does not want it, or is over
				err = fault.Forbidden("token_used", err.Error())
			}
			answer(err)
		},
	})
}
