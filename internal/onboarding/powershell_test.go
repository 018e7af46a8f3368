package onboarding

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/powershell"
	msteams "tandem/internal/simulator/teams"
)

// newTeams is a tenant of the simulator that nobody may ring yet.
func newTeams(t *testing.T) *msteams.Directory {
	t.Helper()
	clk := clock.New()
	d := msteams.New(clk, &faults.Book{}, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { d.Close(); clk.Close() })
	if err := d.AddTenant(msteams.Tenant{ID: contoso, Name: "Contoso", FederationOff: true}); err != nil {
		t.Fatal(err)
	}
	return d
}

func federationOf(t *testing.T, d *msteams.Directory) msteams.Federation {
	t.Helper()
	return must[msteams.Settings](t)(d.Settings(contoso)).Federation
}

// TestScriptInSimulator runs the scripts as the simulated Teams administrator
// does, so that what the simulator takes for PowerShell and what we write agree.
func TestScriptInSimulator(t *testing.T) {
	const other, one, two = "bbbbbbbb-0000-4000-8000-000000000009", "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
	do, whatIf, undo := script(twoResources.lines(false)), script(twoResources.lines(true)), twoResources.undo()
	const says = `What if: Performing the operation "Set-CsTeamsAcsFederationConfiguration"`
	const warns = "WARNING: The Global external access policy blocks such calls."
	for _, c := range []struct {
		name      string
		before    msteams.Federation
		forbidden bool // by the Global policy
		scripts   []string
		after     msteams.Federation
		out       string // is printed by the last script, or not if it begins with "!"
	}{
		{"fresh", msteams.Federation{}, false, []string{do}, msteams.Federation{EnableAcsUsers: true, AllowedAcsResources: []string{one, two}}, "\nEnableAcsUsers      : True\nAllowedAcsResources : {" + one + ", " + two + "}\n"},
		{"allowed policy", msteams.Federation{}, false, []string{do}, msteams.Federation{EnableAcsUsers: true, AllowedAcsResources: []string{one, two}}, "!WARNING"},
		{"twice", msteams.Federation{}, false, []string{do, do, whatIf}, msteams.Federation{EnableAcsUsers: true, AllowedAcsResources: []string{one, two}}, "!What if"},
		{"others stay", msteams.Federation{EnableAcsUsers: true, AllowedAcsResources: []string{other}}, false, []string{do}, msteams.Federation{EnableAcsUsers: true, AllowedAcsResources: []string{other, one, two}}, ""},
		{"one is there", msteams.Federation{EnableAcsUsers: true, AllowedAcsResources: []string{two, other}}, false, []string{do}, msteams.Federation{EnableAcsUsers: true, AllowedAcsResources: []string{two, other, one}}, ""},
		{"switched off", msteams.Federation{AllowedAcsResources: []string{one, two}}, false, []string{do}, msteams.Federation{EnableAcsUsers: true, AllowedAcsResources: []string{one, two}}, ""},
		{"what if", msteams.Federation{AllowedAcsResources: []string{other}}, false, []string{whatIf}, msteams.Federation{AllowedAcsResources: []string{other}}, says},
		{"forbidden", msteams.Federation{}, true, []string{do}, msteams.Federation{EnableAcsUsers: true, AllowedAcsResources: []string{one, two}}, warns},
		{"undone", msteams.Federation{EnableAcsUsers: true, AllowedAcsResources: []string{other}}, false, []string{do, undo}, msteams.Federation{EnableAcsUsers: true, AllowedAcsResources: []string{other}}, "\nAllowedAcsResources : {" + other + "}\n"},
		{"undone, off stays off", msteams.Federation{AllowedAcsResources: []string{other, two}}, false, []string{undo}, msteams.Federation{AllowedAcsResources: []string{other}}, ""},
		{"undone, none left", msteams.Federation{}, false, []string{do, undo}, msteams.Federation{AllowedAcsResources: []string{}}, "\nEnableAcsUsers      : False\nAllowedAcsResources : {}\n"},
		{"undone, none there", msteams.Federation{}, false, []string{undo}, msteams.Federation{AllowedAcsResources: []string{}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newTeams(t)
			if err := d.Reconfigure(contoso, func(s *msteams.Settings) error {
				s.Federation = c.before
				s.SetPolicy(msteams.Policy{Name: msteams.GlobalPolicy, EnableAcsFederationAccess: !c.forbidden})
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			var out string
			for _, s := range c.scripts {
				out = must[string](t)(powershell.Run(t.Context(), d, contoso, s))
			}
			if got := federationOf(t, d); got.EnableAcsUsers != c.after.EnableAcsUsers || !slices.Equal(got.AllowedAcsResources, c.after.AllowedAcsResources) {
				t.Errorf("left %+v, want %+v", got, c.after)
			}
			unwanted, not := strings.CutPrefix(c.out, "!")
			if not == strings.Contains(out, unwanted) {
				t.Errorf("printed %q, want %s", out, c.out)
			}
		})
	}
}

// TestScriptsOfAnother: the script of another organisation ends before it changes
// anything, for it says where to sign in.
func TestScriptsOfAnother(t *testing.T) {
	d := newTeams(t)
	theirs := rights{"99999999-0000-4000-8000-00000000000a", twoResources.resources}
	for _, s := range []string{script(theirs.lines(false)), theirs.undo()} {
		if out, err := powershell.Run(t.Context(), d, contoso, s); err == nil || strings.Contains(out, "EnableAcsUsers") {
			t.Errorf("went on: %v\n%s", err, out)
		}
	}
	if f := federationOf(t, d); f.EnableAcsUsers || len(f.AllowedAcsResources) > 0 {
		t.Errorf("%+v", f)
	}
}

// TestFixScriptInSimulator: Enterprise Voice is on for those whom the script names,
// and for nobody else, though one of them is gone.
func TestFixScriptInSimulator(t *testing.T) {
	w, d := newWorld(t), newTeams(t)
	actor := w.bind(t)
	w.work(t)
	no := false
	names := []string{"ada@contoso.example", "o\u2019brien@contoso.example", "gone@contoso.example", "zoe@contoso.example", "kim@contoso.example"}
	for n, upn := range names {
		oid := w.person(n)
		p := w.dir.people[oid]
		p.UPN, p.Name = upn, "Bad\nRemove-Item * #"
		if upn != "kim@contoso.example" { // whose voice is off for reasons of the tenant's own
			p.EnterpriseVoice = &no
		}
		w.dir.people[oid] = p
		must[Added](t)(w.AddPeople(t.Context(), actor, w.tenant, []string{oid}))
		if upn == "gone@contoso.example" {
			continue
		}
		if err := d.Add(msteams.Profile{OID: oid, Tenant: contoso, Name: upn, UPN: upn, NoEnterpriseVoice: true}); err != nil {
			t.Fatal(err)
		}
	}
	fix := must[string](t)(w.FixScript(t.Context(), w.tenant))
	out, err := powershell.Run(t.Context(), d, contoso, fix)
	if err == nil || !strings.Contains(err.Error(), "gone@contoso.example") || strings.Count(out, "Line |") != 1 {
		t.Errorf("%v\n%s\n%s", err, fix, out)
	}
	voice := map[string]bool{}
	for _, p := range must[msteams.TenantView](t)(d.Tenant(contoso)).People {
		voice[p.UPN] = p.EnterpriseVoice
	}
	for _, upn := range names {
		if on, there := voice[upn]; on != (there && upn != "kim@contoso.example") {
			t.Errorf("%s: Enterprise Voice is %v", upn, on)
		}
	}
}
