package sip

import (
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/media"
)

// The bodies of INFO that press keys. There is no RFC of them; this is what telephones and
// exchanges have in common.
const (
	dtmfRelay = "application/dtmf-relay" // Signal=5 and Duration=160, a line each
	dtmfPlain = "application/dtmf"       // the key alone

	// keyLasts is the duration of a key without one.
	keyLasts = 160 * time.Millisecond
)

// keys are the events 0 to 15 of RFC 4733 §3.2.
const keys = "0123456789*#ABCD"

// info takes an INFO of a peer. Microsoft knows keys as telephone-events only
// (facts/direct-routing.md §18 no. 28), so they are pressed there by us.
func (l *leg) info(m *inside) {
	body, kind := string(m.request.Body()), dialog.MediaType(m.request)
	var key uint8
	var lasts time.Duration
	var ok bool
	switch {
	case body == "": // some ask so whether we are there
		l.respond(m, sipmsg.StatusOK, nil)
		return
	case kind == dtmfRelay:
		key, lasts, ok = parseRelay(body)
	case kind == dtmfPlain:
		lasts = keyLasts
		key, ok = parseKey(strings.TrimSpace(body))
	default:
		l.respond(m, sipmsg.StatusUnsupportedMediaType, nil, sipmsg.NewHeader("Accept", dtmfRelay+", "+dtmfPlain))
		return
	}
	if !ok {
		l.respond(m, sipmsg.StatusBadRequest, nil, warning("the body names no key of 0-9 * # A-D"))
		return
	}
	l.voice.session.Press(media.Far, key, lasts)
	l.respond(m, sipmsg.StatusOK, nil)
}

// parseRelay reads a body of application/dtmf-relay; the duration is in milliseconds.
func parseRelay(body string) (key uint8, lasts time.Duration, ok bool) {
	lasts = keyLasts
	for line := range strings.SplitSeq(body, "\n") {
		name, value, _ := strings.Cut(line, "=")
		switch value = strings.TrimSpace(value); strings.ToLower(strings.TrimSpace(name)) {
		case "signal":
			if key, ok = parseKey(value); !ok {
				return 0, 0, false
			}
		case "duration":
			n, err := strconv.ParseUint(value, 10, 16)
			if err != nil {
				return 0, 0, false
			}
			lasts = time.Duration(n) * time.Millisecond
		}
	}
	return key, lasts, ok
}

// parseKey reads a key by its name, or * and # by their numbers.
func parseKey(s string) (uint8, bool) {
	if len(s) == 1 {
		i := strings.Index(keys, strings.ToUpper(s))
		return uint8(max(i, 0)), i >= 0 //nolint:gosec // below 16
	}
	n, err := strconv.ParseUint(s, 10, 8)
	return uint8(n), err == nil && len(s) == 2 && n >= 10 && n < uint64(len(keys)) //nolint:gosec // below 16
}
