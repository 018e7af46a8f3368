package acs

import (
	"strings"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

// Prefixes of raw ids that we know (facts/call-automation.md §5). People of
// other clouds (8:gcch:, 8:dod:) and visitors are not among those we can ring.
const (
	rawTeamsUser = "8:orgid:"
	rawPhone     = "4:"
	anonymous    = "anonymous"
)

// identifier is CommunicationIdentifierModel.
type identifier struct {
	Kind  string     `json:"kind,omitempty"`
	RawID string     `json:"rawId,omitempty"`
	Teams *teamsUser `json:"microsoftTeamsUser,omitempty"`
	Phone *phone     `json:"phoneNumber,omitempty"`
}

type teamsUser struct {
	UserID      string `json:"userId"`
	IsAnonymous bool   `json:"isAnonymous"`
	Cloud       string `json:"cloud,omitempty"`
}

type phone struct {
	Value string `json:"value"`
}

// identify spells an endpoint as Microsoft does; false for a kind that this
// connectivity cannot reach.
func identify(e call.Endpoint) (identifier, bool) {
	switch e.Kind {
	case tenant.TeamsUser:
		oid := strings.ToLower(e.ID)
		return identifier{
			Kind: "microsoftTeamsUser", RawID: rawTeamsUser + oid,
			Teams: &teamsUser{UserID: oid, Cloud: "public"},
		}, oid != ""
	case tenant.PhoneNumber:
		return identifier{Kind: "phoneNumber", RawID: rawPhone + e.ID, Phone: &phone{Value: e.ID}}, e.ID != ""
	}
	return identifier{}, false
}

// endpoint is the reverse; false for identifiers of other kinds (ACS users,
// bots, visitors, whatever is new). kind is optional, and where it stands it is
// not trusted over the raw id.
func (i identifier) endpoint() (call.Endpoint, bool) {
	raw := i.raw()
	if oid, ok := strings.CutPrefix(raw, rawTeamsUser); ok && oid != "" {
		return call.Endpoint{Kind: tenant.TeamsUser, ID: strings.ToLower(oid)}, true
	}
	if number, ok := strings.CutPrefix(raw, rawPhone); ok {
		number, _, _ = strings.Cut(number, "_") // what follows is an asserted id
		if strings.HasPrefix(number, "+") {
			return call.Endpoint{Kind: tenant.PhoneNumber, ID: number}, true
		}
	}
	return call.Endpoint{}, false
}

// raw is the raw id, made from the other members if it is absent.
func (i identifier) raw() string {
	switch {
	case i.RawID != "":
		return i.RawID
	case i.Teams != nil && !i.Teams.IsAnonymous && (i.Teams.Cloud == "" || strings.EqualFold(i.Teams.Cloud, "public")):
		return rawTeamsUser + i.Teams.UserID
	case i.Phone != nil:
		return rawPhone + i.Phone.Value
	}
	return ""
}

// party names somebody for the engine: an E.164 number, "anonymous", else the
// raw id.
func (i identifier) party() string {
	if e, ok := i.endpoint(); ok && e.Kind == tenant.PhoneNumber {
		return e.ID
	}
	raw := i.raw()
	if raw == rawPhone+anonymous {
		return anonymous
	}
	return raw
}
