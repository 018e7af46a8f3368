package simulator

import (
	"net"
	"strings"
	"time"

	"tandem/internal/audio"
	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/inbox"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/pstnhub"
	"tandem/internal/simulator/teams"
)

// Running is a resource with its address.
type Running struct {
	Resource
	// Endpoint is what a connection string would say, with a slash at its end.
	Endpoint string
	// Topic is what its Event Grid events carry.
	Topic string
}

// Resources returns the resources with ids, keys and addresses, in the order of
// the configuration.
func (s *Server) Resources() []Running {
	list := make([]Running, 0, len(s.config.Resources))
	for _, r := range s.config.Resources {
		list = append(list, Running{Resource: r, Endpoint: s.endpoints[r.Name], Topic: events.Topic(r.Name)})
	}
	return list
}

// Control is the base of the JSON interface, Desk the page of the people.
func (s *Server) Control() string { return s.control + "/_sim" }

// Desk is the page where a human plays the people.
func (s *Server) Desk() string { return s.control + "/desk" }

// Authority is Entra's address, with a slash at its end. Callbacks are signed
// in its name: it is their issuer, without the slash.
func (s *Server) Authority() string { return s.authority + "/" }

// SignIn is where Entra's pages for people can also be had, by http on localhost,
// without a slash at its end.
func (s *Server) SignIn() string {
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.control, "http://"))
	return "http://localhost:" + port
}

// Entra is the token service with what the tenants' admins decided.
func (s *Server) Entra() *entra.Service { return s.entra }

// CallbackIssuer is iss in the tokens of callbacks.
func (s *Server) CallbackIssuer() string { return s.authority }

// CallbackKeys is the address of the key set of callbacks, CallbackConfiguration
// that of the OpenID document that names it.
func (s *Server) CallbackKeys() string { return s.authority + events.KeysPath }

// CallbackConfiguration is the address of the OpenID document of callbacks.
func (s *Server) CallbackConfiguration() string { return s.authority + events.ConfigurationPath }

// Inbox is where callbacks can go that nobody else takes, with a slash at its
// end: https URLs below it, the first segment being the name of the box.
func (s *Server) Inbox() string { return s.authority + inbox.Path }

// Tunnel is the https address of the application behind Config.Tunnel, without a
// slash at its end; empty without one.
func (s *Server) Tunnel() string { return s.tunnel }

// Graph is Graph's address, with a slash at its end and without a version.
func (s *Server) Graph() string { return s.graphURL + "/" }

// DNS is the address of the name server.
func (s *Server) DNS() string { return s.names.Addr() }

// SIPProxies are the addresses of the proxies; none if they are switched off.
func (s *Server) SIPProxies() []string {
	if s.proxies == nil {
		return nil
	}
	return s.proxies.Addrs()
}

// Proxies are the SIP proxies, nil if they are switched off.
func (s *Server) Proxies() *pstnhub.Proxies { return s.proxies }

// CA is the authority that everything here is certified by.
func (s *Server) CA() *pki.Authority { return s.config.CA }

// Users are the people of all tenants.
func (s *Server) Users() *teams.Directory { return s.directory }

// Faults are the misbehaviours that are switched on.
func (s *Server) Faults() *faults.Book { return s.faults }

// Clock is the simulator's time.
func (s *Server) Clock() *clock.Clock { return s.clock }

// KeepTokens is for who measures an application: see [events.Sender.KeepTokens].
func (s *Server) KeepTokens(keep time.Duration) { s.sender.KeepTokens(keep) }

// NamesLast is for who measures an application, too: resolvers may keep what they are told
// by the name server for a time, which they may not else ([dns.Server.Lasts]).
func (s *Server) NamesLast(ttl time.Duration) { s.names.Lasts(ttl) }

// Unhandled is how many requests asked for something that is not implemented;
// a test should fail when it is not zero.
func (s *Server) Unhandled() int {
	n := s.calls.Unhandled()
	if s.graph != nil {
		n += s.graph.Unhandled()
	}
	return n
}

// Heard is what a Teams user heard in a call, given by callConnectionId, or in
// the latest one if call is empty.
func (s *Server) Heard(oid, call string) (audio.PCM, error) { return s.directory.Heard(oid, call) }
