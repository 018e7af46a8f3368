package acs

// Switches says how behaviour goes that is only inferred, by name; package
// evidence has the list.
type Switches interface{ Get(name string) string }

// Names of switches.
const (
	inferContextSingleUse = "context.single_use"
	inferCallerLeft       = "caller_left"
	inferFailedConnect    = "failed_connect"
	inferGroupConnected   = "group.connected"
	inferUserIdentity     = "create.user_identity"
	inferZeroTimeout      = "add.zero_timeout"
	inferDuplicateAdd     = "add.duplicate"
	inferCancelledAdd     = "cancel.failed_add"
	inferRepeatConflict   = "repeatability.conflict"
	inferSkew             = "hmac.skew"
	inferHoldTeams        = "hold.teams"
)
