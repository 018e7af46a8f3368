// Package provider holds who may do what in an installation: API keys with
// their scopes, and the audit trail of what they did.
//
// A key belongs to the provider, or to one tenant; a tenant's key sees nothing
// of others (their ids are "not found") and cannot have a scope that is about
// the installation. The key itself is told once and kept as a hash.
package provider
