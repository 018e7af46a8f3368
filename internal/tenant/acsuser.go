package tenant

import (
	"regexp"
	"strings"

	"tandem/internal/fault"
)

// An identity of an ACS resource: the resource's immutable id and a user's
// (facts/call-automation.md §5). One with a tenant between them is a user of Teams
// Phone extensibility, which is another thing.
var acsUser = regexp.MustCompile(`^8:acs:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// ParseACSUser reads an identity of an ACS resource and puts it in lower case, so
// that one user has one spelling.
func ParseACSUser(s string) (string, error) {
	id := strings.ToLower(s)
	if !acsUser.MatchString(id) {
		return "", fault.Invalid("acs_user_invalid", "an ACS user is written 8:acs:, the resource's id, _ and the user's")
	}
	return id, nil
}
