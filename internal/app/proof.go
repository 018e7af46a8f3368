package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/check"
	"tandem/internal/config"
	"tandem/internal/fault"
	"tandem/internal/job"
	"tandem/internal/postgres"
	"tandem/internal/proof"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// Bench makes the checks of a proof for which Microsoft has to be played; see package
// proof/bench. It should do so in a process of its own: what goes wrong in it must not
// reach calls.
type Bench func(ctx context.Context, s proof.Setup) ([]proof.Check, error)

// proving is a trunk to be proved.
type proving struct {
	Proof proof.ID `json:"proof"`
}

var (
	prove    = job.Kind[proving]{Name: "proof.make", Timeout: 5 * time.Minute, Tries: 3, Queue: job.Edges}
	proveAll = job.Kind[struct{}]{Name: "proof.schedule", Timeout: time.Minute, MaxAge: time.Hour, Tries: 3}
)

const (
	askOthers = 2 * time.Second // a node that does not have the trunk leaves the proof to others
	nobodyHas = 2 * time.Minute // and then it is given up

	keptProofs = 400 // of each trunk: a year of daily ones, some 50 MB
)

// proofs makes proofs of the trunks of this node, and keeps all.
type proofs struct {
	*postgres.Store
	a     *App
	box   *secret.Box
	bench Bench
	made  *prometheus.CounterVec
}

// newProofs registers the work.
func (a *App) newProofs(bench Bench, box *secret.Box) {
	p := &proofs{a.store, a, box, bench, prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "tandem", Subsystem: "proof", Name: "made_total", Help: "Proofs of trunks, by what they came to: passed, partly (something was not shown), failed.",
	}, []string{"trunk", "result"})}
	a.metrics.MustRegister(p.made)
	a.proofs = p
	job.Register(a.jobs, prove, func(ctx context.Context, _ tenant.ID, what proving) error { return p.make(ctx, what.Proof) })
	job.Register(a.jobs, proveAll, func(ctx context.Context, _ tenant.ID, _ struct{}) error { return p.askAll(ctx) })
	if every := a.cfg.Proofs.Every; every > 0 {
		job.Every(a.jobs, proveAll, every, struct{}{})
	}
}

// AskProof asks for a proof of a trunk.
func (p *proofs) AskProof(ctx context.Context, fqdn string, by trunk.By) (proof.Kept, error) {
	return p.Store.AskProof(ctx, fqdn, by, func(tx pgx.Tx, id proof.ID) error {
		return job.EnqueueTx(ctx, tx, p.a.jobs, prove, "", proving{id}, job.Options{})
	})
}

// askAll asks for a proof of every trunk that is an edge's of ours.
func (p *proofs) askAll(ctx context.Context) error {
	for after := ""; ; {
		all, err := p.ListTrunks(ctx, after, provider.MaxPage)
		if err != nil || len(all) == 0 {
			return err
		}
		for _, t := range all {
			after = t.FQDN
			if t.Kind != trunk.Builtin {
				continue
			}
			if _, err := p.AskProof(ctx, t.FQDN, trunk.By{}); err != nil && fault.CodeOf(err) != "proof_under_way" {
				return err
			}
		}
	}
}

// make makes a proof, if the trunk is this node's.
func (p *proofs) make(ctx context.Context, id proof.ID) error {
	k, err := p.Proof(ctx, id)
	switch {
	case fault.KindOf(err) == fault.KindNotFound:
		return job.Drop(err)
	case err != nil:
		return err
	case k.Over():
		return nil
	}
	t, ours := p.trunk(k.Trunk)
	if !ours {
		if time.Since(k.AskedAt) > nobodyHas {
			return p.BreakProof(ctx, id, "no node that runs has the trunk: add it to sip.far.trunks of its node, or start that node")
		}
		return job.Again(askOthers)
	}
	if began, err := p.BeginProof(ctx, id, p.a.cfg.Node); err != nil || !began {
		return err
	}
	r := p.report(ctx, k, t)
	if ctx.Err() != nil { // the process ends: another one, or its next life, makes it again
		return ctx.Err()
	}
	f, err := p.sign(ctx, r)
	if err != nil {
		return errors.Join(p.BreakProof(ctx, id, err.Error()), job.Drop(err))
	}
	p.made.WithLabelValues(r.Trunk, string(r.Result)).Inc()
	p.a.log.Info("a trunk was proved", "trunk", r.Trunk, "proof", r.ID, "result", r.Result, "failed", r.Count(proof.Failed), "not_shown", r.Count(proof.NotShown))
	return p.EndProof(ctx, id, r, f, keptProofs)
}

// sign makes both forms of the report.
func (p *proofs) sign(ctx context.Context, r proof.Report) (f proof.Files, err error) {
	signer, err := p.signer(ctx)
	if err != nil {
		return f, err
	}
	if f.JSON, err = signer.JSON(r); err != nil {
		return f, err
	}
	f.HTML, err = signer.HTML(r)
	return f, err
}

func (p *proofs) trunk(fqdn string) (config.Trunk, bool) {
	for _, t := range p.a.cfg.SIP.Far.Trunks {
		if t.FQDN == fqdn {
			return t, true
		}
	}
	return config.Trunk{}, false
}

