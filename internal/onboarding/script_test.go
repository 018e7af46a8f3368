package onboarding

import (
	"fmt"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tandem/internal/fault"
)

var twoResources = rights{contoso, []Resource{
	{ID: "eu-1", Region: "eu", ImmutableID: "AAAAAAAA-0000-4000-8000-000000000001", Home: true},
	{ID: "us-1", Region: "us", ImmutableID: "aaaaaaaa-0000-4000-8000-000000000002"},
}}

const wantScript = `$ErrorActionPreference = 'Stop'
$ours = @(
    'aaaaaaaa-0000-4000-8000-000000000001'  # home region eu
    'aaaaaaaa-0000-4000-8000-000000000002'  # stands by in us
)
Connect-MicrosoftTeams -TenantId '5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10' | Out-Null
$before = Get-CsTeamsAcsFederationConfiguration
$there = @($before.AllowedAcsResources | Where-Object { $_ })
$missing = @($ours | Where-Object { $there -notcontains $_ })
$list = $there + $missing
if ($missing.Count -gt 0 -or -not $before.EnableAcsUsers) {
    Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers $true -AllowedAcsResources $list
}
if ((Get-CsExternalAccessPolicy -Identity Global).EnableAcsFederationAccess -ne $true) {
    Write-Warning 'The Global external access policy blocks such calls. Allow it, or grant a policy that does to the people who are to be rung.'
}
Get-CsTeamsAcsFederationConfiguration | Format-List EnableAcsUsers,AllowedAcsResources
`

func TestFederationScript(t *testing.T) {
	if err := twoResources.checked(); err != nil {
		t.Fatal(err)
	}
	lines := twoResources.lines(false)
	if got := script(lines); got != wantScript {
		t.Errorf("got\n%s", got)
	}
	for _, l := range lines {
		if l.Code == "" || l.Means == "" {
			t.Errorf("not explained: %s", l.Text)
		}
	}
	for _, l := range strings.Split(script(twoResources.lines(true)), "\n") {
		if strings.Contains(l, "Set-Cs") && !strings.HasSuffix(l, " -WhatIf") {
			t.Errorf("would change something: %s", l)
		}
	}
	undo := twoResources.undo()
	for _, want := range []string{"-notcontains $_", "-EnableAcsUsers $false", "$before.EnableAcsUsers -AllowedAcsResources $rest", "-TenantId '" + contoso + "'"} {
		if !strings.Contains(undo, want) {
			t.Errorf("undo has no %s:\n%s", want, undo)
		}
	}
	for name, bad := range map[string]rights{
		"unbound":          {"", twoResources.resources},
		"no resource":      {contoso, nil},
		"hostile tenant":   {"'; Remove-Item *; '", twoResources.resources},
		"hostile resource": {contoso, []Resource{{ImmutableID: "'; Remove-Item *; '"}}},
	} {
		if err := bad.checked(); err == nil {
			t.Errorf("%s: goes into a script", name)
		}
	}
}

// acs stands for the three cmdlets that the scripts use, on a list in memory.
const acs = `
$global:config = [pscustomobject]@{ EnableAcsUsers = %s; AllowedAcsResources = @(%s) }
$global:sets = 0
function Connect-MicrosoftTeams { param($TenantId) }
function Get-CsTeamsAcsFederationConfiguration { $global:config }
function Get-CsExternalAccessPolicy { param($Identity) [pscustomobject]@{ EnableAcsFederationAccess = $true } }
function Set-CsTeamsAcsFederationConfiguration { param($EnableAcsUsers, [string[]]$AllowedAcsResources, [switch]$WhatIf)
    if ($WhatIf) { return }
    $global:sets++
    $global:config = [pscustomobject]@{ EnableAcsUsers = $EnableAcsUsers; AllowedAcsResources = $AllowedAcsResources }
}
`

