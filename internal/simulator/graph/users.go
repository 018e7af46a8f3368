package graph

import (
	"slices"
	"strings"

	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

// visible is userProperty for whoever has the roles of the request.
func visible(r *request) func(teams.Profile, string) any {
	full := r.may(readProfile)
	return func(p teams.Profile, name string) any {
		if !full && !slices.Contains(basic, name) {
			return nil
		}
		return userProperty(p, name)
	}
}

// mayFilter refuses conditions on what the token may not see.
func mayFilter(r *request, q query) error {
	if r.may(readProfile) || !q.values.Has(optFilter) {
		return nil
	}
	for _, name := range q.uses[len(q.selects):] {
		if !slices.Contains(basic, name) {
			return route{}.denied()
		}
	}
	return nil
}

// collect answers a page of a list.
func collect[T any](s *Service, r *request, q query, context string, list []T, get func(T, string) any, show func(T) map[string]any) map[string]any {
	picked, total, more := page(q, list, get)
	next := q.offset + len(picked)
	if _, struck := s.Faults.Take(faults.GraphEmptyPage, r.claims.Tenant); struck {
		picked, next, more = nil, q.offset, true
	}
	values := []map[string]any{}
	for _, one := range picked {
		values = append(values, show(one))
	}
	if q.values.Has(optSelect) {
		context += "(" + strings.Join(q.selects, ",") + ")"
	}
	body := map[string]any{"@odata.context": publicAudience + base + "/$metadata#" + context, "value": values}
	if q.count && q.offset == 0 {
		body["@odata.count"] = total
	}
	if more {
		body["@odata.nextLink"] = q.nextLink(s.Origin, r.URL.EscapedPath(), next)
	}
	return body
}

func (s *Service) users(r *request) (any, error) {
	q, err := userSchema.parse(r.Request, true, false)
	if err == nil {
		err = mayFilter(r, q)
	}
	if err != nil {
		return nil, err
	}
	get := visible(r)
	return collect(s, r, q, "users", s.Directory.People(r.claims.Tenant), get, func(p teams.Profile) map[string]any {
		return q.show(func(name string) any { return get(p, name) })
	}), nil
}

func (s *Service) user(r *request) (any, error) {
	p, found := s.Directory.Person(r.claims.Tenant, r.args[0])
	if !found {
		return nil, missing(r.args[0])
	}
	return one(r, userSchema, "users", func(name string) any { return visible(r)(p, name) })
}

// one answers a single entity.
func one(r *request, of *schema, context string, get func(string) any) (any, error) {
	q, err := of.parse(r.Request, false, false)
	if err != nil {
		return nil, err
	}
	if q.values.Has(optSelect) {
		context += "(" + strings.Join(q.selects, ",") + ")"
	}
	body := q.show(get)
	body["@odata.context"] = publicAudience + base + "/$metadata#" + context + "/$entity"
	return body, nil
}

// provisioning is the provisioningStatus that goes with a capabilityStatus; which
// one a grace period has is inferred [?].
func provisioning(state string) string {
	if state == teams.PlanEnabled || state == teams.PlanWarning {
		return "Success"
	}
	return "Disabled"
}

var licenceSchema = &schema{
	name: "microsoft.graph.licenseDetails", top: 100, most: 999,
	properties: map[string]property{"id": {}, "skuId": {}, "skuPartNumber": {}, "servicePlans": {}},
	defaults:   []string{"id", "skuId", "skuPartNumber", "servicePlans"},
}

func (s *Service) licences(r *request) (any, error) {
	p, found := s.Directory.Person(r.claims.Tenant, r.args[0])
	if !found {
		return nil, missing(r.args[0])
	}
	q, err := licenceSchema.parse(r.Request, false, false)
	if err != nil {
		return nil, err
	}
	plans := []map[string]any{}
	for _, plan := range p.Plans {
		plans = append(plans, map[string]any{"servicePlanId": plan.ID, "servicePlanName": plan.Name, "provisioningStatus": provisioning(plan.State), "appliesTo": "User"})
	}
	id, name := sku(p)
	values := []map[string]any{}
	if len(plans) > 0 {
		licence := map[string]any{"id": derived(p.OID, id), "skuId": id, "skuPartNumber": name, "servicePlans": plans}
		values = append(values, q.show(func(name string) any { return licence[name] }))
	}
	return map[string]any{"@odata.context": publicAudience + base + "/$metadata#users('" + p.OID + "')/licenseDetails", "value": values}, nil
}

func (s *Service) organization(r *request) (any, error) {
	q, err := organizationSchema.parse(r.Request, true, false)
	if err != nil {
		return nil, err
	}
	const skills = "Email, OfficeCommunicationsOnline"
	label, _, _ := strings.Cut(r.tenant.Domain, ".")
	get := func(t teams.Tenant, name string) any {
		return map[string]any{
			"id": t.ID, "displayName": t.Name, "tenantType": "AAD", "countryLetterCode": "DE", "createdDateTime": created, "assignedPlans": []any{},
			"verifiedDomains": []map[string]any{
				{"name": t.Domain, "isDefault": true, "isInitial": false, "type": "Managed", "capabilities": skills},
				{"name": label + ".onmicrosoft.com", "isDefault": false, "isInitial": true, "type": "Managed", "capabilities": skills},
			},
		}[name]
	}
	return collect(s, r, q, "organization", []teams.Tenant{r.tenant}, get, func(t teams.Tenant) map[string]any {
		return q.show(func(name string) any { return get(t, name) })
	}), nil
}
