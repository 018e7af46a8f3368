package powershell

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tandem/internal/simulator/teams"
)

// object is what cmdlets return; names are the properties in their order.
type object struct {
	names  []string
	values map[string]any // by name in lower case
}

// Values are nil, bool, int, string, object, or list of such.
type list = []any

// maxSteps ends scripts that do too much.
const maxSteps = 10_000

// Run runs a script for an administrator of a tenant of the directory and returns
// what it printed. The error is an *Error; what was printed and changed before
// stays.
func Run(ctx context.Context, d *teams.Directory, tenant, script string) (string, error) {
	tokens, err := lex(strings.ReplaceAll(script, "\r\n", "\n"))
	if err != nil {
		return "", err
	}
	r := &runner{ctx: ctx, directory: d, tenant: strings.ToLower(tenant), tokens: tokens, variables: map[string]any{"true": true, "false": false}}
	err = r.statements(true, end)
	return r.out.String(), err
}

type runner struct {
	ctx       context.Context
	directory *teams.Directory
	tenant    string
	connected bool
	tokens    []token
	at, steps int
	variables map[string]any // by name in lower case
	out       strings.Builder
}

func (r *runner) peek() token { return r.tokens[min(r.at, len(r.tokens)-1)] }

func (r *runner) next() token {
	t := r.peek()
	r.at++
	return t
}

func (r *runner) is(text string) bool {
	t := r.peek()
	return t.kind == symbol && t.text == text
}

func (r *runner) take(text string) bool {
	if r.is(text) {
		r.at++
		return true
	}
	return false
}

func (r *runner) fail(format string, args ...any) error {
	return &Error{r.peek().line, fmt.Sprintf(format, args...)}
}

func (r *runner) expect(text string) error {
	if !r.take(text) {
		return r.fail("expected %q, found %q", text, r.peek().text)
	}
	return nil
}

// statements runs, or skips unless live, up to the end of the script or of a block.
func (r *runner) statements(live bool, until int) error {
	for {
		for r.peek().kind == stop {
			r.at++
		}
		if r.peek().kind == end || until == symbol && r.is("}") {
			return nil
		}
		if r.steps++; r.steps > maxSteps || r.ctx.Err() != nil {
			return r.fail("the script does not come to an end")
		}
		if err := r.statement(live); err != nil {
			return err
		}
		if t := r.peek(); t.kind != stop && t.kind != end && (t.kind != symbol || t.text != "}") {
			return r.fail("unexpected %q", t.text)
		}
	}
}

func (r *runner) statement(live bool) error {
	t := r.peek()
	switch {
	case t.kind == word && strings.EqualFold(t.text, "if"):
		return r.conditional(live)
	case t.kind == word && strings.EqualFold(t.text, "foreach"):
		return r.loop(live)
	case t.kind == variable && r.tokens[r.at+1].kind == symbol && r.tokens[r.at+1].text == "=":
		r.at += 2
		value, err := r.pipeline(live)
		if err == nil && live {
			r.variables[strings.ToLower(t.text)] = one(value)
		}
		return err
	}
	value, err := r.pipeline(live)
	if err == nil && live {
		r.print(value)
	}
	return err
}

func (r *runner) block(live bool) error {
	for r.peek().kind == stop {
		r.at++
	}
	if err := r.expect("{"); err != nil {
		return err
	}
	if err := r.statements(live, symbol); err != nil {
		return err
	}
	return r.expect("}")
}

func (r *runner) conditional(live bool) error {
	r.at++
	if err := r.expect("("); err != nil {
		return err
	}
	value, err := r.expression(live)
	if err == nil {
		err = r.expect(")")
	}
	if err != nil {
		return err
	}
	yes := live && truth(one(value))
	if err := r.block(yes); err != nil {
		return err
	}
	mark := r.at
	for r.peek().kind == stop {
		r.at++
	}
	t := r.peek()
	if t.kind != word || !strings.HasPrefix(strings.ToLower(t.text), "else") {
		r.at = mark
		return nil
	}
	if strings.EqualFold(t.text, "elseif") {
		return r.conditional(live && !yes)
	}
	r.at++
	return r.block(live && !yes)
}

