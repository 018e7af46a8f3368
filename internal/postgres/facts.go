package postgres

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

// Facts reads what a tenant's onboarding is judged by, in one round trip.
func (s *Store) Facts(ctx context.Context, t tenant.ID) (onboarding.Facts, error) {
	id, err := tenant.ParseID(string(t))
	if err != nil {
		return onboarding.Facts{}, noTenant()
	}
	b := &pgx.Batch{}
	b.Queue(actAs+`, `+planOnce, string(id))
	read := askFacts(b, id)
	if err := s.app.SendBatch(ctx, b).Close(); err != nil {
		return onboarding.Facts{}, classify("read how the tenant stands", err)
	}
	f, _, err := read()
	return f, err
}

// askFacts puts into a batch the questions whose answers read puts together when
// they are there. How many shared resources there are is asked before which they
// are: if one comes in between, the verdict counts as made without it, and is
// made again.
func askFacts(b *pgx.Batch, t tenant.ID) (read func() (f onboarding.Facts, shared int, err error)) {
	var f onboarding.Facts
	var tenants []tenant.Tenant
	var shared []int
	var counts []onboarding.Counts
	collect(b, &shared, pgx.RowTo[int], sharedResources)
	collect(b, &tenants, scanTenant, tenantQuery, string(t))
	collect(b, &f.Grants, scanGrant, grantsQuery, string(t))
	collect(b, &f.Resources, scanRinging, resourcesQuery, string(t))
	collect(b, &f.Marks, scanMark, marksQuery, string(t))
	collect(b, &f.Looks, scanLook, `SELECT `+lookColumns+` FROM onboarding_look WHERE tenant_id = $1`, string(t))
	collect(b, &counts, scanCounts, countsQuery, string(t))
	collect(b, &f.Proofs, scanProof, proofsQuery, string(t), onboarding.ShownProofs)
	return func() (onboarding.Facts, int, error) {
		if len(tenants) == 0 {
			return onboarding.Facts{}, 0, noTenant()
		}
		f.Tenant, f.Counts = tenants[0], counts[0]
		return f, shared[0], nil
	}
}

// collect asks for rows in a batch; they are there when its results are closed.
func collect[T any](b *pgx.Batch, to *[]T, scan pgx.RowToFunc[T], sql string, args ...any) {
	b.Queue(sql, args...).Query(func(rows pgx.Rows) (err error) {
		*to, err = pgx.CollectRows(rows, scan)
		return err
	})
}

// changing is inTenant for f that changes what a tenant's standing is made of:
// the standing that is kept is renewed in the same transaction. The tenant's row
// is locked first, so that of two at once the second sees what the first wrote.
func (s *Store) changing(ctx context.Context, t tenant.ID, what string, f func(pgx.Tx) error) error {
	return s.perhapsChanging(ctx, t, what, func(tx pgx.Tx) (bool, error) { return true, f(tx) })
}

// perhapsChanging is changing for f that says whether it changed anything that the
// standing is made of.
func (s *Store) perhapsChanging(ctx context.Context, t tenant.ID, what string, f func(pgx.Tx) (bool, error)) error {
	return s.inTenant(ctx, t, what, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM tenant WHERE tenant_id = $1 FOR NO KEY UPDATE`, string(t)); err != nil {
			return err
		}
		if changed, err := f(tx); err != nil || !changed {
			return err
		}
		return restand(ctx, tx, t)
	})
}

// restand judges a tenant by what is stored now, and keeps the verdict. Nothing
// else writes these columns.
func restand(ctx context.Context, tx pgx.Tx, t tenant.ID) error {
	b := &pgx.Batch{}
	read := askFacts(b, t)
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	f, shared, err := read()
	if err != nil {
		return err
	}
	v := f.Standing()
	_, err = tx.Exec(ctx, `
		UPDATE tenant SET standing = $2, step = $3, problem = $4, turn = $5, attention = $6,
			agents_ready = $8, agents_not_ready = $9, agents_unchecked = $10, agents_paused = $11,
			words = array_to_tsvector($12::text[]), judged_with = $13,
			standing_since = CASE WHEN standing = $2 AND step = $3 THEN standing_since ELSE now() END,
			drift_since = CASE WHEN $7 THEN coalesce(drift_since, now()) END
		WHERE tenant_id = $1 AND
			(standing, step, problem, turn, attention, drift, agents_ready, agents_not_ready, agents_unchecked, agents_paused, words, judged_with)
			IS DISTINCT FROM ($2, $3, $4, $5, $6, $7::boolean, $8::integer, $9::integer, $10::integer, $11::integer, array_to_tsvector($12::text[]), $13::integer)`,
		string(t), v.State, v.Step, v.Problem, v.Turn, v.Attention, v.Drift, v.Agents.Ready, v.Agents.NotReady, v.Agents.Unchecked, v.Agents.Paused,
		wordsOf(f.Tenant.Name, string(f.Tenant.ID), f.Tenant.EntraTenantID), shared)
	return err
}

// wordsOf cuts texts into words in lower case, each once. An id, or the beginning
// of one, is one word.
func wordsOf(texts ...string) []string {
	var all []string
	for _, chunk := range strings.Fields(strings.ToLower(strings.Join(texts, " "))) {
		if idBegins.MatchString(chunk) {
			chunk = strings.ReplaceAll(chunk, "-", "")
		}
		all = append(all, strings.FieldsFunc(chunk, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N) })...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var idBegins = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{0,12}){1,4}$`)

const sharedResources = `SELECT count(*) FROM resource WHERE owner_tenant IS NULL`

// rejudgeFor is less than the time of a job.
const rejudgeFor = 45 * time.Second

// Rejudge judges the tenants whose verdict was made before a shared resource was
// added, or never; what it does not come to within its time, the next call does.
func (s *Store) Rejudge(ctx context.Context) error {
	shared, err := one(ctx, s.app, pgx.RowTo[int], nil, sharedResources)
	if err != nil {
		return classify("count the resources", err)
	}
	for until := time.Now().Add(rejudgeFor); time.Now().Before(until); {
		var some []tenant.ID
		err := s.read(ctx, "", "look whom to judge again", func(tx querier) (err error) {
			some, err = many(ctx, tx, pgx.RowTo[tenant.ID],
				`SELECT tenant_id::text FROM tenant WHERE judged_with < $1 ORDER BY judged_with LIMIT 500`, shared)
			return err
		})
		if err != nil || len(some) == 0 {
			return err
		}
		var failed []error
		for _, t := range some {
			err := s.changing(ctx, t, "judge the tenant again", func(pgx.Tx) error { return nil })
			if fault.KindOf(err) != fault.KindNotFound { // it may have been deleted meanwhile
				failed = append(failed, err)
			}
		}
		if err := errors.Join(failed...); err != nil {
			return err
		}
	}
	return nil
}
