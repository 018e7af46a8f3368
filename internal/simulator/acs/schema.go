package acs

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
)

// kind is the JSON type that a request field must have.
type kind int

const (
	text kind = iota
	flag
	integer
	words      // a string out of field.words, compared without case
	object     // with field.of
	list       // of objects with field.of
	textList   // of strings; with field.words each is one of them
	textMap    // of strings
	party      // CommunicationIdentifierModel
	partyList  // of them, not empty if required
	numberOnly // a bare {"value": "+1…"}
	userOnly   // a bare {"id": "8:acs:…"}
)

// field is one member of a request body. Bounds hold for integers (value) and
// texts (length) and count only if max is set.
type field struct {
	name     string
	kind     kind
	required bool
	min, max int
	words    []string
	of       []field
}

// checkBody refuses what misses a required field, has one of another type or
// out of its range. Members that are not listed are ignored [?]
// (facts/call-automation.md §18).
func checkBody(body []byte, fields []field) error {
	if len(body) == 0 && !slices.ContainsFunc(fields, func(f field) bool { return f.required }) {
		return nil
	}
	var members map[string]any
	if json.Unmarshal(body, &members) != nil {
		return invalid("The request body is not valid JSON for this operation.")
	}
	return checkObject(members, fields)
}

func checkObject(members map[string]any, fields []field) error {
	for _, f := range fields {
		value := members[f.name]
		if value == nil || value == "" {
			if f.required {
				return invalid("The " + f.title() + " field is required.")
			}
			continue
		}
		if !f.fits(value) {
			return f.wrong()
		}
		if err := f.inside(value); err != nil {
			return err
		}
	}
	return nil
}

// title is the field's name as Microsoft's messages spell it.
func (f field) title() string { return strings.ToUpper(f.name[:1]) + f.name[1:] }

func (f field) wrong() error { return invalid("The field " + f.title() + " is invalid.") }

// fits says whether a value has the type and the range of the field.
func (f field) fits(value any) bool {
	switch f.kind {
	case text:
		s, ok := value.(string)
		return ok && (f.max == 0 || len(s) >= f.min && len(s) <= f.max)
	case flag:
		_, ok := value.(bool)
		return ok
	case integer:
		n, ok := value.(float64)
		return ok && n == math.Trunc(n) && (f.max == 0 || n >= float64(f.min) && n <= float64(f.max))
	case words:
		s, ok := value.(string)
		return ok && f.knows(s)
	case textList:
		l, ok := value.([]any)
		return ok && (len(l) > 0 || !f.required) && (f.max == 0 || len(l) <= f.max) && !slices.ContainsFunc(l, func(v any) bool {
			s, isText := v.(string)
			return !isText || f.words != nil && !f.knows(s)
		})
	case textMap:
		m, ok := value.(map[string]any)
		if !ok {
			return false
		}
		for _, v := range m {
			if _, isText := v.(string); !isText {
				return false
			}
		}
		return true
	case list, partyList:
		l, ok := value.([]any)
		return ok && (len(l) > 0 || !f.required)
	}
	_, ok := value.(map[string]any)
	return ok
}

func (f field) knows(s string) bool {
	return slices.ContainsFunc(f.words, func(w string) bool { return strings.EqualFold(w, s) })
}

// inside checks the members of an object or of a list's objects. Identifiers
// of kinds that this simulator lacks are left to the operation.
func (f field) inside(value any) error {
	switch f.kind {
	case object:
		return checkObject(value.(map[string]any), f.of)
	case list:
		for _, v := range value.([]any) {
			members, ok := v.(map[string]any)
			if !ok {
				return f.wrong()
			}
			if err := checkObject(members, f.of); err != nil {
				return err
			}
		}
	case party:
		var m identifierModel
		if raw, _ := json.Marshal(value); json.Unmarshal(raw, &m) != nil {
			return f.wrong()
		}
		if slices.Contains([]string{"", kindPhone, kindTeams, kindUser}, m.Kind) {
			if _, err := m.parse(); err != nil {
				return invalid(err.Error() + ".")
			}
		}
	case numberOnly:
		if s, ok := value.(map[string]any)["value"].(string); !ok || !phone(s).valid() {
			return f.wrong()
		}
	case userOnly:
		if s, ok := value.(map[string]any)["id"].(string); !ok || s == "" {
			return f.wrong()
		}
	}
	return nil
}
