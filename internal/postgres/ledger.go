package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

var _ onboarding.Store = (*Store)(nil)

// itself is the actor of jobs in the ledger; what they see again unchanged is no
// news.
const itself = "tandem"

// AppendGrants adds rows to the ledger. A row that says what the newest one of
// its kind and subject says already, of a look of ours, is only a later moment
// of it.
func (s *Store) AppendGrants(ctx context.Context, t tenant.ID, grants ...tenant.Grant) error {
	return s.changing(ctx, t, "write the ledger", func(tx pgx.Tx) error {
		for part := range onceEach(grants) {
			if err := appendGrants(ctx, tx, t, part); err != nil {
				return err
			}
		}
		return nil
	})
}

// onceEach cuts a list into parts in which nothing is told of twice.
func onceEach(grants []tenant.Grant) func(func([]tenant.Grant) bool) {
	type key struct {
		kind    tenant.GrantKind
		subject string
	}
	return func(yield func([]tenant.Grant) bool) {
		from, seen := 0, map[key]bool{}
		for i, g := range grants {
			if k := (key{g.Kind, g.Subject}); seen[k] {
				if !yield(grants[from:i]) {
					return
				}
				from, seen = i, map[key]bool{k: true}
			} else {
				seen[k] = true
			}
		}
		if from < len(grants) {
			yield(grants[from:])
		}
	}
}

func appendGrants(ctx context.Context, tx pgx.Tx, t tenant.ID, grants []tenant.Grant) error {
	n := len(grants)
	kinds, subjects, states := make([]string, n), make([]string, n), make([]string, n)
	by, names, looked := make([]string, n), make([]string, n), make([]string, n)
	codes, messages, evidence := make([]string, n), make([]string, n), make([]string, n)
	at := make([]time.Time, n)
	for i, g := range grants {
		kinds[i], subjects[i], states[i], at[i] = string(g.Kind), plain(g.Subject), string(g.State), g.At
		by[i], names[i], looked[i], codes[i], messages[i], evidence[i] = g.By, plain(g.ByName), g.Check, g.Code, plain(g.Message), string(g.Evidence)
		if at[i].IsZero() {
			at[i] = time.Now()
		}
		if evidence[i] == "" {
			evidence[i] = "{}"
		}
	}
	_, err := tx.Exec(ctx, `
		WITH seen AS (
			SELECT g.*, n.ledger_id, n.by AS was_by, n.by_name AS was_by_name, n.state = g.state AND n.code = g.code AND g.by = $12 AS unchanged
			FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
				AS g (kind, subject, state, at, by, by_name, looked, code, message, evidence)
			LEFT JOIN grant_now n ON n.tenant_id = $1 AND n.kind = g.kind AND n.subject = g.subject
		), news AS (
			INSERT INTO grant_ledger (tenant_id, kind, subject, state, at, by, by_name, looked, code, message, evidence)
			SELECT $1, kind, subject, state, at, by, by_name, looked, code, message, evidence::json FROM seen WHERE unchanged IS NOT TRUE
			RETURNING id, kind, subject
		)
		INSERT INTO grant_now (tenant_id, kind, subject, ledger_id, state, at, by, by_name, looked, code, message, evidence)
		SELECT $1, s.kind, s.subject, coalesce(w.id, s.ledger_id), s.state, s.at, CASE WHEN w.id IS NULL THEN s.was_by ELSE s.by END,
			CASE WHEN w.id IS NULL THEN s.was_by_name ELSE s.by_name END, s.looked, s.code, s.message, s.evidence::json
		FROM seen s LEFT JOIN news w ON w.kind = s.kind AND w.subject = s.subject
		ON CONFLICT ON CONSTRAINT grant_now_pkey DO UPDATE SET ledger_id = excluded.ledger_id, state = excluded.state, at = excluded.at,
			by = excluded.by, by_name = excluded.by_name, looked = excluded.looked, code = excluded.code, message = excluded.message, evidence = excluded.evidence`,
		string(t), kinds, subjects, states, at, by, names, looked, codes, messages, evidence, itself)
	return err
}

