package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"tandem/internal/simulator"
	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/teams"
)

// options are the flags.
type options struct {
	config                    simulator.Config
	resource                  simulator.Resource
	trunks, routes            []string
	subscribe, inferences     []string
	tenants, people           []string
	app, behaviour            string
	redirects                 []string
	absent                    []string
	cloudEvents, tls, verbose bool
}

// gridTypes are the events that --subscribe takes.
var gridTypes = []string{
	events.IncomingCall, events.RecordingFileStatusUpdated,
	events.CallStarted, events.CallEnded, events.CallParticipantAdded, events.CallParticipantRemoved,
}

func (o *options) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.config.Dir, "dir", ".msim", "`directory` of the certificate authority; clients trust its ca.pem")
	f.StringVar(&o.resource.Listen, "acs", "127.0.0.1:8091", "`address` of Communication Services: Call Automation and users")
	f.BoolVar(&o.tls, "acs-tls", false, "serve it by https, which the official SDKs demand unless told otherwise")
	f.StringVar(&o.config.Listen.Control, "control", "127.0.0.1:8090", "`address` of /_sim and the desk")
	f.StringVar(&o.config.Listen.Authority, "authority", "127.0.0.1:8443", "https `address` of Entra ID, the keys of callbacks and the inbox")
	f.StringVar(&o.config.Listen.Graph, "graph", "127.0.0.1:8444", "https `address` of Microsoft Graph")
	f.StringVar(&o.config.Tunnel, "tunnel", "", "`URL` of an application that speaks http, as in http://127.0.0.1:8080; it gets an https address for callbacks, events and sockets")
	f.StringVar(&o.config.Listen.Tunnel, "tunnel-listen", "127.0.0.1:8445", "https `address` of that application")
	f.StringVar(&o.config.Listen.DNS, "dns", "127.0.0.1:8053", "`address` of the name server")
	f.StringSliceVar(&o.config.Listen.SIP, "sip", []string{"127.0.0.2:5061", "127.0.0.3:5061", "127.0.0.4:5061"}, "`addresses` of up to three SIP proxies; empty for none")

	f.StringVar(&o.resource.Name, "resource", "eu", "`name` of the Communication Services resource")
	f.StringVar(&o.resource.ImmutableID, "immutable-id", "", "immutable `id` of the resource; made from its name if empty")
	f.StringVar(&o.resource.AccessKey, "access-key", "", "access key of the resource in `base64`; made up at each start if empty")
	f.StringArrayVar(&o.trunks, "trunk", nil, "registered SBC as `FQDN[:port][=address]`; port 5061 and 127.0.0.1 if left out (repeatable)")
	f.StringArrayVar(&o.routes, "route", nil, "voice route as `pattern=FQDN[,FQDN]`, tried in order; numbers without one are the simulator's own phones (repeatable)")
	f.StringArrayVar(&o.subscribe, "subscribe", nil, "Event Grid subscription as `[type,…=]URL`; IncomingCall if no type is given (repeatable)")
	f.BoolVar(&o.cloudEvents, "cloud-events", false, "subscriptions get CloudEvents 1.0 instead of Event Grid's schema")
	f.StringVar(&o.config.Delays, "delays", delays.None, "how long things take: none, or documented for the times that recordings and documentation tell of")
	f.BoolVar(&o.config.InsecureCallbacks, "insecure-callbacks", false, "allow callbacks, files and sockets without TLS on loopback, which the real service refuses")
	f.StringArrayVar(&o.inferences, "inference", nil, "value of a behaviour that is only inferred, as `name=value`; msim evidence lists them (repeatable)")

	f.StringSliceVar(&o.tenants, "tenant", []string{"5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10=Contoso"}, "tenant as `id=name`, consented and federated (repeatable)")
	f.StringSliceVar(&o.absent, "tenant-without-consent", nil, "tenant as `id=name` whose admin has not consented, nor federated (repeatable)")
	f.StringSliceVar(&o.people, "user", []string{"fc4ccb5f-8046-4812-803f-6c344a5d1560=Ada Lovelace", "0f9d33b0-1111-4222-8333-444455556666=Grace Hopper"}, "Teams user of the first tenant as `oid=name` (repeatable); the first is its Global Administrator")
	f.StringVar(&o.behaviour, "when-rung", teams.Manual, "`what` users do: manual (take the call at the desk), accept, decline or never")
	f.StringVar(&o.app, "app", "00000000-0000-4000-8000-00000000000a=development", "application that Entra knows, as `id=secret`")
	f.StringSliceVar(&o.redirects, "redirect-uri", nil, "`URI` that the application registered for sign-in and consent (repeatable)")
	f.BoolVar(&o.config.PlainSignIn, "plain-sign-in", false, "let discovery name http://localhost for Entra's pages, so that browsers need not trust the certificate")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "log more")
}

// pair splits name=value.
func pair(flag, text string) (string, string, error) {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" || value == "" {
		return "", "", fmt.Errorf("--%s %s: want name=value", flag, text)
	}
	return name, value, nil
}

