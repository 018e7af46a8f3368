// Package graph is the part of the simulated Microsoft Graph that this project
// asks: organisation, users, licences, groups, Teams user configurations and
// presence, alone or in a batch (facts/entra-graph-teams.md §2). It shows what
// package teams holds and keeps nothing of its own.
//
// The tenant is that of the token. A request is judged in this order: token,
// path, operator's faults, permissions, throttling, query options. Collections of
// the directory have Microsoft's rules of advanced queries; query.go, search.go
// and filter.go read the options, schema.go says what there is to ask for.
//
// What Graph has and this package has not is answered 501, logged as an error
// and counted by Unhandled; tests fail when the count is not zero.
package graph
