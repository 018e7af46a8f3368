// Command msim is the Microsoft simulator on its own: Communication Services,
// SIP proxies, Event Grid, Entra ID, Graph and a desk with Teams users. It
// prints its addresses as JSON on standard output when everything answers, logs
// to standard error and ends on SIGINT or SIGTERM.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"tandem/internal/simulator"
	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/teams"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(os.Stdout, os.Stderr).ExecuteContext(ctx); err != nil {
		stop()
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	config                             simulator.Config
	resource, key, id, acs             string
	trunks, subscribe, tenants, people []string
	app, behaviour                     string
	verbose                            bool
}

func command(stdout, stderr io.Writer) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "msim",
		Short: "A simulator of Microsoft's side of Teams calls",
		Long: "msim plays Azure Communication Services with their SIP proxies, Event Grid, Entra ID,\n" +
			"Microsoft Graph and people who sit in Teams. The desk, where you take their calls, is /desk\n" +
			"on the control address.",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: false,
		RunE:          func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o, stdout, stderr) },
	}
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	f := cmd.Flags()
	f.StringVar(&o.config.Dir, "dir", ".msim", "directory of the certificate authority")
	f.StringVar(&o.config.Listen.Control, "control", "127.0.0.1:8090", "address of /_sim and the desk")
	f.StringVar(&o.config.Listen.Authority, "authority", "127.0.0.1:8443", "https address of Entra ID and the keys of callbacks")
	f.StringVar(&o.config.Listen.Graph, "graph", "127.0.0.1:8444", "https address of Microsoft Graph")
	f.StringVar(&o.config.Listen.DNS, "dns", "127.0.0.1:8053", "address of the name server")
	f.StringSliceVar(&o.config.Listen.SIP, "sip", []string{"127.0.0.2:5061", "127.0.0.3:5061", "127.0.0.4:5061"}, "addresses of up to three SIP proxies; empty for none")
	f.StringVar(&o.acs, "acs", "127.0.0.1:8091", "address of the Call Automation API")
	f.StringVar(&o.resource, "resource", "eu", "name of the Communication Services resource")
	f.StringVar(&o.id, "immutable-id", "", "immutable id of the resource; made from its name if empty")
	f.StringVar(&o.key, "access-key", "", "access key of the resource in base64; made up if empty")
	f.StringSliceVar(&o.trunks, "trunk", nil, "FQDN of a registered SBC, or FQDN=address (repeatable)")
	f.StringSliceVar(&o.subscribe, "subscribe", nil, "https URL that gets IncomingCall events (repeatable)")
	f.BoolVar(&o.config.InsecureCallbacks, "insecure-callbacks", false, "allow callbacks to http on loopback, which the real service refuses")
	f.StringSliceVar(&o.tenants, "tenant", []string{"5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10=Contoso"}, "tenant as id=name, consented and federated (repeatable)")
	f.StringSliceVar(&o.people, "user", []string{"fc4ccb5f-8046-4812-803f-6c344a5d1560=Ada Lovelace", "0f9d33b0-1111-4222-8333-444455556666=Grace Hopper"}, "Teams user of the first tenant as object id=name (repeatable)")
	f.StringVar(&o.behaviour, "when-rung", teams.Manual, "what users do: manual, accept, decline or never")
	f.StringVar(&o.app, "app", "00000000-0000-4000-8000-00000000000a=development", "application that Entra knows, as client id=secret")
	f.StringVar(&o.config.Delays, "delays", delays.None, "how long things take: none, or documented for the times that recordings and documentation tell of")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "log more")
	return cmd
}

// pair splits name=value.
func pair(flag, text string) (string, string, error) {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" {
		return "", "", fmt.Errorf("--%s %s: want name=value", flag, text)
	}
	return name, value, nil
}

// complete turns the flags into a configuration and reports all that is wrong.
func (o *options) complete(logger *slog.Logger) (simulator.Config, error) {
	c := o.config
	c.Logger = logger
	var problems []error
	problem := func(err error) { problems = append(problems, err) }
	resource := simulator.Resource{Name: o.resource, Region: o.resource, ImmutableID: o.id, AccessKey: o.key, Listen: o.acs}
	for _, text := range o.trunks {
		fqdn, address, _ := strings.Cut(text, "=")
		t := simulator.Trunk{FQDN: fqdn}
		if address != "" {
			var err error
			if t.Address, err = netip.ParseAddr(address); err != nil {
				problem(fmt.Errorf("--trunk %s: %w", text, err))
			}
		}
		resource.Trunks = append(resource.Trunks, t)
	}
	c.Resources = []simulator.Resource{resource}
	for _, url := range o.subscribe {
		c.Subscriptions = append(c.Subscriptions, simulator.Subscription{Resource: o.resource, URL: url})
	}
	for _, text := range o.tenants {
		id, name, err := pair("tenant", text)
		if err != nil {
			problem(err)
		}
		c.Tenants = append(c.Tenants, simulator.Tenant{
			ID: id, Name: name, Federation: []string{simulator.ImmutableID(resource)},
			Roles: []string{"Presence.Read.All", "User.Read.All", "TeamsUserConfiguration.Read.All"},
		})
	}
	if len(o.tenants) == 0 {
		problem(errors.New("--tenant: at least one is needed"))
	}
	for _, text := range o.people {
		oid, name, err := pair("user", text)
		if err != nil || len(c.Tenants) == 0 {
			problem(err)
			continue
		}
		c.Users = append(c.Users, teams.Profile{
			OID: oid, Tenant: c.Tenants[0].ID, Name: name, Behaviour: teams.Behaviour{Do: o.behaviour},
			Speech: simulator.Speech(), Loop: true,
		})
	}
	id, secret, err := pair("app", o.app)
	if err != nil {
		problem(err)
	}
	c.Apps = []entra.App{{ClientID: id, Secret: secret}}
	return c, errors.Join(problems...)
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
	if c.InsecureCallbacks {
		logger.Warn("callbacks to http on loopback are allowed; the real service refuses them")
	}
	s, err := simulator.New(c)
	if err != nil {
		return err
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	defer s.Close()
	if err := report(s, stdout); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// report prints where everything is.
func report(s *simulator.Server, stdout io.Writer) error {
	type resource struct {
		Region      string `json:"region"`
		Endpoint    string `json:"endpoint"`
		ImmutableID string `json:"immutable_id"`
		AccessKey   string `json:"access_key"`
	}
	var resources []resource
	for _, r := range s.Resources() {
		resources = append(resources, resource{r.Region, r.Endpoint, r.ImmutableID, r.AccessKey})
	}
	enc := json.NewEncoder(stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string]any{
		"control": s.Control(), "desk": s.Desk(), "authority": s.Authority(), "graph": s.Graph(),
		"callback_configuration": s.CallbackConfiguration(), "dns": s.DNS(), "sip_proxies": s.SIPProxies(),
		"ca_file": s.CA().File(), "resources": resources,
	})
}
