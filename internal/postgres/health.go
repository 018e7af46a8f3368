package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/trunk"
)

const healthColumns = `h.kind, h.name, h.node, h.held, h.signs, h.expiry, h.seen_at`

// callsWithin are the calls of the samples of the window that ends now, and those answered.
const callsWithin = `coalesce((SELECT sum(calls) FROM health_sample s WHERE s.kind = h.kind AND s.name = h.name AND s.node = h.node AND s.at > now() - $1::interval), 0)::bigint,
	coalesce((SELECT sum(answered) FROM health_sample s WHERE s.kind = h.kind AND s.name = h.name AND s.node = h.node AND s.at > now() - $1::interval), 0)::bigint`

func noHealth() *fault.Error {
	return fault.NotFound("health_unknown", "no node has told of the trunk")
}

func scanHealth(row pgx.CollectableRow) (h trunk.Standing, err error) {
	var held, signs []byte
	var expiry *time.Time
	err = row.Scan(&h.Of, &h.Name, &h.Node, &held, &signs, &expiry, &h.SeenAt, &h.Signs.Calls, &h.Signs.Answered)
	if err == nil {
		calls, answered := h.Signs.Calls, h.Signs.Answered
		err = errors.Join(json.Unmarshal(held, &h.Held), json.Unmarshal(signs, &h.Signs))
		h.Signs.Calls, h.Signs.Answered = calls, answered
	}
	h.ExpiryTold = orZero(expiry)
	return h, err
}

// Standings are what nodes have told of all trunks and peers, by kind, name and node.
func (s *Store) Standings(ctx context.Context) ([]trunk.Standing, error) {
	all, err := many(ctx, s.app, scanHealth, `SELECT `+healthColumns+`, `+callsWithin+` FROM health h ORDER BY h.kind DESC, h.name, h.node`, trunk.CallWindow)
	return all, classify("read how trunks and peers are", err)
}

// TrunkStanding is what was told of a trunk last; fault.NotFound if nothing was.
func (s *Store) TrunkStanding(ctx context.Context, fqdn string) (trunk.Standing, error) {
	h, err := one(ctx, s.app, scanHealth, noHealth(), `
		SELECT `+healthColumns+`, `+callsWithin+` FROM health h WHERE h.kind = 'trunk' AND h.name = $2`, trunk.CallWindow, fqdn)
	return h, classify("read how the trunk is", err)
}

// TellHealth takes what a node sees of its trunks and peers at a moment. What is believed of
// them follows; what changes is an event.
func (s *Store) TellHealth(ctx context.Context, node string, all []trunk.Sighting, at time.Time, hold trunk.Hold) error {
	return s.whose(ctx, provider.Installation, "write down how trunks and peers are", func(tx pgx.Tx) error {
		for _, one := range all {
			if err := tellOne(ctx, tx, node, one, at, hold); err != nil {
				return err
			}
		}
		return nil
	})
}

func tellOne(ctx context.Context, tx pgx.Tx, node string, n trunk.Sighting, at time.Time, hold trunk.Hold) error {
	key := node
	if n.Of == trunk.TrunkKind {
		key = ""
	}
	known, err := many(ctx, tx, scanHealth, `
		SELECT `+healthColumns+`, `+callsWithin+` FROM health h WHERE h.kind = $2 AND h.name = $3 AND h.node = $4 FOR NO KEY UPDATE OF h`,
		trunk.CallWindow, n.Of, n.Name, key)
	if err != nil {
		return err
	}
	was := trunk.Standing{Of: n.Of, Name: n.Name}
	if len(known) > 0 {
		was = known[0]
	}
	is := was.Tell(node, n, at, hold)
	if err := writeStanding(ctx, tx, key, is); err != nil {
		return err
	}
	if err := sample(ctx, tx, key, is, n, at); err != nil {
		return err
	}
	return publishStanding(ctx, tx, was, is, at)
}

func writeStanding(ctx context.Context, tx pgx.Tx, key string, is trunk.Standing) error {
	held, err := encode(is.Held)
	if err != nil {
		return err
	}
	signs, err := encode(is.Signs)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO health (kind, name, node, held, signs, expiry, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (kind, name, node) DO UPDATE SET held = $4, signs = $5, expiry = $6, seen_at = $7`,
		is.Of, is.Name, key, held, signs, null(is.ExpiryTold), is.SeenAt)
	return err
}

// sample adds to the five minutes of a moment.
func sample(ctx context.Context, tx pgx.Tx, key string, is trunk.Standing, n trunk.Sighting, at time.Time) error {
	var longest time.Duration
	for _, a := range n.Signs.Asked {
		if a.Failure == "" {
			longest = max(longest, a.RoundTrip)
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO health_sample AS s (kind, name, node, at, worst, sent, good, calls, answered, round_trip) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (kind, name, node, at) DO UPDATE SET
			worst = CASE WHEN array_position(ARRAY['unknown', 'up', 'degraded', 'down'], excluded.worst) > array_position(ARRAY['unknown', 'up', 'degraded', 'down'], s.worst) THEN excluded.worst ELSE s.worst END,
			sent = s.sent + excluded.sent, good = s.good + excluded.good, calls = s.calls + excluded.calls, answered = s.answered + excluded.answered,
			round_trip = greatest(s.round_trip, excluded.round_trip)`,
		is.Of, is.Name, key, at.Truncate(trunk.SampleEvery), is.Held.Condition, n.Sent, n.Good, n.Calls, n.Answered, longest.Microseconds())
	return err
}

