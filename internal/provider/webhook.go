package provider

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// WebhookID names a webhook: a UUID in lower case.
type WebhookID string

// Webhook is an endpoint to which events are sent (Standard Webhooks).
type Webhook struct {
	ID            WebhookID
	Tenant        tenant.ID // "" for one of the provider, which hears of all tenants
	URL           string
	Description   string
	Types         []EventType // empty: all
	Enabled       bool
	Secret        []byte    // sealed; signs
	Previous      []byte    // sealed; signs, too, until PreviousUntil
	PreviousUntil time.Time //
	FailingSince  time.Time // of the first of the failures without a success since; zero: none
	Disabled      DisabledReason
	CreatedAt     time.Time
	ChangedAt     time.Time
}

// DisabledReason says why nothing is sent.
type DisabledReason string

const (
	DisabledAsked   DisabledReason = "asked"   // through the API
	DisabledGone    DisabledReason = "gone"    // the endpoint answered 410
	DisabledFailing DisabledReason = "failing" // for [DisableAfter]
)

// DisableAfter is how long an endpoint may fail before nothing is sent any more:
// longer than the retries of one event, so that it takes more than one.
const DisableAfter = 5 * 24 * time.Hour

// WebhookSecretPrefix begins every signing secret (Standard Webhooks, "Signature
// scheme").
const WebhookSecretPrefix = "whsec_"

// WebhookContext is what a webhook's secrets are sealed for.
func WebhookContext(id WebhookID) string { return "webhook/" + string(id) + "/secret" }

// Wants says whether events of a type are to be sent.
func (w Webhook) Wants(t EventType) bool {
	return w.Enabled && (len(w.Types) == 0 || slices.Contains(w.Types, t))
}

// Validate reports everything wrong with a webhook.
func (w Webhook) Validate() error {
	var p fault.Problems
	u, err := url.Parse(w.URL)
	switch {
	case err != nil || u.Hostname() == "" || len(w.URL) > 2048 || u.Opaque != "":
		p.Add("url", "must be a URL such as https://example.com/hooks")
	case u.User != nil || u.Fragment != "":
		p.Add("url", "must have no user, password or fragment")
	case u.Scheme != "https" && !w.Plain():
		p.Add("url", "must be https")
	}
	if len(w.Description) > 256 {
		p.Add("description", "must have at most 256 characters")
	}
	for i, t := range w.Types {
		switch {
		case !slices.Contains(EventTypes(), t):
			p.Add("types", "there is no type %q of event", string(t))
		case slices.Contains(w.Types[:i], t):
			p.Add("types", "%s is there twice", t)
		}
	}
	return p.Err("webhook_invalid", "the webhook is not valid")
}

// Plain says whether the URL is http to this machine, which only a development
// installation permits.
func (w Webhook) Plain() bool {
	u, err := url.Parse(w.URL)
	if err != nil || u.Scheme != "http" {
		return false
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		return a.IsLoopback()
	}
	return strings.EqualFold(u.Hostname(), "localhost")
}

// DeliveryKey names a delivery: one event to one webhook.
type DeliveryKey struct {
	Tenant  tenant.ID // of the event
	Webhook WebhookID
	Event   EventID
}

// DeliveryState is where a delivery stands.
type DeliveryState string

const (
	DeliveryPending   DeliveryState = "pending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed" // given up; can be replayed
)

// Delivery is one event on its way to one webhook.
type Delivery struct {
	DeliveryKey
	State     DeliveryState
	Run       int       // 1, and one more for each replay
	Tries     int       // attempts of this run
	Attempts  []Attempt // the last [AttemptsKept], oldest first
	NextAt    time.Time // of a pending one that waits; zero: now
	CreatedAt time.Time
	ChangedAt time.Time
}

// Attempt is one try to deliver.
type Attempt struct {
	At     time.Time     `json:"at"`
	Status int           `json:"status,omitempty"` // of the answer; 0: there was none
	Answer string        `json:"answer,omitempty"` // its first 1024 bytes
	Error  string        `json:"error,omitempty"`  // why there was none, or why none was asked for
	Took   time.Duration `json:"took"`
}

// AttemptsKept is how many attempts of a delivery are kept.
const AttemptsKept = 50

// Parcel is a delivery with all that it takes to make it.
type Parcel struct {
	Delivery Delivery
	Event    Event
	Webhook  Webhook
	Before   *Delivery // of an earlier event of the same call, which is still on its way to the webhook; nil: none is
	// Overtakes is an earlier event of the same call that was refused so often that
	// this one waits for it no longer; "": there is none.
	Overtakes EventID
}

// OvertakenAfter is how many refusals in a row an event holds back those of its call
// behind it. The schedule has the fourth after 35 minutes.
const OvertakenAfter = 4

// Outcome is what an attempt leaves.
type Outcome struct {
	State   DeliveryState
	NextAt  time.Time      // of a pending one
	Disable DisabledReason // "": the webhook stays as it is
}
