package capture

import "regexp"

var (
	keys    = regexp.MustCompile(`(?m)^(a=crypto:[^\r\n]*?inline:)[^|\r\n; ]+`)
	answers = regexp.MustCompile(`(?mi)^((?:Proxy-)?Authorization:[^\r\n]*?\bresponse=")[^"\r\n]*`)
)

// Redact takes what must not be in a file out of a SIP message: the keys of SRTP, and answers to challenges, which can be
// tried against lists of passwords.
func Redact(message []byte) []byte {
	message = keys.ReplaceAll(message, []byte("${1}redacted"))
	return answers.ReplaceAll(message, []byte("${1}redacted"))
}
