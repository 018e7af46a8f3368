package sip

// Sound on both sides.
var mediaRows = rows{
	"a leg that sends nothing is ended": mediaLost,
}
