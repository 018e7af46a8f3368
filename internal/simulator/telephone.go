package simulator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tandem/internal/simulator/acs"
	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/pstnhub"
	"tandem/internal/simulator/voice"
)

// dial calls a phone number for an application: through the trunks of the voice
// routes that fit, the next one after 408, 503 and 504 only; without a
// route to the resource that owns the number, else to a phone of the
// simulator's own.
func (s *Server) dial(ctx context.Context, o acs.Outbound) (acs.Leg, error) {
	if strings.HasPrefix(o.To, communicationUser) {
		line, err := s.phones.Dial(ctx, phones.Call{From: o.From, To: o.To, DisplayName: o.DisplayName})
		if err != nil {
			return nil, err
		}
		return line, nil
	}
	trunks := s.routes.Route(o.Resource, o.To)
	if owner := s.owner(o.To); owner != "" && len(trunks) == 0 {
		line, err := s.phones.Loop(ctx, phones.Call{From: o.From, To: o.To, DisplayName: o.DisplayName, Headers: o.Headers}, func(in *phones.Line) {
			s.calls.Offer(owner, in)
		})
		if err != nil {
			return nil, err
		}
		return line, nil
	}
	if len(trunks) == 0 {
		line, err := s.phones.Dial(ctx, phones.Call{From: o.From, To: o.To, DisplayName: o.DisplayName, Headers: o.Headers})
		if err != nil {
			return nil, err
		}
		return line, nil
	}
	if s.proxies == nil {
		return nil, errors.New("there are no SIP proxies to reach the trunks of the voice route")
	}
	var last error
	for _, fqdn := range trunks {
		leg, err := s.proxies.Dial(ctx, pstnhub.Call{Trunk: fqdn, From: o.From, To: o.To, DisplayName: o.DisplayName, Headers: o.Headers})
		if err == nil {
			return leg, nil
		}
		last = err
		var refused *pstnhub.Refused
		if !errors.As(err, &refused) || !refused.Failover() {
			break
		}
	}
	return nil, fmt.Errorf("voice route: %w", last)
}

// communicationUser begins the raw id of a communication user. One that /_sim was
// told of as a phone has a client, which is such a phone.
const communicationUser = "8:acs:"

func (s *Server) hasClient(rawID string) bool {
	_, err := s.phones.Phone(rawID)
	return err == nil
}

// owner is the immutable id of the resource that has a number of its own.
func (s *Server) owner(number string) string {
	for _, r := range s.config.Resources {
		if slices.Contains(r.Numbers, number) {
			return r.ImmutableID
		}
	}
	return ""
}

// audienceOfACS is the aud of Entra tokens for Communication Services, from
// their scope with its two slashes (facts/call-automation.md §2.2).
const audienceOfACS = "https://communication.azure.com"

// bearer accepts an app's token for Communication Services. Which role the app
// needs on the resource is not documented, so none is asked for.
func (s *Server) bearer(token string) error {
	var claims entra.Claims
	claims, err := s.entra.Verify(token)
	if err != nil {
		return err
	}
	if strings.TrimSuffix(claims.Audience, "/") != audienceOfACS {
		return errors.New("the token is for another service")
	}
	return nil
}

// say makes a participant of a call say something; see acs.Service.Say.
func (s *Server) say(ctx context.Context, call, rawID, text, locale string) error {
	pcm, err := s.speaker.Speak(ctx, voice.Text{Text: text, Locale: locale})
	if err != nil {
		return err
	}
	return s.calls.Say(call, rawID, text, pcm)
}
