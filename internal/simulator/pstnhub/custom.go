package pstnhub

import "strings"

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
