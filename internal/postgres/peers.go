package postgres

import (
	"context"
	"net/netip"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/trunk"
)

const peerColumns = `id, name, auth, username, realm, ha1_md5, ha1_sha256, certificate_name, addresses, max_calls, dial_to, dial_username, dial_password, dial_regions, identity, number_rules, ping_seconds, max_calls_per_second, dial_prefixes, certificate_fingerprints, created_at, changed_at`

func scanPeer(row pgx.CollectableRow) (p trunk.Peer, err error) {
	var username, certificate *string
	var regions []string
	err = row.Scan(&p.ID, &p.Name, &p.Auth, &username, &p.Realm, &p.HA1MD5, &p.HA1SHA256, &certificate,
		&p.Addresses, &p.MaxCalls, &p.DialTo, &p.DialUsername, &p.DialPassword, &regions, &p.Identity, &p.NumberRules, &p.PingSeconds, &p.MaxCallsPerSecond, &p.DialPrefixes, &p.CertificateFingerprints, &p.CreatedAt, &p.ChangedAt)
	p.Username, p.CertificateName = orZero(username), orZero(certificate)
	for _, r := range regions {
		p.DialRegions = append(p.DialRegions, trunk.RegionID(r))
	}
	return p, err
}

func peerValues(p trunk.Peer) []any {
	addresses := p.Addresses
	if addresses == nil {
		addresses = []netip.Prefix{} // and not NULL
	}
	rules := p.NumberRules
	if rules == nil {
		rules = []trunk.NumberRule{} // and not null
	}
	return []any{
		string(p.ID), p.Name, p.Auth, null(p.Username), p.Realm, p.HA1MD5, p.HA1SHA256, null(p.CertificateName), addresses, p.MaxCalls,
		p.DialTo, p.DialUsername, p.DialPassword, words(p.DialRegions), p.Identity, rules, p.PingSeconds, p.MaxCallsPerSecond, words(p.DialPrefixes), words(p.CertificateFingerprints),
	}
}

func noPeer() error { return fault.NotFound("peer_unknown", "there is no such peer") }

// CreatePeer gives a peer its times. One with secrets has its id already,
// because they are sealed for it; another one gets it here.
func (s *Store) CreatePeer(ctx context.Context, p trunk.Peer) (trunk.Peer, error) {
	p = p.Normalize()
	if err := p.Validate(); err != nil {
		return trunk.Peer{}, err
	}
	if p.ID == "" {
		id, err := newID()
		if err != nil {
			return trunk.Peer{}, err
		}
		p.ID = trunk.PeerID(id)
	}
	if !isUUID(string(p.ID)) {
		return trunk.Peer{}, fault.Internal("peer_id_invalid", "the peer's id is no UUID")
	}
	err := s.write(ctx, "create the peer", func(tx pgx.Tx) (err error) {
		if err := pinnedOnce(ctx, tx, p); err != nil {
			return err
		}
		p, err = one(ctx, tx, scanPeer, noPeer(), `
			INSERT INTO peer (id, name, auth, username, realm, ha1_md5, ha1_sha256, certificate_name, addresses, max_calls, dial_to, dial_username, dial_password, dial_regions, identity, number_rules, ping_seconds, max_calls_per_second, dial_prefixes, certificate_fingerprints)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) RETURNING `+peerColumns, peerValues(p)...)
		return err
	})
	return p, err
}

// pinnedOnce refuses the fingerprint of another peer's certificate: it would say who calls, and
// mean two.
func pinnedOnce(ctx context.Context, tx pgx.Tx, p trunk.Peer) error {
	if len(p.CertificateFingerprints) == 0 {
		return nil
	}
	var twice bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM peer WHERE certificate_fingerprints && $1 AND id <> $2)`, p.CertificateFingerprints, string(p.ID)).Scan(&twice)
	if err == nil && twice {
		err = fault.Conflict("peer_exists", "a peer with this certificate fingerprint exists already")
	}
	return err
}

// Peer finds a peer by its id; fault.NotFound.
func (s *Store) Peer(ctx context.Context, id trunk.PeerID) (trunk.Peer, error) {
	if !isUUID(string(id)) {
		return trunk.Peer{}, noPeer()
	}
	p, err := one(ctx, s.app, scanPeer, noPeer(), `SELECT `+peerColumns+` FROM peer WHERE id = $1`, string(id))
	return p, classify("read the peer", err)
}

// ListPeers lists peers by id.
func (s *Store) ListPeers(ctx context.Context, after trunk.PeerID, limit int) ([]trunk.Peer, error) {
	from, err := behind(after)
	if err != nil {
		return nil, err
	}
	peers, err := many(ctx, s.app, scanPeer, `SELECT `+peerColumns+` FROM peer WHERE id > $1 ORDER BY id LIMIT $2`, from, page(limit))
	return peers, classify("list the peers", err)
}

// ChangePeer reads a peer, changes it and writes it back in one transaction.
func (s *Store) ChangePeer(
	ctx context.Context, id trunk.PeerID, change func(trunk.Peer) (trunk.Peer, error),
) (p trunk.Peer, err error) {
	if !isUUID(string(id)) {
		return p, noPeer()
	}
	var refused error
	err = s.write(ctx, "change the peer", func(tx pgx.Tx) error {
		p, err = one(ctx, tx, scanPeer, noPeer(), `SELECT `+peerColumns+` FROM peer WHERE id = $1 FOR UPDATE`, string(id))
		if err != nil {
			return err
		}
		if p, refused = change(p); refused != nil {
			return refused
		}
		p.ID = id
		p = p.Normalize()
		if err := p.Validate(); err != nil {
			return err
		}
		if err := pinnedOnce(ctx, tx, p); err != nil {
			return err
		}
		p, err = one(ctx, tx, scanPeer, noPeer(), `
			UPDATE peer SET name = $2, auth = $3, username = $4, realm = $5, ha1_md5 = $6, ha1_sha256 = $7,
				certificate_name = $8, addresses = $9, max_calls = $10, dial_to = $11, dial_username = $12, dial_password = $13, dial_regions = $14, identity = $15, number_rules = $16, ping_seconds = $17, max_calls_per_second = $18, dial_prefixes = $19, certificate_fingerprints = $20, changed_at = now()
			WHERE id = $1 RETURNING `+peerColumns, peerValues(p)...)
		return err
	})
	return changed(p, err, refused)
}

// DeletePeer removes a peer; calls under way go on.
func (s *Store) DeletePeer(ctx context.Context, id trunk.PeerID) error {
	if !isUUID(string(id)) {
		return noPeer()
	}
	tag, err := s.app.Exec(ctx, `DELETE FROM peer WHERE id = $1`, string(id))
	return classify("delete the peer", touched(tag, deleting(err), noPeer()))
}
