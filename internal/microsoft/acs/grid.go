package acs

import (
	"encoding/json"
	"strings"

	"tandem/internal/bridge"
)

const (
	typeIncoming   = typePrefix + "IncomingCall"
	typeValidation = "Microsoft.EventGrid.SubscriptionValidationEvent"
)

// gridEvent is an event in Event Grid's own schema or in CloudEvents': both
// have id, subject and data, and call the rest differently.
type gridEvent struct {
	ID          string          `json:"id"`
	Subject     string          `json:"subject"`
	Topic       string          `json:"topic"`  // Event Grid schema
	Source      string          `json:"source"` // CloudEvents
	EventType   string          `json:"eventType"`
	Type        string          `json:"type"`
	SpecVersion string          `json:"specversion"` // CloudEvents only
	Data        json.RawMessage `json:"data"`
}

func (e gridEvent) kind() string { return either(e.EventType, e.Type) }

func (e gridEvent) decode(data any) error { return json.Unmarshal(e.Data, data) }

func (e gridEvent) topic() string { return either(e.Topic, e.Source) }

// validation is the code to give back at the handshake; "" if e is none.
func (e gridEvent) validation() string {
	if e.kind() != typeValidation {
		return ""
	}
	var d struct {
		Code string `json:"validationCode"`
	}
	if json.Unmarshal(e.Data, &d) != nil {
		return ""
	}
	return d.Code
}

// incoming reads the data of an IncomingCall (facts/observed-events.md §3);
// false if it makes no sense.
func (e gridEvent) incoming(resource, eventID string) (bridge.Incoming, bool) {
	var d struct {
		From        Identifier `json:"from"`
		To          Identifier `json:"to"`
		Context     string     `json:"incomingCallContext"`
		Correlation string     `json:"correlationId"`
		Custom      struct {
			SIP map[string]string `json:"sipHeaders"`
		} `json:"customContext"`
	}
	if err := json.Unmarshal(e.Data, &d); err != nil || d.Context == "" {
		return bridge.Incoming{}, false
	}
	in := bridge.Incoming{
		Resource: resource, Seen: bridge.Seen{Resource: resource, EventID: eventID},
		Context: d.Context, Correlation: d.Correlation, From: d.From.party(), To: d.To.party(),
	}
	for name, value := range d.Custom.SIP { // names keep the case that the sender gave them
		if strings.EqualFold(name, TokenHeader) {
			in.Token = value
		}
	}
	return in, true
}
