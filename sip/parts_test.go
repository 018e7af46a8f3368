package sip

import (
	"fmt"
	"strings"
	"testing"
)

// isup is what a switch says beside the description.
const isup = "Content-Type: application/isup; version=itu-t92+\nContent-Disposition: signal; handling=%s\n\nx\x01y\n"

// inParts is a body of several parts, and the Content-Type that tells so.
func inParts(kind string, parts ...string) (contentType, body string) {
	return kind + "; boundary=\"a b\"", "before\n--a b\n" + strings.Join(parts, "\n--a b\n") + "\n--a b--\n"
}

func bodiesInParts(t *testing.T) {
	described := "Content-Type: Application/SDP\n\n" + plainSDP
	other := "Content-Type: application/sdp\n\n" + strings.Replace(plainSDP, "AVP 8", "AVP 18", 1)
	optional := fmt.Sprintf(isup, "optional")
	r := newRig(t, nil)
	for name, c := range map[string]struct {
		kind   string
		parts  []string
		status int
	}{
		"SDP first":            {"multipart/mixed", []string{described, optional}, 200},
		"SDP last":             {"Multipart/Mixed", []string{optional, described}, 200},
		"SDP inside":           {"multipart/mixed", []string{optional, "Content-Type: multipart/alternative; boundary=c\n\n--c\n" + described + "\n--c--"}, 200},
		"the best is the last": {"multipart/alternative", []string{other, described}, 200},
		"the first of several": {"multipart/mixed", []string{other, described}, 488},
		"must be understood":   {"multipart/mixed", []string{described, fmt.Sprintf(isup, "required")}, 415},
		"too deep":             {"multipart/mixed", []string{strings.Repeat("Content-Type: multipart/mixed; boundary=\"a b\"\n\n--a b\n", 4) + described}, 415},
		"too many":             {"multipart/mixed", append(make([]string, 20), described), 415},
		"nothing of ours":      {"multipart/mixed", []string{optional}, 200}, // as without a body: the offer is ours
	} {
		t.Run(name, func(t *testing.T) {
			kind, body := inParts(c.kind, c.parts...)
			p := newRaw(t, r)
			m := strings.Replace(invitation(number, name, 1, "", body), "application/sdp", kind, 1)
			p.send(m)
			status, response := p.final()
			if status == 401 {
				p.write(strings.NewReplacer("INVITE sip:", "ACK sip:", "CSeq: 1 INVITE", "CSeq: 1 ACK").Replace(headersOnly(m)))
				p.send(strings.Replace(invitation(number, name, 2, authorization(t, response, "SHA-256", secret, 1), body), "application/sdp", kind, 1))
				if c.status == 200 {
					next(t, "offer", r.engine.offers)
					return
				}
				status, response = p.final()
			}
			if status != c.status || status == 415 && !strings.Contains(field(response, "Accept"), "multipart/mixed") {
				t.Errorf("got %s", response)
			}
		})
	}
}
