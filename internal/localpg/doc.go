// Package localpg runs a private PostgreSQL for development and for tests, with
// the programs it finds on the machine. Production uses a database of its own.
//
// # Where the data lies
//
// Config.Dir names the cluster; the data lies in <Dir>/pg where that is
// possible. PostgreSQL refuses to run as root, so a launcher that is root gives
// the work to the account postgres, or else nobody, and that account must be
// able to walk to its data: below a 0700 home it cannot. Then the data lies in
// /var/lib/tandem/<hash of Dir>, or under the temporary directory.
// <Dir>/pg.path says which it became. The cluster is made beside its place and
// renamed into it, so that a directory with a PG_VERSION is a whole one.
//
// # One owner
//
// A lock on <Dir>/pg.lock is held as long as the server runs: without it, a
// second launcher would find the first one's server ready and take it for its
// own. The server dies with its launcher: on Linux the kernel sends it SIGINT
// (a fast, clean shutdown) when the thread that started it ends, which is why
// one thread is set aside for that. Elsewhere, and while a shutdown is still
// under way, the next start ends the server that an earlier life left behind.
//
// # What was tried and left
//
// Libraries that download PostgreSQL (no network on many build machines, and
// they cannot leave root), the wasm builds (one connection only), and waiting
// for the server by connecting (it answers before recovery ends; its own log
// says when it is ready).
package localpg
