package sdp

import (
	"bytes"
	"net/netip"
	"strings"
)

// mostNames bounds the look-ups that one body can cause.
const mostNames = 4

// Resolve writes addresses in the place of the names that a body has in c= lines, where RFC 8866 §5.7 allows them, as find gives them for a host and a
// family. A name that is not found stays, and [Parse] refuses it. It reports false if there is nothing to change.
func Resolve(body []byte, find func(host string, six bool) (netip.Addr, bool)) (resolved []byte, changed bool) {
	done, asked := 0, 0 // of body is in resolved
	for at := 0; at < len(body); {
		end := len(body)
		if n := bytes.IndexByte(body[at:], '\n'); n >= 0 {
			end = at + n + 1
		}
		if host, six, ok := named(body[at:end]); ok && asked < mostNames {
			asked++
			if a, found := find(host, six); found {
				resolved = append(resolved, body[done:at]...)
				resolved = append(resolved, "c=IN "+addressType(a)+" "+a.String()+"\r\n"...)
				done, changed = end, true
			}
		}
		at = end
	}
	if !changed {
		return body, false
	}
	return append(resolved, body[done:]...), true
}

// named is the host that a c= line names, if it is not an address.
func named(l []byte) (host string, six, ok bool) {
	value, isConnection := bytes.CutPrefix(l, []byte("c="))
	if !isConnection {
		return "", false, false
	}
	f := strings.Fields(string(value))
	if len(f) != 3 || f[0] != "IN" || f[1] != "IP4" && f[1] != "IP6" {
		return "", false, false
	}
	address, _, _ := strings.Cut(f[2], "/")
	if _, err := netip.ParseAddr(address); err == nil || !isHost(f[2]) {
		return "", false, false
	}
	return f[2], f[1] == "IP6", true
}

// isHost keeps to what a name server is to be asked for (RFC 3261 §25.1, hostname).
func isHost(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return len(s) <= 253 && strings.ContainsAny(s, letters) && strings.Trim(s, letters+"0123456789-.") == "" && s[0] != '.' && s[0] != '-'
}
