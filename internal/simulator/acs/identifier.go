package acs

import (
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"tandem/internal/simulator/events"
)

// Kinds of identifiers that this simulator knows (facts/call-automation.md §5).
const (
	kindPhone = "phoneNumber"
	kindTeams = "microsoftTeamsUser"
	kindUser  = "communicationUser"
)

// identifier is a party: kind and the value inside its raw id.
type identifier struct {
	kind string
	id   string // E.164 number, Entra object id or whole 8:acs id
}

// shown is what a person sees of a caller.
func (i identifier) shown() string {
	if i.kind == kindPhone {
		return i.id
	}
	return i.raw()
}

func phone(number string) identifier { return identifier{kindPhone, number} }

func (i identifier) raw() string {
	switch i.kind {
	case kindPhone:
		return "4:" + i.id
	case kindTeams:
		return "8:orgid:" + i.id
	}
	return i.id
}

func (i identifier) detail() events.Field {
	switch i.kind {
	case kindPhone:
		return events.Field{Key: kindPhone, Value: events.Object{{Key: "value", Value: i.id}}}
	case kindTeams:
		return events.Field{Key: kindTeams, Value: events.Object{
			{Key: "userId", Value: i.id}, {Key: "isAnonymous", Value: false}, {Key: "cloud", Value: "public"},
		}}
	}
	return events.Field{Key: i.kind, Value: events.Object{{Key: "id", Value: i.id}}}
}

// object is the form of callbacks and of the API: rawId first.
func (i identifier) object() events.Object {
	return events.Object{{Key: "rawId", Value: i.raw()}, {Key: "kind", Value: i.kind}, i.detail()}
}

// announced is the form of IncomingCall: kind first (facts/observed-events.md §3).
func (i identifier) announced() events.Object {
	return events.Object{{Key: "kind", Value: i.kind}, {Key: "rawId", Value: i.raw()}, i.detail()}
}

// identifierModel is CommunicationIdentifierModel as requests carry it: with or
// without kind, with or without rawId.
type identifierModel struct {
	Kind  string `json:"kind"`
	RawID string `json:"rawId"`
	Phone *struct {
		Value string `json:"value"`
	} `json:"phoneNumber"`
	Teams *struct {
		UserID string `json:"userId"`
		Cloud  string `json:"cloud"`
	} `json:"microsoftTeamsUser"`
	User *struct {
		ID string `json:"id"`
	} `json:"communicationUser"`
}

var errIdentifier = errors.New("One or more CommunicationIdentifier is invalid") //nolint:staticcheck // Microsoft's words

// parse returns the identifier, which must be consistent in itself.
func (m *identifierModel) parse() (identifier, error) {
	if m == nil {
		return identifier{}, errIdentifier
	}
	var found []identifier
	if m.Phone != nil {
		found = append(found, phone(m.Phone.Value))
	}
	if m.Teams != nil {
		if m.Teams.Cloud != "" && m.Teams.Cloud != "public" {
			return identifier{}, errIdentifier
		}
		found = append(found, identifier{kindTeams, strings.ToLower(m.Teams.UserID)})
	}
	if m.User != nil {
		found = append(found, identifier{kindUser, m.User.ID})
	}
	if m.RawID != "" {
		found = append(found, parseRaw(m.RawID))
	}
	if len(found) == 0 {
		return identifier{}, errIdentifier
	}
	for _, i := range found {
		if i != found[0] || !i.valid() || (m.Kind != "" && m.Kind != i.kind) {
			return identifier{}, errIdentifier
		}
	}
	return found[0], nil
}

func parseRaw(raw string) identifier {
	switch {
	case strings.HasPrefix(raw, "4:"):
		return phone(raw[len("4:"):])
	case strings.HasPrefix(raw, "8:orgid:"):
		return identifier{kindTeams, strings.ToLower(raw[len("8:orgid:"):])}
	}
	return identifier{kindUser, raw}
}

func (i identifier) valid() bool {
	switch i.kind {
	case kindPhone:
		digits := strings.TrimPrefix(i.id, "+")
		return digits != i.id && len(digits) >= 3 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
	case kindTeams:
		// The 36 characters of a plain GUID; uuid.Validate takes other forms too.
		return len(i.id) == 36 && uuid.Validate(i.id) == nil
	}
	return strings.HasPrefix(i.id, "8:acs:")
}

// callback checks a callback URI: https, or http on loopback where that was
// allowed (facts/call-automation.md §11.1).
func (s *Service) callback(name, uri string) error {
	if s.reachable(uri, "https", "http") {
		return nil
	}
	return invalid("The field " + name + " is invalid.")
}

// socketURL does the same for WebSockets.
func (s *Service) socketURL(uri string) error {
	if s.reachable(uri, "wss", "ws") {
		return nil
	}
	return invalid("The field TransportUrl is invalid.")
}

func (s *Service) reachable(uri, secure, plain string) bool {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == secure || u.Scheme == plain && s.InsecureCallbacks && loopback(u.Hostname())
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && addr.IsLoopback())
}

// replyTo checks where an operation's events are to go, and hands on what else
// may be wrong.
func (s *Service) replyTo(r reply, others ...error) error {
	if r.CallbackURI != "" {
		if err := s.callback("OperationCallbackUri", r.CallbackURI); err != nil {
			return err
		}
	}
	for _, err := range others {
		if err != nil {
			return err
		}
	}
	return nil
}

// target parses whom a request is about. Users of another resource are not
// reached (a known issue, facts/call-automation.md §6.4).
func (s *Service) target(x *exchange, m *identifierModel) (identifier, error) {
	who, err := m.parse()
	if err != nil {
		return who, invalid(err.Error() + ".")
	}
	if who.kind == kindUser && !strings.HasPrefix(strings.ToLower(who.id), "8:acs:"+x.resource.ImmutableID+"_") {
		return who, invalid(errIdentifier.Error() + ".")
	}
	return who, nil
}

func (s *Service) targets(x *exchange, models []*identifierModel) ([]identifier, error) {
	list := make([]identifier, 0, len(models))
	for _, m := range models {
		who, err := s.target(x, m)
		if err != nil {
			return nil, err
		}
		if slices.Contains(list, who) {
			return nil, invalid(errIdentifier.Error() + " in collection.")
		}
		list = append(list, who)
	}
	return list, nil
}

// needCallerID refuses phones that would be called from no number
// (facts/call-automation.md §6.1).
func needCallerID(targets []identifier, number string) error {
	if number == "" && slices.ContainsFunc(targets, func(i identifier) bool { return i.kind == kindPhone }) {
		return invalid("The SourceCallerIdNumber field is required.")
	}
	return nil
}
