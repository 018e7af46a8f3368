package sip

import (
	"fmt"
	"log/slog"

	"github.com/emiago/sipgo"

	"tandem/sip/identity"
	"tandem/sip/profile"
)

// newTrunks makes the trunks of the configuration, each in the dialect of its connectivity.
// One that is below another's name uses that one's connections and health, which are what
// Microsoft looks at (see [profile.Dialect]).
func (f *farSide) newTrunks(stack *slog.Logger, port int) error {
	c := f.e.cfg.Far
	identities := map[string]identity.Trunk{}
	for _, t := range c.Trunks {
		d, err := profile.Of(t.Connectivity)
		if err != nil {
			return fmt.Errorf("sip: trunk %s: %w", t.FQDN, err)
		}
		if err := d.CheckName(t.FQDN); err != nil {
			return fmt.Errorf("sip: %w", err)
		}
		if server, client := t.Usages(); d.BothUsages && (!server || !client) {
			f.e.log.Warn("the certificate of a trunk should be one for servers and for clients", keyTrunk, t.FQDN, "server", server, "client", client)
		}
		identities[t.FQDN] = t
		f.trunks[t.FQDN] = &trunk{Trunk: profile.Trunk{FQDN: t.FQDN, Port: port, UserAgent: f.e.cfg.UserAgent, Dialect: d, Refers: c.Refers}, far: f}
	}
	for name, t := range f.trunks {
		t.signs = newSigns(f.proxies)
		above, _ := t.Dialect.Above(name)
		if carrier := f.trunks[above]; carrier != nil && carrier.Dialect == t.Dialect {
			if err := identities[above].Covers(name); err != nil {
				return fmt.Errorf("sip: %w", err)
			}
			t.carrier = carrier
			continue
		}
		t.standing = newStanding(len(f.proxies))
		var err error
		if t.ua, _, t.client, err = f.agent(stack, sipgo.WithUserAgenTLSConfig(identities[name].Client(c.Roots))); err != nil {
			return err
		}
	}
	for _, t := range f.trunks {
		for t.carrier != nil && t.carrier.carrier != nil {
			t.carrier = t.carrier.carrier
		}
		if t.carrier != nil {
			t.standing, t.ua, t.client = t.carrier.standing, t.carrier.ua, t.carrier.client
		}
	}
	return nil
}
