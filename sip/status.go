package sip

import (
	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/fault"
	"tandem/sip/dialog"
)

// phrases of the statuses that we send; a phrase is for people, so the list is short.
var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	408: "Request Timeout", 410: "Gone", 415: "Unsupported Media Type", 422: "Session Interval Too Small", 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
	486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error",
	502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out", 603: "Decline",
}

func phrase(status int) string {
	if p, ok := phrases[status]; ok {
		return p
	}
	return "No Reason Given"
}

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
