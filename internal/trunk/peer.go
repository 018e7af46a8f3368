package trunk

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/internal/fault"
)

// PeerID names a peer: a UUID in lower case.
type PeerID string

// Auth says how a peer proves who it is.
type Auth string

const (
	Digest      Auth = "digest"      // RFC 8760, with user name and password
	Address     Auth = "address"     // by where its packets come from
	Certificate Auth = "certificate" // by its client certificate
)

// Identity says whose word on the caller is taken from a peer.
type Identity string

const (
	Asserted Identity = "asserted" // P-Asserted-Identity and what else it says of the caller (RFC 3325 §5)
	FromOnly Identity = "from"     // From alone; the rest is neither read nor told to it
)

// Peer is a SIP neighbour on the near side.
type Peer struct {
	ID   PeerID
	Name string // unique; appears in call records
	Auth Auth

	// Of digest. The password itself is not kept; HA1 is what it is good for in
	// this realm (RFC 7616 §3.4.2), sealed with HA1Context(ID).
	Username  string // unique
	Realm     string
	HA1MD5    []byte
	HA1SHA256 []byte

	// Of certificate: a DNS name in the certificate's SAN, the SHA-256 of certificates that it may
	// show (64 hex digits each; two while one is replaced), or both.
	CertificateName         string
	CertificateFingerprints []string

	// Addresses the peer may come from. The proof itself for auth address; for
	// the others a further condition, empty for anywhere.
	Addresses []netip.Prefix

	MaxCalls          int // at once; 0 is no limit
	MaxCallsPerSecond int // that it begins or is dialled for, twice as many in a burst; 0: the edge's setting

	Identity    Identity // empty is Asserted
	NumberRules []NumberRule
	PingSeconds int // between OPTIONS to DialTo; 0: none

	// DialTo is the SIP URI, without a user, at which it takes calls from us: those of
	// telephones that are added to calls. Empty: it takes none. It may challenge us for
	// the account, whose password is sealed with DialContext(ID).
	DialTo       string
	DialUsername string
	DialPassword []byte
	DialRegions  []RegionID // whose tenants' calls it takes; empty: all
	DialPrefixes []string   // beginnings of the E.164 numbers that it is dialled for; empty: all

	CreatedAt time.Time
	ChangedAt time.Time
}

// HA1Context binds a sealed HA1 to its peer.
func HA1Context(id PeerID) string { return "peer/" + string(id) + "/ha1" }

// DialContext binds a sealed password for calls to a peer.
func DialContext(id PeerID) string { return "peer/" + string(id) + "/dial" }

// HA1 is H(username:realm:password) in lower-case hex for both algorithms that
// peers use (RFC 8760 §2). MD5 is for those that know nothing else.
func HA1(username, realm, password string) (md5Hex, sha256Hex string) {
	s := []byte(username + ":" + realm + ":" + password)
	m, h := md5.Sum(s), sha256.Sum256(s)
	return hex.EncodeToString(m[:]), hex.EncodeToString(h[:])
}

// Normalize masks the addresses, so that one network has one spelling.
func (p Peer) Normalize() Peer {
	p.Name = strings.TrimSpace(p.Name)
	if p.Identity == "" {
		p.Identity = Asserted
	}
	p.CertificateName = strings.ToLower(strings.TrimSpace(p.CertificateName))
	var fingerprints []string
	for _, f := range p.CertificateFingerprints { // openssl writes capitals and colons
		fingerprints = append(fingerprints, strings.ToLower(strings.ReplaceAll(strings.TrimSpace(f), ":", "")))
	}
	p.CertificateFingerprints = fingerprints
	masked := make([]netip.Prefix, len(p.Addresses))
	for i, a := range p.Addresses {
		masked[i] = a.Masked()
	}
	p.Addresses = masked
	return p
}

// Dials reports whether calls to a number may be sent to the peer.
func (p Peer) Dials(number string) bool {
	return len(p.DialPrefixes) == 0 || slices.ContainsFunc(p.DialPrefixes, func(d string) bool { return strings.HasPrefix(number, d) })
}

// minPing is the shortest pause between OPTIONS in seconds.
const minPing = 5

// maxPrefixes of one peer: there are some 200 countries.
const maxPrefixes = 250

