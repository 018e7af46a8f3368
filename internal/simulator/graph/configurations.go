package graph

import (
	"net/http"
	"strconv"
	"strings"

	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

// deployed tells whether the tenant's cloud has Teams user configurations.
func (s *Service) deployed(r *request) error {
	value, struck := s.Faults.Take(faults.GraphNoConfigurations, r.claims.Tenant)
	if !struck && r.tenant.Cloud == "" {
		return nil
	}
	status, err := strconv.Atoi(value)
	if err != nil || status < 400 || status > 599 {
		status = http.StatusNotFound
	}
	return &problem{status, codeOf(status), "Resource not found for the segment 'userConfigurations'."}
}

// features are the featureTypes that go with service plans.
func features(p teams.Profile) []string {
	list := []string{}
	for _, f := range []struct {
		name string
		has  bool
	}{{"Teams", p.HasTeams()}, {"PhoneSystem", p.HasPhone() || p.Is("MCOEV_VIRTUALUSER")}, {"CallingPlan", p.Is("MCOPSTN1", "MCOPSTN2", "MCOPSTN5", "MCOPSTN_PAYG")}} {
		if f.has {
			list = append(list, f.name)
		}
	}
	return list
}

// accountType is unknownFutureValue for a value that came later, unless it was
// asked for.
func accountType(r *request, p teams.Profile) string {
	if p.AccountType == "ineligibleUser" && !strings.Contains(r.Header.Get("Prefer"), "include-unknown-enum-members") {
		return "unknownFutureValue"
	}
	return p.AccountType
}

func configurationProperty(r *request) func(teams.Profile, string) any {
	return func(p teams.Profile, name string) any {
		switch name {
		case "id":
			return p.OID
		case "tenantId":
			return p.Tenant
		case "userPrincipalName":
			return p.UPN
		case "accountType":
			return accountType(r, p)
		case "isEnterpriseVoiceEnabled":
			return !p.NoEnterpriseVoice && p.HasPhone()
		case "featureTypes":
			return features(p)
		case "createdDateTime", "modifiedDateTime":
			return created
		case "telephoneNumbers":
			list := []map[string]any{}
			for i, number := range p.TelephoneNumbers {
				category := "primary"
				if i > 0 {
					category = "alternate"
				}
				list = append(list, map[string]any{"telephoneNumber": number, "assignmentCategory": category})
			}
			return list
		case "effectivePolicyAssignments":
			// Whether ExternalAccessPolicy is ever listed is not known, so it is not.
			return []map[string]any{}
		}
		return nil
	}
}

// configured tells whether Teams knows a user: without any licence it does not [?].
func configured(p teams.Profile) bool { return len(p.Plans) > 0 }

func (s *Service) configurations(r *request) (any, error) {
	if err := s.deployed(r); err != nil {
		return nil, err
	}
	q, err := configurationSchema.parse(r.Request, true, false)
	if err != nil {
		return nil, err
	}
	var list []teams.Profile
	for _, p := range s.Directory.People(r.claims.Tenant) {
		if configured(p) {
			list = append(list, p)
		}
	}
	get := configurationProperty(r)
	return collect(s, r, q, "admin/teams/userConfigurations", list, get, func(p teams.Profile) map[string]any {
		return q.show(func(name string) any { return get(p, name) })
	}), nil
}

func (s *Service) configuration(r *request) (any, error) {
	if err := s.deployed(r); err != nil {
		return nil, err
	}
	p, found := s.Directory.Person(r.claims.Tenant, r.args[0])
	if !found || !configured(p) || !strings.EqualFold(p.OID, r.args[0]) {
		return nil, &problem{http.StatusNotFound, "NotFound", "The user configuration was not found."}
	}
	return one(r, configurationSchema, "admin/teams/userConfigurations", func(name string) any { return configurationProperty(r)(p, name) })
}
