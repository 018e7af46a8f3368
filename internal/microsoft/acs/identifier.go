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

// Identifier is CommunicationIdentifierModel.
type Identifier struct {
	Kind  string     `json:"kind,omitempty"`
	RawID string     `json:"rawId,omitempty"`
	Teams *TeamsUser `json:"microsoftTeamsUser,omitempty"`
	Phone *Phone     `json:"phoneNumber,omitempty"`
	User  *ACSUser   `json:"communicationUser,omitempty"`
}

// ACSUser is an identity of an ACS resource; its id is the raw id.
type ACSUser struct {
	ID string `json:"id"`
}

// TeamsUser is a person with an Entra object id.
type TeamsUser struct {
	UserID      string `json:"userId"`
	IsAnonymous bool   `json:"isAnonymous"`
	Cloud       string `json:"cloud,omitempty"`
}

// Phone is an E.164 number, or "anonymous".
type Phone struct {
	Value string `json:"value"`
}

// identify spells an endpoint as Microsoft does; false for a kind that this
// connectivity cannot reach.
func identify(e call.Endpoint) (Identifier, bool) {
	switch e.Kind {
	case tenant.TeamsUser:
		oid := strings.ToLower(e.ID)
		return Identifier{
			Kind: "microsoftTeamsUser", RawID: rawTeamsUser + oid,
			Teams: &TeamsUser{UserID: oid, Cloud: "public"},
		}, oid != ""
	case tenant.PhoneNumber:
		return Identifier{Kind: "phoneNumber", RawID: rawPhone + e.ID, Phone: &Phone{Value: e.ID}}, e.ID != ""
	case tenant.ACSUser:
		id, err := tenant.ParseACSUser(e.ID)
		return Identifier{Kind: "communicationUser", RawID: id, User: &ACSUser{ID: id}}, err == nil
	}
	return Identifier{}, false
}

// endpoint is the reverse; false for identifiers of other kinds (bots, visitors,
// users of Teams Phone extensibility, whatever is new). kind is optional, and where it stands it is
// not trusted over the raw id.
func (i Identifier) endpoint() (call.Endpoint, bool) {
	raw := i.raw()
	if oid, ok := strings.CutPrefix(raw, rawTeamsUser); ok && oid != "" {
		return call.Endpoint{Kind: tenant.TeamsUser, ID: strings.ToLower(oid)}, true
	}
	if number, ok := strings.CutPrefix(raw, rawPhone); ok {
		number, _, _ = strings.Cut(number, "_") // what follows is an asserted id
		if strings.HasPrefix(number, "+") || number == anonymous {
			return call.Endpoint{Kind: tenant.PhoneNumber, ID: number}, true
		}
	}
	if id, err := tenant.ParseACSUser(raw); err == nil {
		return call.Endpoint{Kind: tenant.ACSUser, ID: id}, true
	}
	return call.Endpoint{}, false
}

// raw is the raw id, made from the other members if it is absent.
func (i Identifier) raw() string {
	switch {
	case i.RawID != "":
		return i.RawID
	case i.Teams != nil && !i.Teams.IsAnonymous && (i.Teams.Cloud == "" || strings.EqualFold(i.Teams.Cloud, "public")):
		return rawTeamsUser + i.Teams.UserID
	case i.Phone != nil:
		return rawPhone + i.Phone.Value
	case i.User != nil:
		return i.User.ID
	}
	return ""
}

// party names somebody for the engine: an E.164 number, "anonymous", else the
// raw id.
func (i Identifier) party() string {
	if e, ok := i.endpoint(); ok && e.Kind == tenant.PhoneNumber {
		return e.ID
	}
	return i.raw()
}