// TestScriptInPowerShell runs the scripts, where there is a PowerShell: others'
// entries stay, a second run changes nothing, undo leaves the rest.
func TestScriptInPowerShell(t *testing.T) {
	pwsh, err := exec.LookPath("pwsh")
	if err != nil {
		t.Skip("no PowerShell here")
	}
	run := func(enabled, list string, scripts ...string) string {
		t.Helper()
		text := fmt.Sprintf(acs, enabled, list)
		for _, s := range scripts {
			text += "& {\n" + s + "} | Out-Null\n"
		}
		text += `Write-Output ("{0} {1} {2}" -f $global:sets, $global:config.EnableAcsUsers, ($global:config.AllowedAcsResources -join ','))`
		out, err := exec.CommandContext(t.Context(), pwsh, "-NoProfile", "-NonInteractive", "-Command", text).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	const other, one, two = "bbbbbbbb-0000-4000-8000-000000000009", "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
	do, whatIf, undo := script(twoResources.lines(false)), script(twoResources.lines(true)), twoResources.undo()
	for name, c := range map[string]struct {
		enabled, list string
		scripts       []string
		want          string
	}{
		"empty":             {"$false", "", []string{do}, "1 True " + one + "," + two},
		"twice":             {"$false", "", []string{do, do}, "1 True " + one + "," + two},
		"others stay":       {"$true", "'" + other + "'", []string{do}, "1 True " + other + "," + one + "," + two},
		"in upper case":     {"$true", "'" + strings.ToUpper(one) + "','" + two + "'", []string{do}, "0 True " + strings.ToUpper(one) + "," + two},
		"what if":           {"$false", "'" + other + "'", []string{whatIf}, "0 False " + other},
		"undone":            {"$true", "'" + other + "'", []string{do, undo}, "2 True " + other},
		"undone, none left": {"$false", "", []string{do, undo}, "2 False"},
	} {
		if got := run(c.enabled, c.list, c.scripts...); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// singleQuotes are the characters that PowerShell takes for one
// (CharExtensions.IsSingleQuote).
const singleQuotes = "'\u2018\u2019\u201a\u201b"

// unquote reads a string in single quotes as PowerShell's tokenizer does, and says
// how much of the line it takes.
func unquote(line string) (value string, rest string, ok bool) {
	rs := []rune(line)
	if len(rs) == 0 || !strings.ContainsRune(singleQuotes, rs[0]) {
		return "", line, false
	}
	var b strings.Builder
	for i := 1; i < len(rs); i++ {
		if strings.ContainsRune(singleQuotes, rs[i]) {
			if i+1 == len(rs) || !strings.ContainsRune(singleQuotes, rs[i+1]) {
				return b.String(), string(rs[i+1:]), true
			}
			i++
		}
		b.WriteRune(rs[i])
	}
	return "", "", false // not closed
}

// TestQuoted: whatever somebody is called, he is one value on one line.
func TestQuoted(t *testing.T) {
	hostile := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("'\u2018\u2019\u201a\u201b\"`$(){};|&#\n\r\u2028\u2029\u0085\x00 a-"))))
	rapid.Check(t, func(t *rapid.T) {
		s := hostile.Draw(t, "text")
		q := quoted(s)
		value, rest, ok := unquote(q + " -Next")
		if !ok || rest != " -Next" || value != plain(s) {
			t.Fatalf("%q became %q: %q then %q", s, q, value, rest)
		}
		if strings.ContainsAny(q+comment(s), "\r\n\u2028\u2029\u0085\x00") || !strings.HasPrefix(comment(s), "# ") {
			t.Fatalf("%q breaks the line", s)
		}
	})
}

// TestFixScript: hostile names stay values and comments.
func TestFixScript(t *testing.T) {
	w := newWorld(t)
	actor := w.bind(t)
	w.work(t)
	if got := must[string](t)(w.FixScript(t.Context(), w.tenant)); !strings.HasPrefix(got, "# Nothing to mend") {
		t.Error(got)
	}
	no := false
	for n, change := range []func(*Sight){
		func(s *Sight) {
			s.EnterpriseVoice, s.UPN, s.Name = &no, "o\u2019brien'; Remove-Item *; '@contoso.example", "Bad\nRemove-Item * #"
		},
		func(s *Sight) { s.TeamsPhone = PlanMissing },
		func(*Sight) {},
	} {
		oid := w.person(n)
		p := w.dir.people[oid]
		change(&p)
		w.dir.people[oid] = p
		must[Added](t)(w.AddPeople(t.Context(), actor, w.tenant, []string{oid}))
	}
	got := must[string](t)(w.FixScript(t.Context(), w.tenant))
	var commands []string
	for _, l := range strings.Split(got, "\n") {
		if l != "" && !strings.HasPrefix(l, "# ") {
			commands = append(commands, l)
		}
	}
	want := []string{
		"Connect-MicrosoftTeams -TenantId '" + contoso + "' | Out-Null",
		"Set-CsPhoneNumberAssignment -Identity 'o\u2019\u2019brien''; Remove-Item *; ''@contoso.example' -EnterpriseVoiceEnabled $true",
	}
	if !slices.Equal(commands, want) {
		t.Errorf("commands %q", commands)
	}
	if !strings.Contains(got, "Person 1 (p1@contoso.example): Teams Phone is not assigned. In the Microsoft 365 admin centre") || strings.Contains(got, "Person 2") {
		t.Error(got)
	}
	if _, err := newWorld(t).FixScript(t.Context(), w.tenant); fault.CodeOf(err) != "tenant_unbound" {
		t.Error(err)
	}
}

// TestRemedies: every code has its words, a cure and no markup, so that catalogues
// can be complete.
func TestRemedies(t *testing.T) {
	for code, r := range remedies {
		if r.problem == "" || r.cure.Code == "" || r.cure.Text == "" || strings.ContainsAny(r.problem+r.cure.Text, "!\n<>") {
			t.Errorf("%s: %+v", code, r)
		}
	}
	if r := cureOf("never_heard_of"); !strings.Contains(r.cure.Text, "never_heard_of") {
		t.Errorf("%+v", r)
	}
	for code := range againstConsent {
		if _, ok := remedies[code]; !ok {
			t.Errorf("%s has no remedy", code)
		}
	}
	for code := range hearsay {
		if _, ok := remedies[code]; !ok {
			t.Errorf("%s has no remedy", code)
		}
	}
	// Before you begin and afterwards a step is said to take the same.
	for _, step := range (facts{}).track(Actor{}).Steps {
		said := StepNeeds{step.ID, step.Needs, step.Minutes}
		if step.Minutes == 0 || !slices.ContainsFunc(needs(), func(n StepNeeds) bool { return reflect.DeepEqual(n, said) }) {
			t.Errorf("%+v", said)
		}
	}
}
