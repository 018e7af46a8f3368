// Package notify tells others what happened: it sends events to webhooks as
// Standard Webhooks has it (github.com/standard-webhooks/standard-webhooks).
//
//	change ──┐ one transaction           one transaction            a job each
//	event  ──┤──────────────▶ Route ────────────────────▶ Deliver ─────────────▶ https
//	outbox ──┘                       place, delivery, job          attempt, next try
//
// # No event is lost
//
// An event is written in the transaction of the change it tells of. [Notifier.Route],
// woken by NOTIFY and by a clock, gives events their places and makes for every
// webhook that wants one a delivery and a job, in one transaction. The job calls
// [Notifier.Deliver], which sends, writes the attempt down and says when to come
// back. A process that dies between sending and writing sends again: receivers
// see an event at least once, and recognise it by its webhook-id, which is the
// event's id in every attempt.
//
// # Order
//
// Events of one call come to an endpoint in the order in which they happened: one
// waits as long as another of the same call before it is on its way. An endpoint that
// is away for some minutes gets all of them in order. But an event that it refuses for
// good would keep the end of the call from it for days: after four refusals, which
// take 35 minutes, those behind it wait no longer. They say so in a header,
// tandem-overtakes, with the id of the event that is still to come. Between calls, and
// of what is about no call, order is not promised; every event has its time. A replay
// comes when it is asked for.
//
// # Retries
//
// Anything but a 2xx is a failure; redirects are not followed. The tries follow
// the schedule that Standard Webhooks gives, over three days, each pause longer
// by up to a tenth at random; a Retry-After that asks for more is obeyed, up to
// a day. 410 disables the webhook at once, failing for five days on end disables
// it too: its state says so, with a line in the log and, if it is a tenant's, in
// the tenant's audit trail. What was given up can be replayed.
//
// # Whom it may reach
//
// A webhook's address is somebody else's input, and the request comes from
// inside our network. [Guard] looks at the address itself when it is dialled,
// after DNS, so that no name and no second answer of a DNS server gets round it;
// no proxy is used. Only public addresses are allowed. Networks that the
// configuration allows beyond are for the provider's own webhooks, not for those
// that tenants make.
package notify
