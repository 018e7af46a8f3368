// Package postgres stores everything that lasts.
//
// # Whose rows
//
// Methods about one tenant take its id right after the context and run in a
// transaction in which app.tenant_id is set to it; the policies of the tables
// (package migrations) do the rest, so that a query that forgot its WHERE shows
// the rows of that tenant and not of all. Some reads allow "" for a tenant, which
// means all of them: they run on a second, read-only pool with the role
// tandem_operator, whose rights are SELECT on [OperatorTables].
//
// Neither role owns a table or bypasses row security; [Open] refuses to work
// with one that does.
//
// Engine tables have no row security and are touched only in engine*.go and
// journal*.go.
//
// # Errors
//
// Whatever leaves the package is a fault. A violated constraint is recognised by
// its name (faults.go), never by the text of a message. A database that does not
// answer is fault.Unavailable with the code database_away: nothing was written,
// or nobody knows whether it was, so callers repeat only what may be repeated.
//
// # How a tenant stands
//
// What a tenant's onboarding is judged by is in several tables. Methods that write
// one of them use changing instead of inTenant, which renews the verdict that is
// kept with the tenant (facts.go). Resources are shared by tenants: when one comes,
// a job judges all of them ([Store.Rejudge]).
//
// # Lists
//
// Lists are pages by key: the rows behind the last one of the page before. Ids
// that the store gives are UUIDv7, so that the order of ids is the order of
// creation, and lists of calls, whose ids are such, need no index by time.
package postgres
