package graph

import (
	"net/http"
	"slices"
	"strings"
)

// The workloads behind Graph; their refusals differ (§2.8).
const (
	directory = iota
	communications
	teamsAdmin
)

// route is one operation: who may call it (any of the roles, §2.1), and what it
// costs in resource units (§2.7).
type route struct {
	method string
	path   string // parts in braces vary
	roles  []string
	work   int
	cost   int // 0: not counted in resource units
	batch  bool
	do     func(*Service, *request) (any, error)
}

var (
	readUsers   = []string{"User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readProfile = readUsers[1:]
	readGroups  = []string{"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readOrg     = []string{"Organization.Read.All", "Organization.ReadWrite.All", "User.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readPlans   = []string{"LicenseAssignment.Read.All", "LicenseAssignment.ReadWrite.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	presences   = []string{"Presence.Read.All", "Presence.ReadWrite.All"}
	readTeams   = []string{"TeamsUserConfiguration.Read.All"}
)

// routes returns every operation.
func routes() []route {
	const get, post = http.MethodGet, http.MethodPost
	return []route{
		{method: get, path: "/organization", roles: readOrg, cost: 1, do: (*Service).organization},
		{method: get, path: "/users", roles: readUsers, cost: 2, do: (*Service).users},
		{method: get, path: "/users/{}", roles: readUsers, cost: 1, do: (*Service).user},
		{method: get, path: "/users/{}/licenseDetails", roles: readPlans, cost: 2, do: (*Service).licences},
		{method: post, path: "/users/{}/checkMemberObjects", roles: readProfile, cost: 2, do: (*Service).checkMembers},
		{method: get, path: "/users/{}/presence", roles: presences, work: communications, do: (*Service).presence},
		{method: get, path: "/groups", roles: readGroups, cost: 2, do: (*Service).groups},
		{method: get, path: "/groups/{}", roles: readGroups, cost: 1, do: (*Service).group},
		{method: get, path: "/groups/{}/members", roles: readGroups, cost: 3, do: members(false)},
		{method: get, path: "/groups/{}/transitiveMembers", roles: readGroups, cost: 5, do: members(true)},
		{method: get, path: "/groups/{}/members/microsoft.graph.user", roles: readGroups, cost: 3, do: memberUsers(false)},
		{method: get, path: "/groups/{}/transitiveMembers/microsoft.graph.user", roles: readGroups, cost: 5, do: memberUsers(true)},
		{method: post, path: "/communications/getPresencesByUserId", roles: presences, work: communications, do: (*Service).presencesByID},
		{method: get, path: "/communications/presences/{}", roles: presences, work: communications, do: (*Service).presence},
		{method: get, path: "/admin/teams/userConfigurations", roles: readTeams, work: teamsAdmin, do: (*Service).configurations},
		{method: get, path: "/admin/teams/userConfigurations/{}", roles: readTeams, work: teamsAdmin, do: (*Service).configuration},
		{method: post, path: "/$batch", batch: true, do: (*Service).batch},
	}
}

// roots are first parts of paths that the real Graph has.
var roots = []string{
	"organization", "users", "groups", "communications", "admin", "$batch", "me", "applications", "serviceprincipals", "subscriptions",
	"subscribedskus", "directoryroles", "directoryobjects", "directory", "domains", "devices", "policies", "teams", "chats", "sites", "drives",
	"identity", "rolemanagement", "auditlogs", "reports", "oauth2permissiongrants", "tenantrelationships", "$metadata",
}

// find returns the operation of a request, with the variable parts of its path in
// args. What the real Graph has and this one has not is a 501.
func (s *Service) find(r *request) (route, error) {
	rest, versioned := strings.CutPrefix(r.URL.Path, base+"/")
	if !versioned {
		if version, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); version != "beta" {
			return route{}, &problem{http.StatusBadRequest, "BadRequest", "Invalid version: " + version}
		}
		return route{}, &problem{http.StatusNotImplemented, "notImplemented", "The simulator has no beta."}
	}
	parts := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	for _, candidate := range routes() {
		if args, ok := match(candidate.path, parts); ok && candidate.method == r.Method {
			r.args = args
			return candidate, nil
		}
	}
	if !slices.Contains(roots, strings.ToLower(parts[0])) {
		return route{}, &problem{http.StatusBadRequest, "BadRequest", "Resource not found for the segment '" + parts[0] + "'."}
	}
	return route{}, &problem{http.StatusNotImplemented, "notImplemented", "The simulator does not know " + r.Method + " " + r.URL.Path + "."}
}

func match(path string, parts []string) (args []string, ok bool) {
	wanted := strings.Split(path[1:], "/")
	if len(wanted) != len(parts) {
		return nil, false
	}
	for i, part := range parts {
		switch {
		case wanted[i] == "{}" && part != "":
			args = append(args, part)
		case !strings.EqualFold(wanted[i], part):
			return nil, false
		}
	}
	return args, true
}

// denied is the refusal of a token without the role. That of communications and
// of the Teams administration is not documented [?].
func (f route) denied() error {
	if f.work == directory {
		return &problem{http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."}
	}
	return &problem{http.StatusForbidden, "Forbidden", "Missing role permissions on the request. API requires one of: " + strings.Join(f.roles, ", ") + "."}
}

func missing(id string) error {
	return &problem{http.StatusNotFound, "Request_ResourceNotFound", "Resource '" + id + "' does not exist or one of its queried reference-property objects are not present."}
}
