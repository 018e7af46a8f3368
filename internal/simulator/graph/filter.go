package graph

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// filter is a parsed $filter. Advanced is set where Microsoft demands
// ConsistencyLevel: eventual and $count (facts/entra-graph-teams.md §2.4).
type filter struct {
	matches  predicate
	advanced bool
	// uses are the properties that it looks at.
	uses []string
}

// unsupported is a query that Graph understands and does not answer.
type unsupported string

func (u unsupported) Error() string { return string(u) }

// parseFilter reads $filter: eq, ne, in, startsWith, endsWith, and, or, not,
// parentheses, and any over a list of objects. resolve tells what can be asked of
// a property; see property.
func parseFilter(text string, resolve func(name string) (property, bool)) (filter, error) {
	list, err := lex(text)
	if err != nil {
		return filter{}, err
	}
	p := &filterParser{tokens: list, resolve: resolve}
	f, err := p.or(0)
	if err == nil && p.at < len(p.tokens) {
		err = p.unexpected()
	}
	p.matches = f
	return p.filter, err
}

type token struct {
	kind byte // 'w' word, 's' string, or the symbol itself; 0 is the end
	text string
	at   int
}

// lex splits a filter into words, strings with doubled apostrophes, and ( ) , :
func lex(text string) ([]token, error) {
	var list []token
	for i := 0; i < len(text); {
		start := i
		switch c := text[i]; {
		case c == ' ' || c == '\t':
			i++
		case strings.IndexByte("(),:", c) >= 0:
			list = append(list, token{c, string(c), i})
			i++
		case c == '\'':
			var b strings.Builder
			for i++; ; i++ {
				if i >= len(text) {
					return nil, fmt.Errorf("There is an unterminated string literal at position %d in '%s'.", start, text) //nolint:staticcheck // Microsoft's words
				}
				if text[i] == '\'' {
					if i+1 >= len(text) || text[i+1] != '\'' {
						break
					}
					i++
				}
				b.WriteByte(text[i])
			}
			i++
			list = append(list, token{'s', b.String(), start})
		default:
			for i < len(text) && strings.IndexByte(" \t(),:'", text[i]) < 0 {
				i++
			}
			list = append(list, token{'w', text[start:i], start})
		}
	}
	return list, nil
}

type filterParser struct {
	filter
	tokens  []token
	at      int
	resolve func(string) (property, bool)
	// within is the variable of an any, with its members.
	within  string
	members map[string]property
}

func (p *filterParser) peek() token {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return token{}
}

func (p *filterParser) next() token {
	t := p.peek()
	p.at++
	return t
}

func (p *filterParser) unexpected() error {
	t := p.peek()
	return fmt.Errorf("Invalid filter clause: Syntax error at position %d near '%s'.", t.at, t.text) //nolint:staticcheck // Microsoft's words
}

func (p *filterParser) expect(kind byte) error {
	if p.peek().kind != kind {
		return p.unexpected()
	}
	p.at++
	return nil
}

func (p *filterParser) keyword(word string) bool {
	if t := p.peek(); t.kind == 'w' && t.text == word {
		p.at++
		return true
	}
	return false
}

func (p *filterParser) or(depth int) (predicate, error) {
	all, err := p.and(depth)
	for err == nil && p.keyword("or") {
		a := all
		var b predicate
		b, err = p.and(depth)
		all = func(get func(string) any) bool { return a(get) || b(get) }
	}
	return all, err
}

func (p *filterParser) and(depth int) (predicate, error) {
	all, err := p.unary(depth)
	for err == nil && p.keyword("and") {
		a := all
		var b predicate
		b, err = p.unary(depth)
		all = func(get func(string) any) bool { return a(get) && b(get) }
	}
	return all, err
}

func (p *filterParser) unary(depth int) (predicate, error) {
	if depth > maxDepth {
		return nil, p.unexpected()
	}
	if p.keyword("not") {
		p.advanced = true
		inner, err := p.unary(depth + 1)
		return func(get func(string) any) bool { return !inner(get) }, err
	}
	if p.peek().kind == '(' {
		p.at++
		inner, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		return inner, p.expect(')')
	}
	word := p.next()
	if word.kind != 'w' {
		p.at--
		return nil, p.unexpected()
	}
	if p.peek().kind == '(' {
		if list, isAny := strings.CutSuffix(word.text, "/any"); isAny {
			return p.any(list, depth)
		}
		return p.function(strings.ToLower(word.text))
	}
	return p.comparison(word.text)
}

