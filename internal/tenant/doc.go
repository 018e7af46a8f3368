// Package tenant holds the customer organisations of an installation: their
// state, the people who may be rung (agents) and the numbers that reach them.
//
// Everything here is a value with its rules; nothing is stored and nothing is
// asked. Validate reports everything that is wrong with a value at once, as one
// [tandem/internal/fault.Error] whose fields carry the JSON names of the API.
//
// The life of a tenant:
//
//	invited ──▶ onboarding ──▶ active ⇄ suspended
//	   └────────────┴────────────┴─────────┴──▶ offboarded (for good)
//
// Only an active tenant can be called. A tenant that is offboarded keeps its
// rows, because call records outlive the contract.
package tenant
