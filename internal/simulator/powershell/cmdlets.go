package powershell

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// kind is a type of parameters.
type kind string

const (
	asText   kind = "System.String"
	asBool   kind = "System.Boolean"
	asList   kind = "System.String[]"
	asNumber kind = "System.Int32"
	asSwitch kind = "System.Management.Automation.SwitchParameter"
	asBlock  kind = "System.Management.Automation.ScriptBlock"
	asAny    kind = "System.Object"
)

type parameter struct {
	name string
	kind kind
}

// cmdlet is a cmdlet: its parameters, and what it does.
type cmdlet struct {
	parameters []parameter
	needs      []string // parameters
	positional bool     // the first parameter may go without its name
	offline    bool     // needs no connection
	piped      bool     // takes what comes down a pipeline
	changes    bool     // -WhatIf and -Confirm are known
	do         func(*runner, arguments) (list, error)
}

// arguments are bound to the parameters of those names.
type arguments struct {
	values map[string]any
	input  list // of the pipeline
}

func (a arguments) text(name string) string { s, _ := a.values[name].(string); return s }

func (a arguments) has(name string) bool { _, given := a.values[name]; return given }

// aliases of cmdlets.
var aliases = map[string]string{
	"?": "where-object", "where": "where-object", "%": "foreach-object", "foreach": "foreach-object", "select": "select-object",
	"fl": "format-list", "echo": "write-output", "write": "write-output",
}

// cmdlets are those that are known, by name in lower case.
func cmdlets() map[string]cmdlet {
	all := teamsCmdlets()
	message := []parameter{{"Message", asText}}
	for name, c := range map[string]cmdlet{
		"import-module":  {parameters: []parameter{{"Name", asText}}, needs: []string{"Name"}, do: importModule},
		"where-object":   {parameters: []parameter{{"FilterScript", asBlock}}, needs: []string{"FilterScript"}, piped: true, do: whereObject},
		"foreach-object": {parameters: []parameter{{"Process", asBlock}}, needs: []string{"Process"}, piped: true, do: forEachObject},
		"select-object":  {parameters: []parameter{{"Unique", asSwitch}}, needs: []string{"Unique"}, piped: true, do: selectObject},
		"out-null":       {piped: true, do: func(*runner, arguments) (list, error) { return nil, nil }},
		"format-list":    {parameters: []parameter{{"Property", asList}}, piped: true, do: formatLists},
		"write-output":   {parameters: []parameter{{"InputObject", asAny}}, piped: true, do: writeOutput},
		"write-host":     {parameters: []parameter{{"Object", asAny}}, piped: true, do: writeHost},
		"write-warning":  {parameters: message, needs: []string{"Message"}, do: writeWarning},
	} {
		c.offline, c.positional = true, name != "select-object" && name != "out-null"
		all[name] = c
	}
	return all
}

const unknownCmdlet = "The term '%s' is not recognized as a name of a cmdlet, function, script file, or executable program.\n" +
	"Check the spelling of the name, or if a path was included, verify that the path is correct and try again."

// run binds the arguments of a cmdlet and runs it.
func (c command) run(r *runner, input list, piped bool) (list, error) {
	name := strings.ToLower(c.name)
	if of, isAlias := aliases[name]; isAlias {
		name = of
	}
	def, known := cmdlets()[name]
	if !known {
		return nil, located(problem(unknownCmdlet, c.name), c.name, c.at)
	}
	a, err := c.bind(r, def)
	if err != nil {
		return nil, located(err, c.name, c.where)
	}
	a.input = input
	var out list
	switch {
	case piped && !def.piped:
		err = problem("The input object cannot be bound to any parameters for the command either because the command does not take pipeline input or the input and its properties do not match any of the parameters that take pipeline input.")
	case !def.offline && !r.connected:
		err = problem("You must call the Connect-MicrosoftTeams cmdlet before calling any other cmdlets.")
	case a.values["WhatIf"] == true:
		target := "Global"
		if a.has("Identity") {
			target = a.text("Identity")
		}
		fmt.Fprintf(&r.out, "What if: Performing the operation \"%s\" on target \"%s\".\n", c.name, target)
	default:
		out, err = def.do(r, a)
	}
	err = located(err, c.name, c.where)
	if e := (*Error)(nil); a.has("ErrorAction") && errors.As(err, &e) && e.as == "" {
		e.as = a.text("ErrorAction")
	}
	return out, err
}

// bind gives the parameters their arguments, as PowerShell does: by name, which
// may be cut short, or by position. Text is ParameterBinderStrings.resx's.
func (c command) bind(r *runner, def cmdlet) (arguments, error) {
	a := arguments{values: map[string]any{}}
	for i := 0; i < len(c.arguments); i++ {
		arg := c.arguments[i]
		p, err := def.find(r, arg, a)
		if err != nil {
			return a, located(err, c.name, arg.where)
		}
		switch {
		case a.has(p.name):
			err = problem("Cannot bind parameter because parameter '%s' is specified more than once. To provide multiple values to parameters that can accept multiple values, use the array syntax. For example, \"-parameter value1,value2,value3\".", p.name)
		case arg.value != nil:
		case p.kind == asSwitch:
			arg.value = always(true)
		case i+1 == len(c.arguments) || c.arguments[i+1].parameter != "":
			err = problem("Missing an argument for parameter '%s'. Specify a parameter of type '%s' and try again.", p.name, p.kind)
		default:
			i++
			arg.value = c.arguments[i].value
		}
		var v any
		if err == nil {
			v, err = arg.value(r)
		}
		if err == nil {
			a.values[p.name], err = convert(p, v)
		}
		if err != nil {
			return a, located(err, c.name, arg.where)
		}
	}
	var missing string
	for _, name := range def.needs {
		if !a.has(name) {
			missing += " " + name
		}
	}
	if missing != "" {
		return a, problem("Cannot process command because of one or more missing mandatory parameters:%s.", missing)
	}
	return a, nil
}