// property finds a property that stands in an expression.
func (p *filterParser) property(name string) (property, error) {
	if p.within != "" {
		member, found := strings.CutPrefix(name, p.within+"/")
		if prop, known := p.members[member]; found && known {
			prop.name = member
			return prop, nil
		}
		return property{}, fmt.Errorf("Invalid filter clause: Could not find a property named '%s'.", name) //nolint:staticcheck // Microsoft's words
	}
	prop, known := p.resolve(name)
	if !known {
		return property{}, fmt.Errorf("Invalid filter clause: Could not find a property named '%s'.", name) //nolint:staticcheck // Microsoft's words
	}
	p.uses = append(p.uses, prop.name)
	if !prop.filters || prop.members != nil {
		return property{}, unsupported("Unsupported property filter clause operator: " + prop.name + ".")
	}
	return prop, nil
}

func (p *filterParser) function(name string) (predicate, error) {
	p.at++ // the parenthesis
	ends := name == "endswith"
	if name != "startswith" && !ends {
		return nil, unsupported("Unsupported query: the function '" + name + "' is not supported.")
	}
	p.advanced = p.advanced || ends
	prop, err := p.property(p.next().text)
	if err != nil {
		return nil, err
	}
	if err := p.expect(','); err != nil {
		return nil, err
	}
	text := p.next()
	if text.kind != 's' {
		p.at--
		return nil, p.unexpected()
	}
	if ends && !slices.Contains([]string{"mail", "userPrincipalName"}, prop.name) {
		return nil, unsupported("Unsupported query: endsWith is not supported for " + prop.name + ".")
	}
	want := strings.ToLower(text.text)
	return func(get func(string) any) bool {
		is := strings.ToLower(textOf(get(prop.name)))
		if ends {
			return strings.HasSuffix(is, want)
		}
		return strings.HasPrefix(is, want)
	}, p.expect(')')
}

func (p *filterParser) comparison(name string) (predicate, error) {
	prop, err := p.property(name)
	if err != nil {
		return nil, err
	}
	switch op := p.next(); {
	case op.kind == 'w' && (op.text == "eq" || op.text == "ne"):
		value, err := p.literal(prop)
		if err != nil {
			return nil, err
		}
		negated := op.text == "ne"
		p.advanced = p.advanced || negated
		return func(get func(string) any) bool { return same(get(prop.name), value) != negated }, nil
	case op.kind == 'w' && op.text == "in":
		return p.in(prop)
	case op.kind == 'w' && slices.Contains([]string{"gt", "ge", "lt", "le", "has"}, op.text):
		return nil, unsupported("Unsupported property filter clause operator: " + op.text + ".")
	}
	p.at--
	return nil, p.unexpected()
}

func (p *filterParser) in(prop property) (predicate, error) {
	if err := p.expect('('); err != nil {
		return nil, err
	}
	var values []any
	for {
		value, err := p.literal(prop)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		if p.peek().kind != ',' {
			break
		}
		p.at++
	}
	return func(get func(string) any) bool {
		return slices.ContainsFunc(values, func(v any) bool { return same(get(prop.name), v) })
	}, p.expect(')')
}

// any is over a list of objects, as in assignedPlans/any(p:p/servicePlanId eq …).
func (p *filterParser) any(name string, depth int) (predicate, error) {
	p.at++ // the parenthesis
	prop, known := p.resolve(name)
	variable := p.next()
	if p.within != "" || !known || prop.members == nil || variable.kind != 'w' {
		return nil, fmt.Errorf("Invalid filter clause: any is not possible on '%s'.", name) //nolint:staticcheck // Microsoft's words
	}
	if err := p.expect(':'); err != nil {
		return nil, err
	}
	p.uses = append(p.uses, prop.name)
	p.within, p.members, p.advanced = variable.text, prop.members, true
	inner, err := p.or(depth + 1)
	p.within, p.members = "", nil
	if err != nil {
		return nil, err
	}
	return func(get func(string) any) bool {
		list, _ := get(prop.name).([]map[string]any)
		return slices.ContainsFunc(list, func(object map[string]any) bool { return inner(func(member string) any { return object[member] }) })
	}, p.expect(')')
}

// literal reads a value of the property's type: 'text', true, false, null or, for
// ids, a bare GUID.
func (p *filterParser) literal(prop property) (any, error) {
	t := p.next()
	switch {
	case t.kind == 's' && prop.kind != boolean:
		return t.text, nil
	case t.kind == 'w' && t.text == "null":
		return nil, nil
	case t.kind == 'w' && prop.kind == boolean:
		if value, err := strconv.ParseBool(t.text); err == nil && (t.text == "true" || t.text == "false") {
			return value, nil
		}
	case t.kind == 'w' && prop.kind == guid:
		return t.text, nil
	}
	p.at--
	return nil, fmt.Errorf("Invalid filter clause: A binary operator with incompatible types was detected at position %d near '%s'.", t.at, t.text) //nolint:staticcheck // Microsoft's words
}

// same compares as the directory does: text in whatever case.
func same(is, want any) bool {
	a, isText := is.(string)
	b, wantsText := want.(string)
	if isText && wantsText {
		return strings.EqualFold(a, b)
	}
	return is == want
}
