package powershell

import (
	"strings"

	"tandem/internal/simulator/teams"
)

// teamsCmdlets are those of the module MicrosoftTeams.
func teamsCmdlets() map[string]cmdlet {
	identity := parameter{"Identity", asText}
	policy := []parameter{identity, {"EnableAcsFederationAccess", asBool}}
	return map[string]cmdlet{
		"connect-microsoftteams":                {parameters: []parameter{{"TenantId", asText}, {"TeamsEnvironmentName", asText}}, offline: true, do: connect},
		"disconnect-microsoftteams":             {do: func(r *runner, _ arguments) (list, error) { r.connected = false; return nil, nil }},
		"get-csteamsacsfederationconfiguration": {parameters: []parameter{identity}, positional: true, do: getFederation},
		"set-csteamsacsfederationconfiguration": {parameters: []parameter{identity, {"EnableAcsUsers", asBool}, {"AllowedAcsResources", asList}}, positional: true, changes: true, do: setFederation},
		"get-csexternalaccesspolicy":            {parameters: []parameter{identity}, positional: true, do: getPolicy},
		"set-csexternalaccesspolicy":            {parameters: policy, positional: true, changes: true, do: setPolicy},
		"new-csexternalaccesspolicy":            {parameters: policy, needs: []string{"Identity"}, positional: true, changes: true, do: newPolicy},
		"grant-csexternalaccesspolicy":          {parameters: []parameter{identity, {"PolicyName", asText}, {"Group", asText}, {"Rank", asNumber}}, positional: true, changes: true, do: grantPolicy},
		"set-csphonenumberassignment":           {parameters: []parameter{identity, {"EnterpriseVoiceEnabled", asBool}}, needs: []string{"Identity", "EnterpriseVoiceEnabled"}, changes: true, do: setVoice},
	}
}

func connect(r *runner, a arguments) (list, error) {
	if a.has("TenantId") && !strings.EqualFold(a.text("TenantId"), r.tenant) {
		return nil, problem("the signed-in account is not in the tenant %s", a.text("TenantId"))
	}
	t, known := r.directory.Lookup(r.tenant)
	if !known {
		return nil, teams.ErrUnknown
	}
	if want := map[string]string{teams.CloudGCCHigh: "TeamsGCCH"}[t.Cloud]; !strings.EqualFold(a.text("TeamsEnvironmentName"), want) {
		return nil, problem("-TeamsEnvironmentName %q: this tenant wants %q", a.text("TeamsEnvironmentName"), want)
	}
	r.connected = true
	return list{record("Account", "admin@"+t.Domain, "Environment", "AzureCloud", "Tenant", t.ID, "TenantId", t.ID)}, nil
}

func getFederation(r *runner, _ arguments) (list, error) {
	s, err := r.directory.Settings(r.tenant)
	ids := list{}
	for _, id := range s.Federation.AllowedAcsResources {
		ids = append(ids, id)
	}
	return list{record("Identity", teams.GlobalPolicy, "AllowedAcsResources", ids, "EnableAcsUsers", s.Federation.EnableAcsUsers)}, err
}

// setFederation replaces the list, as the real one does.
func setFederation(r *runner, a arguments) (list, error) {
	return nil, r.directory.Reconfigure(r.tenant, func(s *teams.Settings) error {
		if on, given := a.values["EnableAcsUsers"].(bool); given {
			s.Federation.EnableAcsUsers = on
		}
		if ids, given := a.values["AllowedAcsResources"].([]string); given {
			s.Federation.AllowedAcsResources = ids
		}
		return nil
	})
}

// policyObject has the identity of a policy: all but Global have a prefix.
func policyObject(p teams.Policy) *object {
	identity := "Tag:" + p.Name
	if p.Name == teams.GlobalPolicy {
		identity = p.Name
	}
	return record("Identity", identity, "EnableAcsFederationAccess", p.EnableAcsFederationAccess)
}

func untagged(identity string) string { return strings.TrimPrefix(identity, "Tag:") }

func getPolicy(r *runner, a arguments) (list, error) {
	s, err := r.directory.Settings(r.tenant)
	if err != nil {
		return nil, err
	}
	if !a.has("Identity") {
		var all list
		for _, p := range s.Policies {
			all = append(all, policyObject(p))
		}
		return all, nil
	}
	p, found := s.Policy(untagged(a.text("Identity")))
	if !found {
		return nil, problem("The policy %q cannot be found.", a.text("Identity"))
	}
	return list{policyObject(p)}, nil
}

func setPolicy(r *runner, a arguments) (list, error) {
	name := teams.GlobalPolicy
	if a.has("Identity") {
		name = untagged(a.text("Identity"))
	}
	return nil, r.directory.Reconfigure(r.tenant, func(s *teams.Settings) error {
		p, found := s.Policy(name)
		if !found {
			return problem("The policy %q cannot be found.", name)
		}
		if on, given := a.values["EnableAcsFederationAccess"].(bool); given {
			p.EnableAcsFederationAccess = on
		}
		s.SetPolicy(p)
		return nil
	})
}

func newPolicy(r *runner, a arguments) (list, error) {
	p := teams.Policy{Name: untagged(a.text("Identity")), EnableAcsFederationAccess: true}
	if on, given := a.values["EnableAcsFederationAccess"].(bool); given {
		p.EnableAcsFederationAccess = on
	}
	return list{policyObject(p)}, r.directory.Reconfigure(r.tenant, func(s *teams.Settings) error {
		if _, found := s.Policy(p.Name); found {
			return problem("The policy %q exists already.", p.Name)
		}
		s.SetPolicy(p)
		return nil
	})
}

// grantPolicy gives a policy to a user or a group; an empty name takes it away.
func grantPolicy(r *runner, a arguments) (list, error) {
	name := untagged(a.text("PolicyName"))
	if !a.has("PolicyName") || a.has("Identity") == a.has("Group") {
		return nil, problem("want -PolicyName and either -Identity or -Group")
	}
	if a.has("Identity") {
		return nil, r.user(a, teams.Change{Policy: &name})
	}
	rank, _ := a.values["Rank"].(int)
	return nil, r.directory.Reconfigure(r.tenant, func(s *teams.Settings) error {
		g, found := s.Group(a.text("Group"))
		if !found {
			return problem("cannot find the group %q", a.text("Group"))
		}
		s.SetGrant(teams.Grant{Group: g.ID, Policy: name, Rank: rank})
		return nil
	})
}

func setVoice(r *runner, a arguments) (list, error) {
	on, _ := a.values["EnterpriseVoiceEnabled"].(bool)
	p, found := r.directory.Person(r.tenant, a.text("Identity"))
	if found && on && !p.HasPhone() {
		return nil, problem("the user %s has no Teams Phone licence", p.UPN)
	}
	return nil, r.user(a, teams.Change{EnterpriseVoice: &on})
}

func (r *runner) user(a arguments, c teams.Change) error {
	p, found := r.directory.Person(r.tenant, a.text("Identity"))
	if !found {
		return problem("cannot find the user %q", a.text("Identity"))
	}
	_, err := r.directory.Update(p.OID, c)
	return err
}
