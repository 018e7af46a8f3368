package powershell

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tandem/internal/simulator/teams"
)

// Types of parameters.
const (
	asText = iota
	asBool
	asList
	asNumber
	asSwitch
)

// cmdlet is a cmdlet: its parameters, in lower case, and what it does.
type cmdlet struct {
	parameters map[string]int
	position   string // the parameter of an argument without a name
	offline    bool   // needs no connection
	changes    bool   // -WhatIf is known
	do         func(*runner, arguments) (list, error)
}

type arguments map[string]any

func (a arguments) text(name string) string { s, _ := a[name].(string); return s }

func (a arguments) has(name string) bool { _, given := a[name]; return given }

// cmdlets are those that are known, by name in lower case.
func cmdlets() map[string]cmdlet {
	policy := map[string]int{"identity": asText, "enableacsfederationaccess": asBool}
	return map[string]cmdlet{
		"connect-microsoftteams":                {parameters: map[string]int{"tenantid": asText, "teamsenvironmentname": asText}, offline: true, do: connect},
		"disconnect-microsoftteams":             {do: func(r *runner, _ arguments) (list, error) { r.connected = false; return nil, nil }},
		"import-module":                         {parameters: map[string]int{"name": asText}, position: "name", offline: true, do: module},
		"get-csteamsacsfederationconfiguration": {parameters: map[string]int{"identity": asText}, do: getFederation},
		"set-csteamsacsfederationconfiguration": {parameters: map[string]int{"identity": asText, "enableacsusers": asBool, "allowedacsresources": asList}, changes: true, do: setFederation},
		"get-csexternalaccesspolicy":            {parameters: map[string]int{"identity": asText}, position: "identity", do: getPolicy},
		"set-csexternalaccesspolicy":            {parameters: policy, position: "identity", changes: true, do: setPolicy(true)},
		"new-csexternalaccesspolicy":            {parameters: policy, position: "identity", changes: true, do: setPolicy(false)},
		"grant-csexternalaccesspolicy":          {parameters: map[string]int{"policyname": asText, "identity": asText, "group": asText, "rank": asNumber}, position: "identity", changes: true, do: grantPolicy},
		"set-csphonenumberassignment":           {parameters: map[string]int{"identity": asText, "enterprisevoiceenabled": asBool}, changes: true, do: setVoice},
		"write-warning":                         {parameters: map[string]int{"message": asText}, position: "message", offline: true, do: write("WARNING: ")},
		"write-host":                            {parameters: map[string]int{"object": asText}, position: "object", offline: true, do: write("")},
		"write-output":                          {parameters: map[string]int{"inputobject": asText}, position: "inputobject", offline: true, do: write("")},
	}
}

// cmdlet reads the arguments of a cmdlet and runs it.
func (r *runner) cmdlet(live bool, name token) (list, error) {
	c, known := cmdlets()[strings.ToLower(name.text)]
	if !known {
		return nil, &Error{name.line, "The term '" + name.text + "' is not recognized as a name of a cmdlet."}
	}
	given := arguments{}
	for {
		t := r.peek()
		key, kind := c.position, asText
		switch {
		case t.kind == option:
			key = strings.ToLower(t.text)
			r.at++
			var there bool
			if kind, there = c.parameters[key]; !there {
				if c.changes && (key == "whatif" || key == "confirm") {
					kind = asSwitch
				} else {
					return nil, &Error{t.line, "A parameter cannot be found that matches parameter name '" + t.text + "'."}
				}
			}
		case t.kind == stop || t.kind == end || t.kind == symbol && t.text != "(" && t.text != "@(":
			return r.call(live, name, c, given)
		case key == "" || given.has(key):
			return nil, r.fail("%s takes no argument %q here", name.text, t.text)
		}
		if kind == asSwitch {
			given[key] = true
			continue
		}
		values, err := r.argument(live)
		if err != nil {
			return nil, err
		}
		if given[key], err = convert(kind, values, live); err != nil {
			return nil, &Error{t.line, name.text + " -" + key + ": " + err.Error()}
		}
	}
}

// argument is a value of a parameter, where a bare word is a text.
func (r *runner) argument(live bool) (list, error) {
	var all list
	for {
		if r.peek().kind == word {
			all = append(all, r.next().text)
		} else {
			values, err := r.unit(live)
			if err != nil {
				return nil, err
			}
			all = append(slices.Clone(all), values...)
		}
		if !r.take(",") {
			return all, nil
		}
	}
}

