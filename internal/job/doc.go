// Package job runs work that outlasts a request: deliveries, re-checks,
// clearing up. It is the only user of River (github.com/riverqueue/river) and
// hides it: nobody else sees its types, its tables are engine tables.
//
//	var recheck = job.Kind[args]{Name: "tenant.recheck", Timeout: time.Minute}
//	job.Register(r, recheck, work)        // before Run
//	job.Every(r, recheck, time.Hour, a)   // before Run
//	job.Enqueue(ctx, r, recheck, t, a, job.Options{At: tomorrow, Unique: true})
//
// # What holds
//
// A job runs at least once. It may run again after its process died, or after
// the database was away just when it ended; so whatever it does must bear being
// done twice, or look first. Several processes may run; each job is one
// process's at a time. What is in the arguments is ids, never a secret and
// nothing personal, because the table has no row security; the tenant is always
// part of them and is handed to the work apart.
//
// A job ends by returning nil, comes back by returning [Again], is given up by
// returning [Drop], and is tried again with growing pauses (1 s, 16 s, 81 s,
// 256 s … up to [Kind.Tries]) after any other error.
//
// # Outbox
//
// [EnqueueTx] writes the job in a transaction of the caller: the change and the
// work that follows from it are there together or not at all. Adapters do not
// import each other, so internal/postgres takes a function of that form and
// internal/app gives it. Where a transaction is one batch of statements that
// cannot call anybody (the journal's steps), the store leaves a row in an outbox
// of its own and a loop turns rows into jobs, again in one transaction; see
// package notify.
//
// # Schema
//
// River's migrations are generated into package migrations, one file for each
// of River's versions, because a value added to an enumeration cannot be used in
// the transaction that added it (facts/feasibility.md §2). They are found by
// their names, *_river_NNN, so their numbers may change:
//
//	go test ./internal/job -run TestMigrationFiles -update
//
// [Open] compares the database with what this River expects and refuses to work
// with another one.
//
// # Stopping
//
// [Runner.Run] takes no new jobs once its context ends, waits for those that run
// (Config.Grace), cancels what is left and gives it back to be run at once by
// whoever comes next. A job whose process was killed is found by the leader
// among the processes after twice the longest timeout.
package job
