package entra

import (
	"slices"
	"strings"
)

// The directory roles by template id (facts/entra-graph-teams.md §1.5).
const (
	GlobalAdministrator              = "62e90394-69f5-4237-9190-012177145e10"
	PrivilegedRoleAdministrator      = "e8611ab8-c189-46e8-94e1-60213ab1f814"
	CloudApplicationAdministrator    = "158c047a-c907-4556-b7ef-446551a6b5f7"
	ApplicationAdministrator         = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
	TeamsAdministrator               = "69091246-20e8-4a56-aa4d-066075b2a7a8"
	TeamsCommunicationsAdministrator = "baf37b3a-610e-45da-9e62-d9d1e5e8914b"
	TeamsDevicesAdministrator        = "3d762c5a-1b6c-493f-843e-55a3b42923d4"
	SkypeForBusinessAdministrator    = "75941009-915a-4869-abe7-691bff18279e"
	LicenseAdministrator             = "4d6ac14f-3453-41d0-bef9-a3e0c569773a"
	UserAdministrator                = "fe930be7-5e62-47db-91af-98c3a49a38b1"
	GlobalReader                     = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
)

const (
	// ordinaryMember is in the wids of every user, applicationRole in those of
	// every app-only token.
	ordinaryMember  = "b79fbf4d-3ef9-4689-8143-76b194e85509"
	applicationRole = "0997a1d0-0d1d-4acb-b408-d5ca73121e90"
)

var roleNames = map[string]string{
	GlobalAdministrator:              "Global Administrator",
	PrivilegedRoleAdministrator:      "Privileged Role Administrator",
	CloudApplicationAdministrator:    "Cloud Application Administrator",
	ApplicationAdministrator:         "Application Administrator",
	TeamsAdministrator:               "Teams Administrator",
	TeamsCommunicationsAdministrator: "Teams Communications Administrator",
	TeamsDevicesAdministrator:        "Teams Devices Administrator",
	SkypeForBusinessAdministrator:    "Skype for Business Administrator",
	LicenseAdministrator:             "License Administrator",
	UserAdministrator:                "User Administrator",
	GlobalReader:                     "Global Reader",
}

// RoleName names a directory role; one that is not known is its own name.
func RoleName(templateID string) string {
	if name, known := roleNames[strings.ToLower(templateID)]; known {
		return name
	}
	return templateID
}

// People knows who can sign in where.
type People interface {
	// Members are the people of a tenant, in the order in which a page lists them.
	Members(tenant string) []Person
}

// Person is somebody who can sign in.
type Person struct {
	OID  string
	Name string
	UPN  string
	// Roles are directory roles by template id, assigned tenant-wide.
	Roles []string
	// Enabled says whether the account may sign in at all.
	Enabled bool
}

func (p Person) has(roles ...string) bool {
	return slices.ContainsFunc(p.Roles, func(r string) bool { return slices.Contains(roles, strings.ToLower(r)) })
}

// mayConsentForAll reports whether the person may grant tenant-wide what is
// asked; app roles of Graph are for two roles alone
// (facts/entra-graph-teams.md §1.1).
func (p Person) mayConsentForAll(appRoles bool) bool {
	if appRoles {
		return p.has(GlobalAdministrator, PrivilegedRoleAdministrator)
	}
	return p.has(GlobalAdministrator, PrivilegedRoleAdministrator, CloudApplicationAdministrator, ApplicationAdministrator)
}
