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

// What scripts print, with those that fail and in which line.
func TestScripts(t *testing.T) {
	const in = "Connect-MicrosoftTeams -TenantId '" + contoso + "' | Out-Null\n"
	for _, c := range []struct {
		name, script string
		line         int // of the first error
		want         string
	}{
		{"nothing", "\n# nothing\n<# nor\nhere #>;;\n", 0, ""},
		{"strings", "$x = 'a'\nWrite-Host 'it''s $x'; Write-Output \"$true, $X$nobody and `\"$(1 + 1)`\"`t$\"", 0, "it's $x\nTrue, a and \"2\"\t$\n"},
		{"typographic quotes and dashes", "Write-Host ‘a’’b’\nif (1 –eq 1) { Write-Host “c” }", 0, "a’b\nc\n"},
		{"an array", "$l = 'b','a','b'\n$l | Select-Object -Unique\n$l.Count", 0, "b\na\n3\n"},
		{"an array over lines", "$l = @(\n  'a' # first\n\n  'b'; 'c'\n)\nWrite-Host $l\n$l.Count", 0, "a b c\n3\n"},
		{"an array of one stays one", "$l = @('a')\n$m = $l + 'b'\n$n = $l[0]", 3, "not known"},
		{"sums", "$l = @('a') + @() + 'b' + @('c','d')\n\"$l\"\n$n = 'a' + 1\n$n\n2 + '3'\n$l += 'e'\n$l.Count", 0, "a b c d\na1\n5\n5\n"},
		{"no sum", "$true + 1", 1, "[System.Boolean] does not contain a method named 'op_Addition'"},
		{"a pipeline of one is the one", "$l = @('ab','c') | Where-Object { $_ -ne 'c' }\n$l + 'd'\n$l.Length", 0, "abd\n2\n"},
		{"a pipeline of none is nothing", "$l = @('a') | Where-Object { $false }\n@($l).Count\n@($null).Count\n@($nobody | Where-Object { $_ }).Count\n$l.Count", 0, "0\n1\n0\n0\n"},
		{"blocks see more than $_", "$ours = 'a','b'\n'A','c' | where { $_ -and $ours -notcontains $_ } | % { $_ + '!' }\n\"<$_>\"", 0, "c!\n<>\n"},
		{"counts", "'abc'.Count\n(1).Count\n$null.Count\n(Get-CsExternalAccessPolicy).Count", 4, "1\n1\n0\n"},
		{"a filter", "('a','b','A' -eq 'a').Count\n(1,2,3 -gt 1).Count", 0, "2\n2\n"},
		{"comparisons", "'a' -eq 'A'; 1 -eq '1'; '1' -eq 1; $true -eq 1; 'True' -eq $true; $null -eq $false; $null -eq ''; $null -ne $true; 2 -gt '10'; '2' -gt 10; 1 -in 1,2; 'a' -notin 'a'", 0,
			"True\nTrue\nTrue\nTrue\nTrue\nFalse\nFalse\nTrue\nFalse\nTrue\nTrue\nFalse\n"},
		{"contains", "@('a','b') -contains 'B'; 'a' -contains 'a'; $null -contains 'a'; @() -notcontains $null", 0, "True\nTrue\nFalse\nTrue\n"},
		{"how operators bind", "$l = @()\nif ($l.Count -gt 0 -or -not $false -and !$l) { 'yes' }\n1 + 1 -eq 2\n$false -and $nobody + 1 -gt $true\n-not 1 -eq $false", 0, "yes\nTrue\nFalse\nTrue\n"},
		{"what is true", "foreach ($v in 0, 1, '', 'False', @(), @(0), @(0,0), $null) { if ($v) { 'yes' } else { 'no' } }", 0, "no\nyes\nno\nyes\nno\nno\nyes\nno\n"},
		{"not a number", "1 -gt 'a'", 1, "Cannot convert value \"a\" to type \"System.Int32\""},
		{"lines that go on", "Write-Host `\n  'on'\n1 +\n2\n@('a') |\n  ForEach-Object {\n    $_\n  }", 0, "on\n3\na\n"},
		{"if, elseif and else", "if (1 -eq 2) { 'a' } elseif ('X' -eq 'x') { 'b' } else { 'c' }\nif ($false) {\n 'a'\n}\nelse {\n 'b'\n}\n'c'", 0, "b\nb\nc\n"},
		{"foreach", "foreach ($u in 'a','b') {\n  Write-Host $u\n  $u + $u\n}\nforeach ($u in $null) { 'never' }", 0, "a\naa\nb\nbb\n"},
		{"warning", "Write-Warning 'mind'\nWrite-Warning -Message \"$(1)\"", 0, "WARNING: mind\nWARNING: 1\n"},
		{"nothing is printed for null", "$nobody\n$null.Nothing\n@()\n''", 0, "\n"},
		{"all of an array are asked", in + "(Get-CsExternalAccessPolicy), 'x' | Out-Null\nNew-CsExternalAccessPolicy No | Out-Null\n$all = Get-CsExternalAccessPolicy\n$all.Identity\n$all.Nothing.Count\n(Get-CsTeamsAcsFederationConfiguration).AllowedAcsResources.Count", 0, "Global\nTag:No\n0\n1\n"},
		{"errors inside", "$x = Get-Nobody\nif (Get-Nobody) { 'nev' + 'er' }\nforeach ($i in (Get-Nobody)) { 'nev' + 'er' }\n(Get-Nobody) + 1\n1 + (Get-Nobody)\n\"$x$(Get-Nobody)\"\n'a', (Get-Nobody) | Out-Null\n-not (Get-Nobody)\nWrite-Host (Get-Nobody)\nWrite-Host on", 1, "\non\n"},
		{"nothing comes out", "'a','b' | Out-Null\n$x = 'a' | Out-Null\n@($x).Count", 0, "0\n"},

		{"format", in + "Get-CsExternalAccessPolicy | fl identity,Nobody", 0, "\nIdentity : Global\nNobody   : \n\n"},
		{"format without columns", in + "Get-CsTeamsAcsFederationConfiguration\nSet-CsTeamsAcsFederationConfiguration -AllowedAcsResources @()\nGet-CsTeamsAcsFederationConfiguration | fl", 0,
			"\nIdentity            : Global\nAllowedAcsResources : {" + theirs + "}\nEnableAcsUsers      : False\n\n\nIdentity            : Global\nAllowedAcsResources : {}\nEnableAcsUsers      : False\n\n"},
		{"four of a list are shown", in + "$l = @('1','2','3','4','5') | % { \"0000000$_-0000-4000-8000-000000000000\" }\nSet-CsTeamsAcsFederationConfiguration -Allowed $l\nGet-CsTeamsAcsFederationConfiguration | Format-List AllowedAcsResources", 0,
			"\nAllowedAcsResources : {00000001-0000-4000-8000-000000000000, 00000002-0000-4000-8000-000000000000, 00000003-0000-4000-8000-000000000000, 00000004-0000-4000-8000-000000000000…}\n\n"},
		{"an object in a text", in + "\"$(Get-CsTeamsAcsFederationConfiguration)\"\n(Get-CsExternalAccessPolicy).Identity", 0, "@{Identity=Global; AllowedAcsResources=System.Object[]; EnableAcsUsers=False}\nGlobal\n"},
		{"what if", in + "Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers $true -WhatIf\n(Get-CsTeamsAcsFederationConfiguration).EnableAcsUsers", 0, "What if: Performing the operation \"Set-CsTeamsAcsFederationConfiguration\" on target \"Global\".\nFalse\n"},
		{"what if not", in + "Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers 1 -WhatIf:$false -Confirm:$false\n(Get-CsTeamsAcsFederationConfiguration).EnableAcsUsers", 0, "True\n"},
		{"policy of a user", in + "New-CsExternalAccessPolicy -Identity AcsAgents -EnableAcsFederationAccess $true | Out-Null\nGrant-CsExternalAccessPolicy -PolicyName AcsAgents -Identity ada@contoso.example\nGet-CsExternalAccessPolicy AcsAgents | fl Identity", 0, "\nIdentity : Tag:AcsAgents\n\n"},
		{"policy of a group", in + "New-CsExternalAccessPolicy -Identity No -EnableAcsFederationAccess $false | Out-Null\nGrant-CsExternalAccessPolicy -PolicyName No -Group " + agents + " -Rank 1", 0, ""},

		{"an error ends its statement", "$x = 'kept'\n$x = Get-Nobody\nWrite-Host $x", 2, "kept\n"},
		{"an error ends the script", "$ErrorActionPreference = 'Stop'\nif ($true) {\n Get-Nobody\n}\nWrite-Host never", 3, "The term 'Get-Nobody' is not recognized as a name of a cmdlet"},
		{"an error is not shown", "$ErrorActionPreference = 'SilentlyContinue'\nGet-Nobody\nWrite-Host on", 0, "on\n"},
		{"an error of a cmdlet", in + "Get-CsExternalAccessPolicy X -ErrorAction SilentlyContinue\nGet-CsExternalAccessPolicy X -ErrorAction Stop\nWrite-Host never", 3, "cannot be found"},
		{"not connected", "\nGet-CsTeamsAcsFederationConfiguration", 2, "You must call the Connect-MicrosoftTeams cmdlet before"},
		{"another tenant", "Connect-MicrosoftTeams -TenantId '" + ada + "'", 1, "not in the tenant"},
		{"another cloud", "Connect-MicrosoftTeams -TeamsEnvironmentName TeamsGCCH", 1, "this tenant wants"},
		{"unknown cmdlet", in + "Remove-Everything", 2, "The term 'Remove-Everything' is not recognized"},
		{"unknown in what is skipped", "if ($false) {\n Do-This\n}", 0, ""},
		{"unknown parameter", in + "\nSet-CsTeamsAcsFederationConfiguration -AllowAllAcsResources $true", 3, "A parameter cannot be found that matches parameter name 'AllowAllAcsResources'."},
		{"ambiguous parameter", in + "Set-CsTeamsAcsFederationConfiguration -E $true", 2, "because the parameter name 'E' is ambiguous. Possible matches include: -EnableAcsUsers -ErrorAction."},
		{"no argument", in + "Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers -AllowedAcsResources @()", 2, "Missing an argument for parameter 'EnableAcsUsers'. Specify a parameter of type 'System.Boolean' and try again."},
		{"an argument too many", "Write-Warning a b", 1, "A positional parameter cannot be found that accepts argument 'b'."},
		{"twice", in + "Get-CsExternalAccessPolicy -Identity a -Identity b", 2, "because parameter 'Identity' is specified more than once"},
		{"mandatory", in + "Set-CsPhoneNumberAssignment -Identity ada@contoso.example", 2, "one or more missing mandatory parameters: EnterpriseVoiceEnabled."},
		{"no pipe", in + "'a' | Get-CsExternalAccessPolicy", 2, "does not take pipeline input"},
		{"no Boolean", in + "Set-CsTeamsAcsFederationConfiguration -EnableAcsUsers 'yes'", 2, "Cannot process argument transformation on parameter 'EnableAcsUsers'. Cannot convert value \"System.String\" to type \"System.Boolean\"."},
		{"no number", in + "Grant-CsExternalAccessPolicy -Group x -PolicyName y -Rank first", 2, "Cannot process argument transformation on parameter 'Rank'. Cannot convert value \"first\" to type \"System.Int32\"."},
		{"not a text", in + "Get-CsExternalAccessPolicy -Identity a,b", 2, "Cannot convert 'System.Object[]' to the type 'System.String' required by parameter 'Identity'."},
		{"not a block", "'a' | Where-Object 'a'", 1, "Cannot bind parameter 'FilterScript'. Cannot convert the \"a\" value of type \"System.String\""},
		{"a module", "Import-Module MicrosoftTeams\nImport-Module Nothing", 2, "The specified module 'Nothing' was not loaded"},
		{"not set", in + "$Before = Get-CsTeamsAcsFederationConfiguration\nSet-CsTeamsAcsFederationConfiguration -EnableAcsUsers $befor.EnableAcsUsers", 3, "'EnableAcsUsers'"},
		{"no GUID", in + "Set-CsTeamsAcsFederationConfiguration -AllowedAcsResources 'eu'", 2, "immutable id"},
		{"unknown policy", in + "Grant-CsExternalAccessPolicy -PolicyName X -Identity ada@contoso.example", 2, "no such policy"},
		{"a policy twice", in + "New-CsExternalAccessPolicy -Identity Global", 2, "already"},
		{"what if of somebody", in + "Set-CsPhoneNumberAssignment -Identity ada@contoso.example -EnterpriseVoiceEnabled $true -WhatIf", 0, "What if: Performing the operation \"Set-CsPhoneNumberAssignment\" on target \"ada@contoso.example\".\n"},
		{"whom", in + "Grant-CsExternalAccessPolicy -PolicyName Global", 2, "either -Identity or -Group"},
		{"unknown group", in + "Grant-CsExternalAccessPolicy -PolicyName Global -Group x", 2, "cannot find the group"},
		{"gone again", in + "Disconnect-MicrosoftTeams\nGet-CsExternalAccessPolicy", 3, "You must call the Connect-MicrosoftTeams cmdlet"},
		{"unknown user", in + "Set-CsPhoneNumberAssignment -Identity bob@contoso.example -EnterpriseVoiceEnabled $true", 2, "cannot find the user"},
		{"a number", in + "Set-CsPhoneNumberAssignment -Identity ada@contoso.example -TelephoneNumber '+4930'", 2, "TelephoneNumber"},

		{"nothing runs if anything is wrong", "Write-Host a\n}", 2, "Unexpected token '}' in expression or statement."},
		{"open string", "Write-Host 'a\n", 1, "The string is missing the terminator: '."},
		{"open text", "Write-Host \"a\n", 1, "The string is missing the terminator: \"."},
		{"open block", "\nif ($true) {\nWrite-Host a", 2, "Missing closing '}' in statement block"},
		{"open array", "@('a'", 1, "Missing closing ')' in expression."},
		{"open comment", "<# a", 1, "multiline comment"},
		{"no condition", "if () { }", 1, "Missing condition in if statement after 'if ('."},
		{"no operand", "$x = 1 -gt", 1, "You must provide a value expression following the '-gt' operator."},
		{"no command", "'a' |", 1, "An empty pipe element is not allowed."},
		{"a value in a pipeline", "'a' | 'b'", 1, "Expressions are only allowed as the first element of a pipeline."},
		{"a line too early", "'a'\n| Out-Null", 2, "Unexpected token '|'"},
		{"a constant", "$true = 1", 1, "Cannot overwrite variable true"},
		{"no name", "$ = 1", 1, "Variable reference is not valid."},
		{"an operator", "if ('a' -like 'b') { }", 1, "the operator -like: not known"},
		{"a method", "'a'.ToUpper()", 1, "the method ToUpper: not known"},
		{"a type", "[string]$x = 1", 1, "not known"},
		{"a hash table", "$x = @{ a = 1 }", 1, "not known"},
		{"an environment", "$env:USERNAME", 1, "not known"},
		{"a keyword", "try { } catch { }", 1, "try: not known"},
		{"a statement for a value", "$x = if (1) { 2 }", 1, "if: not known"},
		{"a fraction", "1.5", 1, "not known"},
		{"deep", strings.Repeat("(", 1000), 1, "too complex"},
		{"deeper", "if (1) {}" + strings.Repeat("elseif (1) {}", 1000), 1, "too complex"},
		{"endless", "$l = 1,1\nforeach ($i in " + strings.Repeat("1,", 500) + "1) { $l = $l + $l }", 2, "not known"},
		{"long", "$s = 'a'\nforeach ($i in " + strings.Repeat("1,", 500) + "1) { $s = \"$s$s\" }", 2, "not known"},
		{"much", "foreach ($i in " + strings.Repeat("1,", 500) + "1) { foreach ($j in " + strings.Repeat("1,", 500) + "1) { $x = 1 } }", 1, "The pipeline has been stopped."},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := Run(t.Context(), newDirectory(t), contoso, c.script)
			if c.line == 0 {
				if err != nil || out != c.want {
					t.Errorf("%q, %v; want %q", out, err, c.want)
				}
				return
			}
			var first *Error
			if !errors.As(err, &first) || first.Line != c.line || !strings.Contains(out, c.want) {
				t.Errorf("%v, %q; want %q and an error in line %d", err, out, c.want, c.line)
			}
			if strings.Contains(out, "never") {
				t.Errorf("went on: %q", out)
			}
		})
	}
}

