package graph

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"tandem/internal/simulator/teams"
)

func groupProperty(g teams.Group, name string) any {
	switch name {
	case "id":
		return g.ID
	case "displayName":
		return g.Name
	case "description":
		return orNull(g.Description)
	case "mailNickname":
		return g.ID[:8]
	case "mailEnabled":
		return false
	case "securityEnabled":
		return true
	case "groupTypes":
		return []string{}
	case "createdDateTime":
		return created
	}
	return nil
}

func (s *Service) groups(r *request) (any, error) {
	q, err := groupSchema.parse(r.Request, true, false)
	if err != nil {
		return nil, err
	}
	settings, err := s.Directory.Settings(r.claims.Tenant)
	if err != nil {
		return nil, missing(r.claims.Tenant)
	}
	return collect(s, r, q, "groups", settings.Groups, groupProperty, func(g teams.Group) map[string]any {
		return q.show(func(name string) any { return groupProperty(g, name) })
	}), nil
}

func (s *Service) group(r *request) (any, error) {
	_, g, err := s.findGroup(r)
	if err != nil {
		return nil, err
	}
	return one(r, groupSchema, "groups", func(name string) any { return groupProperty(g, name) })
}

func (s *Service) findGroup(r *request) (teams.Settings, teams.Group, error) {
	settings, _ := s.Directory.Settings(r.claims.Tenant)
	g, found := settings.Group(r.args[0])
	if !found || g.Name == r.args[0] { // by id alone
		return settings, g, missing(r.args[0])
	}
	return settings, g, nil
}

// object is a member of a group: a user or a group.
type object struct {
	user  teams.Profile
	group teams.Group // if it has an id
}

func (o object) kind() string {
	if o.group.ID != "" {
		return "#microsoft.graph.group"
	}
	return "#microsoft.graph.user"
}

// member is a property of the user or the group, as far as the roles of the request
// show it. Whoever may not read users sees the ids of members alone (§2.4), and for
// whom users are basic profiles (§2.1), members are too.
func member(r *request) func(object, string) any {
	seen, may := visible(r), r.may(readUsers)
	return func(o object, name string) any {
		switch {
		case !may && name != "id":
			return nil
		case o.group.ID != "":
			return groupProperty(o.group, name)
		}
		return seen(o.user, name)
	}
}

// membersOf are the members of the group that a request names.
func (s *Service) membersOf(r *request, deep bool) ([]object, error) {
	settings, g, err := s.findGroup(r)
	if err != nil {
		return nil, err
	}
	return s.within(r, settings, g, deep), nil
}

// within are the members of a group, or with deep those of the groups in it, too,
// each once.
func (s *Service) within(r *request, settings teams.Settings, g teams.Group, deep bool) []object {
	seen, list := map[string]bool{g.ID: true}, []object{}
	people := map[string]teams.Profile{}
	for _, p := range s.Directory.People(r.claims.Tenant) {
		people[p.OID] = p
	}
	for todo := []teams.Group{g}; len(todo) > 0; todo = todo[1:] {
		for _, oid := range todo[0].Members {
			if p, there := people[oid]; there && !seen[oid] {
				seen[oid] = true
				list = append(list, object{user: p})
			}
		}
		for _, id := range todo[0].Groups {
			if nested, there := settings.Group(id); there && !seen[nested.ID] {
				seen[nested.ID] = true
				list = append(list, object{group: nested})
				if deep {
					todo = append(todo, nested)
				}
			}
		}
	}
	return list
}

// maxChecked is how many groups and roles one request may ask about.
const maxChecked = 20

// checkMembers tells in which of the groups, nested ones too, and directory roles a
// user is. Roles are known by their template ids alone: nobody here activates them.
func (s *Service) checkMembers(r *request) (any, error) {
	who, found := s.Directory.Person(r.claims.Tenant, r.args[0])
	if !found {
		return nil, missing(r.args[0])
	}
	var req struct {
		IDs []string `json:"ids"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(&req); err != nil {
		return nil, badRequest("Unable to read JSON request payload.")
	}
	if len(req.IDs) == 0 || len(req.IDs) > maxChecked {
		return nil, badRequest("The number of ids must be between 1 and %d.", maxChecked)
	}
	settings, _ := s.Directory.Settings(r.claims.Tenant)
	in := []string{}
	for _, id := range req.IDs {
		if uuid.Validate(id) != nil {
			return nil, badRequest("Invalid object identifier '%s'.", id)
		}
		g, isGroup := settings.Group(strings.ToLower(id))
		switch {
		case slices.ContainsFunc(who.Roles, func(role string) bool { return strings.EqualFold(role, id) }):
			in = append(in, id)
		case isGroup:
			if slices.ContainsFunc(s.within(r, settings, g, true), func(o object) bool { return o.group.ID == "" && o.user.OID == who.OID }) {
				in = append(in, id)
			}
		}
	}
	return map[string]any{"@odata.context": publicAudience + base + "/$metadata#Collection(Edm.String)", "value": in}, nil
}

// members answers users and groups alike, each with its type.
func members(deep bool) func(*Service, *request) (any, error) {
	return func(s *Service, r *request) (any, error) {
		q, err := objectSchema.parse(r.Request, true, false)
		if err != nil {
			return nil, err
		}
		list, err := s.membersOf(r, deep)
		if err != nil {
			return nil, err
		}
		get := member(r)
		return collect(s, r, q, "directoryObjects", list, get, func(o object) map[string]any {
			of, mine := userSchema, q
			if o.group.ID != "" {
				of = groupSchema
			}
			if !q.values.Has(optSelect) {
				mine.selects = of.defaults
			}
			shown := map[string]any{"@odata.type": o.kind(), "id": get(o, "id")}
			for _, name := range mine.selects {
				if _, has := of.find(name); has {
					shown[name] = get(o, name)
				}
			}
			return shown
		}), nil
	}
}

// memberUsers answers the users alone: an OData cast, and so an advanced query.
func memberUsers(deep bool) func(*Service, *request) (any, error) {
	return func(s *Service, r *request) (any, error) {
		q, err := userSchema.parse(r.Request, true, true)
		if err == nil {
			err = mayFilter(r, q)
		}
		if err != nil {
			return nil, err
		}
		list, err := s.membersOf(r, deep)
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, func(o object) bool { return o.group.ID != "" })
		get := member(r)
		return collect(s, r, q, "users", list, get, func(o object) map[string]any {
			return q.show(func(name string) any { return get(o, name) })
		}), nil
	}
}
