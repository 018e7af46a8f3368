package main

import (
	"cmp"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"tandem/internal/dev"
	"tandem/internal/fault"
	"tandem/internal/operator"
)

func trunks() *cobra.Command {
	c := &cobra.Command{
		Use: "trunks", Short: "Plan, apply and take back the trunks and routes that a resource has at Microsoft",
		Long: `Compares what a resource shall have with what it has at Microsoft, and makes it so.
A plan changes nothing; apply does it by one request, if Microsoft still has what the
plan was made for. Every plan is kept, with its author and reason, so that one can
roll back to it.

The admin API is that of --url (or TANDEM_URL), such as https://tandem.example.net, with
the key of TANDEM_KEY; --dev DIR takes both from a running tandem dev. The key needs
the scopes trunks.read and trunks.write.

Exit codes: 0 it is done, or there is nothing to do; 1 it failed; 2 there is something
to do, and it was not done (plan, --dry-run); 3 somebody else has changed the resource
or is applying, or Microsoft refuses: the message says what to do.`,
	}
	o := &operator.Trunks{}
	f := c.PersistentFlags()
	at := f.String("url", "", "address of the admin API, without /v1 (default TANDEM_URL, else http://127.0.0.1:8080)")
	dir := f.String("dev", "", "directory of a running tandem dev, whose API and key are taken")
	f.StringVarP(&o.Resource, "resource", "r", "", "id of the resource")
	f.BoolVar(&o.JSON, "json", false, "write what the API answers instead of words")
	add := func(use, short string, args cobra.PositionalArgs, run func(c *cobra.Command, args []string) error) *cobra.Command {
		sub := &cobra.Command{Use: use, Short: short, Args: args}
		sub.RunE = func(sub *cobra.Command, args []string) (err error) {
			o.Out = sub.OutOrStdout()
			if o.API, err = adminAPI(*at, *dir); err != nil {
				return err
			}
			return coded(run(sub, args))
		}
		c.AddCommand(sub)
		return sub
	}
	why := func(sub *cobra.Command) *cobra.Command {
		sub.Flags().StringVar(&o.Reason, "reason", "", "why, for those who read the history")
		return sub
	}
	dry := func(sub *cobra.Command) *cobra.Command {
		sub.Flags().BoolVar(&o.DryRun, "dry-run", false, "say what would be done, and do nothing")
		return sub
	}
	why(add("plan [FILE]", "Say what would have to be changed: to FILE (YAML or JSON, - for stdin), or to what the registry has", cobra.MaximumNArgs(1),
		func(c *cobra.Command, args []string) error { return o.Plan(c.Context(), first(args)) }))
	made := ""
	dry(why(add("apply [FILE]", "Plan and do it", cobra.MaximumNArgs(1), func(c *cobra.Command, args []string) error {
		if made != "" {
			return o.ApplyPlan(c.Context(), made)
		}
		return o.Apply(c.Context(), first(args))
	}))).Flags().StringVar(&made, "plan", "", "id of a plan that was made before, instead of a new one")
	format := ""
	add("export", "Write what the registry has, as a file that plan and apply take", cobra.NoArgs,
		func(c *cobra.Command, _ []string) error { return o.Export(c.Context(), format) }).Flags().StringVar(&format, "format", "yaml", "yaml or json")
	dry(why(add("import", "Make the registry what Microsoft has", cobra.NoArgs, func(c *cobra.Command, _ []string) error { return o.Import(c.Context()) })))
	add("history", "List the plans, the newest first", cobra.NoArgs, func(c *cobra.Command, _ []string) error { return o.History(c.Context()) })
	dry(why(add("rollback PLAN", "Make it again what a plan of the history wanted", cobra.ExactArgs(1),
		func(c *cobra.Command, args []string) error { return o.RollBack(c.Context(), args[0]) })))
	return c
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// adminAPI is where the API is, and a key of it.
func adminAPI(url, dir string) (operator.Client, error) {
	if dir != "" {
		f, err := dev.ReadFile(dir)
		return operator.Client{URL: f.API.URL, Key: f.API.Key}, err
	}
	key := os.Getenv("TANDEM_KEY")
	if key == "" {
		return operator.Client{}, errors.New("set TANDEM_KEY to an API key with trunks.read and trunks.write, or use --dev DIR")
	}
	return operator.Client{URL: cmp.Or(url, os.Getenv("TANDEM_URL"), "http://127.0.0.1:8080"), Key: key}, nil
}

// The exit codes of `tandem trunks`, besides 0 and 1.
const (
	exitPending  = 2 // there is something to do, and it was not done
	exitConflict = 3 // it cannot be done in this state; the message says what to do
)

// coded gives an error its exit code. What is pending was shown: it needs no message.
func coded(err error) error {
	switch {
	case errors.Is(err, operator.ErrPending):
		return &exit{code: exitPending}
	case fault.KindOf(err) == fault.KindConflict:
		return &exit{exitConflict, err}
	}
	return err
}

// exit is an error with an exit code of its own; without a message it is none to be told.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }
