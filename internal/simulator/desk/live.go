package desk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/teams"
)

const (
	// pace is the least time between two pushes, so that a busy simulator does
	// not spend itself on its pages.
	pace = 40 * time.Millisecond
	// look is how often one looks at what changes in silence: the parties of the
	// calls, and faults that have struck.
	look = time.Second
)

// state is all that the pages show.
type state struct {
	Users []card `json:"users"`
	// Calls are the parties of the calls that users are in, by call.
	Calls  map[string][]party `json:"calls"`
	Phones []phones.View      `json:"phones"`
	Faults []faults.Fault     `json:"faults"`
	// Settings counts the changes of what the tenants' administrators see.
	Settings int `json:"settings"`
	// Inferences are the values of the switches, by name.
	Inferences map[string]string `json:"inferences"`
}

type card struct {
	teams.View
	Initials string `json:"initials"`
}

// party is a user with an object id, or a number, or somebody else (Raw).
type party struct {
	OID    string `json:"oid,omitempty"`
	Number string `json:"number,omitempty"`
	Raw    string `json:"raw,omitempty"`
}

func (h *Handler) state() state {
	s := state{Users: []card{}, Calls: map[string][]party{}, Phones: h.Phones.List(), Faults: h.faults(), Settings: h.Directory.Version(), Inferences: map[string]string{}}
	for _, i := range h.inferences() {
		s.Inferences[i.Name] = i.Value
	}
	for _, v := range h.Directory.Users() {
		s.Users = append(s.Users, card{v, initials(v.Name)})
		for _, c := range v.Calls {
			if len(s.Calls[c.Call]) == 0 && c.From != "" {
				s.Calls[c.Call] = []party{{Number: c.From}}
			}
			s.Calls[c.Call] = append(s.Calls[c.Call], party{OID: v.OID})
		}
	}
	if len(s.Calls) == 0 {
		return s
	}
	for _, c := range h.Calls.Calls() {
		if _, shown := s.Calls[c.CallConnectionID]; !shown {
			continue
		}
		parties := make([]party, 0, len(c.Participants))
		for _, raw := range c.Participants {
			parties = append(parties, parseParty(raw))
		}
		s.Calls[c.CallConnectionID] = parties
	}
	return s
}

// parseParty reads a raw id (facts/call-automation.md §5).
func parseParty(raw string) party {
	if number, ok := strings.CutPrefix(raw, "4:"); ok {
		return party{Number: number}
	}
	if oid, ok := strings.CutPrefix(raw, "8:orgid:"); ok {
		return party{OID: strings.ToLower(oid)}
	}
	return party{Raw: raw}
}

func initials(name string) string {
	var out []rune
	for word := range strings.FieldsSeq(name) {
		out = append(out, []rune(word)[0])
		if len(out) == 2 {
			break
		}
	}
	return strings.ToUpper(string(out))
}

// live sends the state, at once and whenever it has changed, until the browser
// goes away.
func (h *Handler) live(w http.ResponseWriter, r *http.Request) {
	people, stop := h.Directory.Watch()
	defer stop()
	telephones, stop := h.Phones.Watch()
	defer stop()
	changed, stop := h.changed.Watch()
	defer stop()
	secure(w.Header())
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	looks := time.NewTicker(look)
	defer looks.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for shown := []byte(nil); ; {
		select {
		case <-r.Context().Done():
			return
		case <-pause.C:
		}
		now, err := json.Marshal(h.state())
		if err != nil {
			return // never: the state is plain data
		}
		if !bytes.Equal(now, shown) {
			shown = now
			if _, err := fmt.Fprintf(w, "data: %s\n\n", now); err != nil || out.Flush() != nil {
				return
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-people:
		case <-telephones:
		case <-changed:
		case <-looks.C:
		}
		pause.Reset(pace)
	}
}
