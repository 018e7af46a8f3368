package desk

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"tandem/internal/simulator/faults"
)

// misbehaviour adds the routes of the faults and of the switches.
func (h *Handler) misbehaviour(mux *http.ServeMux) {
	for _, r := range []struct {
		pattern string
		do      func(*http.Request) (any, error)
	}{
		{"GET /_sim/knobs", func(*http.Request) (any, error) { return h.knobs(), nil }},
		{"GET /_sim/faults", func(*http.Request) (any, error) { return h.faults(), nil }},
		{"POST /_sim/faults", h.setFault},
		{"DELETE /_sim/faults", func(*http.Request) (any, error) { h.forgetFaults(); return nil, nil }},
		{"DELETE /_sim/faults/{id}", h.removeFault},
		{"GET /_sim/inferences", func(*http.Request) (any, error) { return h.inferences(), nil }},
		{"PUT /_sim/inferences", h.setInferences},
	} {
		mux.HandleFunc(r.pattern, h.answer(r.do))
	}
}

// knobs are those of the book and, behind sip., those of the SIP proxies.
func (h *Handler) knobs() map[string]string {
	all := faults.Knobs()
	if h.SIP != nil {
		for knob, text := range h.SIP.FaultTexts() {
			all[faults.SIPPrefix+knob] = text
		}
	}
	return all
}

// faults are all that are set. Those of the SIP proxies have no id, for there is
// one of each knob.
func (h *Handler) faults() []faults.Fault {
	list := h.Faults.List()
	if h.SIP == nil {
		return list
	}
	set := h.SIP.Faults()
	for _, knob := range slices.Sorted(maps.Keys(set)) {
		list = append(list, faults.Fault{Knob: faults.SIPPrefix + knob, Value: set[knob]})
	}
	return list
}

// setFault passes on the knobs of the SIP proxies, which have a value alone.
func (h *Handler) setFault(r *http.Request) (any, error) {
	var f faults.Fault
	if err := decode(r, &f); err != nil {
		return nil, err
	}
	knob, isSIP := strings.CutPrefix(f.Knob, faults.SIPPrefix)
	switch {
	case isSIP && h.SIP == nil:
		return nil, bad("there are no SIP proxies")
	case isSIP:
		return nil, h.SIP.SetFault(knob, f.Value)
	}
	return nil, h.Faults.Set(f)
}

// removeFault takes back one fault, by its id or, of the SIP proxies, by its knob.
func (h *Handler) removeFault(r *http.Request) (any, error) {
	id := r.PathValue("id")
	if knob, isSIP := strings.CutPrefix(id, faults.SIPPrefix); isSIP {
		if h.SIP == nil || h.SIP.Faults()[knob] == "" {
			return nil, faults.ErrUnknown
		}
		return nil, h.SIP.SetFault(knob, "off")
	}
	n, err := strconv.Atoi(id)
	if err != nil {
		return nil, bad("id: want the number or the sip. knob of a fault that GET /_sim/faults lists")
	}
	return nil, h.Faults.Remove(n)
}

func (h *Handler) forgetFaults() {
	h.Faults.Reset()
	if h.SIP != nil {
		h.SIP.ClearFaults()
	}
}

// inference is a switch as /_sim shows it.
type inference struct {
	Name   string   `json:"name"`
	Value  string   `json:"value"`
	Values []string `json:"values"` // the first is the default
	Text   string   `json:"text"`
	Source string   `json:"source"`
}

// inferences lists what the simulator had to decide, with the values in force.
func (h *Handler) inferences() []inference {
	list := []inference{}
	for _, i := range h.Switches.List() {
		list = append(list, inference{i.Name, h.Switches.Get(i.Name), i.Values, i.Text, i.Source})
	}
	return list
}

// setInferences takes {"name":"value", …}, or {"flip":true} for the second value
// of each.
func (h *Handler) setInferences(r *http.Request) (any, error) {
	var req map[string]any
	if err := decode(r, &req); err != nil {
		return nil, err
	}
	if req["flip"] == true {
		h.Switches.FlipAll()
		delete(req, "flip")
	}
	for name, value := range req {
		text, isText := value.(string)
		if !isText {
			return nil, bad("inferences: " + name + " wants a text")
		}
		if err := h.Switches.Set(name, text); err != nil {
			return nil, err
		}
	}
	return h.inferences(), nil
}
