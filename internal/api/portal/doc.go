// Package portal lets people in: it sends browsers to Microsoft and judges what
// comes back, keeps their sessions, shows an invitation to whoever has its link,
// and serves the web app. Everything else that the app does is the admin API's
// ([Portal.Session] tells it who a browser is).
//
//	GET  /portal/invitations/{word}   what the page before sign-in shows
//	GET  /portal/session              who is here, and the CSRF token
//	GET  /portal/sign-in              off to Microsoft
//	GET  /portal/signed-in            back from there: redirect URI of the registration
//	GET  /portal/consented            back from admin consent: the other one
//	POST /portal/sign-out
//	GET  everything else              the web app
//
// # Sessions
//
// The cookie holds a random word and the store its hash, so that a copy of the
// table opens nothing. It is HttpOnly and SameSite=Lax, and under https has the
// prefix __Host-, which keeps other hosts of the same domain from setting it.
// A sign-in always makes a new word and ends the old session (fixation). Idle
// time and absolute end are the store's to keep. Off-boarding ends all of a tenant's.
// A session lasts an hour, and one of a tenant's admin longer, as long as Microsoft
// says that he still is one ([Portal.ConfirmRoles]); a sign-in or a look that shows
// that somebody has no role any more ends all of his.
//
// # CSRF
//
// What changes something needs the header X-CSRF-Token: an HMAC of the session's
// word, which another origin can neither read nor make. Beside it the browser's
// own word counts: Sec-Fetch-Site and Origin, where it sends them, must say that
// the request comes from the portal.
//
// # Journeys
//
// A trip to Microsoft is a row under the hash of state: used once, good for an
// hour at most (a person may have to find his phone). A sign-in belongs to the
// browser that began it, by a cookie of its own, for there is no session yet:
// else somebody could have another's browser signed in as himself. A consent
// belongs to the person who began it; one that the provider's own portal began
// with an API key belongs to nobody, which costs nothing, because a returned
// consent proves nothing and only makes us look.
//
// # Content security
//
// Scripts and styles come from files of our own. Fluent UI makes its style
// sheets at runtime; it gets a nonce for them, fresh for each page, in
// <meta property="csp-nonce"> (as Vite names it), and hands it to its renderer.
// That keeps 'unsafe-inline' out. Answers that are no page may load nothing at
// all.
//
// Nobody is told by a redirect where else to go: "to" is a path of ours or
// nothing (path.go).
package portal
