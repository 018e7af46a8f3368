package dialog

import (
	"encoding/json"
	"errors"
	"fmt"

	sipmsg "github.com/emiago/sipgo/sip"
)

// State says how a dialog that lost its edge has to be ended.
type State string

const (
	Offered State = "offered" // their INVITE has no final response yet
	Dialing State = "dialing" // our INVITE has none
	Up      State = "up"
	Joined  State = "joined" // with another call of the process: there is none any more
)

// Remainder is what is needed to end a dialog without the process that held it.
type Remainder struct {
	State  State  `json:"state"`
	Trunk  string `json:"trunk,omitempty"` // identity of a far leg
	Dialog Dialog `json:"dialog,omitzero"`

	// Of an INVITE that we got: what a response to it needs.
	Vias    []string `json:"vias,omitempty"`
	ReplyTo string   `json:"reply_to,omitempty"` // address and port

	// Of an INVITE that we sent: what its CANCEL needs.
	InviteURI string   `json:"invite_uri,omitempty"`
	InviteTo  string   `json:"invite_to,omitempty"`
	Branch    string   `json:"branch,omitempty"`
	Routes    []string `json:"routes,omitempty"`
	SentBy    string   `json:"sent_by,omitempty"`
	Hop       Hop      `json:"hop,omitzero"`

	// Next is a call of ours that is to take the dialog's place: both are ended.
	Next *Remainder `json:"next,omitempty"`
}

// Encode is the form for the journal.
func (r Remainder) Encode() json.RawMessage {
	raw, err := json.Marshal(r)
	if err != nil {
		return nil // plain data: cannot be
	}
	return raw
}

// Decode reads it back.
func Decode(raw json.RawMessage) (Remainder, error) {
	var r Remainder
	if err := json.Unmarshal(raw, &r); err != nil {
		return r, fmt.Errorf("dialog: remainder: %w", err)
	}
	switch r.State {
	case Offered, Dialing, Up, Joined:
		return r, nil
	}
	return r, errors.New("dialog: remainder of an unknown state")
}

// Response is a final response to the INVITE of an offered dialog.
func (r Remainder) Response(status int, phrase string) *sipmsg.Response {
	res := sipmsg.NewResponse(status, phrase)
	for _, via := range r.Vias {
		res.AppendHeader(sipmsg.NewHeader("Via", via))
	}
	id := sipmsg.CallIDHeader(r.Dialog.CallID)
	res.AppendHeader(sipmsg.NewHeader("From", r.Dialog.Remote))
	res.AppendHeader(sipmsg.NewHeader("To", r.Dialog.Local))
	res.AppendHeader(&id)
	res.AppendHeader(&sipmsg.CSeqHeader{SeqNo: r.Dialog.RemoteCSeq, MethodName: sipmsg.INVITE})
	res.SetBody(nil)
	return res
}

// Cancel is the CANCEL of a dialing one.
func (r Remainder) Cancel() *sipmsg.Request {
	return Cancel(Head{
		URI: r.InviteURI, From: r.Dialog.Local, To: r.InviteTo, CallID: r.Dialog.CallID, CSeq: r.Dialog.CSeq,
		Routes: r.Routes, Via: NewVia(r.Hop.Transport, r.SentBy, r.Branch),
	}, r.Hop)
}
