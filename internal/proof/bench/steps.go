package bench

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/internal/check"
	"tandem/internal/proof"
	"tandem/internal/simulator/pstnhub"
	"tandem/sip/identity"
)

// step makes one check. Its error is what is wrong, for people; else found says what is good.
type step struct {
	id       string
	patience time.Duration
	run      func(ctx context.Context, b *bench, c *proof.Check) error
}

const (
	soon   = 10 * time.Second
	spoken = 20 * time.Second // three chances of speech
)

// steps are in an order in which what is needed comes first.
var steps = []step{
	{proof.BenchTLS, soon, mutualTLS},
	{proof.BenchOptionsTo, soon, optionsTo},
	{proof.BenchOptionsFrom, soon, optionsFrom},
	{proof.BenchInviteTo, soon, inviteTo},
	{proof.BenchInviteFrom, soon, inviteFrom},
	{proof.BenchRingback, soon, ringback},
	{proof.BenchAudioTo, spoken, audioTo},
	{proof.BenchAudioFrom, spoken, audioFrom},
	{proof.BenchHold, spoken, hold},
	{proof.BenchRefresh, spoken, refresh},
	{proof.BenchOwnRefresh, soon, ownRefresh},
	{proof.BenchBlind, spoken, blind},
	{proof.BenchAttended, spoken, attended},
	{proof.BenchFailover1, soon, failover("sip", pstnhub.FaultUnavailable, "sip2,sip3")},
	{proof.BenchFailover2, soon, failover("sip2", pstnhub.FaultSilent, "sip")},
	{proof.BenchFailover3, soon, failover("sip3", pstnhub.FaultUnavailable, "sip,sip2")},
	{proof.BenchRules, soon, rules},
}

