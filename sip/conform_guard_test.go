package sip

// Who is kept out, and how cheaply.
var guardRows = rows{
	"strangers get one 403 a minute at most": strangers,
}
