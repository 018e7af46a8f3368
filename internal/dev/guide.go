package dev

import (
	"fmt"
	"io"
)

// Guide prints what is where and what to try next.
func (s *Stack) Guide(w io.Writer) {
	f := s.File
	_, _ = fmt.Fprintf(w, `Tandem is up.

  Portal    %s/console   (sign in as Olivia Stone, or paste the key)
  API       %s   (docs: %s/docs)
  Key       %s
  SIP       udp %s · tcp %s · tls %s
  Account   %s / %s
  Desk      %s   (play the people in Teams)
  All of it %s

Try next
  1. Call %s with any softphone: the account above, server %s.
     The agents of %s accept by themselves after two seconds.
  2. Call %s and accept at the desk as %s.
  3. Ask for a call of your own:

     curl -s -H 'Authorization: Bearer %s' -H 'Content-Type: application/json' \
       -d '{"tenant":"%s","agent":"%s","display_name":"VIP caller"}' %s/calls

     and send the caller to the sip_uri it answers with: tandem dial 'sip:…' calls it,
     without a softphone. deploy/examples does all that can be done in a call.
  4. Invite Adatum Insurance at the console, open the link and be its admin, Gloria Hart.
  5. tandem doctor --all --config %s looks whether all that this node needs is there.

Ctrl-C ends it.
`, f.Portal, f.API.URL, f.Portal, f.API.Key, f.SIP.UDP, f.SIP.TCP, f.SIP.TLS, f.Peer.Username, f.Peer.Password, f.Simulator.Desk, Path(s.dir),
		f.Tenants[0].Number, f.SIP.UDP, f.Tenants[0].Name, f.Tenants[1].Number, f.Tenants[1].Agents[0].Name,
		f.API.Key, f.Tenants[0].ID, f.Tenants[0].Agents[0].ID, f.API.URL, SettingsPath(s.dir))
}