// complete turns the flags into a configuration and reports all that is wrong.
func (o *options) complete(logger *slog.Logger) (simulator.Config, error) {
	c := o.config
	c.Logger = logger
	var problems []error
	problem := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	resource := o.resource
	resource.Region, resource.TLS = resource.Name, o.tls
	if resource.ImmutableID != "" && uuid.Validate(resource.ImmutableID) != nil {
		problem(fmt.Errorf("--immutable-id %s: want a GUID", resource.ImmutableID))
	}
	if _, err := base64.StdEncoding.DecodeString(resource.AccessKey); err != nil {
		problem(errors.New("--access-key: want base64, as made by: openssl rand -base64 32"))
	}
	for _, text := range o.trunks {
		t, err := trunk(text)
		problem(err)
		resource.Trunks = append(resource.Trunks, t)
	}
	for _, text := range o.routes {
		r, err := route(text, resource.Trunks)
		problem(err)
		resource.Routes = append(resource.Routes, r)
	}
	c.Resources = []simulator.Resource{resource}
	for _, text := range o.subscribe {
		if text == "" { // as from a variable that is not set
			continue
		}
		sub, err := subscription(text)
		problem(err)
		sub.Resource, sub.CloudEvents = resource.Name, o.cloudEvents
		c.Subscriptions = append(c.Subscriptions, sub)
	}
	c.Inferences = map[string]string{}
	for _, text := range o.inferences {
		name, value, err := pair("inference", text)
		problem(err)
		c.Inferences[name] = value
	}
	problem(o.crowd(&c))
	return c, errors.Join(problems...)
}

// crowd adds the tenants, the people and the application.
func (o *options) crowd(c *simulator.Config) error {
	var problems []error
	for _, text := range o.tenants {
		id, name, err := pair("tenant", text)
		problems = append(problems, err)
		c.Tenants = append(c.Tenants, simulator.Tenant{
			ID: id, Name: name, Federation: []string{simulator.ImmutableID(c.Resources[0])},
			Roles: []string{"Presence.Read.All", "User.Read.All", "TeamsUserConfiguration.Read.All"},
		})
	}
	if len(o.tenants) == 0 {
		return errors.Join(append(problems, errors.New("--tenant: at least one is needed"))...)
	}
	for i, text := range o.people {
		oid, name, err := pair("user", text)
		problems = append(problems, err)
		p := teams.Profile{
			OID: oid, Tenant: c.Tenants[0].ID, Name: name, Behaviour: teams.Behaviour{Do: o.behaviour},
			Speech: simulator.Speech(), Loop: true,
		}
		if i == 0 {
			p.Roles = []string{entra.GlobalAdministrator}
		}
		c.Users = append(c.Users, p)
	}
	for _, text := range o.absent {
		id, name, err := pair("tenant-without-consent", text)
		problems = append(problems, err)
		c.Tenants = append(c.Tenants, simulator.Tenant{ID: id, Name: name})
		c.Users = append(c.Users, teams.Profile{
			OID: uuid.NewSHA1(uuid.NameSpaceURL, []byte(id+" admin")).String(), Tenant: id, Name: name + " Admin", Roles: []string{entra.GlobalAdministrator}, Behaviour: teams.Behaviour{Do: o.behaviour},
		})
	}
	id, secret, err := pair("app", o.app)
	c.Apps = []entra.App{{ClientID: id, Secret: secret, RedirectURIs: o.redirects}}
	return errors.Join(append(problems, err)...)
}

// trunk reads FQDN[:port][=address].
func trunk(text string) (simulator.Trunk, error) {
	name, address, _ := strings.Cut(text, "=")
	fqdn, port, hasPort := strings.Cut(name, ":")
	t := simulator.Trunk{FQDN: fqdn}
	if !strings.Contains(strings.Trim(fqdn, "."), ".") {
		return t, fmt.Errorf("--trunk %s: want FQDN[:port][=address], the name having at least two labels, as in sbc.example.com", text)
	}
	if hasPort {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return t, fmt.Errorf("--trunk %s: the port must be 1 to 65535", text)
		}
		t.Port = int(n)
	}
	if address != "" {
		var err error
		if t.Address, err = netip.ParseAddr(address); err != nil {
			return t, fmt.Errorf("--trunk %s: want an IP address behind =: %w", text, err)
		}
	}
	return t, nil
}

// route reads pattern=FQDN[,FQDN]; the pattern may have = in it. Its trunks must
// be there.
func route(text string, trunks []simulator.Trunk) (simulator.Route, error) {
	i := strings.LastIndex(text, "=")
	if i <= 0 || i == len(text)-1 {
		return simulator.Route{}, fmt.Errorf(`--route %s: want pattern=FQDN[,FQDN], as in '^\+49=sbc.example.com'`, text)
	}
	r := simulator.Route{Pattern: text[:i], Trunks: strings.Split(text[i+1:], ",")}
	for _, fqdn := range r.Trunks {
		if !slices.ContainsFunc(trunks, func(t simulator.Trunk) bool { return strings.EqualFold(t.FQDN, fqdn) }) {
			return r, fmt.Errorf("--route %s: there is no trunk %q; add --trunk %s", text, fqdn, fqdn)
		}
	}
	return r, nil
}

// subscription reads [type,…=]URL.
func subscription(text string) (simulator.Subscription, error) {
	types, url := "", text
	if head, rest, found := strings.Cut(text, "="); found && !strings.Contains(head, "/") {
		types, url = head, rest
	}
	s := simulator.Subscription{URL: url}
	if !strings.HasPrefix(url, "https://") {
		return s, fmt.Errorf("--subscribe %s: Event Grid delivers to https only; without such a server use the inbox, https://127.0.0.1:8443/inbox/main", text)
	}
	for name := range strings.SplitSeq(types, ",") {
		name = strings.TrimPrefix(name, "Microsoft.Communication.")
		if name == "" {
			continue
		}
		if !slices.Contains(gridTypes, name) {
			return s, fmt.Errorf("--subscribe %s: no event type %q; there are %s", text, name, strings.Join(gridTypes, ", "))
		}
		s.Types = append(s.Types, name)
	}
	return s, nil
}