func scanGrant(row pgx.CollectableRow) (g tenant.Grant, err error) {
	err = row.Scan(&g.Tenant, &g.ID, &g.Kind, &g.Subject, &g.State, &g.At, &g.By, &g.ByName, &g.Check, &g.Code, &g.Message, &g.Evidence)
	return g, err
}

const grantsQuery = `
	SELECT tenant_id, ledger_id, kind, subject, state, at, by, by_name, looked, code, message, evidence
	FROM grant_now WHERE tenant_id = $1 ORDER BY kind, subject`

// Grants is what holds now, by kind and subject; At is the last look, By who
// brought it about.
func (s *Store) Grants(ctx context.Context, t tenant.ID) ([]tenant.Grant, error) {
	return glance(ctx, s, t, "read the grants", scanGrant, grantsQuery, string(t))
}

// GrantHistory lists the ledger from the newest row; before is the last id of
// the page before, 0 for the first.
func (s *Store) GrantHistory(ctx context.Context, t tenant.ID, before int64, limit int) ([]tenant.Grant, error) {
	return glance(ctx, s, t, "read the ledger", scanGrant, `
		SELECT tenant_id, id, kind, subject, state, at, by, by_name, looked, code, message, evidence
		FROM grant_ledger WHERE tenant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`, string(t), newest(before), page(limit))
}

