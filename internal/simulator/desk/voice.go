package desk

import (
	"errors"
	"io"
	"net/http"

	"tandem/internal/simulator/browser"
)

// maxOffer is more than any browser's offer of one sound.
const maxOffer = 1 << 16

// speak connects the browser's microphone and speaker with a user: an offer
// comes in, the answer goes out.
func (h *Handler) speak(w http.ResponseWriter, r *http.Request) {
	oid := r.PathValue("oid")
	line, err := h.open(r, oid)
	if err != nil {
		respond(w, r, func(*http.Request) (any, error) { return nil, err })
		return
	}
	secure(w.Header())
	w.Header().Set("Content-Type", "application/sdp")
	w.Header().Set("Location", "/desk/"+oid+"/voice/"+line.ID())
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, line.Answer())
}

func (h *Handler) open(r *http.Request, oid string) (*browser.Line, error) {
	if h.Voice == nil {
		return nil, bad("this desk has no sound")
	}
	if _, err := h.Directory.User(oid); err != nil {
		return nil, err
	}
	offer, err := io.ReadAll(io.LimitReader(r.Body, maxOffer))
	if err != nil {
		return nil, bad("offer: " + err.Error())
	}
	line, err := h.Voice.Open(r.Context(), string(offer))
	if err != nil {
		return nil, err
	}
	voice, err := h.Directory.Voice(oid, line.ID(), line.Play, line.Close)
	if err != nil {
		line.Close()
		return nil, err
	}
	line.Start(voice)
	return line, nil
}

// fallSilent ends a voice.
func (h *Handler) fallSilent(w http.ResponseWriter, r *http.Request) {
	respond(w, r, func(r *http.Request) (any, error) {
		if h.Voice == nil {
			return nil, errNoVoice
		}
		line, ok := h.Voice.Line(r.PathValue("id"))
		if !ok {
			return nil, errNoVoice
		}
		line.Close()
		return nil, nil
	})
}

var errNoVoice = errors.New("no such voice")
