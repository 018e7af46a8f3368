package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

func promptID(p tenant.Prompt) tenant.PromptID { return p.ID }

func TestPrompts(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	create := func(of tenant.ID, name string) tenant.Prompt {
		t.Helper()
		p, err := s.CreatePrompt(ctx, tenant.Prompt{Tenant: of, Name: name, Language: "en-gb", Duration: 1500 * time.Millisecond}, []byte("sound of "+name))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	first, second, theirs := create(t1.ID, "Greeting"), create(t1.ID, "Music"), create(t2.ID, "Greeting")
	if first.Version != 1 || first.Language != "en-GB" || first.Duration != 1500*time.Millisecond || first.Size != 17 || first.CreatedAt.IsZero() {
		t.Errorf("%+v", first)
	}
	_, err := s.CreatePrompt(ctx, tenant.Prompt{Tenant: t1.ID, Name: "Greeting"}, []byte("x"))
	wantCode(t, "the name again", err, "prompt_exists")
	_, err = s.CreatePrompt(ctx, tenant.Prompt{Tenant: t1.ID}, []byte("x"))
	wantCode(t, "no name", err, "prompt_invalid")
	_, err = s.CreatePrompt(ctx, tenant.Prompt{Tenant: nobody, Name: "x"}, []byte("x"))
	wantCode(t, "of nobody", err, "tenant_unknown")

	for _, in := range []tenant.ID{"", t1.ID} {
		got, err := s.Prompt(ctx, in, first.ID)
		if err != nil || !reflect.DeepEqual(got, first) {
			t.Errorf("in %q: %+v %v, want %+v", in, got, err, first)
		}
	}
	for _, c := range []struct {
		in    tenant.ID
		name  string
		after tenant.PromptID
		limit int
		want  []tenant.PromptID
	}{
		{"", "", "", 0, []tenant.PromptID{first.ID, second.ID, theirs.ID}},
		{"", "Greeting", "", 0, []tenant.PromptID{first.ID, theirs.ID}},
		{"", "", first.ID, 1, []tenant.PromptID{second.ID}},
		{t1.ID, "", "", 0, []tenant.PromptID{first.ID, second.ID}},
		{t1.ID, "Greeting", "", 0, []tenant.PromptID{first.ID}},
		{t1.ID, "Greeting", first.ID, 0, []tenant.PromptID{}},
		{t1.ID, "greeting", "", 0, []tenant.PromptID{}},
		{t2.ID, "Music", "", 0, []tenant.PromptID{}},
	} {
		all, err := s.ListPrompts(ctx, c.in, c.name, c.after, c.limit)
		if got := ids(all, promptID); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v %v", c, got, err)
		}
	}
	_, err = s.ListPrompts(ctx, t1.ID, "", "x", 0)
	wantCode(t, "no place", err, "cursor_invalid")

	// The other tenant has none of it.
	_, err = s.Prompt(ctx, t2.ID, first.ID)
	wantCode(t, "t2 reads", err, "prompt_unknown")
	_, err = s.ReplacePromptAudio(ctx, t2.ID, first.ID, time.Second, []byte("x"))
	wantCode(t, "t2 replaces", err, "prompt_unknown")
	wantCode(t, "t2 deletes", s.DeletePrompt(ctx, t2.ID, first.ID), "prompt_unknown")
	stolen := first
	stolen.Tenant = t2.ID
	_, err = io.ReadAll(s.PromptAudio(ctx, stolen))
	wantCode(t, "t2 listens", err, "prompt_unknown")
	for _, err := range []error{s.DeletePrompt(ctx, t1.ID, "x"), errOf(s.Prompt(ctx, "", "x")), errOf(s.ReplacePromptAudio(ctx, t1.ID, "x", 0, nil))} {
		wantCode(t, "no id", err, "prompt_unknown")
	}

	was := s.PromptAudio(ctx, first)
	next, err := s.ReplacePromptAudio(ctx, t1.ID, first.ID, 2*time.Second, []byte("new sound"))
	if err != nil || next.Version != 2 || next.Duration != 2*time.Second || next.Size != 9 || next.ChangedAt.Before(first.ChangedAt) || next.Name != "Greeting" {
		t.Fatalf("%+v %v", next, err)
	}
	_, err = io.ReadAll(was)
	wantCode(t, "what was replaced", err, "prompt_unknown")
	for p, want := range map[tenant.Prompt]string{next: "new sound", second: "sound of Music", theirs: "sound of Greeting"} {
		if got, err := io.ReadAll(s.PromptAudio(ctx, p)); err != nil || string(got) != want {
			t.Errorf("%s: %q %v", p.Name, got, err)
		}
	}
	if err := s.DeletePrompt(ctx, t1.ID, first.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "deleted already", s.DeletePrompt(ctx, t1.ID, first.ID), "prompt_unknown")
	_, err = io.ReadAll(s.PromptAudio(ctx, next))
	wantCode(t, "deleted", err, "prompt_unknown")
	create(t1.ID, "Greeting") // the name is free again
	wantCode(t, "delete the tenant", s.DeleteTenant(ctx, t1.ID), "tenant_in_use")
}