// MarkStep notes when a step was looked at and when it was proved; the first
// moment of each stays.
func (s *Store) MarkStep(ctx context.Context, t tenant.ID, m tenant.StepMark) error {
	opened := m.OpenedAt
	if opened.IsZero() {
		opened = m.ProvedAt
	}
	if opened.IsZero() {
		opened = time.Now()
	}
	return s.changing(ctx, t, "mark the step", func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO onboarding_step AS s (tenant_id, step, opened_at, proved_at, by) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT ON CONSTRAINT onboarding_step_pkey DO UPDATE SET
				opened_at = least(s.opened_at, excluded.opened_at),
				proved_at = coalesce(s.proved_at, excluded.proved_at),
				by = CASE WHEN s.proved_at IS NULL AND excluded.by <> '' THEN excluded.by ELSE s.by END`,
			string(t), m.Step, opened, null(m.ProvedAt), plain(m.By))
		return err
	})
}

const marksQuery = `SELECT step, opened_at, proved_at, by FROM onboarding_step WHERE tenant_id = $1 ORDER BY opened_at, step`

func scanMark(row pgx.CollectableRow) (m tenant.StepMark, err error) {
	var proved *time.Time
	err = row.Scan(&m.Step, &m.OpenedAt, &proved, &m.By)
	m.ProvedAt = orZero(proved)
	return m, err
}

// StepMarks are the steps that were looked at, in the order of the moments.
func (s *Store) StepMarks(ctx context.Context, t tenant.ID) ([]tenant.StepMark, error) {
	return glance(ctx, s, t, "read the steps", scanMark, marksQuery, string(t))
}

const proofColumns = `tenant_id, id, resource, oid, name, started_by, started_at, next_at, ended_at, verdict, attempts`

const proofsQuery = `SELECT ` + proofColumns + ` FROM proof WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2`

// attemptRow is an attempt in its column.
type attemptRow struct {
	At      time.Time `json:"at"`
	Call    string    `json:"call"`
	Verdict string    `json:"verdict"`
	Code    int       `json:"code"`
	SubCode int       `json:"sub_code"`
	Cure    string    `json:"cure,omitempty"`
	Message string    `json:"message"`
}

func scanProof(row pgx.CollectableRow) (p tenant.Proof, err error) {
	var next, ended *time.Time
	var attempts []byte
	err = row.Scan(&p.Tenant, &p.ID, &p.Resource, &p.OID, &p.Name, &p.StartedBy, &p.StartedAt, &next, &ended, &p.Verdict, &attempts)
	if err != nil {
		return p, err
	}
	p.NextAt, p.EndedAt = orZero(next), orZero(ended)
	var rows []attemptRow
	err = json.Unmarshal(attempts, &rows)
	for _, a := range rows {
		p.Attempts = append(p.Attempts, tenant.ProofAttempt(a))
	}
	return p, err
}

func attemptRows(all []tenant.ProofAttempt) ([]byte, error) {
	rows := make([]attemptRow, len(all))
	for i, a := range all {
		rows[i] = attemptRow(a)
	}
	return json.Marshal(rows)
}

func noProof() error { return fault.NotFound("proof_unknown", "there is no such proof") }

// StartProof gives a proof its id; fault.Conflict with the code proof_running if
// one of the resource is under way.
func (s *Store) StartProof(ctx context.Context, p tenant.Proof) (tenant.Proof, error) {
	if !isUUID(p.OID) {
		return tenant.Proof{}, field("proof_invalid", "the proof is not valid", "oid", "must be the object id of a user, a UUID")
	}
	id, err := newID()
	if err != nil {
		return tenant.Proof{}, err
	}
	attempts, err := attemptRows(p.Attempts)
	if err != nil {
		return tenant.Proof{}, err
	}
	if p.StartedAt.IsZero() {
		p.StartedAt = time.Now()
	}
	t := p.Tenant
	err = s.changing(ctx, t, "start the proof", func(tx pgx.Tx) error {
		p, err = one(ctx, tx, scanProof, noProof(), `
			INSERT INTO proof (tenant_id, id, resource, oid, name, started_by, started_at, next_at, ended_at, verdict, attempts)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING `+proofColumns,
			string(t), id, p.Resource, p.OID, plain(p.Name), p.StartedBy, p.StartedAt, null(p.NextAt), null(p.EndedAt), p.Verdict, attempts)
		return err
	})
	if err != nil {
		return tenant.Proof{}, err
	}
	return p, nil
}

// ChangeProof reads a proof, changes it and writes it back in one transaction;
// nobody else changes it meanwhile.
func (s *Store) ChangeProof(
	ctx context.Context, ref onboarding.ProofRef, change func(tenant.Proof) (tenant.Proof, error),
) (p tenant.Proof, err error) {
	if !isUUID(ref.ID) {
		return p, noProof()
	}
	var refused error
	err = s.changing(ctx, ref.Tenant, "change the proof", func(tx pgx.Tx) error {
		p, err = one(ctx, tx, scanProof, noProof(),
			`SELECT `+proofColumns+` FROM proof WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, string(ref.Tenant), ref.ID)
		if err != nil {
			return err
		}
		if p, refused = change(p); refused != nil {
			return refused
		}
		attempts, err := attemptRows(p.Attempts)
		if err != nil {
			return err
		}
		p, err = one(ctx, tx, scanProof, noProof(), `
			UPDATE proof SET next_at = $3, ended_at = $4, verdict = $5, attempts = $6, oid = $7, name = $8 WHERE tenant_id = $1 AND id = $2
			RETURNING `+proofColumns,
			string(ref.Tenant), ref.ID, null(p.NextAt), null(p.EndedAt), p.Verdict, attempts, p.OID, plain(p.Name))
		return err
	})
	return changed(p, err, refused)
}

// Proofs lists proofs from the newest.
func (s *Store) Proofs(ctx context.Context, t tenant.ID, limit int) ([]tenant.Proof, error) {
	return glance(ctx, s, t, "read the proofs", scanProof, proofsQuery, string(t), page(limit))
}

const lookColumns = `tenant_id, kind, due_at, started_at, ended_at, tries, code, oid, call, after, total, done`

func scanLook(row pgx.CollectableRow) (l onboarding.Look, err error) {
	var due, started, ended *time.Time
	err = row.Scan(&l.Tenant, &l.Kind, &due, &started, &ended, &l.Tries, &l.Code, &l.OID, &l.Call, &l.After, &l.Total, &l.Done)
	l.DueAt, l.StartedAt, l.EndedAt = orZero(due), orZero(started), orZero(ended)
	return l, err
}

