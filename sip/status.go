package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/fault"
	"tandem/sip/dialog"
)

// statusOf is the answer to an INVITE that the engine did not take. The code of the
// fault goes along in a Reason header: a provider's platform can tell a used token from
// an expired one.
func statusOf(err error) (status int, headers []sipmsg.Header) {
	q850 := 41 // temporary failure
	switch fault.KindOf(err) {
	case fault.KindNotFound:
		status, q850 = 404, 1
	case fault.KindForbidden, fault.KindUnauthenticated:
		status, q850 = 403, 21
	case fault.KindGone:
		status, q850 = 410, 22
	case fault.KindConflict:
		status, q850 = 482, 25
	case fault.KindInvalid:
		status, q850 = 400, 111
	case fault.KindUnavailable:
		status = 503
	case fault.KindExhausted:
		status, q850 = 503, 42
		headers = append(headers, sipmsg.NewHeader("Retry-After", "5"))
	default:
		status = 500
	}
	return status, append(headers, dialog.Reason{Q850: q850, Text: fault.CodeOf(err)}.Header())
}
