// Package dev runs the whole product on one machine, without an Azure account:
// a private Postgres, the simulated Microsoft, and the same app that serves in
// production, wired to each other over real sockets with certificates of one
// authority per directory. Nothing skips verification.
//
// [Start] brings the stack up (tandem dev, and every end-to-end test), [Demo]
// places one call through it and checks what both ends heard (tandem demo), [Dial]
// is a customer's telephone for one that runs (tandem dial).
//
// The demo data is put in through the admin API, with the key that tandem init
// made, so that the first user of the API is ourselves. Ids of Microsoft's side
// are derived from names: a directory that is kept finds its tenants again.
package dev