func (r *runner) loop(live bool) error {
	r.at++
	if err := r.expect("("); err != nil {
		return err
	}
	name, in := r.next(), r.next()
	if name.kind != variable || in.kind != word || !strings.EqualFold(in.text, "in") {
		return r.fail("expected foreach ($name in …)")
	}
	value, err := r.expression(live)
	if err == nil {
		err = r.expect(")")
	}
	if err != nil {
		return err
	}
	start, items := r.at, slices.Clone(value)
	if !live || len(items) == 0 {
		return r.block(false)
	}
	for _, item := range items {
		r.at = start
		r.variables[strings.ToLower(name.text)] = item
		if err := r.block(true); err != nil {
			return err
		}
	}
	return nil
}

// pipeline is an expression or a cmdlet with others behind |. Values come as
// lists: those that PowerShell would send down a pipeline.
func (r *runner) pipeline(live bool) (list, error) {
	values, err := r.expression(live)
	for err == nil && r.take("|") {
		values, err = r.stage(live, values)
	}
	return values, err
}

// stage is what stands behind a |.
func (r *runner) stage(live bool, in list) (list, error) {
	name := r.next()
	if name.kind != word {
		return nil, r.fail("expected a cmdlet behind |")
	}
	switch strings.ToLower(name.text) {
	case "where-object", "foreach-object":
		return r.each(live, in, strings.EqualFold(name.text, "where-object"))
	case "select-object":
		if t := r.next(); t.kind != option || !strings.EqualFold(t.text, "Unique") {
			return nil, r.fail("Select-Object is known with -Unique alone")
		}
		var out list
		for _, v := range in {
			if !slices.ContainsFunc(out, func(o any) bool { return o == v }) { // as PowerShell: in this case
				out = append(out, v)
			}
		}
		return out, nil
	case "format-list", "fl":
		var columns []string
		for r.peek().kind == word {
			columns = append(columns, r.next().text)
			if !r.take(",") {
				break
			}
		}
		return list{r.format(in, columns)}, nil
	}
	r.at--
	return nil, r.fail("the term '%s' is not recognised here behind |", name.text)
}

// each runs a block for every value, as $_, and keeps those for which it is true,
// or what it returns.
func (r *runner) each(live bool, in list, filters bool) (list, error) {
	before, had := r.variables["_"]
	start, out := r.at, list{}
	if !live || len(in) == 0 {
		return nil, r.block(false)
	}
	for _, v := range in {
		r.at = start
		r.variables["_"] = v
		if err := r.expect("{"); err != nil {
			return nil, err
		}
		got, err := r.pipeline(live)
		if err == nil {
			for r.peek().kind == stop {
				r.at++
			}
			err = r.expect("}")
		}
		if err != nil {
			return nil, err
		}
		switch {
		case filters && truth(one(got)):
			out = append(out, v)
		case !filters:
			out = append(out, got...)
		}
		if r.steps++; r.steps > maxSteps {
			return nil, r.fail("the script does not come to an end")
		}
	}
	delete(r.variables, "_")
	if had {
		r.variables["_"] = before
	}
	return out, nil
}

// expression is a sum, a list with commas, or a comparison.
func (r *runner) expression(live bool) (list, error) {
	left, err := r.commas(live)
	for err == nil && r.take("+") {
		var right list
		right, err = r.commas(live)
		left = append(slices.Clone(left), right...)
	}
	for err == nil && r.peek().kind == option {
		op := strings.ToLower(r.peek().text)
		if !slices.Contains([]string{"eq", "ne", "contains", "notcontains", "and", "or"}, op) {
			return nil, r.fail("the operator -%s is not known", op)
		}
		r.at++
		var right list
		if right, err = r.commas(live); err == nil && live {
			left = compare(op, left, right)
		}
	}
	return left, err
}

