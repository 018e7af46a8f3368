package trunk

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Condition is how a trunk or a peer is.
type Condition string

const (
	Unknown  Condition = "unknown" // nobody has looked
	Up       Condition = "up"
	Degraded Condition = "degraded" // calls pass, but not all of them, or soon not any more
	Down     Condition = "down"     // calls do not pass
)

// severity orders conditions; a greater one is worse.
func (c Condition) severity() int {
	return slices.Index([]Condition{Unknown, Up, Degraded, Down}, c)
}

// Worse reports whether this is worse than another condition.
func (c Condition) Worse(than Condition) bool { return c.severity() > than.severity() }

// Neighbour says what a condition is of.
type Neighbour string

const (
	TrunkKind Neighbour = "trunk" // to Microsoft
	PeerKind  Neighbour = "peer"
)

// Reason says why something is as it is, and what to do.
type Reason struct {
	Code  string `json:"code,omitempty"` // stable; "" for no reason
	Found string `json:"found,omitempty"`
	Cure  string `json:"cure,omitempty"`
}

// Failure says why an OPTIONS of ours has no good answer.
type Failure string

const (
	FailedName    Failure = "name"    // there is no address under the name
	FailedConnect Failure = "connect" // no connection
	FailedTLS     Failure = "tls"     // no TLS over it
	FailedSilent  Failure = "silent"  // no answer
	FailedRefused Failure = "refused" // a status that is no 2xx
)

// Asked is what OPTIONS of ours to one target brought. Zero times: never.
type Asked struct {
	Whom      string        `json:"whom"` // a proxy's FQDN, or a peer
	At        time.Time     `json:"at,omitzero"`
	Answered  time.Time     `json:"answered,omitzero"` // last
	Since     time.Time     `json:"since,omitzero"`    // when each since then was answered; zero: the last one was not
	RoundTrip time.Duration `json:"round_trip,omitempty"`
	Failure   Failure       `json:"failure,omitempty"` // of the last one; "": it was answered
	Status    int           `json:"status,omitempty"`  // of FailedRefused
	Error     string        `json:"error,omitempty"`
}

// answers reports whether the last one was answered.
func (a Asked) answers() bool { return !a.Since.IsZero() }

// Shown is the certificate that a trunk shows.
type Shown struct {
	Names   []string  `json:"names,omitempty"`
	Issuer  string    `json:"issuer,omitempty"`
	Expires time.Time `json:"expires"`
	Broken  Reason    `json:"broken,omitzero"` // why Microsoft has to refuse it; "": nothing
	Warning Reason    `json:"warning,omitzero"`
}

// ExpiryTold is how long before its end a certificate is told of: to buy one takes days.
const ExpiryTold = 30 * 24 * time.Hour

// expiryUrgent is when a certificate makes its trunk degraded.
const expiryUrgent = 3 * 24 * time.Hour

// Signs are what is known of a trunk or a peer.
type Signs struct {
	Node        string    `json:"node"` // that looked
	Asked       []Asked   `json:"asked"`
	Heard       time.Time `json:"heard,omitzero"` // last OPTIONS from there that was answered
	Certificate *Shown    `json:"certificate,omitempty"`
	Name        Reason    `json:"name,omitzero"`      // what is wrong with its DNS; "": nothing
	LastCall    time.Time `json:"last_call,omitzero"` // that was answered, either way
	Calls       int       `json:"calls"`              // begun within [CallWindow]
	Answered    int       `json:"answered"`           // of those
	// Microsoft is what Microsoft says of a third-party SBC's trunk, of which nobody here sees
	// anything; nil of ours.
	Microsoft *Health `json:"microsoft,omitempty"`
}

// CallWindow is what the ratio of answered calls is of.
const CallWindow = time.Hour

// Fewest calls of which none is answered that say something.
const fewCalls = 10

// hearingGrace is how long after our first OPTIONS Microsoft's may take: it begins when it
// has seen ours, and counts three intervals of a minute (facts/direct-routing.md §5.2, §5.3).
const hearingGrace = 3 * time.Minute

