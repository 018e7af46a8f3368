// Package dialog is our end of SIP dialogs (RFC 3261 §12) as plain data.
//
// A [Dialog] makes the requests inside it. What others told us (remote target,
// route set, their tags) is kept as text and sent back letter by letter: Microsoft
// does not answer a request whose Request-URI is not its Contact with every
// parameter as it was (facts/direct-routing.md §6.2, §18 no. 26), and parsing and
// writing a URI again does not keep that promise.
//
// A [Remainder] is what has to be known to end a dialog whose edge has died: it goes
// into the call's journal with each leg event, so that the next owner can send the
// BYE, CANCEL or final response (DESIGN §5).
//
// Strict routers (a route without lr) are not served; RFC 3261 §16.12 has been the
// rule since 2002.
package dialog
