package check

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Resolver is what the doctor needs of a *net.Resolver.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// microsoftNetworks are those of its SIP proxies and media processors
// (facts/direct-routing.md §2.1).
var microsoftNetworks = []netip.Prefix{netip.MustParsePrefix("52.112.0.0/14"), netip.MustParsePrefix("52.120.0.0/14")}

// TrunkName looks whether the name of a trunk leads to one address, and that is
// one of ours.
func TrunkName(ctx context.Context, r Resolver, fqdn string, ours []netip.Addr) Finding {
	f := Finding{ID: "dns.trunk", Subject: fqdn}
	found, err := lookup(ctx, r, fqdn)
	switch {
	case err != nil:
		return unresolved(f, err, "make an A record of "+fqdn+" with the public address of this machine; Microsoft calls the trunk by its name")
	case !slices.ContainsFunc(found, func(a netip.Addr) bool { return slices.Contains(ours, a) }):
		f.State = Fail
		f.Found = fmt.Sprintf("%s leads to %s, which is neither an address of this machine nor what it advertises (%s): Microsoft's calls and OPTIONS go elsewhere", fqdn, list(found), list(ours))
		f.Fix = "correct the A record, or set sip.media.advertise if this machine is reached at " + list(found)
	case len(found) > 1:
		f.State = Fail
		f.Found = fmt.Sprintf("%s leads to %d addresses (%s); Microsoft supports one only (facts/direct-routing.md §2.1)", fqdn, len(found), list(found))
		f.Fix = "leave the A record of this machine; another node needs a name and a trunk of its own"
	default:
		f.State, f.Found = OK, fmt.Sprintf("leads to %s, which is us", list(found))
	}
	return f
}

// ProxyName looks whether a proxy of Microsoft's can be found. With a DNS server
// of one's own (development) its address says nothing.
func ProxyName(ctx context.Context, r Resolver, proxy string, anyNetwork bool) Finding {
	host := hostOf(proxy)
	f := Finding{ID: "dns.proxy", Subject: host}
	found, err := lookup(ctx, r, host)
	if err != nil {
		return unresolved(f, err, "have this machine's DNS server resolve public names (resolvectl status, /etc/resolv.conf); never write addresses in its place, they move")
	}
	foreign := func(a netip.Addr) bool {
		return !slices.ContainsFunc(microsoftNetworks, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	if !anyNetwork && slices.ContainsFunc(found, foreign) {
		f.State = Fail
		f.Found = fmt.Sprintf("leads to %s, which is not in Microsoft's networks 52.112.0.0/14 and 52.120.0.0/14", list(found))
		f.Fix = "see who answers for this name: /etc/hosts, or a DNS server that rewrites answers"
		return f
	}
	f.State, f.Found = OK, "leads to "+list(found)
	return f
}

func lookup(ctx context.Context, r Resolver, host string) ([]netip.Addr, error) {
	found, err := r.LookupNetIP(ctx, "ip", host)
	for i := range found {
		found[i] = found[i].Unmap()
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return slices.Compact(found), err
}

// unresolved tells a name that is not there from a server that does not answer.
func unresolved(f Finding, err error, fix string) Finding {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		f.State, f.Found, f.Fix = Fail, "there is no address under this name", fix
		return f
	}
	f.State, f.Found, f.Fix = Fail, "the name cannot be resolved: "+err.Error(), fix
	return f
}

func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

func list(addresses []netip.Addr) string {
	var all []string
	for _, a := range addresses {
		all = append(all, a.String())
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}
