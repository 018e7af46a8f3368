package acs

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
)

// checkLeg checks what create, answer and connect have in common.
func (s *Service) checkLeg(o legOptions) error {
	if err := s.callback("CallbackUri", o.CallbackURI); err != nil {
		return err
	}
	if o.Streaming != nil && o.Streaming.URL != "" {
		if err := s.socketURL(o.Streaming.URL); err != nil {
			return err
		}
	}
	if o.Transcription != nil && o.Transcription.URL != "" {
		return s.socketURL(o.Transcription.URL)
	}
	return nil
}

// create calls one target, or several at once: then the first who answers
// connects the call and the others go on ringing ([?] switch group.connected).
func (s *Service) create(x *exchange) (events.Object, error) {
	var req struct {
		legOptions
		Targets  []*identifierModel `json:"targets"`
		CallerID struct {
			Value string `json:"value"`
		} `json:"sourceCallerIdNumber"`
		Name   string `json:"sourceDisplayName"`
		Source struct {
			ID string `json:"id"`
		} `json:"source"`
		TeamsApp any `json:"teamsAppSource"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	if err := s.checkLeg(req.legOptions); err != nil {
		return nil, err
	}
	if req.TeamsApp != nil { // Teams Phone extensibility is not configured here
		return nil, failure{http.StatusForbidden, "7600", "The resource has no access to the Teams app source."}
	}
	targets, err := s.targets(x, req.Targets)
	if err != nil {
		return nil, err
	}
	if err := needCallerID(targets, req.CallerID.Value); err != nil {
		return nil, err
	}
	own := identifier{kindUser, "8:acs:" + x.resource.ImmutableID + "_" + newID()}
	if req.Source.ID != "" {
		if own, err = s.target(x, &identifierModel{RawID: req.Source.ID}); err != nil {
			return nil, err
		}
		if own.kind != kindUser { // a second "Id" overrides the one that was looked at
			return nil, invalid(errIdentifier.Error() + ".")
		}
	}
	c := s.newCall(x.resource, own, targets[0])
	leg := s.begin(x, c, req.legOptions)
	leg.created, leg.source, leg.sourceName, leg.callerID, leg.targets = true, own, req.Name, req.CallerID.Value, targets
	if req.Source.ID != "" || s.Switches.Get(evidence.CreateUserIdentity) == "listed" {
		leg.identity = &member{identifier: own, app: leg}
	}
	for _, who := range targets {
		s.invite(&invitation{
			call: c, by: leg, who: who, patience: defaultRingTime, name: req.Name, from: leg.shownTo(who), callerID: req.CallerID.Value,
			ready: x.answered, settled: func(o outcome, m *member) { s.called(leg, o, m) },
		})
	}
	return leg.properties("connecting"), nil
}

// shownTo is who calls: phones see a number, so do those called with a number
// as the caller's id.
func (a *connection) shownTo(who identifier) identifier {
	if a.callerID != "" && who.kind != kindUser {
		return phone(a.callerID)
	}
	return a.source
}

// called takes the outcome of one target of create.
func (s *Service) called(leg *connection, o outcome, m *member) {
	c := leg.call
	if m != nil {
		if leg.identity != nil && len(c.members) == 0 {
			s.enter(c, leg.identity)
		}
		s.join(c, m, time.Now())
	}
	switch {
	case leg.connected:
	case len(c.invitations) > 0 && (len(c.members) == 0 || s.Switches.Get(evidence.GroupConnected) == "all"):
	case len(c.members) == 0:
		s.fail(leg, events.CreateCallFailed, o.result())
	default:
		s.announce(leg)
	}
}

// connectTo makes the application a guest of a call that exists: by the server
// call id of one of its legs, or by the id of a group or room, which is opened
// when nobody is there yet ([?]).
func (s *Service) connectTo(x *exchange) (events.Object, error) {
	var req struct {
		legOptions
		Locator callLocator `json:"callLocator"`
	}
	if err := x.decode(&req); err != nil {
		return nil, err
	}
	if err := s.checkLeg(req.legOptions); err != nil {
		return nil, err
	}
	c, err := s.locate(x, req.Locator, true)
	if err != nil {
		return nil, err
	}
	leg := s.begin(x, c, req.legOptions)
	for _, m := range c.members {
		leg.targets = append(leg.targets, m.identifier)
	}
	x.then(func() {
		if c.over {
			leg.tell(events.ConnectFailed, reply{OperationContext: leg.operationContext}, nil,
				events.Result{Code: http.StatusNotFound, SubCode: 8522, Message: "Resource not found."})
			return
		}
		c.sequence++
		s.announce(leg)
	})
	return leg.properties("unknown"), nil
}

// callLocator names a call that exists.
type callLocator struct {
	Kind         string `json:"kind"`
	ServerCallID string `json:"serverCallId"`
	GroupCallID  string `json:"groupCallId"`
	RoomID       string `json:"roomId"`
}

// locate finds the call of a locator; groups and rooms are opened if asked.
func (s *Service) locate(x *exchange, l callLocator, open bool) (*call, error) {
	group := l.GroupCallID
	if group == "" {
		group = l.RoomID
	}
	kinds := map[string]string{"": l.ServerCallID + group, "servercalllocator": l.ServerCallID, "groupcalllocator": l.GroupCallID, "roomcalllocator": l.RoomID}
	if (l.ServerCallID == "") == (group == "") || l.GroupCallID != "" && l.RoomID != "" || kinds[strings.ToLower(l.Kind)] == "" {
		return nil, invalid("The field CallLocator is invalid.")
	}
	i := slices.IndexFunc(s.calls, func(c *call) bool {
		if c.resource != x.resource || len(c.members) == 0 && group == "" {
			return false
		}
		return l.ServerCallID != "" && c.serverCallID == l.ServerCallID || group != "" && c.groupID == group
	})
	if i >= 0 {
		return s.calls[i], nil
	}
	if group == "" || !open {
		return nil, errCallNotFound
	}
	c := s.newCall(x.resource, identifier{}, identifier{})
	c.groupID = group
	return c, nil
}