// Errors look as in PowerShell 7.
func TestErrorsArePrinted(t *testing.T) {
	const script = "Write-Host a\n\tif ($true) { Get-CsExternalAccessPolicy X  }\nNo-Thing | Out-Null\n1 + $true + 'a'"
	const want = `a
Get-CsExternalAccessPolicy:
Line |
   2 |  	if ($true) { Get-CsExternalAccessPolicy X  }
     |  	             ~~~~~~~~~~~~~~~~~~~~~~~~~~~~
     | You must call the Connect-MicrosoftTeams cmdlet before calling any other cmdlets.
No-Thing:
Line |
   3 |  No-Thing | Out-Null
     |  ~~~~~~~~
     | The term 'No-Thing' is not recognized as a name of a cmdlet, function, script file, or executable program.
     | Check the spelling of the name, or if a path was included, verify that the path is correct and try again.
InvalidOperation:
Line |
   4 |  1 + $true + 'a'
     |  ~~~~~~~~~~~~~~~
     | Cannot convert value "a" to type "System.Int32". Error: "The input string 'a' was not in a correct format."
`
	out, err := Run(t.Context(), newDirectory(t), contoso, script)
	if out != want {
		t.Errorf("printed\n%s", out)
	}
	if first := (*Error)(nil); !errors.As(err, &first) || first.Line != 2 || !strings.HasPrefix(first.Text, "You must call") {
		t.Errorf("the first error is %v", err)
	}
	if out, _ := Run(t.Context(), newDirectory(t), contoso, "Write-Host a\nif (1"); out != "ParserError:\nLine |\n   2 |  if (1\n     |       ~\n     | Missing closing ')' after expression in 'if' statement.\n" {
		t.Errorf("printed\n%s", out)
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
	for _, seed := range []string{federate, "if (1 -eq 1) { } else { }", "foreach ($a in 'b') { $a }", "@(@(", "$a.b.c", "'a' | Where-Object { $_ }", "`\n;|,=", "{", "\"$a$(\"", "$x += @(1;2)", "-not -1 –eq 2", "Write-Host -Object:‘a’’", "<#", "if(1){}elseif(2){}else{}", "$(", "a.b 'c'd", "\x00"} {
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
