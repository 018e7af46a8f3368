// Package migrations holds the database's schema as numbered steps, for
// golang-migrate. A step that was released is never changed.
//
// Every table is of one kind, which a test of internal/postgres knows by name:
//
//   - Tenant tables have tenant_id first in their keys. Row level security is
//     enabled and forced; the role tandem_app sees the rows of the tenant in the
//     setting app.tenant_id, and no rows while it is empty. The role
//     tandem_operator may read some of them across tenants, by a policy each.
//   - Provider tables belong to the installation.
//   - Engine tables hold ids and what the engine coordinates with; they have no
//     row security, because the engine works for all tenants at once.
//
// Partitions have no rights of their own, so that their rows can be reached
// only through the table they are part of, whose policies apply.
//
// The steps run as the owner of the database, who needs the right to create
// roles if tandem_app and tandem_operator do not exist yet. The roles belong to
// the whole cluster; a step down leaves them, because another database may use
// them.
package migrations

import "embed"

// FS has the steps.
//
//go:embed *.sql
var FS embed.FS
