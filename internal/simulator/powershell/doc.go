// Package powershell stands for Teams PowerShell in the hands of a tenant's
// administrator: it runs scripts of the kind that let an ACS resource call Teams
// users (facts/entra-graph-teams.md §3.2 to §3.4) and prints what PowerShell
// would print.
//
// It knows the language as far as such scripts go: assignments, strings, lists
// with @( ) and +, pipelines, properties, comparisons, if and else, foreach,
// comments; and the cmdlets that cmdlets.go lists. Everything else is an Error
// with its line, never a guess. As in PowerShell names are in whatever case, a
// list of one is the one, and Set- replaces a list.
package powershell
