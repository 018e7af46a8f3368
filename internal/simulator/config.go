package simulator

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"tandem/internal/audio"
	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/routing"
	"tandem/internal/simulator/teams"
)

// anyPort is where everything listens that was not told otherwise.
const anyPort = "127.0.0.1:0"

// Listen says where the parts listen; empty means any free port of 127.0.0.1.
type Listen struct {
	Control   string // /_sim and /desk
	Authority string // Entra ID and the keys of callbacks
	Graph     string
	DNS       string
	Tunnel    string // used if Config.Tunnel is set
	// SIP are the addresses of up to three proxies; none means no SIP at all.
	SIP []string
}

// Trunk is an SBC that is registered in a resource.
type Trunk struct {
	FQDN string
	// Port is where the SBC takes calls, its sipSignalingPort; 0 means 5061.
	Port int
	// Address is where the simulator's DNS says it is; zero means 127.0.0.1.
	Address netip.Addr
}

// sipPort is the sipSignalingPort of a trunk that says none.
const sipPort = 5061

func (t Trunk) port() int {
	if t.Port == 0 {
		return sipPort
	}
	return t.Port
}

func (t Trunk) address() netip.Addr {
	if t.Address.IsValid() {
		return t.Address
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// Route is a voice route of a resource: which trunks numbers go to.
type Route struct {
	// Pattern is a regular expression of .NET's over the number with its plus,
	// anchored as in ^\+49 (facts/direct-routing.md §1.6).
	Pattern string
	// Trunks are FQDNs; in which order they are tried is the switch sip.trunk_order.
	Trunks []string
}

// Resource is a Communication Services resource.
type Resource struct {
	Name   string
	Region string
	// ImmutableID and AccessKey (base64) are made up if empty.
	ImmutableID string
	AccessKey   string
	// Listen is where its API listens; empty means any port of 127.0.0.1.
	Listen string
	Trunks []Trunk
	// Numbers are those bought from Microsoft for the resource: calling one
	// raises its IncomingCall.
	Numbers []string
	// Routes are tried in order; an application may change them, and Trunks, by the
	// SIP routing API. A number without one is reached as a phone of
	// the simulator's own.
	Routes []Route
	// TLS serves the resource by https, with a certificate of the authority, as
	// the official SDKs demand unless they are told otherwise.
	TLS bool
}

// routing is what the resource has from the start.
func (r Resource) routing() routing.Configuration {
	c := routing.Configuration{Trunks: map[string]routing.Trunk{}, Routes: []routing.Route{}}
	for _, t := range r.Trunks {
		c.Trunks[strings.ToLower(t.FQDN)] = routing.Trunk{SIPSignalingPort: t.port()}
	}
	for i, route := range r.Routes {
		c.Routes = append(c.Routes, routing.Route{Name: fmt.Sprintf("route %d", i+1), NumberPattern: route.Pattern, Trunks: route.Trunks})
	}
	return c
}

// Tenant is a customer's Microsoft 365.
type Tenant struct {
	ID   string
	Name string
	// Domain is its first domain, as in contoso.example; empty makes one of the
	// name.
	Domain string
	// Roles are the application permissions that its admin consented to; nil
	// means that there was no consent.
	Roles []string
	// Federation are the immutable ids of the resources that may call its users.
	Federation []string
	// Teams are its further settings; ID, Name and Federation come from here.
	Teams teams.Tenant
	// Crowd is how many people are made up for it, beside Config.Users; they form
	// a group of their own.
	Crowd int
}

func (t Tenant) teams() teams.Tenant {
	t.Teams.ID, t.Teams.Name, t.Teams.Domain, t.Teams.Federation = t.ID, t.Name, t.Domain, t.Federation
	return t.Teams
}

// Subscription asks Event Grid for events of a resource, by name.
type Subscription struct {
	Resource string
	URL      string
	// Types are event types without prefix; none means IncomingCall. Each type
	// gets a subscription of its own, with the policy that suits it.
	Types []string
	// CloudEvents asks for that schema instead of Event Grid's.
	CloudEvents bool
	// Present are members that an event must have; see events.Subscription.
	Present []string
}

// Config of a Server.
type Config struct {
	// Dir keeps the authority's certificate and key; CA is used instead if set.
	// Without both the authority lives in memory.
	Dir string
	CA  *pki.Authority

	Listen    Listen
	Resources []Resource
	Tenants   []Tenant
	Users     []teams.Profile
	// Faults are in force from the start, until a reset.
	Faults []faults.Fault
	// Apps are the applications that Entra knows.
	Apps []entra.App
	// PlainSignIn makes Entra's discovery name Server.SignIn for its pages, so that
	// no browser has to trust the authority. They can be had there in any case.
	PlainSignIn bool
	// Subscriptions are made in the background, as soon as their endpoints
	// answer; Server.Subscribe makes one at once.
	Subscriptions []Subscription
	// Inferences sets behaviour that is only inferred, by the name of its switch
	// (package evidence).
	Inferences map[string]string
	// Delays is "none", the default, or "documented": things take the time that
	// recordings and documentation tell of (package delays).
	Delays string
	// TapSIP, if set, wraps each connection of the SIP proxies, inside of TLS.
	TapSIP func(net.Conn) net.Conn
	// Throttling puts the limits in force that Graph documents.
	Throttling bool
	// InsecureCallbacks allows callbacks, files and sockets without TLS on
	// loopback addresses.
	InsecureCallbacks bool
	// Tunnel is the http address of an application, as in http://127.0.0.1:8080,
	// that is to be had by https under Server.Tunnel; empty for none.
	Tunnel string
	// AnswerTime is how long a call waits for the application; zero: 115 s.
	AnswerTime time.Duration
	// Seed decides what the real service leaves to chance.
	Seed   uint64
	Logger *slog.Logger
}

// ImmutableID returns the immutable id of a resource; one that has none gets
// the same for the same name every time.
func ImmutableID(r Resource) string {
	if r.ImmutableID != "" {
		return r.ImmutableID
	}
	return uuid.NewSHA1(uuid.NameSpaceDNS, []byte(r.Name)).String()
}

// domainOf makes the domain of an organisation that was given none.
func domainOf(name string) string {
	return strings.Map(func(r rune) rune {
		if r = unicode.ToLower(r); r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return -1
	}, name) + ".example"
}

// Speech is what people may say who were given nothing else to say.
func Speech() audio.PCM { return audio.AgentSpeech() }

// complete fills in what was left out and makes copies of what it changes.
func (c *Config) complete() error {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	for _, address := range []*string{&c.Listen.Control, &c.Listen.Authority, &c.Listen.Graph, &c.Listen.DNS, &c.Listen.Tunnel} {
		if *address == "" {
			*address = anyPort
		}
	}
	if err := checkTunnel(c.Tunnel); err != nil {
		return err
	}
	c.Tenants = slices.Clone(c.Tenants)
	for i, t := range c.Tenants {
		if t.Domain == "" {
			c.Tenants[i].Domain = domainOf(t.Name)
		}
	}
	resources := make([]Resource, len(c.Resources))
	seen := map[string]bool{}
	for i, r := range c.Resources {
		if r.Name == "" || seen[r.Name] {
			return fmt.Errorf("resource %d needs a name of its own", i+1)
		}
		seen[r.Name] = true
		r.ImmutableID = ImmutableID(r)
		for _, route := range r.Routes {
			if err := routing.CheckPattern(route.Pattern); err != nil {
				return fmt.Errorf("resource %s: voice route: %w", r.Name, err)
			}
		}
		if r.AccessKey == "" {
			key := make([]byte, 32)
			if _, err := rand.Read(key); err != nil {
				return fmt.Errorf("make an access key: %w", err)
			}
			r.AccessKey = base64.StdEncoding.EncodeToString(key)
		}
		if r.Listen == "" {
			r.Listen = anyPort
		}
		resources[i] = r
	}
	c.Resources = resources
	var err error
	switch {
	case c.CA != nil:
	case c.Dir != "":
		c.CA, err = pki.LoadOrCreate(c.Dir)
	default:
		c.CA, err = pki.New()
	}
	if err != nil {
		return err
	}
	for _, s := range c.Subscriptions {
		if !seen[s.Resource] {
			return errors.New("subscription of an unknown resource: " + s.Resource)
		}
	}
	return nil
}