// report makes all checks.
func (p *proofs) report(ctx context.Context, k proof.Kept, t config.Trunk) proof.Report {
	began := time.Now()
	r := proof.Report{
		ID: string(k.ID), At: began.UTC(), Provider: p.a.cfg.ProviderName, Node: p.a.cfg.Node, Program: "tandem " + Version(), Trunk: t.FQDN, Port: p.port(),
	}
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err == nil {
		r.Certificate = proof.CertificateOf(pair.Leaf)
	}
	setup := p.setup(t)
	made, without := p.live(ctx, setup, r), ""
	if p.bench == nil {
		without = "this process has no bench: it was not started by tandem serve or tandem dev"
	} else if onBench, err := p.bench(ctx, setup); err != nil {
		without = "the bench did not work: " + err.Error()
		p.a.log.Error("the bench of a proof did not work", "trunk", t.FQDN, "error", err)
	} else {
		made = append(made, onBench...)
	}
	r.TookMS = time.Since(began).Milliseconds()
	r.Conclude(made, without)
	return r
}

// setup is what the bench takes over of the configuration.
func (p *proofs) setup(t config.Trunk) proof.Setup {
	s := p.a.cfg.SIP
	setup := proof.Setup{
		Trunk: t.FQDN, Connectivity: tenant.Connectivity(t.Connectivity), Cert: t.Cert, Key: t.Key, Refers: s.Far.Refers,
		PortMin: uint16(s.Media.PortMin), PortMax: uint16(s.Media.PortMax), //nolint:gosec // validated
	}
	if p.a.cfg.Development {
		for _, file := range []string{s.Far.Roots, p.a.cfg.Microsoft.Roots} {
			if file != "" {
				setup.Roots = append(setup.Roots, file)
			}
		}
	}
	return setup
}

// port is the one at which Microsoft is to find this node.
func (p *proofs) port() int {
	if n := p.a.cfg.SIP.Far.Port; n != 0 {
		return n
	}
	return int(p.a.edge.Addrs().Far.Port())
}

// live looks at the edge of this process.
func (p *proofs) live(ctx context.Context, s proof.Setup, r proof.Report) []proof.Check {
	pool, err := s.Authorities()
	if err != nil {
		return []proof.Check{{ID: proof.LiveTLS, State: proof.NotShown, Found: err.Error()}}
	}
	dialer := &net.Dialer{Resolver: net.DefaultResolver}
	if of := farResolver(p.a.cfg.SIP.Far.DNS); of != nil {
		dialer.Resolver = of
	}
	judge := check.Certificate{Name: s.Trunk, Roots: []*x509.CertPool{pool}, Trunk: true}
	return proof.Edge{
		Trunk: s.Trunk, Address: net.JoinHostPort(s.Trunk, strconv.Itoa(r.Port)), Dial: dialer.DialContext, Roots: pool, Own: r.Certificate,
		Judge:   func(chain []*x509.Certificate) []check.Finding { return judge.Judge(chain, time.Now()) },
		Counted: p.counted(s.Trunk),
	}.Checks(ctx)
}

// counted reads the edge's metrics.
func (p *proofs) counted(fqdn string) proof.Counted {
	n := proof.Counted{Since: p.a.started, Proxies: len(p.a.cfg.SIP.Far.Proxies)}
	families, err := p.a.metrics.Gather()
	if err != nil {
		p.a.log.Warn("metrics for a proof", "error", err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			count, labels := int(m.GetCounter().GetValue()), map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			switch f.GetName() {
			case "tandem_sip_trunk_up":
				if labels["trunk"] == fqdn {
					n.Answering += int(m.GetGauge().GetValue())
				}
			case "tandem_sip_requests_total":
				if labels["side"] == "far" && labels["method"] == "OPTIONS" {
					n.OptionsFrom += count
				}
			case "tandem_sip_far_attempts_total":
				n.Tried += count
				if labels["outcome"] == "answered" {
					n.Answered += count
				}
			}
		}
	}
	return n
}

// PublicKeys are the keys that signed proofs, as they are published.
func (p *proofs) PublicKeys(ctx context.Context) (proof.Keys, error) {
	all, err := p.keys(ctx)
	k := proof.Keys{Keys: []proof.PublicKey{}}
	for _, one := range all {
		k.Keys = append(k.Keys, one.PublicKey)
	}
	return k, err
}

// keys are all there are, the one that signs first. The first time it is made.
func (p *proofs) keys(ctx context.Context) ([]proof.SigningKey, error) {
	all, err := p.ProofKeys(ctx)
	if err != nil || len(all) > 0 {
		return all, err
	}
	if err := p.addKey(ctx, false); err != nil {
		return nil, err
	}
	return p.ProofKeys(ctx)
}

// RotateProofKey has a new key sign from now on.
func (p *proofs) RotateProofKey(ctx context.Context) (proof.Keys, error) {
	if err := p.addKey(ctx, true); err != nil {
		return proof.Keys{}, err
	}
	return p.PublicKeys(ctx)
}

func (p *proofs) addKey(ctx context.Context, rotate bool) error {
	seed, public := proof.NewKey(time.Now())
	return p.AddProofKey(ctx, proof.SigningKey{PublicKey: public, Seed: p.box.Seal(seed, proof.SealContext(public.ID))}, rotate)
}

func (p *proofs) signer(ctx context.Context) (proof.Signer, error) {
	all, err := p.keys(ctx)
	if err != nil {
		return proof.Signer{}, err
	}
	seed, err := p.box.Open(all[0].Seed, proof.SealContext(all[0].ID))
	if err != nil {
		return proof.Signer{}, fmt.Errorf("the key that signs proofs: %w; if seal_keys were lost, make a new one: POST /v1/proofs/keys", err)
	}
	return proof.NewSigner(seed)
}

// Version is what was built.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value
		}
	}
	return v
}
