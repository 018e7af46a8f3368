package dns

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
)

// maxText is the longest character string of a TXT record (RFC 1035 §3.3).
const maxText = 255

// Control lets a test be the one who has the names:
//
//	PUT    /_sim/dns/{name}   {"addresses": [], "txt": []} → 204; what is left out stays
//	DELETE /_sim/dns/{name}   → 204; the name is gone
func (s *Server) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /_sim/dns/{name}", func(w http.ResponseWriter, r *http.Request) {
		if err := s.change(r.PathValue("name"), r); err != nil {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /_sim/dns/{name}", func(w http.ResponseWriter, r *http.Request) {
		s.Remove(r.PathValue("name"))
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

func (s *Server) change(name string, r *http.Request) error {
	var body struct {
		Addresses *[]netip.Addr `json:"addresses"`
		Text      *[]string     `json:"txt"`
	}
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<16))
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return err
	}
	if body.Text != nil {
		for _, text := range *body.Text {
			if len(text) > maxText {
				return fmt.Errorf("a TXT record has at most %d characters", maxText)
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serve(name)
	known := s.records[canonical(name)]
	known.fail = false
	if body.Addresses != nil {
		known.ips = *body.Addresses
	}
	if body.Text != nil {
		known.text = *body.Text
	}
	s.records[canonical(name)] = known
	return nil
}
