package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tandem/internal/app"
	"tandem/internal/config"
	"tandem/internal/dev"
	"tandem/internal/postgres"
)

func root() *cobra.Command {
	c := &cobra.Command{
		Use: "tandem", Short: "Tandem joins contact centres to Microsoft Teams",
		SilenceUsage: true, SilenceErrors: true,
	}
	c.AddCommand(serve(), initialise(), migrate(), hooks(), development(), demo(), dial(), sampleBot(), edge(), trunks(), proofs(), doctor(), version())
	return c
}

// configured adds the flag that names the configuration file.
func configured(c *cobra.Command) *string {
	return c.Flags().String("config", "", "YAML file; the environment (TANDEM_…) wins over it")
}

func serve() *cobra.Command {
	c := &cobra.Command{Use: "serve", Short: "Run the product", Args: cobra.NoArgs}
	file := configured(c)
	roles := c.Flags().String("roles", "", "what this process does, as in the setting roles, which it wins over: api,bridge,sip,jobs; default: all")
	c.RunE = func(c *cobra.Command, _ []string) error {
		environ := os.Environ()
		if *roles != "" {
			const variable = "TANDEM_ROLES="
			environ = append(slices.DeleteFunc(environ, func(v string) bool { return strings.HasPrefix(v, variable) }), variable+*roles)
		}
		cfg, err := config.Load(*file, environ)
		if err != nil {
			return err
		}
		a, err := app.New(c.Context(), cfg, app.Options{Logger: logger(c.ErrOrStderr(), cfg.Log), Bench: benchProcess})
		if err != nil {
			return err
		}
		return a.Run(c.Context())
	}
	return c
}

func logger(w io.Writer, l config.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(l.Level)) // validated
	o := &slog.HandlerOptions{Level: level}
	if l.Format == "text" {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

func initialise() *cobra.Command {
	c := &cobra.Command{Use: "init", Short: "Bring the schema up to date and make an owner's API key, shown once", Args: cobra.NoArgs}
	name := c.Flags().String("name", "owner", "what the key is for")
	c.RunE = func(c *cobra.Command, _ []string) error {
		dsn, err := databaseURL()
		if err != nil {
			return err
		}
		key, err := app.Init(c.Context(), dsn, *name)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.OutOrStdout(), key)
		return err
	}
	return c
}

// databaseURL is all that init and migrate need of the configuration.
func databaseURL() (string, error) {
	if dsn := os.Getenv("TANDEM_DATABASE_URL"); dsn != "" {
		return dsn, nil
	}
	return "", errors.New("set TANDEM_DATABASE_URL=postgres://user:password@host/database; the user must own the database")
}

func migrate() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring the schema up to date", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			dsn, err := databaseURL()
			if err != nil {
				return err
			}
			return postgres.Migrate(c.Context(), dsn)
		},
	}
}

func development() *cobra.Command {
	c := &cobra.Command{
		Use: "dev", Short: "Run everything on this machine: a private Postgres, a simulated Microsoft, the product with demo data", Args: cobra.NoArgs,
	}
	o := dev.Options{DatabaseURL: os.Getenv("DATABASE_URL"), Bench: benchProcess}
	c.Flags().StringVar(&o.Dir, "dir", ".tandem", "where database, certificates and secrets are kept")
	c.Flags().StringVar(&o.Listen, "listen", "", "address of the API; with port 0 every port of the stack is a free one")
	c.Flags().StringVar(&o.SIP, "sip", "", "address of the SIP listener for peers")
	c.Flags().StringVar(&o.Delays, "delays", "none", "how long simulated Microsoft takes: none, or documented for the times that recordings and documentation tell of")
	c.Flags().Bool("headless", false, "open no browser and ask nothing (there is nothing to open yet)")
	level := c.Flags().String("log", "warn", "debug, info, warn or error; written to stderr")
	c.RunE = func(c *cobra.Command, _ []string) error {
		o.Logger = logger(c.ErrOrStderr(), config.Log{Level: *level, Format: "text"})
		s, err := dev.Start(c.Context(), o)
		if err != nil {
			return err
		}
		defer s.Close()
		s.Guide(c.OutOrStdout())
		return s.Wait(c.Context())
	}
	return c
}

