// Package powershell stands for Teams PowerShell in the hands of a tenant's
// administrator: it runs scripts of the kind that let an ACS resource call Teams
// users (facts/entra-graph-teams.md §3.2 to §3.4) and prints what PowerShell 7
// would print.
//
// A script is parsed whole, into closures, and then run; what cannot be parsed
// changes nothing, as there. The language goes as far as such scripts do:
//
//	values       text, whole numbers, $true, $false, $null, arrays, objects of cmdlets
//	strings      'as it is', "with $variables and $( statements )"
//	operators    + -not -and -or -eq -ne -gt -ge -lt -le -contains -notcontains -in -notin ,
//	statements   = += if elseif else foreach, cmdlets and pipelines
//	errors       $ErrorActionPreference and -ErrorAction
//
// with the cmdlets of cmdlets.go and teams.go. The semantics are PowerShell's
// where they surprise: names are in whatever case, a pipeline of one value is that
// value and an empty one is nothing, @( ) is an array always, a comparison with an
// array on its left filters, an unset variable is $null, an error ends its
// statement and not the script unless the preference says Stop, and Set- replaces
// a list. Valid PowerShell beyond that is refused with its line, never guessed at.
package powershell
