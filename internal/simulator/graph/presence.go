package graph

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

// maxIDs is how many users one request may ask for.
const maxIDs = 650

// refused is the 400 of communications; its words are not documented [?].
func refused(message string) error {
	return &problem{http.StatusBadRequest, "BadRequest", message}
}

func (s *Service) presencesByID(r *request) (any, error) {
	var req struct {
		IDs []string `json:"ids"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(&req); err != nil {
		return nil, refused("Unable to read JSON request payload.")
	}
	if len(req.IDs) == 0 || len(req.IDs) > maxIDs {
		return nil, refused(fmt.Sprintf("The number of ids must be between 1 and %d.", maxIDs))
	}
	list := make([]map[string]any, 0, len(req.IDs))
	for _, id := range req.IDs {
		if uuid.Validate(id) != nil {
			return nil, refused("Invalid user id.")
		}
		id = strings.ToLower(id)
		p, known := s.Directory.Presence(r.claims.Tenant, id)
		if known {
			p = s.shown(id, p)
		} else if p = (teams.Presence{Availability: "PresenceUnknown", Activity: "PresenceUnknown"}); s.Switches.Get(evidence.PresenceUnknownUser) == "omitted" {
			continue
		}
		list = append(list, s.written(r, id, p))
	}
	// No order is promised, so none is kept.
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return map[string]any{
		"@odata.context": publicAudience + base + "/$metadata#Collection(microsoft.graph.presence)", "value": list,
	}, nil
}

// presence answers for one user. That $select fails is reported.
func (s *Service) presence(r *request) (any, error) {
	if r.URL.Query().Has(optSelect) {
		return nil, refused("Query option '$select' is not allowed.")
	}
	who, found := s.Directory.Person(r.claims.Tenant, r.args[0])
	if !found {
		return nil, &problem{http.StatusNotFound, "NotFound", "User not found."}
	}
	p, _ := s.Directory.Presence(r.claims.Tenant, who.OID)
	body := s.written(r, who.OID, s.shown(who.OID, p))
	body["@odata.context"] = publicAudience + base + "/$metadata#users('" + who.OID + "')/presence/$entity"
	return body, nil
}

// written is a presence in JSON. The schema of the government's clouds has fewer
// members.
func (s *Service) written(r *request, oid string, p teams.Presence) map[string]any {
	if _, struck := s.Faults.Take(faults.PresenceCamelCase, r.claims.Tenant); struck {
		p.Availability, p.Activity = lowerFirst(p.Availability), lowerFirst(p.Activity)
	}
	body := map[string]any{"id": oid, "availability": p.Availability, "activity": p.Activity, "statusMessage": nil}
	_, poor := s.Faults.Take(faults.PresencePoor, r.claims.Tenant)
	if !poor && r.tenant.Cloud == "" {
		body["outOfOfficeSettings"] = map[string]any{"isOutOfOffice": p.Activity == "OutOfOffice", "message": nil}
		body["sequenceNumber"] = fmt.Sprintf("A%010d", s.sequence.Add(1))
		body["workLocation"] = nil
	}
	return body
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// shown returns the presence to answer for a user whose presence is now: that,
// or under presence.freeze the one that was answered before.
func (s *Service) shown(oid string, now teams.Presence) teams.Presence {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, asked := s.answered[oid]
	if _, struck := s.Faults.Take(faults.PresenceFreeze, oid); struck && asked {
		return before
	}
	s.answered[oid] = now
	return now
}