func demo() *cobra.Command {
	c := &cobra.Command{Use: "demo", Short: "Place one call through everything and check what both ends hear", Args: cobra.NoArgs}
	asJSON := c.Flags().Bool("json", false, "end with one JSON object on stdout, all else on stderr")
	level := c.Flags().String("log", "error", "debug, info, warn or error; written to stderr")
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		dir, err := os.MkdirTemp("", "tandem-demo-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, dev.Remove(dir)) }()
		out := c.OutOrStdout()
		if *asJSON {
			out = c.ErrOrStderr()
		}
		return runDemo(c.Context(), dir, logger(c.ErrOrStderr(), config.Log{Level: *level, Format: "text"}), out, c.OutOrStdout(), *asJSON)
	}
	return c
}

func runDemo(ctx context.Context, dir string, log *slog.Logger, story, result io.Writer, asJSON bool) error {
	r := dev.Demo(ctx, dir, dev.Options{Logger: log, DatabaseURL: os.Getenv("DATABASE_URL")}, story)
	if asJSON {
		raw, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(result, string(raw)); err != nil {
			return err
		}
	}
	if !r.OK {
		return errors.New(r.Error)
	}
	_, err := fmt.Fprintln(story, "\nThe main job works, end to end.")
	return err
}

func dial() *cobra.Command {
	c := &cobra.Command{
		Use: "dial URI", Short: "Call as a customer of the stack that `tandem dev` runs: a telephone at the command line",
		Long: `Calls a SIP URI (the sip_uri of POST /v1/calls) or the number of a demo tenant, as
the demo's contact centre would for its customer. How it goes is told on stderr;
at the end one JSON object on stdout says what came of it. Ctrl-C hangs up.`,
		Args: cobra.ExactArgs(1),
	}
	var o dev.DialOptions
	c.Flags().StringVar(&o.Dir, "dir", ".tandem", "directory of the stack")
	c.Flags().StringVar(&o.From, "from", "", "the customer's number (default that of the demo)")
	c.Flags().StringVar(&o.Say, "say", "", "mono WAV file to say once answered (default the demo's customer)")
	c.Flags().BoolVar(&o.Repeat, "repeat", false, "say it again and again")
	c.Flags().BoolVar(&o.Quiet, "quiet", false, "say nothing")
	c.Flags().StringVar(&o.Press, "press", "", "keys to press once answered, such as 42#")
	c.Flags().DurationVar(&o.PressAfter, "press-after", 3*time.Second, "how long after the answer")
	c.Flags().DurationVar(&o.For, "for", 30*time.Second, "how long after the answer to hang up")
	c.Flags().StringVar(&o.Record, "record", "", "WAV file to write what is heard to")
	c.MarkFlagsMutuallyExclusive("say", "quiet")
	c.MarkFlagsMutuallyExclusive("repeat", "quiet")
	c.RunE = func(c *cobra.Command, args []string) error {
		o.To = args[0]
		d, err := dev.Dial(c.Context(), o, c.ErrOrStderr())
		if d != nil {
			err = errors.Join(err, json.NewEncoder(c.OutOrStdout()).Encode(d))
		}
		return err
	}
	return c
}

func sampleBot() *cobra.Command {
	c := &cobra.Command{
		Use: "bot", Short: "Serve the sample bot: it greets callers, listens, and hands over to a person",
		Long: `Serves a bot that needs no cloud. Its URL is the first line on stdout, to be
registered with POST /v1/bots; what happens in its calls follows. Callers interrupt
it by speaking. Keys: 0 a person, 1 the greeting, # the bot leaves, * it hangs up.`,
		Args: cobra.NoArgs,
	}
	var o dev.BotOptions
	listen := c.Flags().String("listen", "127.0.0.1:0", "address to listen at")
	to := c.Flags().String("to", "", `whom it asks for, such as {"queue":"…"} (default whoever the flow says)`)
	c.Flags().StringVar(&o.Secret, "secret", "", "that Tandem has to show (default any)")
	c.Flags().StringVar(&o.Name, "name", "", "what the Teams of whom it asks for shows")
	c.RunE = func(c *cobra.Command, _ []string) error {
		o.To = json.RawMessage(*to)
		return dev.RunSampleBot(c.Context(), *listen, o, c.OutOrStdout())
	}
	return c
}

func version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), "tandem", app.Version())
			return err
		},
	}
}

func hooks() *cobra.Command {
	c := &cobra.Command{
		Use: "hooks RESOURCE", Short: "Print the address for the Event Grid subscription of a resource", Args: cobra.ExactArgs(1),
	}
	file := configured(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := config.Load(*file, os.Environ())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.OutOrStdout(), app.GridURL(cfg, args[0]))
		return err
	}
	return c
}
