package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/proof"
	"tandem/internal/provider"
	"tandem/internal/trunk"
)

const (
	trunkProofColumns = `id::text, trunk, state, asked_at, asker, asker_name, node, ended_at, result, passed, failed, not_shown, error`
	proofKeyColumns   = `id, seed, public, made_at, retired_at`
)

func scanTrunkProof(row pgx.CollectableRow) (k proof.Kept, err error) {
	var ended *time.Time
	err = row.Scan(&k.ID, &k.Trunk, &k.Stage, &k.AskedAt, &k.Asker, &k.AskerName, &k.Node, &ended, &k.Result, &k.Passed, &k.Failed, &k.NotShown, &k.Error)
	k.EndedAt = orZero(ended)
	return k, err
}

func scanProofKey(row pgx.CollectableRow) (k proof.SigningKey, err error) {
	err = row.Scan(&k.ID, &k.Seed, &k.Public, &k.MadeAt, &k.RetiredAt)
	k.Algorithm = proof.Algorithm
	return k, err
}

func noTrunkProof() error { return fault.NotFound("proof_unknown", "there is no such proof") }

// AskProof writes down that a trunk is to be proved, and the job that does it, which enqueue
// adds to the transaction. fault.Conflict (proof_under_way) while another one is, which none is
// for longer than [proof.Longest].
func (s *Store) AskProof(ctx context.Context, fqdn string, by trunk.By, enqueue func(pgx.Tx, proof.ID) error) (k proof.Kept, err error) {
	id, err := newID()
	if err != nil {
		return k, err
	}
	err = s.whose(ctx, provider.Installation, "ask for a proof", func(tx pgx.Tx) error {
		t, err := one(ctx, tx, scanTrunk, noTrunk(), `SELECT `+trunkColumns+` FROM trunk WHERE fqdn = $1`, fqdn)
		if err != nil {
			return err
		}
		if t.Kind != trunk.Builtin {
			return fault.Conflict("trunk_external", "the trunk is a third-party SBC, which we cannot start a second time: only trunks of edges of ours can be proved")
		}
		const why = "it never ended: the process that made it was stopped, or failed; its log says which"
		if err := breakProofs(ctx, tx, why, `trunk = $3 AND asked_at < now() - $4::interval`, fqdn, proof.Longest); err != nil {
			return err
		}
		k, err = one(ctx, tx, scanTrunkProof, noTrunkProof(), `
			INSERT INTO trunk_proof (id, trunk, state, asker, asker_name) VALUES ($1, $2, $3, $4, $5) RETURNING `+trunkProofColumns, id, fqdn, proof.Waiting, by.ID, by.Name)
		if err != nil {
			return err
		}
		return enqueue(tx, k.ID)
	})
	return k, err
}

// BeginProof says which node makes it. One that is over stays so: began is false.
func (s *Store) BeginProof(ctx context.Context, id proof.ID, node string) (began bool, err error) {
	tag, err := s.app.Exec(ctx, `UPDATE trunk_proof SET state = $2, node = $3 WHERE id = $1 AND state IN ('waiting', 'running')`, string(id), proof.Running, node)
	return tag.RowsAffected() == 1, classify("begin the proof", err)
}

// EndProof keeps the report, and of the trunk's proofs the newest so many. That there is one
// is an event, once: the first report of a proof stays.
func (s *Store) EndProof(ctx context.Context, id proof.ID, r proof.Report, f proof.Files, newest int) error {
	return s.whose(ctx, provider.Installation, "keep the proof", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE trunk_proof SET state = $2, ended_at = now(), result = $3, passed = $4, failed = $5, not_shown = $6, report_json = $7, report_html = $8
			WHERE id = $1 AND state <> $2`,
			string(id), proof.Made, r.Result, r.Count(proof.Passed), r.Count(proof.Failed), r.Count(proof.NotShown), f.JSON, f.HTML)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		if err := publish(ctx, tx, provider.Installation, provider.TrunkProved, time.Now(), proved(id, r)); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			DELETE FROM trunk_proof WHERE trunk = (SELECT trunk FROM trunk_proof WHERE id = $1)
				AND id <= (SELECT id FROM trunk_proof WHERE trunk = (SELECT trunk FROM trunk_proof WHERE id = $1) ORDER BY id DESC OFFSET $2 LIMIT 1)`, string(id), newest)
		return err
	})
}

// proved is what is told of a report.
func proved(id proof.ID, r proof.Report) provider.TrunkProvedData {
	d := provider.TrunkProvedData{
		Proof: string(id), Trunk: r.Trunk, Node: r.Node, Result: string(r.Result), Passed: r.Count(proof.Passed), NotShown: r.Count(proof.NotShown), Failed: []provider.FailedCheckData{},
	}
	for _, c := range r.Checks {
		if c.State == proof.Failed {
			d.Failed = append(d.Failed, provider.FailedCheckData{Check: c.ID, Title: c.Title, Found: c.Found, Fix: c.Fix})
		}
	}
	return d
}

