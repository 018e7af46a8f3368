package tenant

import (
	"strings"

	"tandem/internal/fault"
)

// ParseID reads a tenant's id that came from outside.
func ParseID(s string) (ID, error) {
	u, ok := parseUUID(s)
	if !ok {
		return "", fault.Invalid("tenant_id_invalid", "a tenant id is a UUID")
	}
	return ID(u), nil
}

// ParseAgentID reads an agent's id that came from outside.
func ParseAgentID(s string) (AgentID, error) {
	u, ok := parseUUID(s)
	if !ok {
		return "", fault.Invalid("agent_id_invalid", "an agent id is a UUID")
	}
	return AgentID(u), nil
}

// ParsePromptID reads a prompt's id that came from outside.
func ParsePromptID(s string) (PromptID, error) {
	u, ok := parseUUID(s)
	if !ok {
		return "", fault.Invalid("prompt_id_invalid", "a prompt id is a UUID")
	}
	return PromptID(u), nil
}

// ParseBotID reads a bot's id that came from outside.
func ParseBotID(s string) (BotID, error) {
	u, ok := parseUUID(s)
	if !ok {
		return "", fault.Invalid("bot_id_invalid", "a bot id is a UUID")
	}
	return BotID(u), nil
}

// parseUUID takes the one spelling that Entra and we use (RFC 9562 §4), in any
// case, and returns it in lower case. The nil UUID names nobody.
func parseUUID(s string) (string, bool) {
	if len(s) != 36 {
		return "", false
	}
	zero := true
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return "", false
			}
			continue
		}
		if !isHex(c) {
			return "", false
		}
		zero = zero && c == '0'
	}
	return strings.ToLower(s), !zero
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