// Verdict is what a look makes of signs.
type Verdict struct {
	Condition Condition `json:"condition"`
	Reason    Reason    `json:"reason"`
}

// Judge is the verdict on a trunk or a peer at a moment.
func (s Signs) Judge(of Neighbour, now time.Time) Verdict {
	if s.Microsoft != nil {
		return s.Microsoft.verdict()
	}
	var silent []Asked
	looked := 0
	for _, a := range s.Asked {
		if a.At.IsZero() {
			continue
		}
		looked++
		if !a.answers() {
			silent = append(silent, a)
		}
	}
	switch {
	case looked == 0:
		return Verdict{Unknown, Reason{"not_asked", "no OPTIONS has been sent yet", "wait a minute; if it stays so, see the log of node " + s.Node}}
	case of == PeerKind && len(silent) > 0:
		return Verdict{Down, peerSilent(silent[0])}
	case len(silent) == looked:
		return Verdict{Down, s.unanswered(silent[0])}
	case of == TrunkKind:
		if r := s.doubts(silent, now); r.Code != "" {
			return Verdict{Degraded, r}
		}
	}
	if s.Calls >= fewCalls && s.Answered == 0 {
		return Verdict{Degraded, Reason{
			"no_call_answered", fmt.Sprintf("none of the last %d calls was answered", s.Calls),
			"look at one of them in the list of calls: it says whose fault its end was",
		}}
	}
	return Verdict{Condition: Up}
}

// unanswered is the reason of a trunk that no proxy answers, in the order of
// facts/direct-routing.md §18 no. 3. What is known of our certificate explains most.
func (s Signs) unanswered(first Asked) Reason {
	switch {
	case s.Certificate != nil && s.Certificate.Broken.Code != "":
		return s.Certificate.Broken
	case first.Failure == FailedName:
		return Reason{"proxies_unresolved", "the names of Microsoft's proxies have no address: " + first.Error, "have this machine's DNS server resolve public names; never write addresses in their place, they move"}
	case first.Failure == FailedConnect:
		return Reason{"proxies_unreachable", "no connection to Microsoft's proxies: " + first.Error, "open TCP 5061 from this machine to 52.112.0.0/14 and 52.120.0.0/14 in the firewall"}
	case first.Failure == FailedTLS:
		return Reason{"tls_refused", "no TLS with Microsoft's proxies: " + first.Error, "see whether the certificate covers the trunk's name, has its whole chain and is of an authority that Microsoft knows; tandem doctor looks at each"}
	case first.Failure == FailedRefused && first.Status == 403:
		return Reason{"trunk_refused", "Microsoft refuses OPTIONS with 403: it does not know the trunk", "compare the registry with Microsoft (tandem trunks plan) and apply it; a change takes Microsoft five minutes"}
	case first.Failure == FailedRefused:
		return Reason{"options_refused", fmt.Sprintf("Microsoft refuses OPTIONS with %d", first.Status), "see whether the trunk is registered in its resource and its domain verified; if so it is Microsoft's, and passes"}
	}
	return Reason{"proxies_silent", "none of Microsoft's proxies answers OPTIONS", "see, in this order: the certificate, whether the trunk is registered in its resource, whether its domain is verified there"}
}

// doubts are the reasons of a trunk that at least one proxy answers, the gravest first.
func (s Signs) doubts(silent []Asked, now time.Time) Reason {
	var since time.Time
	for _, a := range s.Asked {
		if a.answers() && (since.IsZero() || a.Since.Before(since)) {
			since = a.Since
		}
	}
	deaf := now.Sub(since) > hearingGrace && now.Sub(s.Heard) > hearingGrace
	switch {
	case deaf && s.Name.Code != "":
		return s.Name
	case deaf:
		return Reason{"not_heard", "Microsoft answers our OPTIONS, but its own do not arrive: it takes the trunk for inactive and sends it no calls", "let TCP from 52.112.0.0/14 and 52.120.0.0/14 in at the port that is registered, which must be the one we listen at"}
	case len(silent) > 0:
		var names []string
		for _, a := range silent {
			names = append(names, a.Whom)
		}
		return Reason{"proxy_silent", strings.Join(names, ", ") + " does not answer OPTIONS (" + orNone(silent[0].Error) + ")", "nothing at once: calls go to the others; if it stays so, look at the name's DNS and the firewall"}
	case s.Certificate != nil && s.Certificate.Broken.Code != "":
		return s.Certificate.Broken
	case s.Certificate != nil && s.Certificate.Expires.Sub(now) < expiryUrgent:
		return s.Certificate.Warning
	}
	return Reason{} // whatever DNS says here: Microsoft finds us
}