var conditionEvents = map[trunk.Neighbour]map[trunk.Condition]provider.EventType{
	trunk.TrunkKind: {trunk.Up: provider.TrunkUp, trunk.Degraded: provider.TrunkDegraded, trunk.Down: provider.TrunkDown},
	trunk.PeerKind:  {trunk.Up: provider.PeerUp, trunk.Degraded: provider.PeerDegraded, trunk.Down: provider.PeerDown},
}

// publishStanding tells of what has changed; that something is up, only if it was not.
func publishStanding(ctx context.Context, tx pgx.Tx, was, is trunk.Standing, at time.Time) error {
	if kind := conditionEvents[is.Of][is.Held.Condition]; kind != "" && was.Changed(is) && (is.Held.Condition != trunk.Up || was.Held.Condition.Worse(trunk.Up)) {
		data := provider.ConditionData{
			Name: is.Name, Node: is.Signs.Node, Condition: string(is.Held.Condition), Was: string(was.Held.Condition),
			Code: is.Held.Reason.Code, Found: is.Held.Reason.Found, Cure: is.Held.Reason.Cure,
		}
		if err := publish(ctx, tx, provider.Installation, kind, at, data); err != nil {
			return err
		}
	}
	if is.ExpiryTold.IsZero() || is.ExpiryTold.Equal(was.ExpiryTold) {
		return nil
	}
	return publish(ctx, tx, provider.Installation, provider.CertificateExpiring, at, provider.CertificateExpiringData{
		Trunk: is.Name, Node: is.Signs.Node, Names: is.Signs.Certificate.Names, Issuer: is.Signs.Certificate.Issuer, Expires: is.ExpiryTold.UTC(),
	})
}

// MissNodes takes trunks for down of which nobody tells any more. Those that are not in the
// registry are forgotten, and so are peers: nobody asks them any more, or another node tells
// of them. Samples that are too old go too.
func (s *Store) MissNodes(ctx context.Context, now time.Time) error {
	return s.whose(ctx, provider.Installation, "find nodes that tell nothing any more", func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		b.Queue(`DELETE FROM health h WHERE seen_at < $1 AND (kind = 'peer' OR NOT EXISTS (SELECT FROM trunk t WHERE t.fqdn = h.name))`, now.Add(-trunk.MissedAfter))
		b.Queue(`DELETE FROM health_sample WHERE at < $1`, now.Add(-trunk.SamplesKept))
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		late, err := many(ctx, tx, scanHealth, `
			SELECT `+healthColumns+`, `+callsWithin+` FROM health h WHERE h.kind = 'trunk' AND h.seen_at < $2 FOR NO KEY UPDATE OF h SKIP LOCKED`,
			trunk.CallWindow, now.Add(-trunk.MissedAfter))
		if err != nil {
			return err
		}
		for _, was := range late {
			is := was.Miss(now)
			if err := sample(ctx, tx, was.Node, is, trunk.Sighting{}, now); err != nil {
				return err
			}
			if !was.Changed(is) {
				continue
			}
			if err := writeStanding(ctx, tx, was.Node, is); err != nil {
				return err
			}
			if err := publishStanding(ctx, tx, was, is, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func scanSample(row pgx.CollectableRow) (x trunk.Sample, err error) {
	var micros int64
	err = row.Scan(&x.Of, &x.Name, &x.Node, &x.At, &x.Worst, &x.Sent, &x.Good, &x.Calls, &x.Answered, &micros)
	x.RoundTrip = time.Duration(micros) * time.Microsecond
	return x, err
}

const sampleColumns = `kind, name, node, at, worst, sent, good, calls, answered, round_trip`

// Samples are those of all trunks and peers from a moment on, by kind, name, node and time.
func (s *Store) Samples(ctx context.Context, from time.Time) ([]trunk.Sample, error) {
	all, err := many(ctx, s.app, scanSample, `SELECT `+sampleColumns+` FROM health_sample WHERE at >= $1 ORDER BY kind, name, node, at`, from)
	return all, classify("read how trunks and peers were", err)
}

// SamplesOf are those of one trunk from a moment on, by time.
func (s *Store) SamplesOf(ctx context.Context, fqdn string, from time.Time) ([]trunk.Sample, error) {
	all, err := many(ctx, s.app, scanSample, `SELECT `+sampleColumns+` FROM health_sample WHERE kind = 'trunk' AND name = $1 AND node = '' AND at >= $2 ORDER BY at`, fqdn, from)
	return all, classify("read how the trunk was", err)
}