func compare(op string, left, right list) list {
	a, b := one(left), one(right)
	has := func() bool { return slices.ContainsFunc(left, func(v any) bool { return equal(v, b) }) }
	switch op {
	case "contains":
		return list{has()}
	case "notcontains":
		return list{!has()}
	case "and":
		return list{truth(a) && truth(b)}
	case "or":
		return list{truth(a) || truth(b)}
	}
	if len(left) > 1 { // a list is filtered, as PowerShell does
		return slices.DeleteFunc(slices.Clone(left), func(v any) bool { return equal(v, b) == (op == "ne") })
	}
	return list{equal(a, b) == (op == "eq")}
}

func equal(a, b any) bool {
	s, isText := a.(string)
	t, areBoth := b.(string)
	if isText && areBoth {
		return strings.EqualFold(s, t)
	}
	switch a.(type) {
	case object, list:
		return false
	}
	switch b.(type) {
	case object, list:
		return false
	}
	return a == b
}

func (r *runner) commas(live bool) (list, error) {
	all, err := r.unit(live)
	if err != nil || !r.is(",") {
		return all, err
	}
	for r.take(",") {
		more, err := r.unit(live)
		if err != nil {
			return nil, err
		}
		all = append(slices.Clone(all), more...)
	}
	return all, nil
}

var inText = regexp.MustCompile(`\$[A-Za-z_][A-Za-z_0-9]*`)

// unit is one value with the properties that are asked of it.
func (r *runner) unit(live bool) (list, error) {
	var values list
	switch t := r.next(); {
	case t.kind == literal && t.expands:
		text := inText.ReplaceAllStringFunc(t.text, func(name string) string { return show(r.variables[strings.ToLower(name[1:])]) })
		if strings.Contains(t.text, "$(") {
			return nil, &Error{t.line, "$( ) in a string is not known"}
		}
		values = list{text}
	case t.kind == literal:
		values = list{t.text}
	case t.kind == number:
		n, err := strconv.Atoi(t.text)
		if err != nil {
			return nil, &Error{t.line, "the number " + t.text + " is too large"}
		}
		values = list{n}
	case t.kind == variable:
		value, err := r.variable(live, t)
		if err != nil {
			return nil, err
		}
		values = value
	case t.kind == symbol && (t.text == "(" || t.text == "@("):
		if t.text == "@(" && r.take(")") {
			break
		}
		inner, err := r.pipeline(live)
		if err == nil {
			err = r.expect(")")
		}
		if err != nil {
			return nil, err
		}
		values = inner
	case t.kind == word && strings.Contains(t.text, "-"):
		return r.cmdlet(live, t)
	default:
		r.at--
		return nil, r.fail("unexpected %q", t.text)
	}
	for r.is(".") && r.peek().glued {
		r.at++
		name := r.next()
		if name.kind != word {
			return nil, r.fail("expected a property")
		}
		for part := range strings.SplitSeq(name.text, ".") { // of $c.List.Count
			values = property(values, part)
		}
	}
	return values, nil
}

func (r *runner) variable(live bool, t token) (list, error) {
	switch name := strings.ToLower(t.text); name {
	case "null":
		return nil, nil
	default:
		value, known := r.variables[name]
		if live && !known {
			return nil, &Error{t.line, "the variable '$" + t.text + "' has no value"}
		}
		return many(value), nil
	}
}

// property asks all of several values for a property.
func property(values list, name string) list {
	if strings.EqualFold(name, "Count") || strings.EqualFold(name, "Length") {
		return list{len(values)}
	}
	var out list
	for _, v := range values {
		if o, isObject := v.(object); isObject {
			out = append(out, many(o.values[strings.ToLower(name)])...)
		}
	}
	return out
}

// one is what an assignment keeps: nothing, the one, or all.
func one(values list) any {
	switch len(values) {
	case 0:
		return nil
	case 1:
		return values[0]
	}
	return values
}

func many(v any) list {
	if all, isList := v.(list); isList {
		return all
	}
	if v == nil {
		return nil
	}
	return list{v}
}

func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case int:
		return v != 0
	case string:
		return v != ""
	case list:
		return len(v) > 0
	}
	return true
}

// asError gives an error of the directory the line of the statement.
func (r *runner) asError(t token, err error) error {
	if err == nil {
		return nil
	}
	if known := (*Error)(nil); errors.As(err, &known) {
		return err
	}
	return &Error{t.line, t.text + ": " + err.Error()}
}