func peerSilent(a Asked) Reason {
	const meanwhile = "; calls out go to other peers meanwhile, if there are any"
	switch a.Failure {
	case FailedName:
		return Reason{"peer_unresolved", "the name in dial_to has no address", "correct dial_to of the peer, or its DNS"}
	case FailedRefused:
		return Reason{"peer_refuses", fmt.Sprintf("the peer answers OPTIONS with %d: it has no room, or reaches nobody behind it", a.Status), "ask who runs the peer" + meanwhile}
	}
	return Reason{"peer_silent", "the peer does not answer OPTIONS", "see whether the peer is there and lets this machine in" + meanwhile}
}

// verdict is what Microsoft's word comes to. It calls a trunk inactive as well when only no
// calls came for long; that says little against it while its OPTIONS are well.
func (h Health) verdict() Verdict {
	const ask = "ask who runs the SBC"
	switch {
	case h == Health{}:
		return Verdict{Down, Reason{"microsoft_missing", "Microsoft does not have the trunk in its resource", "compare the registry with Microsoft (tandem trunks plan) and apply it, or delete the trunk"}}
	case h.TLS == "certExpired":
		return Verdict{Down, Reason{"microsoft_certificate", "Microsoft says that the SBC's certificate has run out", ask + " to renew it"}}
	case h.Overall == "inactive" && h.Reason != "noRecentCalls":
		return Verdict{Down, Reason{"microsoft_inactive", fmt.Sprintf("Microsoft takes the trunk for inactive (%s; OPTIONS: %s)", orNone(h.Reason), orNone(h.Ping)), ask + ": it has to send OPTIONS to each of Microsoft's proxies, once a minute, and to answer theirs"}}
	case h.TLS == "certExpiring":
		return Verdict{Degraded, Reason{"microsoft_certificate_ends", "Microsoft says that the SBC's certificate runs out soon", ask + " to renew it"}}
	case h.Ping == "expired" || h.Ping == "error":
		return Verdict{Degraded, Reason{"microsoft_ping", "Microsoft gets no good OPTIONS from the SBC: " + h.Ping, ask + ": it has to send them to each of Microsoft's proxies, once a minute"}}
	case h.Overall == "active" || h.Overall == "inactive":
		return Verdict{Condition: Up}
	}
	return Verdict{Unknown, Reason{"microsoft_unknown", "Microsoft does not say yet how the trunk is", "wait five minutes, which a change takes there"}}
}

const nodeSilent = "node_silent"

// unasked is the reason where Microsoft has said nothing for too long.
func unasked(last time.Time) Reason {
	return Reason{
		"microsoft_silent", "Microsoft has said nothing of the trunk since " + last.UTC().Format(time.DateTime) + " UTC",
		"run tandem doctor: it tries the key of the resource; and see whether a process has the role jobs",
	}
}

// NodeSilent is the verdict on what nobody has told of for too long.
func NodeSilent(node string, last time.Time) Verdict {
	return Verdict{Down, Reason{
		nodeSilent, "node " + node + " has not told of it since " + last.UTC().Format(time.DateTime) + " UTC",
		"start the node, or see in its log why it does not reach the database; delete what it does not carry any more",
	}}
}

// ProvedSince reports whether OPTIONS both ways and a call have shown, since a moment, that
// a trunk works.
func (s Signs) ProvedSince(t time.Time) bool {
	answered := slices.ContainsFunc(s.Asked, func(a Asked) bool { return a.Answered.After(t) })
	return answered && s.Heard.After(t) && s.LastCall.After(t)
}
