package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"tandem/internal/fault"
)

// TestClassify has a row for each way in which a database fails.
func TestClassify(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		kind fault.Kind
		code string
	}{
		"nothing":               {nil, fault.KindNone, ""},
		"a fault stays":         {fmt.Errorf("x: %w", fault.Gone("gone", "gone")), fault.KindGone, "gone"},
		"a known constraint":    {&pgconn.PgError{Code: "23505", ConstraintName: "peer_name_key"}, fault.KindConflict, "peer_exists"},
		"an unknown constraint": {&pgconn.PgError{Code: "23505", ConstraintName: "x"}, fault.KindInternal, "database"},
		"a NUL in a text":       {&pgconn.PgError{Code: "22021"}, fault.KindInvalid, "text_invalid"},
		"a NUL in jsonb":        {&pgconn.PgError{Code: "22P05"}, fault.KindInvalid, "text_invalid"},
		"a syntax error":        {&pgconn.PgError{Code: "42601"}, fault.KindInternal, "database"},
		"row level security":    {&pgconn.PgError{Code: "42501"}, fault.KindInternal, "database"},
		"deadlock":              {&pgconn.PgError{Code: "40P01"}, fault.KindUnavailable, "database_busy"},
		"shutting down":         {&pgconn.PgError{Code: "57P01"}, fault.KindUnavailable, "database_away"},
		"starting up":           {&pgconn.PgError{Code: "57P03"}, fault.KindUnavailable, "database_away"},
		"too many connections":  {&pgconn.PgError{Code: "53300"}, fault.KindUnavailable, "database_away"},
		"disk full":             {&pgconn.PgError{Code: "53100"}, fault.KindUnavailable, "database_away"},
		"standby":               {&pgconn.PgError{Code: "25006"}, fault.KindUnavailable, "database_away"},
		"refused":               {fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: errors.New("connection refused")}), fault.KindUnavailable, "database_away"},
		"cut off":               {io.ErrUnexpectedEOF, fault.KindUnavailable, "database_away"},
		"too late":              {context.DeadlineExceeded, fault.KindUnavailable, "database_away"},
		"nobody waits":          {context.Canceled, fault.KindUnavailable, "database_away"},
		"a row that is not one": {errors.New("cannot scan"), fault.KindInternal, "database"},
	} {
		err := classify("do it", c.err)
		if fault.KindOf(err) != c.kind || fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
		if c.err != nil && !errors.Is(err, c.err) {
			t.Errorf("%s: the cause is lost", name)
		}
	}
}

func TestDeleting(t *testing.T) {
	used := &pgconn.PgError{Code: "23503", ConstraintName: "number_agent_agent_fkey"}
	if err := classify("delete", deleting(used)); fault.CodeOf(err) != "agent_in_use" {
		t.Error(err)
	}
	if err := classify("create", used); fault.CodeOf(err) != "number_invalid" {
		t.Error(err)
	}
	if err := deleting(nil); err != nil {
		t.Error(err)
	}
}

// TestOneDoor: engine tables are named only in the files that belong to the engine.
func TestOneDoor(t *testing.T) {
	names := regexp.MustCompile(`(?i)\b(?:from|join|into|update)\s+(agent_turn|attempt|call_deadline|call_lease|inbox|invitation_lookup|journey|number_lookup|queue_pace|reservation|seen_event|session|sip_token|waiting)\b`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !names.Match(b) {
			continue
		}
		found++
		if !strings.HasPrefix(file, "engine") && !strings.HasPrefix(file, "journal") && !strings.HasPrefix(file, "sessions") {
			t.Errorf("%s reaches for %q", file, names.Find(b))
		}
	}
	if found == 0 {
		t.Error("no file names an engine table: the test looks in the wrong place")
	}
}
