package routing

import (
	"encoding/json"
	"errors"
	"net/http"
)

// Control is the portal: it shows what a resource has and proves domains, for which there
// is no API (§1.7).
//
//	GET  /_sim/sip                   what is stored and what is in force, by immutable id
//	POST /_sim/sip/domains           {"resource", "domain"} → {"txt"}, which a TXT record of the domain has to say
//	POST /_sim/sip/domains/verify    {"resource", "domain"} → 204, or why not
func (b *Book) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sim/sip", func(w http.ResponseWriter, _ *http.Request) { reply(w, b.overview(), nil) })
	mux.HandleFunc("POST /_sim/sip/domains", func(w http.ResponseWriter, r *http.Request) {
		var asked ownership
		err := asked.read(r)
		text := ""
		if err == nil {
			text, err = b.AddDomain(asked.Resource, asked.Domain)
		}
		reply(w, map[string]string{"txt": text}, err)
	})
	mux.HandleFunc("POST /_sim/sip/domains/verify", func(w http.ResponseWriter, r *http.Request) {
		var asked ownership
		err := asked.read(r)
		if err == nil {
			err = b.VerifyDomain(r.Context(), asked.Resource, asked.Domain)
		}
		reply(w, nil, err)
	})
	return mux
}

type ownership struct {
	Resource string `json:"resource"` // immutable id
	Domain   string `json:"domain"`
}

func (o *ownership) read(r *http.Request) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
	d.DisallowUnknownFields()
	return d.Decode(o)
}

// overview is what a person sees who opens the portal.
func (b *Book) overview() map[string]any {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, all := b.Clock.Now(), map[string]any{}
	for id, r := range b.all {
		domains := map[string]string{}
		for name := range r.proofs {
			domains[name] = "pending"
		}
		for name := range r.proved {
			domains[name] = "verified"
		}
		all[id] = map[string]any{
			"stored": r.stored(), "in_force": r.inForce(now), "activating": r.current(now) < len(r.versions)-1, "domains": domains,
		}
	}
	return all
}

func reply(w http.ResponseWriter, body any, err error) {
	status := http.StatusOK
	switch {
	case errors.Is(err, ErrUnknown):
		status = http.StatusNotFound
	case err != nil:
		status = http.StatusBadRequest
	case body == nil:
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if err != nil {
		body = map[string]string{"error": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
