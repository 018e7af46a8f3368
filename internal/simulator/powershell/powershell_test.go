package powershell

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

const (
	contoso = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"
	ada     = "fc4ccb5f-8046-4812-803f-6c344a5d1560"
	theirs  = "11111111-2222-4333-8444-555555555555"
	ours    = "b9614373-fd0b-480c-8fd2-cb58b70eab9f"
	agents  = "aaaaaaaa-0000-4000-8000-000000000001"
)

func newDirectory(t testing.TB) *teams.Directory {
	t.Helper()
	clk := clock.New()
	d := teams.New(clk, &faults.Book{}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { d.Close(); clk.Close() })
	if err := d.AddTenant(teams.Tenant{ID: contoso, Name: "Contoso", Federation: []string{theirs}, FederationOff: true}); err != nil {
		t.Fatal(err)
	}
	if err := d.Add(teams.Profile{OID: ada, Tenant: contoso, Name: "Ada", NoEnterpriseVoice: true}); err != nil {
		t.Fatal(err)
	}
	if err := d.Reconfigure(contoso, func(s *teams.Settings) error {
		s.SetGroup(teams.Group{ID: agents, Name: "Agents", Members: []string{ada}})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return d
}

// federate is the script of the fact sheet §3.2.
const federate = `
$id = '` + ours + `'
Connect-MicrosoftTeams -TenantId '` + contoso + `'                 # add -TeamsEnvironmentName TeamsGCCH|TeamsDOD if needed
$c    = Get-CsTeamsAcsFederationConfiguration
$list = @(@($c.AllowedAcsResources) + $id | Where-Object { $_ } | Select-Object -Unique)
Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers $true -AllowedAcsResources $list
if ((Get-CsExternalAccessPolicy -Identity Global).EnableAcsFederationAccess -ne $true) {
    Write-Warning 'Global ExternalAccessPolicy blocks ACS federation; assign a policy to the agents (see portal).'
}
Get-CsTeamsAcsFederationConfiguration | Format-List EnableAcsUsers,AllowedAcsResources
`

func TestFederate(t *testing.T) {
	d := newDirectory(t)
	for range 2 { // the second time changes nothing
		out, err := Run(t.Context(), d, contoso, federate)
		if err != nil {
			t.Fatal(err)
		}
		if want := "\nEnableAcsUsers      : True\nAllowedAcsResources : {" + theirs + ", " + ours + "}\n"; !strings.HasSuffix(strings.TrimRight(out, "\n")+"\n", want) || strings.Contains(out, "WARNING") {
			t.Errorf("printed %q, want %q in the end", out, want)
		}
		s, _ := d.Settings(contoso)
		if f := s.Federation; !f.EnableAcsUsers || !slices.Equal(f.AllowedAcsResources, []string{theirs, ours}) {
			t.Errorf("%+v", f)
		}
	}
	out, err := Run(t.Context(), d, contoso, "Connect-MicrosoftTeams\nSet-CsExternalAccessPolicy -Identity Global -EnableAcsFederationAccess $false\n"+federate)
	if err != nil || !strings.Contains(out, "WARNING: Global ExternalAccessPolicy blocks") {
		t.Errorf("%q, %v", out, err)
	}

	const undo = `
Connect-MicrosoftTeams -TenantId '` + contoso + `'
$rest = @((Get-CsTeamsAcsFederationConfiguration).AllowedAcsResources | Where-Object { $_ -ne '` + ours + `' })
if ($rest.Count -eq 0) { Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers $false -AllowedAcsResources @() }
else { Set-CsTeamsAcsFederationConfiguration -AllowedAcsResources $rest }`
	for _, list := range [][]string{{theirs, ours}, {ours}} {
		if err := d.Reconfigure(contoso, func(s *teams.Settings) error { s.Federation.AllowedAcsResources = list; return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := Run(t.Context(), d, contoso, undo); err != nil {
			t.Fatal(err)
		}
		s, _ := d.Settings(contoso)
		if want := len(list) - 1; len(s.Federation.AllowedAcsResources) != want || s.Federation.EnableAcsUsers != (want > 0) {
			t.Errorf("of %v is left %+v", list, s.Federation)
		}
	}
}

// What scripts print, with those that fail in which line.
func TestScripts(t *testing.T) {
	const in = "Connect-MicrosoftTeams -TenantId " + "'" + contoso + "' | Where-Object { $false }\n"
	for _, c := range []struct {
		name, script string
		line         int // of the error
		want         string
	}{
		{"nothing", "\n# nothing\n", 0, ""},
		{"text", "Write-Host 'it''s'; Write-Output \"$true and $x\"", 0, "it's\nTrue and \n"},
		{"a list", "$l = 'b','a','b'\n$l | Select-Object -Unique\n$l.Count", 0, "b\na\n3\n"},
		{"a list over lines", "$l = @(\n  'a',\n  'b' # second\n)\nWrite-Host $l", 0, "a b\n"},
		{"a back tick", "Write-Host `\n  'on'", 0, "on\n"},
		{"if and else", "if (1 -eq 2) { Write-Host a } elseif ('X' -eq 'x') { Write-Host b } else { Write-Host c }", 0, "b\n"},
		{"else on its own line", "if ($false) {\n Write-Host a\n}\nelse {\n Write-Host b\n}", 0, "b\n"},
		{"foreach", "foreach ($u in 'a','b') {\n  Write-Host $u\n}", 0, "a\nb\n"},
		{"each object", "'a','b' | ForEach-Object { Write-Host $_ }", 0, "a\nb\n"},
		{"contains", "if (@('a','b') -contains 'B') { Write-Host yes }", 0, "yes\n"},
		{"what if", in + "Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers $true -WhatIf\n(Get-CsTeamsAcsFederationConfiguration).EnableAcsUsers", 0, "What if: Performing the operation \"Set-CsTeamsAcsFederationConfiguration\" on target \"" + contoso + "\".\nFalse\n"},
		{"voice", in + "Set-CsPhoneNumberAssignment -Identity ada@contoso.example -EnterpriseVoiceEnabled $true", 0, ""},
		{"policy of a user", in + "New-CsExternalAccessPolicy -Identity AcsAgents -EnableAcsFederationAccess $true\nGrant-CsExternalAccessPolicy -PolicyName AcsAgents -Identity ada@contoso.example\nGet-CsExternalAccessPolicy AcsAgents | fl Identity", 0, "\nIdentity : Tag:AcsAgents\n\n"},
		{"policy of a group", in + "New-CsExternalAccessPolicy -Identity No -EnableAcsFederationAccess $false\nGrant-CsExternalAccessPolicy -PolicyName No -Group " + agents + " -Rank 1", 0, ""},

		{"not connected", "\nGet-CsTeamsAcsFederationConfiguration", 2, "Connect-MicrosoftTeams"},
		{"another tenant", "Connect-MicrosoftTeams -TenantId '" + ada + "'", 1, "not in the tenant"},
		{"another cloud", "Connect-MicrosoftTeams -TeamsEnvironmentName TeamsGCCH", 1, "this tenant wants"},
		{"unknown cmdlet", in + "Remove-Everything", 2, "not recognized"},
		{"unknown parameter", in + "\nSet-CsTeamsAcsFederationConfiguration -AllowAllAcsResources $true", 3, "AllowAllAcsResources"},
		{"unknown operator", "if (1 -gt 2) { }", 1, "-gt"},
		{"unknown variable", "\n\nWrite-Host $nobody", 3, "$nobody"},
		{"unknown in what is skipped", "if ($false) {\n Do-This\n}", 2, "not recognized"},
		{"no Boolean", in + "Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers 'yes'", 2, "Boolean"},
		{"no GUID", in + "Set-CsTeamsAcsFederationConfiguration -AllowedAcsResources 'eu'", 2, "immutable id"},
		{"unknown policy", in + "Grant-CsExternalAccessPolicy -PolicyName X -Identity ada@contoso.example", 2, "no such policy"},
		{"a policy twice", in + "New-CsExternalAccessPolicy -Identity Global", 2, "already"},
		{"unknown user", in + "Set-CsPhoneNumberAssignment -Identity bob@contoso.example -EnterpriseVoiceEnabled $true", 2, "cannot find the user"},
		{"a number", in + "Set-CsPhoneNumberAssignment -Identity ada@contoso.example -TelephoneNumber '+4930'", 2, "TelephoneNumber"},
		{"open string", "Write-Host 'a", 1, "terminator"},
		{"open block", "if ($true) {\nWrite-Host a", 2, "expected"},
		{"open list", "@('a'", 1, "expected"},
		{"stray brace", "}", 1, "unexpected"},
		{"a method", "$env:USERNAME", 1, "unexpected"},
		{"subexpression", "Write-Host \"$(1)\"", 1, "not known"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := Run(t.Context(), newDirectory(t), contoso, c.script)
			if c.line == 0 {
				if err != nil || out != c.want && strings.TrimRight(out, "\n") != strings.TrimRight(c.want, "\n") {
					t.Errorf("%q, %v; want %q", out, err, c.want)
				}
				return
			}
			var problem *Error
			if !errors.As(err, &problem) || problem.Line != c.line || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want %q in line %d", err, c.want, c.line)
			}
		})
	}
}

func TestScriptsChangeWhatTheySay(t *testing.T) {
	d := newDirectory(t)
	const script = `Connect-MicrosoftTeams
Set-CsPhoneNumberAssignment -Identity ada@contoso.example -EnterpriseVoiceEnabled $true
New-CsExternalAccessPolicy -Identity No -EnableAcsFederationAccess $false
Grant-CsExternalAccessPolicy -PolicyName No -Group ` + agents + ` -Rank 1`
	if _, err := Run(t.Context(), d, contoso, script); err != nil {
		t.Fatal(err)
	}
	v, _ := d.Tenant(contoso)
	if p := v.People[0]; !p.EnterpriseVoice || p.Policy != "" || p.EffectivePolicy != "No" {
		t.Errorf("%+v", p)
	}
	if _, err := Run(t.Context(), d, contoso, "Connect-MicrosoftTeams\nGrant-CsExternalAccessPolicy -PolicyName Global -Identity ada@contoso.example"); err != nil {
		t.Fatal(err)
	}
	if v, _ = d.Tenant(contoso); v.People[0].EffectivePolicy != teams.GlobalPolicy {
		t.Errorf("%+v", v.People[0])
	}
	if _, err := Run(t.Context(), d, ours, "Connect-MicrosoftTeams"); err == nil {
		t.Error("connected to no tenant")
	}
}

func FuzzRun(f *testing.F) {
	for _, seed := range []string{federate, "if (1 -eq 1) { } else { }", "foreach ($a in 'b') { $a }", "@(@(", "$a.b.c", "'a' | Where-Object { $_ }", "`\n;|,=", "{", "\"$a$(\""} {
		f.Add(seed)
	}
	d := newDirectory(f)
	f.Fuzz(func(t *testing.T, script string) {
		var problem *Error
		if _, err := Run(t.Context(), d, contoso, script); err != nil && (!errors.As(err, &problem) || problem.Line < 1) {
			t.Errorf("%v", err)
		}
	})
}
