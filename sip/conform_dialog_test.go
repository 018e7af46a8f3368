package sip

// What happens inside dialogs and transactions of both sides.
var dialogRows = rows{
	"a 200 without ACK is repeated, then the call is ended (RFC 3261 §13.3.1.4)": lostACK,
}
