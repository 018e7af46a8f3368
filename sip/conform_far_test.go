package sip

// Microsoft: facts/direct-routing.md.
var farRows = rows{
	"requests go to the remote target letter by letter (direct-routing §6.2)": remoteTargetLetterByLetter,
}
