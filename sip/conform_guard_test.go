package sip

// Who is kept out, and how cheaply.
var guardRows = rows{
	"strangers get one 403 a minute at most":                                          strangers,
	"scanners are dropped without an answer, over UDP and TCP":                        scanners,
	"a source that has proved nothing is held to a rate of requests":                  floods,
	"calls a second of a peer":                                                        callRate,
	"calls at once of a peer":                                                         callsAtOnce,
	"calls of a tenant, as the engine counts them, are refused with 503":              tenantLimit,
	"calls a second of a tenant: 503 with Retry-After, before the engine is asked":    tenantRate,
	"calls at once of a tenant: 503 with Retry-After, before the engine is asked":     tenantCalls,
	"a tenant's limits hold across its numbers, and nobody else back":                 tenantsApart,
	"overload by offers that wait: 503 with Retry-After, before the sender is asked":  overloadByOffers,
	"overload by a processor that lags: 503 with Retry-After, until it keeps up":      overloadByLag,
	"bans after wrong passwords expire":                                               bansExpire,
	"bans concern new calls only":                                                     bansSpareCalls,
	"toll fraud: a peer is dialled for its destinations only":                         destinations,
	"toll fraud: an INVITE of Microsoft's that no call asked for is refused with 403": unasked,
}
