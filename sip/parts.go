package sip

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/sip/dialog"
	"tandem/sip/guard"
)

// bodied is a message, of which the body can be changed.
type bodied interface {
	Body() []byte
	SetBody(body []byte)
	ContentType() *sipmsg.ContentTypeHeader
}

// Bounds of what one body is taken apart into.
const (
	maxParts = 16
	maxDepth = 3
)

var errParts = errors.New("sip: a body of several parts cannot be used")

// unpack leaves the description of a body that has several parts, as those of carriers
// have that send what their switches say beside it (RFC 5621 §3.1). Parts that nobody here
// knows are passed over, unless they must be understood. Bodies of one part stay.
func unpack(m bodied) error {
	t := m.ContentType()
	if t == nil || len(m.Body()) == 0 {
		return nil
	}
	kind, params, _ := mime.ParseMediaType(t.Value()) // what cannot be read has no kind, and is judged as one
	if !strings.HasPrefix(kind, "multipart/") {
		return nil
	}
	description, err := parts(m.Body(), kind, params["boundary"], maxDepth)
	if err != nil {
		return err
	}
	*t = "application/sdp"
	m.SetBody(description)
	return nil
}

// parts finds the description: the first, or of alternatives the last, which is the best
// (RFC 2046 §5.1.4). It is nil if there is none.
func parts(body []byte, kind, boundary string, depth int) (description []byte, err error) {
	if boundary == "" || depth == 0 {
		return nil, errParts
	}
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	for n := 0; ; n++ {
		p, err := r.NextRawPart()
		switch {
		case errors.Is(err, io.EOF) && n > 0:
			return description, nil
		case err != nil, n == maxParts:
			return nil, errParts
		}
		found, err := part(p, depth)
		if err != nil {
			return nil, err
		}
		if found != nil && (description == nil || kind == "multipart/alternative") {
			description = found
		}
	}
}

// part is what one part describes, nil if it is something else.
func part(p *multipart.Part, depth int) ([]byte, error) {
	content, err := io.ReadAll(p)
	if err != nil {
		return nil, errParts
	}
	kind, params, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "application/sdp":
		return content, nil
	case err == nil && strings.HasPrefix(kind, "multipart/"):
		return parts(content, kind, params["boundary"], depth-1)
	}
	if _, how, err := mime.ParseMediaType(p.Header.Get("Content-Disposition")); err == nil && strings.EqualFold(how["handling"], "required") {
		return nil, errParts
	}
	return nil, nil
}

// unpacked is unpack for a request; it refuses what cannot be used. An ACK cannot be
// refused: what is left of it is no SDP, and ends the call.
func unpacked(r *sipmsg.Request) *guard.Refusal {
	if unpack(r) == nil || r.IsAck() {
		return nil
	}
	return &guard.Refusal{
		Status: sipmsg.StatusUnsupportedMediaType, Reason: dialog.Phrase(sipmsg.StatusUnsupportedMediaType), Cause: guard.CauseMediaType,
		Headers: []sipmsg.Header{sipmsg.NewHeader("Accept", "application/sdp, multipart/mixed, multipart/alternative")},
	}
}