func errOf(_ tenant.Prompt, err error) error { return err }

// TestPromptAudioPieces: any part can be read, however it lies in the pieces.
func TestPromptAudioPieces(t *testing.T) {
	s, _ := open(t)
	t1, _ := twoTenants(t, s)
	random := rand.New(rand.NewPCG(1, 2))
	wav := make([]byte, 3*256<<10+77)
	for i := range wav {
		wav[i] = byte(random.Uint32())
	}
	p, err := s.CreatePrompt(t.Context(), tenant.Prompt{Tenant: t1.ID, Name: "Music"}, wav)
	if err != nil {
		t.Fatal(err)
	}
	r := s.PromptAudio(t.Context(), p)
	if n, err := r.Seek(0, io.SeekEnd); err != nil || n != int64(len(wav)) {
		t.Fatalf("%d %v", n, err)
	}
	for range 40 {
		from := random.IntN(len(wav))
		part := make([]byte, random.IntN(len(wav)-from)+1)
		if _, err := r.Seek(int64(from), io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, part); err != nil || !bytes.Equal(part, wav[from:from+len(part)]) {
			t.Fatalf("%d bytes from %d: %v", len(part), from, err)
		}
	}
	if n, err := r.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) {
		t.Errorf("%d %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = io.ReadAll(s.PromptAudio(ctx, p))
	wantCode(t, "nobody listens any more", err, "database_away")
}

// TestPromptsFull: there is room for so many, also for many at once.
func TestPromptsFull(t *testing.T) {
	s, db := open(t)
	t1, t2 := twoTenants(t, s)
	if _, err := connect(t, db.Admin).Exec(t.Context(), `
		INSERT INTO prompt (tenant_id, id, name, language, duration_ms, size) SELECT $1, gen_random_uuid(), n::text, '', 1, 1 FROM generate_series(1, $2) n`,
		string(t1.ID), tenant.MaxPrompts-1); err != nil {
		t.Fatal(err)
	}
	var made, full atomic.Int32
	var all errgroup.Group
	for i := range 8 {
		all.Go(func() error {
			_, err := s.CreatePrompt(t.Context(), tenant.Prompt{Tenant: t1.ID, Name: fmt.Sprint("last ", i)}, []byte("x"))
			switch {
			case err == nil:
				made.Add(1)
			case fault.CodeOf(err) == "prompts_full":
				full.Add(1)
			default:
				return err
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil || made.Load() != 1 || full.Load() != 7 {
		t.Errorf("%d made, %d refused, %v", made.Load(), full.Load(), err)
	}
	if _, err := s.CreatePrompt(t.Context(), tenant.Prompt{Tenant: t2.ID, Name: "first"}, []byte("x")); err != nil {
		t.Error(err)
	}
}
