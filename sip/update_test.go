package sip

import (
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"
)

// TestRetarget: a Contact that leads nowhere leaves the remote target as it was, or the BYE
// would go nowhere.
func TestRetarget(t *testing.T) {
	const was = "sip:them@192.0.2.1"
	for contact, want := range map[string]string{
		"": was, "<tel:+49301>": was, "*": was, "<sip:>": was, "<sip:them@192.0.2.2;x=%41>;expires=1": "sip:them@192.0.2.2;x=%41",
	} {
		l := &leg{}
		l.dialog.Target = was
		r := sipmsg.NewRequest(sipmsg.UPDATE, sipmsg.Uri{Scheme: "sip", Host: "us"})
		if contact != "" {
			r.AppendHeader(sipmsg.NewHeader("Contact", contact))
		}
		if l.retarget(r); l.dialog.Target != want {
			t.Errorf("%q leads to %q", contact, l.dialog.Target)
		}
		a := answerToUs{response: sipmsg.NewResponse(200, "OK"), dialog: l.dialog}
		a.dialog.Target = was
		if contact != "" {
			a.response.AppendHeader(sipmsg.NewHeader("Contact", contact))
		}
		if a.retarget(); a.dialog.Target != want {
			t.Errorf("%q in a 200 leads to %q", contact, a.dialog.Target)
		}
	}
}
