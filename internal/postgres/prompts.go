package postgres

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const promptColumns = `p.tenant_id, p.id, p.name, p.language, p.version, p.duration_ms, p.size, p.created_at, p.changed_at`

func scanPrompt(row pgx.CollectableRow) (p tenant.Prompt, err error) {
	var lasts int64
	err = row.Scan(&p.Tenant, &p.ID, &p.Name, &p.Language, &p.Version, &lasts, &p.Size, &p.CreatedAt, &p.ChangedAt)
	p.Duration = time.Duration(lasts) * time.Millisecond
	return p, err
}

func noPrompt() *fault.Error { return fault.NotFound("prompt_unknown", "there is no such prompt") }

// CreatePrompt gives a prompt its id, version, size and times. fault.Conflict if
// the tenant has one of this name, or as many as it may have.
func (s *Store) CreatePrompt(ctx context.Context, p tenant.Prompt, wav []byte) (tenant.Prompt, error) {
	p = p.Normalize()
	if err := p.Validate(); err != nil {
		return tenant.Prompt{}, err
	}
	id, err := newID()
	if err != nil {
		return tenant.Prompt{}, err
	}
	err = s.inTenant(ctx, p.Tenant, "create the prompt", func(tx pgx.Tx) error {
		// Of two at once only one may be the last for which there is room.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('tandem prompts ' || $1, 0))`, string(p.Tenant)); err != nil {
			return err
		}
		n, err := one(ctx, tx, pgx.RowTo[int], noTenant(), `SELECT count(*) FROM prompt WHERE tenant_id = $1`, string(p.Tenant))
		if err != nil {
			return err
		}
		if n >= tenant.MaxPrompts {
			return fault.Conflict("prompts_full", fmt.Sprintf("the tenant has %d prompts, more are not kept: delete one first", n))
		}
		p, err = one(ctx, tx, scanPrompt, noPrompt(), `
			INSERT INTO prompt AS p (tenant_id, id, name, language, duration_ms, size) VALUES ($1, $2, $3, $4, $5, $6)
			RETURNING `+promptColumns, string(p.Tenant), id, p.Name, p.Language, p.Duration.Milliseconds(), len(wav))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO prompt_audio (tenant_id, prompt_id, version, data) VALUES ($1, $2, $3, $4)`,
			string(p.Tenant), id, p.Version, wav)
		return err
	})
	if err != nil {
		return tenant.Prompt{}, err
	}
	return p, nil
}

// Prompt finds a prompt of a tenant, or, with "", of any; fault.NotFound.
func (s *Store) Prompt(ctx context.Context, in tenant.ID, id tenant.PromptID) (p tenant.Prompt, err error) {
	if !isUUID(string(id)) {
		return p, noPrompt()
	}
	err = s.read(ctx, in, "read the prompt", func(tx querier) error {
		cond, args := within(in, "p.tenant_id", string(id))
		p, err = one(ctx, tx, scanPrompt, noPrompt(), `SELECT `+promptColumns+` FROM prompt p WHERE `+cond+`p.id = $1`, args...)
		return err
	})
	return p, err
}

// ListPrompts lists the prompts of a tenant, or, with "", of all, by id; with a
// name only those that are called exactly so.
func (s *Store) ListPrompts(ctx context.Context, in tenant.ID, name string, after tenant.PromptID, limit int) (all []tenant.Prompt, err error) {
	from, err := behind(after)
	if err != nil {
		return nil, err
	}
	err = s.read(ctx, in, "list the prompts", func(tx querier) error {
		cond, args := within(in, "p.tenant_id", from, page(limit))
		if name != "" {
			args = append(args, name)
			cond += fmt.Sprintf("p.name = $%d AND ", len(args))
		}
		all, err = many(ctx, tx, scanPrompt, `SELECT `+promptColumns+` FROM prompt p WHERE `+cond+`p.id > $1 ORDER BY p.id LIMIT $2`, args...)
		return err
	})
	return all, err
}

// ReplacePromptAudio puts other sound in the place of a prompt's, as its next version.
func (s *Store) ReplacePromptAudio(ctx context.Context, t tenant.ID, id tenant.PromptID, lasts time.Duration, wav []byte) (p tenant.Prompt, err error) {
	if !isUUID(string(id)) {
		return p, noPrompt()
	}
	err = s.inTenant(ctx, t, "replace the sound of the prompt", func(tx pgx.Tx) error {
		p, err = one(ctx, tx, scanPrompt, noPrompt(), `
			UPDATE prompt AS p SET version = version + 1, duration_ms = $3, size = $4, changed_at = now()
			WHERE tenant_id = $1 AND id = $2 RETURNING `+promptColumns, string(t), string(id), lasts.Milliseconds(), len(wav))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE prompt_audio SET version = $3, data = $4 WHERE tenant_id = $1 AND prompt_id = $2`,
			string(t), string(id), p.Version, wav)
		return err
	})
	return p, err
}

// DeletePrompt removes a prompt and its sound.
func (s *Store) DeletePrompt(ctx context.Context, t tenant.ID, id tenant.PromptID) error {
	if !isUUID(string(id)) {
		return noPrompt()
	}
	return s.inTenant(ctx, t, "delete the prompt", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM prompt WHERE tenant_id = $1 AND id = $2`, string(t), string(id))
		return touched(tag, deleting(err), noPrompt())
	})
}

// PromptAudio reads the WAV file of a prompt as far as it is wanted, while ctx
// lives. It fails with fault.NotFound when the prompt is deleted, or other sound
// takes this one's place. It is not for several goroutines at once.
func (s *Store) PromptAudio(ctx context.Context, p tenant.Prompt) io.ReadSeeker {
	return io.NewSectionReader(&promptAudio{store: s, ctx: ctx, prompt: p}, 0, p.Size)
}

// audioPiece is how much of a prompt is read at once, in bytes: eight seconds.
// Many may be fetched at the same time, by slow lines.
const audioPiece = 256 << 10

// promptAudio is the file, of which it holds one piece.
type promptAudio struct {
	store  *Store
	ctx    context.Context
	prompt tenant.Prompt
	at     int64 // where the piece begins
	piece  []byte
}

// ReadAt implements io.ReaderAt.
func (a *promptAudio) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) {
		at := off + int64(n)
		if at >= a.prompt.Size {
			return n, io.EOF
		}
		if at < a.at || at >= a.at+int64(len(a.piece)) {
			if err := a.fetch(at); err != nil {
				return n, err
			}
		}
		n += copy(b[n:], a.piece[at-a.at:])
	}
	return n, nil
}

func (a *promptAudio) fetch(at int64) error {
	piece, err := glanceOne(a.ctx, a.store, a.prompt.Tenant, "read the sound of the prompt", pgx.RowTo[[]byte], noPrompt(), `
		SELECT substring(data FROM $4 FOR $5) FROM prompt_audio WHERE tenant_id = $1 AND prompt_id = $2 AND version = $3`,
		string(a.prompt.Tenant), string(a.prompt.ID), a.prompt.Version, int32(at)+1, int32(audioPiece)) //nolint:gosec // a prompt has some megabytes
	if err == nil && len(piece) == 0 {
		err = fault.Internal("prompt_short", "the sound of the prompt is shorter than it says")
	}
	if err == nil {
		a.at, a.piece = at, piece
	}
	return err
}