// BreakProof says why there is no report, and tells it as an event; one that is over stays so.
func (s *Store) BreakProof(ctx context.Context, id proof.ID, why string) error {
	return s.whose(ctx, provider.Installation, "give the proof up", func(tx pgx.Tx) error {
		return breakProofs(ctx, tx, why, `id = $3`, string(id))
	})
}

// breakProofs gives up those under way that fit a condition, whose arguments begin at $3.
func breakProofs(ctx context.Context, tx pgx.Tx, why, condition string, args ...any) error {
	all, err := many(ctx, tx, scanTrunkProof, `
		UPDATE trunk_proof SET state = $1, ended_at = now(), error = $2 WHERE state IN ('waiting', 'running') AND `+condition+` RETURNING `+trunkProofColumns,
		append([]any{proof.Broken, why}, args...)...)
	if err != nil {
		return err
	}
	for _, k := range all {
		d := provider.TrunkProvedData{Proof: string(k.ID), Trunk: k.Trunk, Node: k.Node, Result: string(proof.Broken), Failed: []provider.FailedCheckData{}, Error: k.Error}
		if err := publish(ctx, tx, provider.Installation, provider.TrunkProved, k.EndedAt, d); err != nil {
			return err
		}
	}
	return nil
}

// Proof finds a proof; fault.NotFound.
func (s *Store) Proof(ctx context.Context, id proof.ID) (proof.Kept, error) {
	if !isUUID(string(id)) {
		return proof.Kept{}, noTrunkProof()
	}
	k, err := one(ctx, s.app, scanTrunkProof, noTrunkProof(), `SELECT `+trunkProofColumns+` FROM trunk_proof WHERE id = $1`, string(id))
	return k, classify("read the proof", err)
}

// ProofFiles is the report of a proof; fault.NotFound, fault.Conflict (proof_not_made) if it has none.
func (s *Store) ProofFiles(ctx context.Context, id proof.ID) (f proof.Files, err error) {
	if !isUUID(string(id)) {
		return f, noTrunkProof()
	}
	f, err = one(ctx, s.app, func(row pgx.CollectableRow) (f proof.Files, err error) {
		err = row.Scan(&f.JSON, &f.HTML)
		return f, err
	}, noTrunkProof(), `SELECT report_json, report_html FROM trunk_proof WHERE id = $1`, string(id))
	if err == nil && len(f.JSON) == 0 {
		err = fault.Conflict("proof_not_made", "the proof has no report: it is under way, or was given up; GET it to see which")
	}
	return f, classify("read the report", err)
}

// ListProofs lists those of a trunk, or with "" of all, the newest first.
func (s *Store) ListProofs(ctx context.Context, fqdn string, before proof.ID, limit int) ([]proof.Kept, error) {
	if before != "" && !isUUID(string(before)) {
		return nil, badCursor()
	}
	all, err := many(ctx, s.app, scanTrunkProof, `
		SELECT `+trunkProofColumns+` FROM trunk_proof WHERE ($1 = '' OR trunk = $1) AND ($2::uuid IS NULL OR trunk_proof.id < $2) ORDER BY trunk_proof.id DESC LIMIT $3`,
		fqdn, null(string(before)), page(limit))
	return all, classify("list the proofs", err)
}

// NewestProofs are the newest one of each trunk that there is, and that was ever to be proved.
func (s *Store) NewestProofs(ctx context.Context) ([]proof.Kept, error) {
	all, err := many(ctx, s.app, scanTrunkProof, `
		SELECT p.* FROM trunk t CROSS JOIN LATERAL (
			SELECT `+trunkProofColumns+` FROM trunk_proof WHERE trunk_proof.trunk = t.fqdn ORDER BY trunk_proof.id DESC LIMIT 1) p`)
	return all, classify("read the newest proofs", err)
}

// ProofKeys are all keys that ever signed proofs, the newest first.
func (s *Store) ProofKeys(ctx context.Context) ([]proof.SigningKey, error) {
	all, err := many(ctx, s.app, scanProofKey, `SELECT `+proofKeyColumns+` FROM proof_key ORDER BY retired_at IS NULL DESC, made_at DESC`)
	return all, classify("read the keys of proofs", err)
}

// AddProofKey has a new key sign, and retires the one that did. Without rotate it does
// nothing if there is one: two processes that start at once agree on the first.
func (s *Store) AddProofKey(ctx context.Context, k proof.SigningKey, rotate bool) error {
	err := s.write(ctx, "add a key for proofs", func(tx pgx.Tx) error {
		if rotate {
			if _, err := tx.Exec(ctx, `UPDATE proof_key SET retired_at = $1 WHERE retired_at IS NULL`, k.MadeAt); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO proof_key (id, seed, public, made_at) VALUES ($1, $2, $3, $4)`, k.ID, k.Seed, k.Public, k.MadeAt)
		return err
	})
	var refused *fault.Error
	if !rotate && errors.As(err, &refused) && refused.Code == "proof_key_exists" {
		return nil
	}
	return err
}
