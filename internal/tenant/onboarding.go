package tenant

import (
	"maps"
	"slices"
	"time"
)

// Step is one of the five steps of onboarding.
type Step string

const (
	StepSignIn     Step = "sign_in"
	StepConsent    Step = "consent"
	StepFederation Step = "federation"
	StepPeople     Step = "people"
	StepTestCall   Step = "test_call"
)

// Steps lists them in their order.
func Steps() []Step {
	return []Step{StepSignIn, StepConsent, StepFederation, StepPeople, StepTestCall}
}

// StepMark is when a step was first looked at and when it was first proved; the
// timeline of an onboarding is made of these.
type StepMark struct {
	Step     Step
	OpenedAt time.Time
	ProvedAt time.Time // zero: not yet
	By       string    // the name of the admin who did it
}

// AdminRole is a directory role of Entra that a step may need
// (facts/entra-graph-teams.md §1.5).
type AdminRole string

const (
	GlobalAdministrator              AdminRole = "global_administrator"
	PrivilegedRoleAdministrator      AdminRole = "privileged_role_administrator"
	TeamsAdministrator               AdminRole = "teams_administrator"
	TeamsCommunicationsAdministrator AdminRole = "teams_communications_administrator"
)

// roleTemplates are the template ids that wids carries.
var roleTemplates = map[string]AdminRole{
	"62e90394-69f5-4237-9190-012177145e10": GlobalAdministrator,
	"e8611ab8-c189-46e8-94e1-60213ab1f814": PrivilegedRoleAdministrator,
	"69091246-20e8-4a56-aa4d-066075b2a7a8": TeamsAdministrator,
	"baf37b3a-610e-45da-9e62-d9d1e5e8914b": TeamsCommunicationsAdministrator,
}

// RoleTemplates lists the template ids of the roles that may be an admin here.
func RoleTemplates() []string { return slices.Sorted(maps.Keys(roleTemplates)) }

// AdminRoles are the roles among the template ids of a token's wids, in the
// order of the constants.
func AdminRoles(wids []string) []AdminRole {
	var all []AdminRole
	for _, r := range []AdminRole{GlobalAdministrator, PrivilegedRoleAdministrator, TeamsAdministrator, TeamsCommunicationsAdministrator} {
		for _, w := range wids {
			if roleTemplates[w] == r {
				all = append(all, r)
				break
			}
		}
	}
	return all
}

// Needs lists the roles of which one is enough for a step; nil: any admin role.
func (s Step) Needs() []AdminRole {
	switch s {
	case StepConsent:
		return []AdminRole{GlobalAdministrator, PrivilegedRoleAdministrator}
	case StepFederation:
		return []AdminRole{GlobalAdministrator, TeamsAdministrator, TeamsCommunicationsAdministrator}
	case StepSignIn, StepPeople, StepTestCall:
	}
	return nil
}
