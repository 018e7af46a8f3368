package desk

import (
	"bytes"
	"net/http"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/phones"
)

// telephone adds the routes of the phones and of what people say.
func (h *Handler) telephone(mux *http.ServeMux) {
	for _, r := range []struct {
		pattern string
		do      func(*http.Request) (any, error)
	}{
		{"GET /_sim/phones", func(*http.Request) (any, error) { return h.Phones.List(), nil }},
		{"GET /_sim/phones/{number}", h.phone},
		{"PUT /_sim/phones/{number}", h.changePhone},
		{"POST /_sim/phones/{number}/accept", h.onPhone(func(number, _ string) error { return h.Phones.Answer(number) })},
		{"POST /_sim/phones/{number}/decline", h.onPhone(func(number, _ string) error { return h.Phones.Refuse(number) })},
		{"POST /_sim/phones/{number}/hangup", h.onPhone(func(number, _ string) error { return h.Phones.HangUp(number) })},
		{"POST /_sim/phones/{number}/press", h.onPhone(h.Phones.Press)},
		{"POST /_sim/phones/{number}/say", h.phoneSays},
		{"POST /_sim/say", h.says},
	} {
		mux.HandleFunc(r.pattern, h.answer(r.do))
	}
	mux.HandleFunc("GET /_sim/phones/{number}/heard", h.phoneHeard)
}

func (h *Handler) phone(r *http.Request) (any, error) { return h.Phones.Phone(r.PathValue("number")) }

// changePhone takes {"behaviour":"busy","after_seconds":2}.
func (h *Handler) changePhone(r *http.Request) (any, error) {
	var req struct {
		Behaviour string  `json:"behaviour"`
		After     float64 `json:"after_seconds"`
	}
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	number := r.PathValue("number")
	if err := h.Phones.Set(number, phones.Behaviour{Do: req.Behaviour, After: time.Duration(req.After * float64(time.Second))}); err != nil {
		return nil, err
	}
	return h.Phones.Phone(number)
}

// onPhone does something with a phone and shows it.
func (h *Handler) onPhone(do func(number, digits string) error) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		var req struct {
			Digits string `json:"digits"`
		}
		if err := decode(r, &req); err != nil {
			return nil, err
		}
		number := r.PathValue("number")
		if err := do(number, req.Digits); err != nil {
			return nil, err
		}
		return h.Phones.Phone(number)
	}
}

func (h *Handler) phoneSays(r *http.Request) (any, error) {
	var req speech
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	req.Participant = "4:" + r.PathValue("number")
	return h.utter(r, req)
}

// speech is what a participant says: text, and the language to speak it in.
// Call is a connection, correlation or server call id; empty is any.
type speech struct {
	Call        string `json:"call"`
	Participant string `json:"participant"` // raw id
	Text        string `json:"text"`
	Locale      string `json:"locale"`
}

func (h *Handler) says(r *http.Request) (any, error) {
	var req speech
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	return h.utter(r, req)
}

func (h *Handler) utter(r *http.Request, req speech) (any, error) {
	if req.Text == "" || req.Participant == "" {
		return nil, bad("say needs a participant (raw id) and a text")
	}
	return nil, h.Say(r.Context(), req.Call, req.Participant, req.Text, req.Locale)
}

func (h *Handler) phoneHeard(w http.ResponseWriter, r *http.Request) {
	pcm, err := h.Phones.Heard(r.PathValue("number"))
	if err != nil {
		respond(w, r, func(*http.Request) (any, error) { return nil, err })
		return
	}
	var file bytes.Buffer
	if err := audio.WriteWAV(&file, pcm); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "no-store")
	// Browsers ask for parts, or nobody could go back in what he hears.
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file.Bytes()))
}
