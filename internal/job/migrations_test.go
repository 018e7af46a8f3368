package job

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"tandem/migrations"
)

var (
	update = flag.Bool("update", false, "write the migration files of River versions that have none")
	first  = flag.Int("first", 30, "number of the first of them")
)

// trailers is what this product adds to a River version's step.
var trailers = map[int]string{8: `
-- River's tables are engine tables (see package migrations).
GRANT SELECT ON river_migration TO tandem_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON river_job, river_leader, river_notification, river_queue TO tandem_app;
GRANT USAGE ON SEQUENCE river_job_id_seq, river_notification_id_seq TO tandem_app;
`}

// TestMigrationFiles: the steps in package migrations are River's own, one for
// each of its versions. With -update it writes those that are missing.
func TestMigrationFiles(t *testing.T) {
	m, err := rivermigrate.New(riverpgxv5.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range m.AllVersions() {
		up, down := plain(v.SQLUp), plain(v.SQLDown)
		if v.Version >= 5 { // the table has its final form from here on; without rows Validate finds nothing applied
			up += fmt.Sprintf("\nINSERT INTO river_migration (line, version) SELECT 'main', generate_series(1, %d) ON CONFLICT DO NOTHING;\n", v.Version)
		}
		up += trailers[v.Version]
		for way, want := range map[string]string{"up": up, "down": down} {
			want = "-- Generated from River (see package job); do not edit.\n" + want
			name := fmt.Sprintf("river_%03d.%s.sql", v.Version, way)
			found, err := fs.Glob(migrations.FS, "*_"+name)
			if err != nil || len(found) > 1 {
				t.Fatalf("%s: %v %v", name, found, err)
			}
			if len(found) == 0 && *update {
				path := filepath.Join("..", "..", "migrations", fmt.Sprintf("%06d_%s", *first+i, name))
				if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
				t.Log("wrote", path)
				continue
			}
			if len(found) == 0 {
				t.Errorf("River version %d has no step: go test ./internal/job -run TestMigrationFiles -update", v.Version)
				continue
			}
			got, err := fs.ReadFile(migrations.FS, found[0])
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != want {
				t.Errorf("%s is not what River has", found[0])
			}
		}
	}
}

// plain takes out the place where a schema's name could be.
func plain(sql string) string {
	return strings.TrimSpace(strings.ReplaceAll(sql, "/* TEMPLATE: schema */", "")) + "\n"
}