// Look is what is known of a look; one that never was has its key alone.
func (s *Store) Look(ctx context.Context, ref onboarding.LookRef) (onboarding.Look, error) {
	found, err := glance(ctx, s, ref.Tenant, "read the look", scanLook,
		`SELECT `+lookColumns+` FROM onboarding_look WHERE tenant_id = $1 AND kind = $2`, string(ref.Tenant), ref.Kind)
	if err != nil || len(found) == 0 {
		return onboarding.Look{LookRef: ref}, err
	}
	return found[0], nil
}

// ChangeLook reads a look, changes it and writes it back in one transaction;
// nobody else changes it meanwhile.
func (s *Store) ChangeLook(
	ctx context.Context, ref onboarding.LookRef, change func(onboarding.Look) (onboarding.Look, error),
) (l onboarding.Look, err error) {
	var refused error
	// Most changes only say when it is looked at next.
	err = s.perhapsChanging(ctx, ref.Tenant, "change the look", func(tx pgx.Tx) (bool, error) {
		read := func() (onboarding.Look, error) {
			return one(ctx, tx, scanLook, noTenant(),
				`SELECT `+lookColumns+` FROM onboarding_look WHERE tenant_id = $1 AND kind = $2 FOR UPDATE`, string(ref.Tenant), ref.Kind)
		}
		was, err := read()
		if fault.KindOf(err) == fault.KindNotFound {
			// The first of its kind: if the change is refused it goes again with the transaction.
			if _, err := tx.Exec(ctx, `
				INSERT INTO onboarding_look (tenant_id, kind, tries, code, oid, call, after, total, done)
				VALUES ($1, $2, 0, '', '', '', '', 0, 0) ON CONFLICT DO NOTHING`, string(ref.Tenant), ref.Kind); err != nil {
				return false, err
			}
			was, err = read()
		}
		if err != nil {
			return false, err
		}
		if l, refused = change(was); refused != nil {
			return false, refused
		}
		l, err = one(ctx, tx, scanLook, noTenant(), `
			UPDATE onboarding_look SET due_at = $3, started_at = $4, ended_at = $5, tries = $6, code = $7, oid = $8, call = $9,
				after = $10, total = $11, done = $12
			WHERE tenant_id = $1 AND kind = $2 RETURNING `+lookColumns,
			string(ref.Tenant), ref.Kind, null(l.DueAt), null(l.StartedAt), null(l.EndedAt), l.Tries, l.Code, l.OID, l.Call,
			l.After, l.Total, l.Done)
		return !was.TellsAs(l), err
	})
	return changed(l, err, refused)
}

// DueLooks are looks whose time has come, the longest waiting first.
func (s *Store) DueLooks(ctx context.Context, now time.Time, limit int) (all []onboarding.LookRef, err error) {
	err = s.read(ctx, "", "find the looks that are due", func(tx querier) error {
		all, err = many(ctx, tx, func(row pgx.CollectableRow) (r onboarding.LookRef, err error) {
			err = row.Scan(&r.Tenant, &r.Kind)
			return r, err
		}, `
			SELECT l.tenant_id, l.kind FROM onboarding_look l JOIN tenant t ON t.tenant_id = l.tenant_id
			WHERE l.due_at <= $1 AND t.state <> 'offboarded' ORDER BY l.due_at LIMIT $2`, now, page(limit))
		return err
	})
	return all, err
}

// DueProofs are proofs whose next attempt is due, the longest waiting first.
func (s *Store) DueProofs(ctx context.Context, now time.Time, limit int) (all []onboarding.ProofRef, err error) {
	err = s.read(ctx, "", "find the proofs that are due", func(tx querier) error {
		all, err = many(ctx, tx, func(row pgx.CollectableRow) (r onboarding.ProofRef, err error) {
			err = row.Scan(&r.Tenant, &r.ID)
			return r, err
		}, `
			SELECT p.tenant_id, p.id FROM proof p JOIN tenant t ON t.tenant_id = p.tenant_id
			WHERE p.ended_at IS NULL AND p.next_at <= $1 AND t.state <> 'offboarded' ORDER BY p.next_at LIMIT $2`, now, page(limit))
		return err
	})
	return all, err
}
