package app

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/postgres"
	"tandem/internal/tenant"
	"tandem/sip/capture"
)

const (
	tracesWaiting = 4096 // dialogs; some 10 kB each
	tracesAtOnce  = 256
	tracesRetry   = time.Second
	tracesWithin  = 10 * time.Second // of one write
	tracesLast    = 5 * time.Second  // to write what is left when the process ends
	tracesKept    = 30 * 24 * time.Hour
)

// traces writes down what the edge kept of dialogs, many at once and beside the calls, which do not wait for it.
type traces struct {
	write func(context.Context, tenant.ID, []postgres.CallTrace) error
	log   *slog.Logger
	queue chan ownTrace
	lost  prometheus.Counter
}

// ownTrace is a trace with whose call it is of.
type ownTrace struct {
	tenant tenant.ID
	of     postgres.CallTrace
}

func newTraces(write func(context.Context, tenant.ID, []postgres.CallTrace) error, log *slog.Logger, reg prometheus.Registerer) *traces {
	k := &traces{write: write, log: log, queue: make(chan ownTrace, tracesWaiting), lost: prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: "tandem", Subsystem: "sip", Name: "traces_lost_total", Help: "Dialogs whose SIP messages could not be kept: the database was away for too long.",
	})}
	reg.MustRegister(k.lost)
	return k
}

// keeper is who takes the traces of a call that this process runs.
func (k *traces) keeper(t tenant.ID, id call.ID) func(call.Trace) {
	return func(x call.Trace) {
		if len(x.Messages) == 0 && len(x.Sound) == 0 {
			return
		}
		if t == "" {
			k.lose("nobody knows whose call it is", id, 1)
			return
		}
		select {
		case k.queue <- ownTrace{t, postgres.CallTrace{Call: id, Trace: x}}:
		default:
			k.lose("too many wait to be written", id, 1)
		}
	}
}

func (k *traces) lose(why string, id call.ID, dialogs int) {
	k.lost.Add(float64(dialogs))
	k.log.Warn("SIP messages of a call are lost", "why", why, "call", id, "dialogs", dialogs)
}

// run writes until the queue is closed and empty. A database that is away is waited for, as long as ctx lasts.
func (k *traces) run(ctx context.Context) {
	for first := range k.queue {
		batch := map[tenant.ID][]postgres.CallTrace{first.tenant: {first.of}}
		for range min(len(k.queue), tracesAtOnce-1) {
			next := <-k.queue
			batch[next.tenant] = append(batch[next.tenant], next.of)
		}
		for t, all := range batch {
			k.store(ctx, t, all)
		}
	}
}

func (k *traces) store(ctx context.Context, t tenant.ID, all []postgres.CallTrace) {
	for {
		err := k.try(ctx, t, all)
		switch {
		case err == nil:
			return
		case fault.KindOf(err) != fault.KindUnavailable || ctx.Err() != nil:
			k.lose(err.Error(), all[0].Call, len(all))
			return
		}
		select {
		case <-time.After(tracesRetry):
		case <-ctx.Done():
		}
	}
}

func (k *traces) try(ctx context.Context, t tenant.ID, all []postgres.CallTrace) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tracesWithin)
	defer cancel()
	return k.write(ctx, t, all)
}

// pcapSize bounds a file: as many dialogs as are explained have room in it.
const pcapSize = 32 << 20

// pcapOf makes a file of messages. Where a name was kept instead of an address, it is that of what came from the same port.
func pcapOf(all []call.SIPMessage) []byte {
	f := capture.New(pcapSize, false)
	for _, m := range all {
		local, remote := address(m.Local), address(m.Remote)
		if !remote.Addr().IsValid() {
			remote = spoken(all, m, remote.Port())
		}
		if m.Sent {
			local, remote = remote, local
		}
		f.Packet(m.At, remote, local, []byte(m.Text), -1)
	}
	return f.Bytes()
}

// address is as much of one as is known.
func address(hostPort string) netip.AddrPort {
	if a, err := netip.ParseAddrPort(hostPort); err == nil {
		return a
	}
	_, text, _ := net.SplitHostPort(hostPort)
	port, _ := strconv.ParseUint(text, 10, 16)
	return netip.AddrPortFrom(netip.Addr{}, uint16(port))
}

// spoken is where what a message was sent to has spoken from; the port only, if it did not.
func spoken(all []call.SIPMessage, m call.SIPMessage, port uint16) netip.AddrPort {
	for _, other := range all {
		if a := address(other.Remote); !other.Sent && other.Transport == m.Transport && !other.At.Before(m.At) && a.Addr().IsValid() && a.Port() == port {
			return a
		}
	}
	return netip.AddrPortFrom(netip.IPv4Unspecified(), port)
}
