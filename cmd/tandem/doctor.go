package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tandem/internal/app"
	"tandem/internal/check"
	"tandem/internal/config"
)

func doctor() *cobra.Command {
	c := &cobra.Command{
		Use: "doctor", Short: "Look whether everything that this node needs is there, and say what to do about what is not",
		Long: `Looks at settings, database, clock, DNS, ports, certificates, Microsoft's proxies,
resources and Entra, and at the way from public_url to this node. It changes
nothing, opens no port for longer than a moment, and takes a few seconds. It runs
beside ` + "`tandem serve`" + `, with the same configuration and on the same machine, or
before it is started; what needs it running is then not checked.

Each finding is ok, warn, fail or not-checked; all but ok come with what to do. With
--json they are one JSON object on stdout: {"at", "ok", "findings": [{"id", "subject",
"state", "found", "fix"}]}, whose ids do not change.

Exit code 0: nothing failed (there may be warnings). 1: something failed, or the
configuration cannot be read.`,
		Args: cobra.NoArgs,
	}
	file := configured(c)
	asJSON := c.Flags().Bool("json", false, "one JSON object on stdout")
	all := c.Flags().Bool("all", false, "also tell what is ok, one line each")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, problems, err := config.Read(*file, os.Environ())
		if err != nil {
			return err
		}
		r := app.Doctor(c.Context(), cfg, problems)
		if *asJSON {
			e := json.NewEncoder(c.OutOrStdout())
			e.SetIndent("", "  ")
			err = e.Encode(r)
		} else {
			err = tell(c.OutOrStdout(), r, *all)
		}
		if err == nil && !r.OK {
			err = fmt.Errorf("%d of %d findings are failures", r.Count(check.Fail), len(r.Findings))
		}
		return err
	}
	return c
}

// tell writes a report for people: what is wrong first, with what to do.
func tell(w io.Writer, r check.Report, all bool) error {
	var b strings.Builder
	for _, state := range []check.State{check.Fail, check.Warn, check.NotChecked} {
		for _, f := range r.Findings {
			if f.State == state {
				_, _ = fmt.Fprintf(&b, "%-11s  %s\n             %s\n             → %s\n", strings.ToUpper(string(f.State)), title(f), f.Found, f.Fix)
			}
		}
	}
	if all {
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, f := range r.Findings {
			if f.State == check.OK {
				_, _ = fmt.Fprintf(t, "OK           %s\t%s\n", title(f), f.Found)
			}
		}
		_ = t.Flush() // to memory
	}
	_, _ = fmt.Fprintf(&b, "\n%d ok, %d warnings, %d not checked, %d failures\n", r.Count(check.OK), r.Count(check.Warn), r.Count(check.NotChecked), r.Count(check.Fail))
	_, err := io.WriteString(w, b.String())
	return err
}

func title(f check.Finding) string {
	if f.Subject == "" {
		return f.ID
	}
	return f.ID + "  " + f.Subject
}