func convert(kind int, values list, live bool) (any, error) {
	if !live {
		return nil, nil
	}
	switch v := one(values); kind {
	case asBool:
		if b, isBool := v.(bool); isBool {
			return b, nil
		}
		return nil, fmt.Errorf("cannot convert %q to a Boolean; use $true or $false", show(v))
	case asNumber:
		if n, isNumber := v.(int); isNumber {
			return n, nil
		}
		return nil, fmt.Errorf("cannot convert %q to a number", show(v))
	case asList:
		out := []string{}
		for _, item := range values {
			out = append(out, show(item))
		}
		return out, nil
	default:
		return show(v), nil
	}
}

func (r *runner) call(live bool, name token, c cmdlet, given arguments) (list, error) {
	if !live {
		return nil, nil
	}
	if !c.offline && !r.connected {
		return nil, &Error{name.line, "You must call the Connect-MicrosoftTeams cmdlet before calling any other cmdlets."}
	}
	if c.changes && given.has("whatif") {
		fmt.Fprintf(&r.out, "What if: Performing the operation %q on target \"%s\".\n", name.text, r.tenant)
		return nil, nil
	}
	values, err := c.do(r, given)
	return values, r.asError(name, err)
}

func connect(r *runner, a arguments) (list, error) {
	if a.has("tenantid") && !strings.EqualFold(a.text("tenantid"), r.tenant) {
		return nil, fmt.Errorf("the signed-in account is not in the tenant %s", a.text("tenantid"))
	}
	t, known := r.directory.Lookup(r.tenant)
	if !known {
		return nil, teams.ErrUnknown
	}
	if want := map[string]string{teams.CloudGCCHigh: "TeamsGCCH"}[t.Cloud]; !strings.EqualFold(a.text("teamsenvironmentname"), want) {
		return nil, fmt.Errorf("-TeamsEnvironmentName %q: this tenant wants %q", a.text("teamsenvironmentname"), want)
	}
	r.connected = true
	return list{record("Account", "admin@"+t.Domain, "Environment", "AzureCloud", "Tenant", t.ID, "TenantId", t.ID)}, nil
}

func module(_ *runner, a arguments) (list, error) {
	if !strings.EqualFold(a.text("name"), "MicrosoftTeams") {
		return nil, fmt.Errorf("the module %q was not found", a.text("name"))
	}
	return nil, nil
}

func write(prefix string) func(*runner, arguments) (list, error) {
	return func(r *runner, a arguments) (list, error) {
		for _, text := range a {
			fmt.Fprintf(&r.out, "%s%s\n", prefix, show(text))
		}
		return nil, nil
	}
}

func getFederation(r *runner, _ arguments) (list, error) {
	s, err := r.directory.Settings(r.tenant)
	var ids list
	for _, id := range s.Federation.AllowedAcsResources {
		ids = append(ids, id)
	}
	return list{record("Identity", teams.GlobalPolicy, "AllowedAcsResources", ids, "EnableAcsUsers", s.Federation.EnableAcsUsers)}, err
}

// setFederation replaces the list, as the real one does.
func setFederation(r *runner, a arguments) (list, error) {
	return nil, r.directory.Reconfigure(r.tenant, func(s *teams.Settings) error {
		if on, given := a["enableacsusers"].(bool); given {
			s.Federation.EnableAcsUsers = on
		}
		if ids, given := a["allowedacsresources"].([]string); given {
			s.Federation.AllowedAcsResources = ids
		}
		return nil
	})
}

func policyObject(p teams.Policy) object {
	return record("Identity", tagged(p.Name), "EnableAcsFederationAccess", p.EnableAcsFederationAccess)
}

// tagged is the identity of a policy: all but Global have a prefix.
func tagged(name string) string {
	if name == teams.GlobalPolicy {
		return name
	}
	return "Tag:" + name
}

func untagged(identity string) string { return strings.TrimPrefix(identity, "Tag:") }

