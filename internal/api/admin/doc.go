// Package admin is the HTTP interface through which a provider runs an
// installation: tenants, agents, numbers, peers, keys, calls and their records,
// below /v1, described by itself at /openapi.json and /docs.
//
// # One way in
//
//	request ─▶ id, log, panics ─▶ key, scope ─▶ Idempotency-Key ─▶ decode, check ─▶ handler
//	            (serve.go)         (auth.go)    (idempotency.go)   (huma)            (one file a thing)
//	                                                              audit line ◀─ if it changed something (audit.go)
//
// routes.go lists every route with its scope; nothing is reachable that is not
// in the list. A handler is func(ctx, *In) (*Out, error). It returns faults and
// knows nothing of HTTP; problem.go alone turns an error into an answer
// (RFC 9457), and logs it if it is ours.
//
// # Who sees what
//
// A person in a browser is a caller like a key: [Deps.Session] says who it is and
// looks after its safety, provider.Visitor says which key he is like.
//
// A key is the provider's or one tenant's. A tenant's key sees its own tenant
// and nothing else: what belongs to others is answered 404, exactly as what does
// not exist. Methods of the stores that read take a tenant in which to look;
// the empty one, which only a provider's key can bring about, means any. Methods
// that write always name the tenant.
//
// # What a client may rely on
//
//   - code in a problem is stable, detail is for people.
//   - Everything wrong with a request is told at once: the schema's findings and
//     the domain's rules are collected together, each with its place.
//   - Names nobody knows are refused, in bodies and in queries, because they are
//     mostly misspelt.
//   - PATCH is a merge (RFC 7396): a member that is absent stays, null goes back
//     to the default.
//   - Lists are walked by an opaque cursor over a stable order, so nothing is
//     shown twice or left out because something else came or went.
//   - A body is JSON, but for sound, which is a file like any: it is judged by what
//     it holds, so that curl --data-binary is all it takes, and its name stands in
//     the query. Forms (multipart) were rejected: they are nothing but a wrapping
//     that programs have to make.
//   - A POST with an Idempotency-Key is done once; the same request again gets
//     the same answer. Only successes are kept: a request that was refused has
//     done nothing, so it may be tried again with the same key.
//
// # Who did what
//
// Each request that changed something leaves one line in the audit trail of its
// tenant, with the operation's id for an action; no handler has to think of it.
// What is about the installation as a whole is in the provider's own trail. What
// package onboarding does it tells itself, in words of its own. A line keeps the
// names of who did it and of the thing as they were then: to look them up when the
// trail is read would mean to read what other tenants and the provider have, and
// people and things may be gone by then.
//
// Rejected: paths below /v1/tenants/{tenant}/… for what has an id of its own,
// because a provider's program knows the id of a call or an agent and should not
// have to know its tenant; status codes inside the domain's errors; a
// documentation page with a script from elsewhere.
package admin