func (s step) make(ctx context.Context, b *bench) proof.Check {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	began, c := time.Now(), proof.Check{ID: s.id, State: proof.Passed}
	if err := s.run(ctx, b, &c); err != nil {
		c.State, c.Code, c.Found = proof.Failed, "", strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	c.TookMS = time.Since(began).Milliseconds()
	return c
}

func ms(name string, d time.Duration) proof.Figure {
	return proof.Figure{Name: name, Value: float64(d.Microseconds()) / 1000, Unit: "ms"}
}

// until waits for something that nobody tells of.
func until(ctx context.Context, is func() bool) bool {
	tick := time.NewTicker(frame)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func mutualTLS(ctx context.Context, b *bench, c *proof.Check) error {
	proxy := b.proxies()[0]
	dialer := net.Dialer{Resolver: b.names.Resolver()}
	f := check.Proxy{Address: proxy, TLS: identity.Trunk{FQDN: b.setup.Trunk, Certificate: b.cert}.Client(b.own), Dial: dialer.DialContext}.Check(ctx)
	if f.State != check.OK {
		return fmt.Errorf("as a client of Microsoft: %s", f.Found)
	}
	shown := func(s tls.ConnectionState) error {
		c.Evidence = []string{"trunk → Microsoft  " + f.Found, fmt.Sprintf("Microsoft → trunk  %s, %s, certificate of %s", tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite), s.PeerCertificates[0].Subject.CommonName)}
		left := time.Until(s.PeerCertificates[0].NotAfter)
		c.Figures = append(c.Figures, proof.Figure{Name: "certificate runs for", Value: float64(int(left.Hours() / 24)), Unit: "days"})
		return identity.Chain(s, b.roots)
	}
	address := b.edge.Addrs().Far.String()
	raw, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("as a server for Microsoft: %w", err)
	}
	defer func() { _ = raw.Close() }()
	// What Microsoft offers (§2.3). Its certificate is not shown, so that the edge has to refuse us.
	conn := tls.Client(raw, &tls.Config{
		ServerName: b.setup.Trunk, RootCAs: b.roots, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		CipherSuites:     []uint16{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		VerifyConnection: shown,
	})
	err = conn.HandshakeContext(ctx)
	var unverified *tls.CertificateVerificationError
	switch {
	case err == nil:
		return errors.New("the edge takes connections from who shows no certificate")
	case errors.As(err, &unverified) || len(c.Evidence) == 0:
		return fmt.Errorf("as a server for Microsoft: %w", err)
	}
	c.Found = "TLS 1.2 with a suite of Microsoft's; the trunk's certificate covers its name and leads to a root, as a client and as a server; who shows no certificate is refused"
	return nil
}

func optionsTo(ctx context.Context, b *bench, c *proof.Check) error {
	up := 0
	until(ctx, func() bool { up = b.up(); return up == 3 })
	c.Figures = []proof.Figure{{Name: "proxies that answered", Value: float64(up)}}
	if up < 3 {
		return fmt.Errorf("%d of 3 proxies have got and answered the trunk's OPTIONS", up)
	}
	c.Found = "each of the three proxies has got and answered the trunk's OPTIONS"
	return nil
}

// up is how many proxies answered the trunk's last OPTIONS.
func (b *bench) up() (n int) {
	families, err := b.reg.Gather()
	if err != nil {
		return 0
	}
	for _, f := range families {
		if f.GetName() == "tandem_sip_trunk_up" {
			for _, m := range f.GetMetric() {
				n += int(m.GetGauge().GetValue())
			}
		}
	}
	return n
}

func optionsFrom(ctx context.Context, b *bench, c *proof.Check) error {
	var h pstnhub.Health
	fine := until(ctx, func() bool { h = b.hub.Health(b.setup.Trunk); return h.Overall == "active" })
	c.Evidence = []string{fmt.Sprintf("Microsoft would say: tls %s, ping %s, overall %s %s", h.TLS, h.Ping, h.Overall, h.Reason)}
	if !fine {
		return fmt.Errorf("the trunk is not active: ping is %s", h.Ping)
	}
	c.Found = "the proxies' OPTIONS were answered with 200 and a Contact, so that Microsoft counts the trunk as active"
	return nil
}

func inviteTo(ctx context.Context, b *bench, c *proof.Check) error {
	began := time.Now()
	phone, leg, err := b.calls(ctx)
	if err != nil {
		return err
	}
	c.Figures = append(c.Figures, ms("INVITE at Microsoft after", time.Since(began)))
	if err = leg.Answer(ctx); err == nil {
		err = phone.Answered(ctx)
	}
	if err != nil {
		leg.Bye(16, "bench")
		return errors.Join(fmt.Errorf("the call was not answered: %w", err), phone.Hangup(ctx))
	}
	c.Figures = append(c.Figures, ms("answered after", time.Since(began)))
	t := b.joins(phone, leg)
	if err := t.ends(ctx); err != nil {
		return err
	}
	c.Evidence = b.evidence(b.engine.last())
	c.Found = fmt.Sprintf("from %s to %s: INVITE, 200, ACK, and BYE from the telephone", leg.From(), leg.To())
	return nil
}

func inviteFrom(ctx context.Context, b *bench, c *proof.Check) error {
	began := time.Now()
	t, rang, err := b.rings(ctx, nil)
	if err != nil {
		return err
	}
	c.Figures = []proof.Figure{ms("the telephone rang after", rang), ms("answered after", time.Since(began))}
	if err := t.ends(ctx); err != nil {
		return err
	}
	c.Evidence = b.evidence(b.engine.last())
	c.Found = "INVITE from Microsoft, 180 and 200 of the telephone, ACK, and BYE"
	return nil
}

func ringback(ctx context.Context, b *bench, c *proof.Check) error {
	for _, early := range []string{"off", "on"} {
		if err := b.hub.SetFault(pstnhub.FaultEarlyMedia, early); err != nil {
			return err
		}
		began := time.Now()
		phone, leg, err := b.calls(ctx)
		if err == nil {
			leg.Ring()
			err = awaitRinging(ctx, phone.Progress())
			if early == "off" {
				c.Figures = append(c.Figures, ms("180 at the caller after", time.Since(began)))
			}
			leg.Bye(16, "bench")
			err = errors.Join(err, phone.Hangup(ctx))
		}
		c.Evidence = append(c.Evidence, b.evidence(b.engine.last())...)
		if err != nil {
			return errors.Join(err, b.hub.SetFault(pstnhub.FaultEarlyMedia, "off"))
		}
	}
	c.Found = "the caller gets 180 when Microsoft's side rings, also where a 183 without sound came before"
	return b.hub.SetFault(pstnhub.FaultEarlyMedia, "off")
}

func awaitRinging(ctx context.Context, progress <-chan int) error {
	for {
		select {
		case status, ok := <-progress:
			switch {
			case !ok:
				return errors.New("the call ended before it rang at the caller")
			case status == 180:
				return nil
			case status == 183:
				return errors.New("a 183 without sound was handed to the caller, who then hears silence")
			}
		case <-ctx.Done():
			return errors.New("the caller never heard that Microsoft's side rang")
		}
	}
}

// heard is the sound of a call, with its figures.
func heard(ctx context.Context, t *talk, c *proof.Check) error {
	figures, err := t.speaks(ctx)
	c.Figures = append(c.Figures, figures...)
	if err != nil {
		t.abandons()
		return err
	}
	return nil
}

func audioTo(ctx context.Context, b *bench, c *proof.Check) error {
	t, err := b.connects(ctx)
	if err != nil {
		return err
	}
	return b.sounds(ctx, t, c)
}

func audioFrom(ctx context.Context, b *bench, c *proof.Check) error {
	t, _, err := b.rings(ctx, nil)
	if err != nil {
		return err
	}
	return b.sounds(ctx, t, c)
}

func (b *bench) sounds(ctx context.Context, t *talk, c *proof.Check) error {
	err := heard(ctx, t, c)
	if err == nil {
		err = t.ends(ctx)
	}
	c.Evidence = b.evidence(b.engine.last())
	c.Found = "two seconds of speech each way at once were heard at the other end: RTP at the telephone, SRTP at Microsoft"
	return err
}

func hold(ctx context.Context, b *bench, c *proof.Check) error {
	t, err := b.connects(ctx)
	if err != nil {
		return err
	}
	if err := t.held(ctx, c); err != nil {
		t.abandons()
		return err
	}
	if err := heard(ctx, t, c); err != nil {
		return fmt.Errorf("after the hold: %w", err)
	}
	err = t.ends(ctx)
	c.Evidence = b.evidence(b.engine.last())
	c.Found = "Microsoft's re-INVITE with inactive was answered so, and no sound was sent to it meanwhile; after its end both hear each other"
	return err
}

// held puts the call on hold for half a second.
func (t *talk) held(ctx context.Context, c *proof.Check) error {
	if !until(ctx, func() bool { return t.leg.Media().PacketsIn > 10 }) {
		return errors.New("no sound came to Microsoft before the hold")
	}
	if err := t.leg.Reinvite(ctx, pstnhub.Change{Direction: "inactive"}); err != nil {
		return fmt.Errorf("hold: %w", err)
	}
	if !t.leg.OnHold() {
		return errors.New("the trunk did not answer inactive with inactive")
	}
	pause := time.NewTimer(settles)
	defer pause.Stop()
	<-pause.C // what was on its way
	before := t.leg.Media().PacketsIn
	pause.Reset(holds)
	<-pause.C
	sent := t.leg.Media().PacketsIn - before
	c.Figures = append(c.Figures, proof.Figure{Name: "sent to Microsoft during the hold", Value: float64(sent), Unit: "packets"})
	if sent > 1 {
		return fmt.Errorf("%d packets of sound were sent to Microsoft while it had the call on hold", sent)
	}
	if err := t.leg.Reinvite(ctx, pstnhub.Change{Direction: "sendrecv"}); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	if t.leg.OnHold() {
		return errors.New("the trunk did not answer the end of the hold as one")
	}
	return nil
}

const settles, holds = 100 * time.Millisecond, 500 * time.Millisecond

func refresh(ctx context.Context, b *bench, c *proof.Check) error {
	t, err := b.connects(ctx)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := t.leg.Reinvite(ctx, pstnhub.Change{}); err != nil {
		t.abandons()
		return fmt.Errorf("the re-INVITE with the description unchanged: %w", err)
	}
	c.Figures = append(c.Figures, ms("answered after", time.Since(began)))
	if err := heard(ctx, t, c); err != nil {
		return fmt.Errorf("after the re-INVITE: %w", err)
	}
	err = t.ends(ctx)
	c.Evidence = b.evidence(b.engine.last())
	c.Found = "answered with the description unchanged, and both hear each other after it. It was sent at once instead of in the middle of a long call: the trunk answers it in the same way"
	return err
}

func ownRefresh(ctx context.Context, b *bench, c *proof.Check) error {
	const session = 90 // seconds of Session-Expires, the least of all
	if err := b.hub.SetFault(pstnhub.FaultRefresher, strconv.Itoa(session)); err != nil {
		return err
	}
	t, err := b.connects(ctx)
	if err = errors.Join(err, b.hub.SetFault(pstnhub.FaultRefresher, "off")); err != nil {
		return err
	}
	began := time.Now()
	if !until(ctx, func() bool { return t.leg.Refreshes() > 0 }) {
		t.abandons()
		return errors.New("no re-INVITE came from the trunk, which had been named as the refresher")
	}
	c.Figures = []proof.Figure{ms("re-INVITE after", time.Since(began)), {Name: "of a session of", Value: float64((session * sessionSecond).Milliseconds()), Unit: "ms"}}
	err = t.ends(ctx)
	c.Evidence = b.evidence(b.engine.last())
	c.Found = "the trunk refreshed in time a session that Microsoft left to it; the seconds of the session timer were shortened to a twentieth"
	return err
}

func blind(ctx context.Context, b *bench, c *proof.Check) error {
	t, err := b.connects(ctx)
	if err != nil {
		return err
	}
	transfer, code, found := t.rekeyed, proof.CodeRekeyed, "REFER is not in our Allow (sip.far.refers), so that Microsoft transfers inside its network: what the trunk sees of it is a re-INVITE with another key, after which both hear each other"
	if b.setup.Refers {
		transfer, code, found = t.referred, proof.CodeReferred, "REFER was accepted, the INVITE that came of it was letter by letter what Microsoft wants, the old dialog was ended, and the caller and the new person hear each other"
	}
	if err := transfer(ctx); err != nil {
		t.abandons()
		return err
	}
	if err := heard(ctx, t, c); err != nil {
		return fmt.Errorf("after the transfer: %w", err)
	}
	err = t.ends(ctx)
	c.Evidence, c.Code, c.Found = b.evidence(b.engine.last()), code, found
	return err
}

// rekeyed is a transfer that Microsoft makes by itself.
func (t *talk) rekeyed(ctx context.Context) error {
	if _, err := t.leg.Refer(ctx, another); !errors.Is(err, pstnhub.ErrNoRefer) {
		return fmt.Errorf("sip.far.refers is off, and REFER is in our Allow all the same: %w", err)
	}
	if err := t.leg.Reinvite(ctx, pstnhub.Change{Rekey: true}); err != nil {
		return fmt.Errorf("the re-INVITE with another key: %w", err)
	}
	return nil
}

// referred is a transfer that the trunk carries out.
func (t *talk) referred(ctx context.Context) error {
	first := t.leg
	referral, err := first.Refer(ctx, another)
	if err != nil {
		return err
	}
	status := 0
	for status < 200 {
		select {
		case l := <-t.b.legs:
			if l.Referral() != referral {
				return errors.New("the INVITE after the REFER does not belong to it")
			}
			l.Ring()
			if err := l.Answer(ctx); err != nil {
				return fmt.Errorf("the transfer's target: %w", err)
			}
			t.moves(l)
		case status = <-referral.Progress():
		case <-ctx.Done():
			return errors.New("REFER was accepted, and nothing came of it")
		}
	}
	if status != 200 {
		return fmt.Errorf("the trunk told Microsoft that the transfer failed with %d", status)
	}
	select {
	case <-first.Ended():
		return nil
	case <-ctx.Done():
		return errors.New("the transfer succeeded, and the trunk did not end the old dialog")
	}
}

func attended(ctx context.Context, b *bench, c *proof.Check) error {
	t, err := b.connects(ctx)
	if err != nil {
		return err
	}
	id, first := b.engine.last(), t.leg
	taker, err := b.hub.Dial(ctx, pstnhub.Call{Trunk: b.setup.Trunk, Port: int(b.edge.Addrs().Far.Port()), From: another, To: customer, Replaces: first})
	if err != nil {
		t.abandons()
		return fmt.Errorf("the INVITE with Replaces: %w", err)
	}
	t.moves(taker)
	select {
	case <-first.Ended():
	case <-ctx.Done():
		t.abandons()
		return errors.New("the INVITE with Replaces was answered, and the trunk did not end the dialog that it replaced")
	}
	if err := heard(ctx, t, c); err != nil {
		return fmt.Errorf("after the transfer: %w", err)
	}
	err = t.ends(ctx)
	c.Evidence = b.evidence(id)
	c.Found = "the INVITE with Replaces took over the call, the old dialog was ended, and the caller and the new person hear each other"
	return err
}

// failover has some proxies fail, and one left to take the call.
func failover(want, fault, of string) func(context.Context, *bench, *proof.Check) error {
	return func(ctx context.Context, b *bench, c *proof.Check) error {
		if err := b.hub.SetFault(fault, of); err != nil {
			return err
		}
		began := time.Now()
		t, err := b.connects(ctx)
		took := time.Since(began)
		if err = errors.Join(err, b.hub.SetFault(fault, "off")); err != nil {
			return err
		}
		at := t.leg.Proxy()
		c.Figures = []proof.Figure{ms("answered after", took)}
		err = t.ends(ctx)
		c.Evidence = b.evidence(b.engine.last())
		if at != want {
			return errors.Join(fmt.Errorf("the call came to %s, not to %s", at, want), err)
		}
		c.Found = fmt.Sprintf("while %s failed the call came to %s.%s, and was answered", of, want, identity.Domain)
		return err
	}
}

func rules(_ context.Context, b *bench, c *proof.Check) error {
	var broken []string
	for rule, times := range b.hub.Violations() {
		broken = append(broken, fmt.Sprintf("%s (%d)", rule, times))
	}
	if len(broken) > 0 {
		slices.Sort(broken)
		return fmt.Errorf("rules of Microsoft's that were broken: %s", strings.Join(broken, ", "))
	}
	c.Found = "Microsoft's side had nothing to complain of in all of the calls above"
	return nil
}
