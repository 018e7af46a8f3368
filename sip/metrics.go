package sip

import (
	"slices"
	"strconv"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/internal/call"
	"tandem/sip/guard"
	"tandem/sip/media"
)

// metrics have labels from closed lists only.
type metrics struct {
	requests  *prometheus.CounterVec // received
	responses *prometheus.CounterVec // final ones sent
	refused   *prometheus.CounterVec // before the engine was asked
	attempts  *prometheus.CounterVec // at proxies
	legs      *prometheus.GaugeVec
	ended     *prometheus.CounterVec
	trunks    *prometheus.GaugeVec
	peerUp    *prometheus.GaugeVec
	peerSince *prometheus.GaugeVec
	peerTook  *prometheus.GaugeVec
	dropped   prometheus.Counter
	noise     prometheus.Counter
	keys      *prometheus.CounterVec // pressed
	silent    *prometheus.CounterVec // legs that were asked whether they are there
	mos       *prometheus.HistogramVec
	packets   *prometheus.CounterVec // refused by the relay
}

// What became of an INVITE at one proxy.
const (
	attemptAnswered    = "answered"
	attemptRefused     = "refused"      // finally
	attemptBusy        = "server_error" // 5xx: the next one
	attemptUnreachable = "unreachable"
	attemptSilent      = "silent"
	attemptCancelled   = "cancelled"
)

// Causes of refusals that are not the guard's.
const (
	causeDraining guard.Cause = "draining"
	causeLoop     guard.Cause = "loop"
	causeSDP      guard.Cause = "sdp"
	causeToll     guard.Cause = "destination"
	causeNoPorts  guard.Cause = "no_ports"
	causeDialog   guard.Cause = "no_dialog"
	causeSession  guard.Cause = "session_interval"
	causeReplaces guard.Cause = "replaces"
	causeFarCall  guard.Cause = "call_from_microsoft" // that nobody asked for: an alarm

	causeOutUnavailable guard.Cause = "out_unavailable" // another node may take it
)

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "tandem", Subsystem: "sip", Name: name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "tandem", Subsystem: "sip", Name: name, Help: help}, labels)
	}
	m := &metrics{
		requests:  counter("requests_total", "SIP requests received.", "side", "method"),
		responses: counter("responses_total", "Final SIP responses sent, by class.", "side", "class"),
		refused:   counter("refused_total", "Requests refused before the engine was asked.", "side", "cause"),
		attempts:  counter("far_attempts_total", "INVITEs to one of Microsoft's proxies.", "proxy", "outcome"),
		legs:      gauge("legs", "Legs that exist.", "side"),
		ended:     counter("legs_ended_total", "Legs ended, by who did it.", "side", "by"),
		trunks:    gauge("trunk_up", "1 if the proxy answered the trunk's last OPTIONS.", "trunk", "proxy"),
		peerUp:    gauge("peer_up", "1 if a target of the peer answered the last OPTIONS.", "peer"),
		peerSince: gauge("peer_since_timestamp_seconds", "Unix time since which the peer is up, or down.", "peer"),
		peerTook:  gauge("peer_latency_seconds", "Time of the last answer to OPTIONS.", "peer"),
		dropped:   prometheus.NewCounter(prometheus.CounterOpts{Namespace: "tandem", Subsystem: "sip", Name: "headers_dropped_total", Help: "Custom headers not sent to Microsoft because they exceed its limits."}),
		noise:     prometheus.NewCounter(prometheus.CounterOpts{Namespace: "tandem", Subsystem: "sip", Name: "stack_complaints_total", Help: "Messages the SIP stack could not use: broken, or for nobody."}),
	}
	m.keys = counter("keys_total", "Keys pressed (RFC 4733), by who did it.", "side")
	m.packets = counter("media_refused_total", "Packets that the relay did not believe, by cause; counted when a leg ends.", "side", "cause")
	m.silent = counter("silent_legs_total", "Legs that were asked because nothing came from them, by whether anybody was there.", "side", "outcome")
	m.mos = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "tandem", Subsystem: "sip", Name: "mos", Help: "Mean opinion score of what came from a side (ITU-T G.107), by leg.", Buckets: []float64{1.5, 2, 2.5, 3, 3.5, 3.8, 4, 4.2, 4.3, 4.4},
	}, []string{"side"})
	for _, c := range []prometheus.Collector{m.keys, m.packets, m.silent, m.mos, m.requests, m.responses, m.refused, m.attempts, m.legs, m.ended, m.trunks, m.peerUp, m.peerSince, m.peerTook, m.dropped, m.noise} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// methods that have a label of their own; all others are OTHER.
var methods = []sipmsg.RequestMethod{
	sipmsg.INVITE, sipmsg.ACK, sipmsg.CANCEL, sipmsg.BYE, sipmsg.OPTIONS, sipmsg.INFO, sipmsg.UPDATE, sipmsg.PRACK, sipmsg.REFER,
	sipmsg.NOTIFY, sipmsg.SUBSCRIBE, sipmsg.MESSAGE, sipmsg.REGISTER, sipmsg.PUBLISH,
}

func (m *metrics) request(side call.Side, method sipmsg.RequestMethod) {
	label := "OTHER"
	if slices.Contains(methods, method) {
		label = string(method)
	}
	m.requests.WithLabelValues(string(side), label).Inc()
}

func (m *metrics) response(side call.Side, status int) {
	if status >= 200 {
		m.responses.WithLabelValues(string(side), strconv.Itoa(status/100)+"xx").Inc()
	}
}

func (m *metrics) refuse(side call.Side, cause guard.Cause) {
	m.refused.WithLabelValues(string(side), string(cause)).Inc()
}

// attempt counts by the place of the proxy: the names are configuration.
func (m *metrics) attempt(proxy int, outcome string) {
	m.attempts.WithLabelValues(strconv.Itoa(proxy+1), outcome).Inc()
}

// peer tells how a peer answers OPTIONS. Names of peers are configuration, like those of trunks.
func (m *metrics) peer(name string, up bool, since time.Time, latency time.Duration) {
	value := 0.0
	if up {
		value = 1
		m.peerTook.WithLabelValues(name).Set(latency.Seconds())
	}
	m.peerUp.WithLabelValues(name).Set(value)
	m.peerSince.WithLabelValues(name).Set(float64(since.Unix()))
}

// forgetPeer takes away what is no longer asked.
func (m *metrics) forgetPeer(name string) {
	for _, g := range []*prometheus.GaugeVec{m.peerUp, m.peerSince, m.peerTook} {
		g.DeleteLabelValues(name)
	}
}

// media adds what became of the media of a leg that is over.
func (m *metrics) media(side call.Side, s media.StreamStats) {
	if q := s.Quality(); q.MOS > 0 {
		m.mos.WithLabelValues(string(side)).Observe(q.MOS)
	}
	for cause, n := range map[string]uint64{"stranger": s.Foreign, "replay": s.Replayed, "authentication": s.AuthFailures, "unusable": s.Unusable} {
		m.packets.WithLabelValues(string(side), cause).Add(float64(n))
	}
}