func getPolicy(r *runner, a arguments) (list, error) {
	s, err := r.directory.Settings(r.tenant)
	if err != nil {
		return nil, err
	}
	if !a.has("identity") {
		var all list
		for _, p := range s.Policies {
			all = append(all, policyObject(p))
		}
		return all, nil
	}
	p, found := s.Policy(untagged(a.text("identity")))
	if !found {
		return nil, fmt.Errorf("cannot find the policy %q", a.text("identity"))
	}
	return list{policyObject(p)}, nil
}

func setPolicy(exists bool) func(*runner, arguments) (list, error) {
	return func(r *runner, a arguments) (list, error) {
		name := untagged(a.text("identity"))
		if name == "" && exists {
			name = teams.GlobalPolicy
		}
		var made list
		return made, r.directory.Reconfigure(r.tenant, func(s *teams.Settings) error {
			p, found := s.Policy(name)
			if found != exists {
				return fmt.Errorf("the policy %q is there already, or is not there", name)
			}
			if !found {
				p = teams.Policy{Name: name, EnableAcsFederationAccess: true}
			}
			if on, given := a["enableacsfederationaccess"].(bool); given {
				p.EnableAcsFederationAccess = on
			}
			s.SetPolicy(p)
			return nil
		})
	}
}

// grantPolicy gives a policy to a user or a group; an empty name takes it away.
func grantPolicy(r *runner, a arguments) (list, error) {
	name := untagged(a.text("policyname"))
	if !a.has("policyname") || a.has("identity") == a.has("group") {
		return nil, fmt.Errorf("want -PolicyName and either -Identity or -Group")
	}
	if a.has("identity") {
		return nil, r.user(a, teams.Change{Policy: &name})
	}
	rank, _ := a["rank"].(int)
	return nil, r.directory.Reconfigure(r.tenant, func(s *teams.Settings) error {
		g, found := s.Group(a.text("group"))
		if !found {
			return fmt.Errorf("cannot find the group %q", a.text("group"))
		}
		s.SetGrant(teams.Grant{Group: g.ID, Policy: name, Rank: rank})
		return nil
	})
}

func setVoice(r *runner, a arguments) (list, error) {
	on, given := a["enterprisevoiceenabled"].(bool)
	if !given {
		return nil, fmt.Errorf("want -EnterpriseVoiceEnabled; numbers are not known here")
	}
	p, found := r.directory.Person(r.tenant, a.text("identity"))
	if found && on && !p.HasPhone() {
		return nil, fmt.Errorf("the user %s has no Teams Phone licence", p.UPN)
	}
	return nil, r.user(a, teams.Change{EnterpriseVoice: &on})
}

func (r *runner) user(a arguments, c teams.Change) error {
	p, found := r.directory.Person(r.tenant, a.text("identity"))
	if !found {
		return fmt.Errorf("cannot find the user %q", a.text("identity"))
	}
	_, err := r.directory.Update(p.OID, c)
	return err
}

// record is an object of names and values.
func record(pairs ...any) object {
	o := object{values: map[string]any{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		o.names = append(o.names, name)
		o.values[strings.ToLower(name)] = one(many(pairs[i+1]))
	}
	return o
}

// show is a value in a text.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	case int:
		return strconv.Itoa(v)
	case string:
		return v
	case list:
		var all []string
		for _, item := range v {
			all = append(all, show(item))
		}
		return strings.Join(all, " ")
	}
	return "@{…}"
}

// print writes what a statement leaves over, objects as lists.
func (r *runner) print(values list) {
	for _, v := range values {
		if o, isObject := v.(object); isObject {
			v = r.format(list{o}, nil)
		}
		fmt.Fprintln(&r.out, show(v))
	}
}

// format is Format-List: all properties, or these.
func (r *runner) format(values list, columns []string) string {
	var b strings.Builder
	for _, v := range values {
		o, isObject := v.(object)
		if !isObject {
			fmt.Fprintln(&b, show(v))
			continue
		}
		names, width := o.names, 0
		if columns != nil {
			names = columns
		}
		for _, name := range names {
			width = max(width, len(name))
		}
		b.WriteByte('\n')
		for _, name := range names {
			value := o.values[strings.ToLower(name)]
			text := show(value)
			if all := many(value); strings.EqualFold(name, "AllowedAcsResources") {
				text = "{" + strings.ReplaceAll(show(all), " ", ", ") + "}"
			}
			fmt.Fprintf(&b, "%-*s : %s\n", width, name, text)
		}
	}
	return b.String()
}
