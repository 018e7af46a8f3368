package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/trunk"
)

const domainMarkColumns = `resource_id, domain, txt, published_by, published_by_name, published_at, verified_by, verified_by_name, verified_at`

func scanDomainMark(row pgx.CollectableRow) (m trunk.DomainMark, err error) {
	var published, verified *time.Time
	err = row.Scan(&m.Resource, &m.Name, &m.TXT, &m.Published.By.ID, &m.Published.By.Name, &published, &m.Verified.By.ID, &m.Verified.By.Name, &verified)
	m.Published.At, m.Verified.At = orZero(published), orZero(verified)
	return m, err
}

// DomainMarks are what people have said about domains of a resource, by name.
func (s *Store) DomainMarks(ctx context.Context, of trunk.ResourceID) ([]trunk.DomainMark, error) {
	all, err := many(ctx, s.app, scanDomainMark, `SELECT `+domainMarkColumns+` FROM domain_mark WHERE resource_id = $1 ORDER BY domain`, of)
	return all, classify("list the domains", err)
}

// MarkDomain changes what is said of a domain, which may be new; fault.NotFound if there is
// no such resource.
func (s *Store) MarkDomain(ctx context.Context, of trunk.ResourceID, name string, change func(*trunk.DomainMark)) (m trunk.DomainMark, err error) {
	err = s.write(ctx, "mark the domain", func(tx pgx.Tx) error {
		if _, err := routingOf(ctx, tx, of, `FOR NO KEY UPDATE`); err != nil { // who else marks it waits
			return err
		}
		was, err := many(ctx, tx, scanDomainMark, `SELECT `+domainMarkColumns+` FROM domain_mark WHERE resource_id = $1 AND domain = $2`, of, name)
		if err != nil {
			return err
		}
		m = trunk.DomainMark{Resource: of, Name: name}
		if len(was) > 0 {
			m = was[0]
		}
		change(&m)
		if err := m.Validate(); err != nil {
			return err
		}
		m, err = one(ctx, tx, scanDomainMark, noResource(), `
			INSERT INTO domain_mark (`+domainMarkColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (resource_id, domain) DO UPDATE SET txt = excluded.txt,
				published_by = excluded.published_by, published_by_name = excluded.published_by_name, published_at = excluded.published_at,
				verified_by = excluded.verified_by, verified_by_name = excluded.verified_by_name, verified_at = excluded.verified_at
			RETURNING `+domainMarkColumns,
			of, name, m.TXT, m.Published.By.ID, plain(m.Published.By.Name), null(m.Published.At), m.Verified.By.ID, plain(m.Verified.By.Name), null(m.Verified.At))
		return err
	})
	return m, err
}
