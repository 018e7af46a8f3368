package check

import (
	"fmt"
)

// Database is what the doctor asks a database about itself.
type Database struct {
	Version   int  // server_version_num, 150004 is 15.4
	Schema    int  // the last migration that was applied; 0: none
	Dirty     bool // it was cut off
	Wanted    int  // the last migration of this program
	Login     string
	Superuser bool // the login is one
	Roles     []Role
	Unguarded []string // tenant tables whose row security is not forced
	Err       error    // why it could not be asked; all else is empty then
}

// Role is one of the two that the product acts as.
type Role struct {
	Name     string
	Exists   bool
	Usable   bool // the login may act as it
	Bypasses bool // row level security
	Owns     bool // tables, whose row security it could switch off
}

const oldestPostgres = 15

// Check judges what the database says of itself.
func (d Database) Check() []Finding {
	if d.Err != nil {
		return []Finding{{
			ID: "database", State: Fail, Found: "the database does not answer: " + d.Err.Error(),
			Fix: "see that Postgres runs and that database_url names host, database, user and password",
		}}
	}
	return append([]Finding{d.version(), d.migrations()}, d.rights()...)
}

func (d Database) version() Finding {
	f := Finding{ID: "database.version", State: OK, Found: fmt.Sprintf("PostgreSQL %d.%d", d.Version/10000, d.Version%10000)}
	if d.Version/10000 < oldestPostgres {
		f.State, f.Fix = Fail, fmt.Sprintf("upgrade the server to PostgreSQL %d or newer", oldestPostgres)
	}
	return f
}

func (d Database) migrations() Finding {
	f := Finding{ID: "database.migrations"}
	switch {
	case d.Dirty:
		f.State, f.Found = Fail, fmt.Sprintf("migration %d was cut off", d.Schema)
		f.Fix = "see whether it took effect, then correct the table schema_migrations and run `tandem migrate`"
	case d.Schema < d.Wanted:
		f.State, f.Found = Fail, fmt.Sprintf("the schema is at %d, this program needs %d", d.Schema, d.Wanted)
		f.Fix = "run `tandem migrate` with TANDEM_DATABASE_URL of the database's owner"
	case d.Schema > d.Wanted:
		f.State, f.Found = Fail, fmt.Sprintf("the schema is at %d, newer than this program, which knows %d", d.Schema, d.Wanted)
		f.Fix = "run the newer program; schemas are not taken back"
	default:
		f.State, f.Found = OK, fmt.Sprintf("the schema is at %d, as this program needs it", d.Schema)
	}
	return f
}

func (d Database) rights() []Finding {
	var bad []Finding
	add := func(state State, found, fix string) {
		bad = append(bad, Finding{ID: "database.rights", State: state, Found: found, Fix: fix})
	}
	for _, r := range d.Roles {
		switch {
		case !r.Exists:
			add(Fail, "there is no role "+r.Name, "run `tandem migrate` as a user with CREATEROLE, or CREATE ROLE "+r.Name+" NOLOGIN")
		case r.Bypasses:
			add(Fail, r.Name+" sees past row level security: one tenant could see another's rows", "ALTER ROLE "+r.Name+" NOSUPERUSER NOBYPASSRLS")
		case r.Owns:
			add(Fail, r.Name+" owns tables, and could switch their row level security off", "REASSIGN OWNED BY "+r.Name+" TO the database's owner")
		case !r.Usable:
			add(Fail, d.Login+" may not act as "+r.Name, "GRANT "+r.Name+" TO "+d.Login)
		}
	}
	for _, t := range d.Unguarded {
		add(Fail, "table "+t+" does not force row level security", "ALTER TABLE "+t+" ENABLE ROW LEVEL SECURITY; ALTER TABLE "+t+" FORCE ROW LEVEL SECURITY")
	}
	if d.Superuser {
		add(Warn, d.Login+" is a superuser: who has database_url can do everything, also to other databases", "log in as a user who owns this database only, or, after the migrations, is merely a member of both roles")
	}
	if bad == nil {
		return []Finding{{ID: "database.rights", State: OK, Found: d.Login + " may act as both roles, and neither sees past row level security"}}
	}
	return bad
}
