// Command msim is the Microsoft simulator on its own: Communication Services,
// SIP proxies, Event Grid, Entra ID, Graph and a desk with Teams users. It
// prints where everything is as one JSON document on standard output when it
// answers, logs to standard error and ends on SIGINT or SIGTERM.
//
// Exit codes: 0 it was told to end, 1 it could not start, 2 the command line is
// wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"tandem/internal/simulator"
	"tandem/internal/simulator/evidence"
)

// The exit codes.
const (
	exitFailure = 1
	exitUsage   = 2
)

func main() { os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr)) }

// execute runs the command line and returns the exit code.
func execute(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd := command(stdout, stderr)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	var failed *failure
	switch {
	case err == nil:
		return 0
	case errors.As(err, &failed):
		_, _ = fmt.Fprintln(stderr, "msim:", failed.err)
		if cure := cureOf(failed.err); cure != "" {
			_, _ = fmt.Fprintln(stderr, "     "+cure)
		}
		return exitFailure
	default:
		_, _ = fmt.Fprintln(stderr, "msim:", err)
		_, _ = fmt.Fprintln(stderr, "     msim --help lists the flags")
		return exitUsage
	}
}

// failure is an error that is not the command line's.
type failure struct{ err error }

func (f *failure) Error() string { return f.err.Error() }

func (f *failure) Unwrap() error { return f.err }

const long = `msim plays Microsoft's side of Teams calls on one machine: Azure Communication
Services (Call Automation, users, SIP proxies), Event Grid, Entra ID, Microsoft
Graph, and people who sit in Teams. The desk, where you take their calls, is
/desk on the control address.

When everything answers, it prints one JSON document that says where: endpoint,
connection string, authority, control, desk, inbox for callbacks, tenants, users.
It runs until SIGINT or SIGTERM.`

const example = `  msim                                          all on 127.0.0.1, ports as below
  msim --acs-tls --tunnel http://127.0.0.1:8080 for Microsoft's SDK samples; README.md has the steps
  msim --subscribe https://127.0.0.1:8443/inbox/main
                                                IncomingCall to the inbox, to be read by
                                                curl http://127.0.0.1:8090/_sim/inbox/main
  msim --trunk sbc.example.com:5061=192.0.2.7 --route '^\+49=sbc.example.com'
                                                calls to +49… go out through your SBC
  msim --inference teams.busy=480/10037         the other reading of what is not known
  msim evidence                                 what is imitated, and how well that is known`

func command(stdout, stderr io.Writer) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:           "msim",
		Short:         "A simulator of Microsoft's side of Teams calls",
		Long:          long,
		Example:       example,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o, stdout, stderr) },
	}
	cmd.CompletionOptions.DisableDefaultCmd = true
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	o.flags(cmd)
	cmd.AddCommand(&cobra.Command{
		Use:   "evidence",
		Short: "Print, as Markdown, what is imitated, how well that is known, and what is not imitated",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := writeEvidence(stdout); err != nil {
				return &failure{err}
			}
			return nil
		},
	})
	return cmd
}

func writeEvidence(w io.Writer) error {
	_, err := io.WriteString(w, "# What msim imitates\n\n"+
		"Made by `go run ./cmd/msim evidence > cmd/msim/EVIDENCE.md`; do not edit. Sources are files of the project's fact\n"+
		"sheets and contracts, or pages of Microsoft's. A switch is set by `--inference name=value` or `PUT /_sim/inferences`.\n\n")
	if err != nil {
		return err
	}
	if err := evidence.Markdown(w, simulator.Evidence(), evidence.Inferences()); err != nil {
		return err
	}
	return evidence.GapsMarkdown(w, simulator.Gaps())
}

func run(ctx context.Context, o options, stdout, stderr io.Writer) error {
	level := slog.LevelInfo
	if o.verbose {
		level = slog.LevelDebug
	}
	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	c, err := o.complete(logger)
	if err != nil {
		return err
	}
	s, err := simulator.New(c)
	if err != nil {
		return err
	}
	if c.InsecureCallbacks {
		logger.Warn("callbacks to http on loopback are allowed; the real service refuses them")
	}
	if err := s.Start(ctx); err != nil {
		return &failure{err}
	}
	defer s.Close()
	if err := report(s, o, stdout); err != nil {
		return &failure{err}
	}
	<-ctx.Done()
	return nil
}