// find returns the parameter of an argument.
func (def cmdlet) find(r *runner, arg argument, given arguments) (parameter, error) {
	all := append(slices.Clone(def.parameters), parameter{"ErrorAction", asText})
	if def.changes {
		all = append(all, parameter{"WhatIf", asSwitch}, parameter{"Confirm", asSwitch})
	}
	if arg.parameter == "" {
		if def.positional && !given.has(all[0].name) {
			return all[0], nil
		}
		v, err := arg.value(r)
		if err == nil {
			err = problem("A positional parameter cannot be found that accepts argument '%s'.", show(v))
		}
		return parameter{}, err
	}
	var found []parameter
	var names string
	for _, p := range all {
		if strings.EqualFold(p.name, arg.parameter) {
			return p, nil
		}
		if strings.HasPrefix(strings.ToLower(p.name), strings.ToLower(arg.parameter)) {
			found, names = append(found, p), names+" -"+p.name
		}
	}
	switch len(found) {
	case 0:
		return parameter{}, problem("A parameter cannot be found that matches parameter name '%s'.", arg.parameter)
	case 1:
		return found[0], nil
	}
	return parameter{}, problem("Parameter cannot be processed because the parameter name '%s' is ambiguous. Possible matches include:%s.", arg.parameter, names)
}

// convert makes a value that of a parameter.
func convert(p parameter, v any) (any, error) {
	switch p.kind {
	case asBool, asSwitch:
		switch v := v.(type) {
		case bool:
			return v, nil
		case int:
			return v != 0, nil
		}
		return nil, problem("Cannot process argument transformation on parameter '%s'. Cannot convert value %q to type %q. Boolean parameters accept only Boolean values and numbers, such as $True, $False, 1 or 0.", p.name, typeOf(v), p.kind)
	case asNumber:
		n, err := number(v)
		if e := (*Error)(nil); errors.As(err, &e) {
			return nil, problem("Cannot process argument transformation on parameter '%s'. %s", p.name, e.Text)
		}
		return n, nil
	case asList:
		out := []string{}
		if !isNull(v) {
			for _, item := range enumerate(v) {
				out = append(out, within(item))
			}
		}
		return out, nil
	case asText:
		if _, isList := v.(list); isList {
			return nil, problem("Cannot convert '%s' to the type '%s' required by parameter '%s'. Specified method is not supported.", typeOf(v), p.kind, p.name)
		}
		return show(v), nil
	case asBlock:
		if _, isBlock := v.(*body); !isBlock {
			return nil, problem("Cannot bind parameter '%s'. Cannot convert the \"%s\" value of type \"%s\" to type \"%s\".", p.name, show(v), typeOf(v), p.kind)
		}
	}
	return v, nil
}

func importModule(_ *runner, a arguments) (list, error) {
	if !strings.EqualFold(a.text("Name"), "MicrosoftTeams") {
		return nil, problem("The specified module '%s' was not loaded because no valid module file was found in any module directory.", a.text("Name"))
	}
	return nil, nil
}

// each runs a block for every value of the input, as $_ .
func each(r *runner, a arguments, parameter string, do func(v any, got list)) error {
	outer := r.variables["_"]
	defer func() { r.variables["_"] = outer }()
	block, _ := a.values[parameter].(*body)
	for _, v := range a.input {
		r.variables["_"] = v
		got, err := r.collect(*block)
		if err != nil {
			return err
		}
		do(v, got)
	}
	return nil
}

func whereObject(r *runner, a arguments) (out list, err error) {
	err = each(r, a, "FilterScript", func(v any, got list) {
		if truth(got) {
			out = append(out, v)
		}
	})
	return out, err
}

func forEachObject(r *runner, a arguments) (out list, err error) {
	err = each(r, a, "Process", func(_ any, got list) { out = append(out, got...) })
	return out, err
}

// selectObject is Select-Object -Unique: unlike -eq it regards case.
func selectObject(_ *runner, a arguments) (out list, err error) {
	for _, v := range a.input {
		if !slices.ContainsFunc(out, func(o any) bool { return typeOf(o) == typeOf(v) && show(o) == show(v) }) {
			out = append(out, v)
		}
	}
	return out, nil
}

func formatLists(_ *runner, a arguments) (list, error) {
	columns, _ := a.values["Property"].([]string)
	var b strings.Builder
	for _, v := range a.input {
		o, isObject := v.(*object)
		if !isObject {
			fmt.Fprintln(&b, show(v))
			continue
		}
		names := o.names
		if len(columns) > 0 && columns[0] != "*" {
			names = slices.Clone(columns)
			for i, name := range names {
				if at := slices.IndexFunc(o.names, func(n string) bool { return strings.EqualFold(n, name) }); at >= 0 {
					names[i] = o.names[at]
				}
			}
		}
		b.WriteString(formatList(o, names))
	}
	if b.Len() == 0 {
		return nil, nil
	}
	return list{b.String()}, nil
}

func writeOutput(_ *runner, a arguments) (list, error) {
	if a.has("InputObject") {
		return enumerate(a.values["InputObject"]), nil
	}
	return a.input, nil
}

func writeHost(r *runner, a arguments) (list, error) {
	lines := a.input
	if a.has("Object") {
		lines = list{a.values["Object"]}
	}
	for _, v := range lines {
		fmt.Fprintln(&r.out, show(v))
	}
	return nil, nil
}

func writeWarning(r *runner, a arguments) (list, error) {
	fmt.Fprintf(&r.out, "WARNING: %s\n", a.text("Message"))
	return nil, nil
}
