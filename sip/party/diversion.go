package party

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"tandem/internal/tenant"
	"tandem/sip/dialog"
)

// Diversion is somebody who sent a call on.
type Diversion struct {
	Number  string // E.164; "" if it is hidden
	status  int    // why (RFC 4458 §2): 302, 486, …
	private bool
}

// MaxDiversions is how many are passed on, the last ones; a call that was sent on more often
// loops.
const MaxDiversions = 5

// reasonsOfDiversion are the words of RFC 5806 §4 for the statuses of RFC 4458, as RFC
// 7544 §6 maps them, and what History-Info says to people.
var reasonsOfDiversion = []struct {
	word   string
	status int
	text   string
}{
	{"unconditional", 302, "Moved temporarily"}, {"user-busy", 486, "Busy Here"}, {"no-answer", 408, "Request Timeout"},
	{"deflection", 480, "Temporarily Unavailable"}, {"deflection", 487, "Request Terminated"}, {"unavailable", 503, "Service Unavailable"}, {"unknown", 404, "Not Found"},
}

// Diversions are those in an INVITE, the oldest first: of History-Info (RFC 7044), else
// of Diversion (RFC 5806). rewrite makes a number E.164.
func Diversions(r *sipmsg.Request, rewrite func(string) string) []Diversion {
	number := func(uri string) string {
		n, err := tenant.ParseE164(rewrite(Number(uri)))
		if err != nil {
			return ""
		}
		return n
	}
	var all []Diversion
	for _, entry := range dialog.List(r, "History-Info", "") {
		uri := dialog.AddrSpec(entry)
		_, query, _ := strings.Cut(uri, "?")
		status := 0
		private := false
		for h := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(h, "=")
			if plain, err := url.PathUnescape(value); err == nil {
				value = plain
			}
			switch strings.ToLower(name) {
			case "reason":
				if strings.HasPrefix(strings.ToUpper(value), "SIP") {
					cause, _ := Param(value, "cause")
					status, _ = strconv.Atoi(cause)
				}
			case "privacy":
				private = strings.EqualFold(value, "history")
			}
		}
		if status >= 300 && status < 700 { // the others are stations that the call only passed
			all = append(all, Diversion{number(uri), status, private})
		}
	}
	if len(all) == 0 {
		for _, entry := range dialog.List(r, "Diversion", "") { // the latest first
			d := Diversion{Number: number(dialog.AddrSpec(entry)), status: 404, private: HasParam(entry, "privacy", "full", "uri")}
			reason, _ := Param(entry, "reason")
			for _, known := range reasonsOfDiversion {
				if strings.EqualFold(reason, known.word) {
					d.status = known.status
					break
				}
			}
			all = append([]Diversion{d}, all...)
		}
	}
	return all[max(len(all)-MaxDiversions, 0):]
}

// HistoryInfo is the header's value as Microsoft writes it itself (facts/direct-routing.md
// §11), with our own host: who sent the call on, then whom it is for.
func HistoryInfo(all []Diversion, target, host string) string {
	var entries []string
	index := "1"
	for _, d := range all {
		text := ""
		for _, known := range reasonsOfDiversion {
			if known.status == d.status {
				text = `;text="` + known.text + `"`
			}
		}
		headers := "Reason=" + escaped(fmt.Sprintf("SIP;cause=%d%s", d.status, text))
		who := "sip:" + d.Number + "@" + host + ";user=phone"
		if d.private || d.Number == "" {
			who, headers = "sip:anonymous@anonymous.invalid", headers+"&Privacy=history"
		}
		entries = append(entries, "<"+who+"?"+headers+">;index="+index)
		index += ".1"
	}
	return strings.Join(append(entries, "<sip:"+target+"@"+host+";user=phone>;index="+index), ",")
}

// DiversionHeaders are the same in the older form, the latest first, one a line.
func DiversionHeaders(all []Diversion, host string) []sipmsg.Header {
	var headers []sipmsg.Header
	for i := len(all) - 1; i >= 0; i-- {
		d, word := all[i], "unknown"
		for _, known := range reasonsOfDiversion {
			if known.status == d.status {
				word = known.word
			}
		}
		value := "<sip:" + d.Number + "@" + host + ";user=phone>;reason=" + word
		if d.private || d.Number == "" {
			value = "<sip:anonymous@anonymous.invalid>;reason=" + word + ";privacy=full"
		}
		headers = append(headers, sipmsg.NewHeader("Diversion", value))
	}
	return headers
}

// escaped keeps to what may stand in a header of a URI (RFC 3261 §25.1, hvalue).
func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
