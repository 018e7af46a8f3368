package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"tandem/internal/proof"
	"tandem/internal/provider"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// sealedColumn is one whose values are sealed (package secret), each bound to its row.
type sealedColumn struct {
	table, column string
	tenants       bool // a tenant table
	context       func(of tenant.ID, id string) string
}

// sealedColumns are all of them. What is sealed for a day at most is not among them: answers
// that are kept for a repeated request, and who is signed in.
func sealedColumns() []sealedColumn {
	hook := func(_ tenant.ID, id string) string { return provider.WebhookContext(provider.WebhookID(id)) }
	ha1 := func(_ tenant.ID, id string) string { return trunk.HA1Context(trunk.PeerID(id)) }
	return []sealedColumn{
		{"resource", "access_key", false, func(_ tenant.ID, id string) string { return trunk.AccessKeyContext(trunk.ResourceID(id)) }},
		{"peer", "ha1_md5", false, ha1},
		{"peer", "ha1_sha256", false, ha1},
		{"peer", "dial_password", false, func(_ tenant.ID, id string) string { return trunk.DialContext(trunk.PeerID(id)) }},
		{"webhook", "secret", false, hook},
		{"webhook", "previous", false, hook},
		{"bot", "secret", true, func(of tenant.ID, id string) string { return tenant.BotContext(of, tenant.BotID(id)) }},
		{"proof_key", "seed", false, func(_ tenant.ID, id string) string { return proof.SealContext(id) }},
	}
}

// sealedValue is one of a row.
type sealedValue struct {
	of    tenant.ID // "" outside of tenant tables
	id    string
	value []byte
}

// Reseal has all sealed values sealed with the key that seals now, so that older ones can be
// taken out of the file. rotate is that of secret.Box. A value that is changed meanwhile stays
// as it is, and so does one that cannot be opened, which the error names.
func (s *Store) Reseal(ctx context.Context, rotate func(sealed []byte, context string) (resealed []byte, changed bool, err error)) (resealed int, err error) {
	var failed error
	for _, c := range sealedColumns() {
		all, err := s.sealedValues(ctx, c)
		if err != nil {
			return resealed, err
		}
		for _, v := range all {
			after, changed, err := rotate(v.value, c.context(v.of, v.id))
			switch {
			case err != nil:
				failed = errors.Join(failed, fmt.Errorf("%s.%s of %s: %w", c.table, c.column, v.id, err))
			case changed:
				if err := s.reseal(ctx, c, v, after); err != nil {
					return resealed, err
				}
				resealed++
			}
		}
	}
	return resealed, failed
}

func (s *Store) sealedValues(ctx context.Context, c sealedColumn) ([]sealedValue, error) {
	of, pool := "''", s.app
	if c.tenants {
		of, pool = "tenant_id::text", s.operator
	}
	all, err := many(ctx, pool, func(row pgx.CollectableRow) (v sealedValue, err error) {
		err = row.Scan(&v.of, &v.id, &v.value)
		return v, err
	}, fmt.Sprintf(`SELECT %s, id::text, %s FROM %s WHERE octet_length(%[2]s) > 0`, of, c.column, c.table))
	return all, classify("read what is sealed", err)
}

func (s *Store) reseal(ctx context.Context, c sealedColumn, v sealedValue, after []byte) error {
	sql := fmt.Sprintf(`UPDATE %s SET %s = $3 WHERE id::text = $1 AND %[2]s = $2`, c.table, c.column)
	if !c.tenants {
		_, err := s.app.Exec(ctx, sql, v.id, v.value, after)
		return classify("seal anew", err)
	}
	return s.inTenant(ctx, v.of, "seal anew", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, sql, v.id, v.value, after)
		return err
	})
}
