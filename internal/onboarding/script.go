package onboarding

import (
	"fmt"
	"strings"
	"unicode"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// quoted is a PowerShell string in single quotes, in which nothing is expanded.
// PowerShell takes five characters for a single quote, and doubles stand for one
// in all of them (System.Management.Automation.Language.CodeGeneration); control
// characters and separators of lines become spaces.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range plain(s) {
		switch r {
		case '\'', '\u2018', '\u2019', '\u201a', '\u201b':
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}

// comment is a line of PowerShell that does nothing, whatever the text.
func comment(s string) string { return "# " + plain(s) }

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
}

// rights is what the script for a tenant's Teams admin is made of. Everything in
// it is an id whose form is checked by checked, not a name that somebody typed.
type rights struct {
	entra     string
	resources []Resource
}

// checked refuses what must not stand in a script.
func (r rights) checked() error {
	if _, err := tenant.ParseID(r.entra); err != nil {
		return fault.Conflict("tenant_unbound", "an admin of the organisation has to sign in first, by an invitation").Because(err)
	}
	if len(r.resources) == 0 {
		return fault.Conflict("no_resource", "the provider has no resource that could ring the tenant")
	}
	for _, res := range r.resources {
		if _, err := tenant.ParseID(res.ImmutableID); err != nil {
			return fault.Internal("immutable_id", "a resource has no good immutable id").Because(err)
		}
	}
	return nil
}

// ids is the list of our resources, the home region's first.
func (r rights) ids() string {
	var b strings.Builder
	b.WriteString("$ours = @(\n")
	for _, res := range r.resources {
		note := "home region " + res.Region
		if !res.Home {
			note = "stands by in " + res.Region
		}
		fmt.Fprintf(&b, "    %s  %s\n", quoted(strings.ToLower(res.ImmutableID)), comment(note))
	}
	b.WriteString(")")
	return b.String()
}

// lines is the script that lets our resources ring (facts/entra-graph-teams.md
// §3.2, §3.3): it adds what is missing and changes nothing else, so it may run
// any number of times and leaves the entries of others as they are. The cmdlet
// replaces the whole list, hence the reading first (§0.8).
func (r rights) lines(whatIf bool) []Line {
	set := "    Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers $true -AllowedAcsResources $list"
	if whatIf {
		set += " -WhatIf"
	}
	lines := []Line{
		{"$ErrorActionPreference = 'Stop'", "stop_on_error", "Ends at the first error, before anything is changed."},
		{r.ids(), "our_ids", "The provider's resources that may ring your people: the one of your home region, and those that stand by for it."},
		{"Connect-MicrosoftTeams -TenantId " + quoted(r.entra) + " | Out-Null", "connect", "Signs you in to your own organisation and to no other. Needs the module MicrosoftTeams: Install-Module MicrosoftTeams."},
		{"$before = Get-CsTeamsAcsFederationConfiguration", "read", "Reads who may ring today."},
		{"$there = @($before.AllowedAcsResources | Where-Object { $_ })\n$missing = @($ours | Where-Object { $there -notcontains $_ })\n$list = $there + $missing", "append", "Keeps every entry that is there, other vendors' too, and adds those of the provider that are missing."},
		{"if ($missing.Count -gt 0 -or -not $before.EnableAcsUsers) {\n" + set + "\n}", "set", "Saves the longer list and switches the feature on; does nothing if that is so already."},
		{"if ((Get-CsExternalAccessPolicy -Identity Global).EnableAcsFederationAccess -ne $true) {\n    Write-Warning 'The Global external access policy blocks such calls. Allow it, or grant a policy that does to the people who are to be rung.'\n}", "warn_policy", "Warns if a policy blocks the calls for your people; it does not change the policy."},
		{"Get-CsTeamsAcsFederationConfiguration | Format-List EnableAcsUsers,AllowedAcsResources", "show", "Shows what holds now."},
	}
	if whatIf {
		lines[5].Code, lines[5].Means = "set_what_if", "Says what it would save, and saves nothing."
	}
	return lines
}

// undo takes our resources off the list and leaves the others (§3.2).
func (r rights) undo() string {
	return script([]Line{
		{Text: "$ErrorActionPreference = 'Stop'"},
		{Text: r.ids()},
		{Text: "Connect-MicrosoftTeams -TenantId " + quoted(r.entra) + " | Out-Null"},
		{Text: "$before = Get-CsTeamsAcsFederationConfiguration"},
		{Text: "$rest = @($before.AllowedAcsResources | Where-Object { $_ -and $ours -notcontains $_ })"},
		{Text: "if ($rest.Count -gt 0) {\n    Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers $before.EnableAcsUsers -AllowedAcsResources $rest\n} else {\n    Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers $false -AllowedAcsResources @()\n}"},
		{Text: "Get-CsTeamsAcsFederationConfiguration | Format-List EnableAcsUsers,AllowedAcsResources"},
	})
}

func script(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.Text)
		b.WriteByte('\n')
	}
	return b.String()
}
