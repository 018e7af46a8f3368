package app

import (
	"context"
	"crypto/x509"
	"time"

	"tandem/internal/check"
	"tandem/internal/fault"
	"tandem/internal/job"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
	"tandem/sip"
)

// HealthPace says how fast it is found out how trunks are. Zeros mean the defaults.
type HealthPace struct {
	Ping  time.Duration // between OPTIONS to Microsoft; 1 min, the shortest that it wants
	Look  time.Duration // between two looks at what they brought; 15 s
	Files time.Duration // between two looks whether certificates were replaced; 30 s
	Hold  trunk.Hold    // trunk.HoldDown
}

func (p HealthPace) withDefaults() HealthPace {
	if p.Look == 0 {
		p.Look = 15 * time.Second
	}
	if p.Files == 0 {
		p.Files = 30 * time.Second
	}
	if p.Hold == (trunk.Hold{}) {
		p.Hold = trunk.HoldDown
	}
	return p
}

const (
	tellAtLeastEvery = time.Minute     // see trunk.MissedAfter
	resolveEvery     = 5 * time.Minute // the name of a trunk
	tellWithin       = 10 * time.Second
)

// missNodes finds trunks whose node tells nothing any more.
var missNodes = job.Kind[struct{}]{Name: "health.miss", Timeout: time.Minute, MaxAge: 5 * time.Minute, Tries: 1}

func (a *App) newHealth() {
	job.Register(a.jobs, missNodes, func(ctx context.Context, _ tenant.ID, _ struct{}) error { return a.store.MissNodes(ctx, time.Now()) })
	job.Every(a.jobs, missNodes, time.Minute, struct{}{})
}

// tellHealth writes down how the trunks and peers of this node are, until ctx ends.
func (a *App) tellHealth(ctx context.Context) {
	w := &healthWatch{
		node: a.cfg.Node, hold: a.health.Hold, signs: a.edge.Signs, judge: a.judgeChain, resolve: a.resolveTrunk, tell: a.store.TellHealth,
		told: map[string]told{}, names: map[string]resolved{},
	}
	tick := time.NewTicker(a.health.Look)
	defer tick.Stop()
	for {
		if err := w.look(ctx, time.Now()); err != nil && ctx.Err() == nil {
			a.log.Warn("how trunks and peers are could not be written down, it is tried again", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// judgeChain is what is to be said of the certificate that a trunk shows.
func (a *App) judgeChain(fqdn string, chain []*x509.Certificate, now time.Time) *trunk.Shown {
	leaf := chain[0]
	shown := &trunk.Shown{Names: leaf.DNSNames, Issuer: leaf.Issuer.String(), Expires: leaf.NotAfter}
	certificate := check.Certificate{Name: fqdn, Roots: trunkRoots(a.cfg), Trunk: true}
	for _, f := range certificate.Judge(chain, now) {
		reason := trunk.Reason{Code: f.ID, Found: "the certificate " + f.Found, Cure: f.Fix}
		switch {
		case f.ID == "certificate.validity" && f.State != check.OK && now.Before(leaf.NotAfter):
			shown.Warning = reason
		case f.State == check.Fail && shown.Broken.Code == "":
			shown.Broken = reason
		}
	}
	return shown
}

// resolveTrunk is what is wrong with the DNS of a trunk's name.
func (a *App) resolveTrunk(ctx context.Context, fqdn string) trunk.Reason {
	d := &doctor{cfg: a.cfg}
	f := check.TrunkName(ctx, d.resolver(), fqdn, d.addresses())
	if f.State != check.Fail {
		return trunk.Reason{}
	}
	return trunk.Reason{Code: f.ID, Found: f.Found, Cure: f.Fix}
}

// proved reports whether a trunk has shown since a moment that it works. Of a third-party
// SBC only Microsoft can say so.
func (a *App) proved(ctx context.Context, fqdn string, since time.Time) (bool, error) {
	t, err := a.store.Trunk(ctx, fqdn)
	switch {
	case fault.KindOf(err) == fault.KindNotFound:
		return true, nil
	case err != nil:
		return false, err
	case t.Kind == trunk.External:
		return true, nil
	}
	is, err := a.store.TrunkStanding(ctx, fqdn)
	if fault.KindOf(err) == fault.KindNotFound {
		return false, nil
	}
	return err == nil && is.Signs.ProvedSince(since), err
}

// healthWatch turns what the edge knows into what is told: counters into what has happened
// since, and only what is worth a write.
type healthWatch struct {
	node    string
	hold    trunk.Hold
	signs   func() []sip.Signs
	judge   func(fqdn string, chain []*x509.Certificate, now time.Time) *trunk.Shown
	resolve func(ctx context.Context, fqdn string) trunk.Reason
	tell    func(ctx context.Context, node string, all []trunk.Sighting, at time.Time, hold trunk.Hold) error

	told  map[string]told // by kind and name
	names map[string]resolved
}

// told is what was told of one last.
type told struct {
	at        time.Time
	condition trunk.Condition
	signs     sip.Signs
}

type resolved struct {
	at     time.Time
	reason trunk.Reason
}

// look tells what has changed, what is not well, and everything once a minute.
func (w *healthWatch) look(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, tellWithin)
	defer cancel()
	var all []trunk.Sighting
	telling := map[string]told{}
	for _, s := range w.signs() {
		is := w.sighting(ctx, s, now)
		key := string(s.Of) + "/" + s.Name
		was, known := w.told[key]
		condition := is.Signs.Judge(s.Of, now).Condition
		if known && condition == was.condition && condition == trunk.Up && now.Sub(was.at) < tellAtLeastEvery {
			continue
		}
		is.Sent, is.Good = since(s.Sent, was.signs.Sent), since(s.Good, was.signs.Good)
		is.Calls, is.Answered = since(s.Calls, was.signs.Calls), since(s.Answered, was.signs.Answered)
		all, telling[key] = append(all, is), told{now, condition, s}
	}
	if len(all) == 0 {
		return nil
	}
	if err := w.tell(ctx, w.node, all, now, w.hold); err != nil {
		return err
	}
	for key, is := range telling {
		w.told[key] = is
	}
	return nil
}

// since is by how much a counter has grown; one that is smaller has begun anew.
func since(now, was uint64) int64 {
	if now < was {
		was = 0
	}
	return int64(now - was) //nolint:gosec // nobody sends so many
}

func (w *healthWatch) sighting(ctx context.Context, s sip.Signs, now time.Time) trunk.Sighting {
	is := trunk.Sighting{Of: s.Of, Name: s.Name, Signs: trunk.Signs{Node: w.node, Asked: s.Asked, Heard: s.Heard, LastCall: s.LastCall}}
	if s.Of != trunk.TrunkKind {
		return is
	}
	if len(s.Chain) > 0 {
		is.Signs.Certificate = w.judge(s.Name, s.Chain, now)
	}
	name := w.names[s.Name]
	if name.at.IsZero() || now.Sub(name.at) >= resolveEvery {
		name = resolved{now, w.resolve(ctx, s.Name)}
		w.names[s.Name] = name
	}
	is.Signs.Name = name.reason
	return is
}
