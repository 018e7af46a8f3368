package pstnhub

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Limits of custom context (facts/direct-routing.md §14).
const (
	customPrefix   = "x-ms-custom-"
	maxCustom      = 5
	maxCustomName  = 64
	maxCustomValue = 256
)

// customHeaders takes the custom headers out of an INVITE: User-To-User as "userToUser", the others under the name as it was sent. What breaks a limit is
// dropped, never shortened, and counted.
func customHeaders(m *message) (headers map[string]string, dropped int) {
	headers = map[string]string{}
	seen := map[string]bool{}
	custom := 0
	for _, h := range m.headers {
		name, key := strings.ToLower(h.name), h.name
		switch {
		case name == "user-to-user":
			key = "userToUser"
		case !strings.HasPrefix(name, customPrefix):
			continue
		case len(name) == len(customPrefix) || len(name) > maxCustomName || !isCustom(h.name, ".!%*_+~-"):
			dropped++
			continue
		case custom == maxCustom:
			dropped++
			continue
		default:
			custom++
		}
		if seen[name] || len(h.value) > maxCustomValue || !isCustom(h.value, "=;.!%*_+~-") {
			if key != "userToUser" {
				custom--
			}
			dropped++
			continue
		}
		seen[name] = true
		headers[key] = h.value
	}
	return headers, dropped
}

// isCustom says whether s has nothing but letters, digits and the others.
func isCustom(s, others string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && strings.IndexByte(others, s[i]) < 0 {
			return false
		}
	}
	return s != ""
}

// sipHeaders checks the custom context of a call of ours and makes headers of it, in alphabetical order. A limit that is broken is an error: whoever took
// the context from an application should have refused it. Of the prefix X- only that some SDKs let choose it is known (facts/direct-routing.md §14).
func sipHeaders(context map[string]string) (headers []header, custom map[string]string, err error) {
	custom = map[string]string{}
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(context)) {
		value, lower, key := context[name], strings.ToLower(name), name
		switch {
		case lower == "user-to-user" || lower == "usertouser":
			lower, name, key = "user-to-user", "User-To-User", "userToUser"
		case !strings.HasPrefix(lower, customPrefix) && (!strings.HasPrefix(lower, "x-") || strings.HasPrefix(lower, "x-ms-")):
			return nil, nil, fmt.Errorf("pstnhub: header %q is neither User-To-User nor does it begin with X-MS-Custom- or X-", name)
		case lower == customPrefix || lower == "x-" || len(name) > maxCustomName || !isCustom(name, ".!%*_+~-"):
			return nil, nil, fmt.Errorf("pstnhub: header name %q: up to %d letters, digits and .!%%*_+~- are allowed", name, maxCustomName)
		}
		if len(value) > maxCustomValue || !isCustom(value, "=;.!%*_+~-") {
			return nil, nil, fmt.Errorf("pstnhub: value of header %s: 1 to %d letters, digits and =;.!%%*_+~- are allowed", name, maxCustomValue)
		}
		if seen[lower] {
			return nil, nil, fmt.Errorf("pstnhub: header %s given twice", name)
		}
		seen[lower] = true
		custom[key] = value
		headers = append(headers, header{name, value})
	}
	if n := len(headers); seen["user-to-user"] && n > maxCustom+1 || !seen["user-to-user"] && n > maxCustom {
		return nil, nil, fmt.Errorf("pstnhub: more than %d custom headers", maxCustom)
	}
	return headers, custom, nil
}