// validPrefix tells whether E.164 numbers may begin so.
func validPrefix(s string) bool {
	digits, plus := strings.CutPrefix(s, "+")
	return plus && len(digits) >= 1 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// maxAddresses of one peer; a carrier publishes a dozen.
const maxAddresses = 64

// Validate reports everything wrong with a peer.
func (p Peer) Validate() error {
	var bad fault.Problems
	checkSlug(&bad, "name", p.Name)
	p.checkAuth(&bad)
	if len(p.Addresses) > maxAddresses {
		bad.Add("addresses", "at most %d", maxAddresses)
	}
	for i, a := range p.Addresses {
		at := fmt.Sprintf("addresses[%d]", i)
		switch {
		case !a.IsValid() || a.Addr().Is4In6():
			bad.Add(at, "must be a network such as 192.0.2.0/24 or 2001:db8::/64")
		case p.Auth == Address && a.Bits() < widest(a):
			bad.Add(at, "is too wide to prove anything: at least /%d", widest(a))
		case p.Auth == Address && a.Addr().IsLoopback():
			// Whatever runs on this machine would be that peer.
			bad.Add(at, "a loopback address proves nothing; use digest")
		}
	}
	p.checkDial(&bad)
	checkNumberRules(&bad, p.NumberRules)
	if p.Identity != "" && p.Identity != Asserted && p.Identity != FromOnly {
		bad.Add("identity", "must be one of %s, %s", Asserted, FromOnly)
	}
	switch {
	case p.PingSeconds != 0 && (p.PingSeconds < minPing || p.PingSeconds > 3600):
		bad.Add("ping_seconds", "must be 0 (none), or from %d to 3600", minPing)
	case p.PingSeconds != 0 && p.DialTo == "":
		bad.Add("ping_seconds", "needs dial_to, where OPTIONS go")
	}
	if p.MaxCalls < 0 || p.MaxCalls > 100_000 {
		bad.Add("max_calls", "must be from 0 (no limit) to 100000")
	}
	if p.MaxCallsPerSecond < 0 || p.MaxCallsPerSecond > 10_000 {
		bad.Add("max_calls_per_second", "must be from 0 (the edge's setting) to 10000")
	}
	return bad.Err("peer_invalid", "the peer is not valid")
}

func (p Peer) checkDial(bad *fault.Problems) {
	if p.DialTo != "" && !validTarget(p.DialTo) {
		bad.Add("dial_to", "must be a SIP URI without a user, such as sip:sbc.carrier.example:5060;transport=tcp")
	}
	if p.DialTo == "" && (p.DialUsername != "" || len(p.DialRegions) > 0 || len(p.DialPrefixes) > 0) {
		bad.Add("dial_to", "must say where the peer takes calls")
	}
	if p.DialUsername != "" && !validDigestName(p.DialUsername) {
		bad.Add("dial_username", "must have 1 to 64 letters, digits or any of - _ . ~ +")
	}
	if (p.DialUsername == "") != (len(p.DialPassword) == 0) {
		bad.Add("dial_password", "user name and password go together")
	}
	if len(p.DialPrefixes) > maxPrefixes {
		bad.Add("dial_prefixes", "at most %d", maxPrefixes)
	}
	for i, prefix := range p.DialPrefixes {
		if !validPrefix(prefix) {
			bad.Add(fmt.Sprintf("dial_prefixes[%d]", i), "must be + and the first 1 to 15 digits of numbers, such as +49 without spaces")
		}
	}
	if len(p.DialRegions) > maxAddresses {
		bad.Add("dial_regions", "at most %d", maxAddresses)
	}
	for i, r := range p.DialRegions {
		checkSlug(bad, fmt.Sprintf("dial_regions[%d]", i), string(r))
	}
}

// validTarget: host, or host and port, and nothing else but a transport.
func validTarget(uri string) bool {
	rest, ok := strings.CutPrefix(uri, "sip:")
	host, parameter, has := strings.Cut(rest, ";")
	if !ok || has && parameter != "transport=udp" && parameter != "transport=tcp" && parameter != "transport=tls" {
		return false
	}
	if h, port, err := net.SplitHostPort(host); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return false
		}
		host = h
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return validFQDN(host)
}

// widest is the shortest prefix that may stand for one peer.
func widest(a netip.Prefix) int {
	if a.Addr().Is4() {
		return 16
	}
	return 32
}

func (p Peer) checkAuth(bad *fault.Problems) {
	switch p.Auth {
	case Digest:
		if !validDigestName(p.Username) {
			bad.Add("username", "must have 1 to 64 letters, digits or any of - _ . ~ +")
		}
		if p.Realm == "" || len(p.Realm) > 128 || strings.ContainsAny(p.Realm, "\"\\\r\n") {
			bad.Add("realm", "must have 1 to 128 characters without quotation marks and backslashes")
		}
		if len(p.HA1MD5) == 0 || len(p.HA1SHA256) == 0 {
			bad.Add("password", "must not be empty")
		}
	case Address:
		if len(p.Addresses) == 0 {
			bad.Add("addresses", "a peer known by its address needs one")
		}
	case Certificate:
		if !validFQDN(p.CertificateName) && (p.CertificateName != "" || len(p.CertificateFingerprints) == 0) {
			bad.Add("certificate_name", "must be a DNS name in the peer's certificate, unless certificate_fingerprints says which it is")
		}
		if len(p.CertificateFingerprints) > maxFingerprints {
			bad.Add("certificate_fingerprints", "must be %d at most: take out those of certificates that were replaced", maxFingerprints)
		}
		for _, f := range p.CertificateFingerprints {
			if len(f) != 64 || strings.Trim(f, "0123456789abcdef") != "" {
				bad.Add("certificate_fingerprints", "must be SHA-256 in 64 hex digits, as openssl x509 -noout -fingerprint -sha256 prints it")
				break
			}
		}
	default:
		bad.Add("auth", "must be one of %s, %s, %s", Digest, Address, Certificate)
	}
	if p.Auth != Digest && (p.Username != "" || len(p.HA1MD5)+len(p.HA1SHA256) > 0) {
		bad.Add("username", "is for auth digest only")
	}
	if p.Auth != Certificate && p.CertificateName != "" {
		bad.Add("certificate_name", "is for auth certificate only")
	}
	if p.Auth != Certificate && len(p.CertificateFingerprints) > 0 {
		bad.Add("certificate_fingerprints", "is for auth certificate only")
	}
}

// maxFingerprints of one peer.
const maxFingerprints = 8

// validDigestName: what needs neither quoting in a header nor escaping in a URI.
func validDigestName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("-_.~+", rune(c)) {
			return false
		}
	}
	return true
}

// Admits reports whether the peer may come from an address.
func (p Peer) Admits(from netip.Addr) bool {
	from = from.Unmap()
	for _, a := range p.Addresses {
		if a.Contains(from) {
			return true
		}
	}
	return len(p.Addresses) == 0 && p.Auth != Address
}
