package powershell

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Values are nil, bool, int, string, *object, list, *body (a script block), or
// nothing.
type list = []any

// nothing is the value of a pipeline without output. It is $null, but for that it
// sends nothing down a pipeline, where $null sends itself.
type nothing struct{}

// object is what cmdlets return; names are the properties in their order.
type object struct {
	names  []string
	values map[string]any // by name in lower case
}

// Limits of this simulator, so that no script fills the memory.
const (
	maxItems = 1000    // of an array
	maxText  = 1 << 14 // bytes of a string
	tooMuch  = "arrays of more than 1000 values and texts of more than 16 KiB: not known to this simulator"
)

// record is an object of names and values.
func record(pairs ...any) *object {
	o := &object{values: map[string]any{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		o.names = append(o.names, name)
		o.values[strings.ToLower(name)] = pairs[i+1]
	}
	return o
}

// enumerate is what a value sends down a pipeline.
func enumerate(v any) list {
	switch v := v.(type) {
	case nothing:
		return nil
	case list:
		return v
	}
	return list{v}
}

// collapse is the value of a pipeline.
func collapse(values list) any {
	switch len(values) {
	case 0:
		return nothing{}
	case 1:
		return values[0]
	}
	return values
}

func isNull(v any) bool { return v == nil || v == any(nothing{}) }

func truth(v any) bool {
	switch v := v.(type) {
	case nil, nothing:
		return false
	case bool:
		return v
	case int:
		return v != 0
	case string:
		return v != ""
	case list:
		return len(v) > 1 || len(v) == 1 && truth(v[0])
	}
	return true
}

// show is a value in a text.
func show(v any) string {
	switch v := v.(type) {
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	case int:
		return strconv.Itoa(v)
	case string:
		return v
	case *object:
		var all []string
		for _, name := range v.names {
			all = append(all, name+"="+within(v.values[strings.ToLower(name)]))
		}
		return "@{" + strings.Join(all, "; ") + "}"
	case list:
		var all []string
		for _, item := range v {
			all = append(all, within(item))
		}
		return strings.Join(all, " ")
	}
	return ""
}

// within is show for a value in another: an array is not looked into.
func within(v any) string {
	if _, isList := v.(list); isList {
		return "System.Object[]"
	}
	return show(v)
}

func typeOf(v any) string {
	switch v.(type) {
	case bool:
		return "System.Boolean"
	case int:
		return "System.Int32"
	case string:
		return "System.String"
	case list:
		return "System.Object[]"
	case *body:
		return "System.Management.Automation.ScriptBlock"
	}
	return "System.Management.Automation.PSObject"
}

// property asks an object, or all of an array, for a property. What is not there
// is $null.
func property(v any, name string) any {
	name = strings.ToLower(name)
	counts := name == "count" || name == "length"
	switch v := v.(type) {
	case nil, nothing:
		if counts {
			return 0
		}
	case list:
		if counts {
			return len(v)
		}
		var out list
		for _, item := range v {
			if o, isObject := item.(*object); isObject && o.values[name] != nil {
				out = append(out, enumerate(o.values[name])...)
			}
		}
		if len(out) > 0 {
			return collapse(out)
		}
	case *object:
		if value, there := v.values[name]; there || !counts {
			return value
		}
		return 1
	case string:
		if name == "length" {
			return len([]rune(v))
		}
	}
	if counts && !isNull(v) {
		return 1
	}
	return nil
}

// add is + : the left value decides what it means.
func add(a, b any) (any, error) {
	switch left := a.(type) {
	case nil, nothing:
		return b, nil
	case list:
		right := enumerate(b)
		if len(left)+len(right) > maxItems {
			return nil, problem(tooMuch)
		}
		return slices.Concat(left, right), nil
	case string:
		s := left + show(b)
		if len(s) > maxText {
			return nil, problem(tooMuch)
		}
		return s, nil
	case int:
		n, err := number(b)
		return left + n, err
	}
	return nil, problem("Method invocation failed because [%s] does not contain a method named 'op_Addition'.", typeOf(a))
}

// number is the conversion to a whole number.
func number(v any) (int, error) {
	switch v := v.(type) {
	case nil, nothing:
		return 0, nil
	case int:
		return v, nil
	case bool:
		return map[bool]int{true: 1}[v], nil
	case string:
		if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
			return n, nil
		}
		return 0, problem("Cannot convert value %q to type \"System.Int32\". Error: \"The input string '%s' was not in a correct format.\"", v, v)
	}
	return 0, problem("Cannot convert the %q value of type %q to type \"System.Int32\".", show(v), typeOf(v))
}

// compare is a comparison; an array on the left is filtered by it.
func compare(op string, a, b any) (any, error) {
	switch op {
	case "contains":
		return contains(a, b), nil
	case "notcontains":
		return !contains(a, b), nil
	case "in":
		return contains(b, a), nil
	case "notin":
		return !contains(b, a), nil
	}
	all, isList := a.(list)
	if !isList {
		return holds(op, a, b)
	}
	out := list{}
	for _, item := range all {
		yes, err := holds(op, item, b)
		if err != nil {
			return nil, err
		}
		if yes {
			out = append(out, item)
		}
	}
	return out, nil
}

func contains(all, v any) bool {
	return slices.ContainsFunc(enumerate(all), func(item any) bool { return equal(item, v) })
}

func holds(op string, a, b any) (bool, error) {
	switch op {
	case "eq":
		return equal(a, b), nil
	case "ne":
		return !equal(a, b), nil
	}
	n, err := order(a, b)
	return op == "gt" && n > 0 || op == "ge" && n >= 0 || op == "lt" && n < 0 || op == "le" && n <= 0, err
}

// equal compares after converting the right value to the type of the left one;
// texts without regard to case.
func equal(a, b any) bool {
	if isNull(a) || isNull(b) {
		return isNull(a) && isNull(b)
	}
	switch left := a.(type) {
	case string:
		return strings.EqualFold(left, show(b))
	case int:
		n, err := number(b)
		return err == nil && left == n
	case bool:
		return left == truth(b)
	case *object, *body:
		return a == b
	}
	return false
}

func order(a, b any) (int, error) {
	switch left := a.(type) {
	case string:
		return strings.Compare(strings.ToLower(left), strings.ToLower(show(b))), nil
	case int, bool, nil, nothing:
		x, _ := number(left)
		y, err := number(b)
		return cmp.Compare(x, y), err
	}
	return 0, problem("Cannot compare %q because it is not IComparable.", show(a))
}
