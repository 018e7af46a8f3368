package pstnhub

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// The one suite for which Microsoft answers (facts/direct-routing.md §8.2).
const suite = "AES_CM_128_HMAC_SHA1_80"

// keyLength is master key and salt of that suite, in bytes.
const keyLength = 30

// errDuplicatePayload is refused otherwise than the rest: 488 and not 410.
var errDuplicatePayload = errors.New("payload type given to two codecs")

var errNoCodec = errors.New("no common codec")

// offer is what we need of an SBC's session description.
type offer struct {
	address   netip.Addr
	port      uint16
	rtcp      netip.AddrPort // where RTCP goes; the RTP port if mux
	mux       bool
	codecs    []codec // those we have too, in the order of the offer
	event     int     // payload type of telephone-event, -1 without
	noise     bool    // comfort noise was offered
	cryptoTag string
	key       string // base64, as in the line
	direction string
	rejected  []string // the m= lines of further streams; we answer them with port 0
	audioAt   int      // place of the audio stream among the m= lines
}

// codec is G.711 or G.722 under a payload type. All three have an RTP clock of 8000, G.722 by an old mistake (RFC 3551 §4.5.2).
type codec struct {
	payload uint8
	name    string // PCMU, PCMA or G722
}

// stream is an m= section under construction.
type stream struct {
	media      string // the value of m=
	connection string
	attributes []string
}

// sdpOrder is the order of line types of RFC 4566 §5, for the session and for each media section.
const (
	sessionOrder = "vosiuepcbtrzka"
	mediaOrder   = "micbka"
)

// parseOffer reads an offer with RTP/SAVP audio and a usable key. Anything else is an error (facts/direct-routing.md §18 no. 15).
func parseOffer(body []byte) (*offer, error) {
	session, streams, err := splitSDP(string(body))
	if err != nil {
		return nil, err
	}
	o := &offer{event: -1, audioAt: -1}
	var audio stream
	for i, s := range streams {
		if o.audioAt < 0 && strings.HasPrefix(s.media, "audio ") {
			o.audioAt, audio = i, s
		} else {
			o.rejected = append(o.rejected, s.media)
		}
	}
	if o.audioAt < 0 {
		return nil, errors.New("no audio stream")
	}
	fields := strings.Fields(audio.media)
	if len(fields) < 4 {
		return nil, errors.New("m= line")
	}
	if fields[2] != "RTP/SAVP" {
		return nil, errors.New("profile is not RTP/SAVP")
	}
	port, err := strconv.ParseUint(fields[1], 10, 16)
	if err != nil || port == 0 {
		return nil, errors.New("port of the audio stream")
	}
	o.port = uint16(port)
	connection := audio.connection
	if connection == "" {
		connection = session.connection
	}
	if o.address, err = parseConnection(connection); err != nil {
		return nil, err
	}
	if err := o.readPayloads(fields[3:], audio.attributes); err != nil {
		return nil, err
	}
	if err := o.readRTCP(audio.attributes); err != nil {
		return nil, err
	}
	if err := o.readCrypto(audio.attributes); err != nil {
		return nil, err
	}
	o.direction = "sendrecv"
	for _, a := range append(session.attributes, audio.attributes...) {
		if a == "inactive" || a == "sendrecv" || a == "sendonly" || a == "recvonly" {
			o.direction = a
		}
	}
	return o, nil
}

// held says whether the stream is on hold. Only inactive is understood (facts/direct-routing.md §0.9); sendonly and recvonly go on as if nothing had been said.
func (o *offer) held() bool { return o.direction == "inactive" }

// splitSDP checks the order of the lines and cuts at the m= lines.
func splitSDP(body string) (session stream, streams []stream, err error) {
	order, at := sessionOrder, 0
	current := &session
	seen := map[byte]bool{}
	text := strings.ReplaceAll(body, "\r\n", "\n")
	if !strings.HasSuffix(text, "\n") || strings.ContainsAny(text, "\r\x00") {
		return session, nil, errors.New("line ends")
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if len(line) < 3 || line[1] != '=' {
			return session, nil, errors.New("line without type and value")
		}
		kind, value := line[0], line[2:]
		if kind == 'm' {
			streams = append(streams, stream{media: value})
			current, order, at = &streams[len(streams)-1], mediaOrder, 0
		} else {
			next := strings.IndexByte(order, kind)
			switch {
			case next < 0:
				return session, nil, fmt.Errorf("unknown line type %q", kind)
			case next < at:
				return session, nil, fmt.Errorf("line type %q out of order", kind)
			case next == at && seen[kind] && (kind == 'v' || kind == 'o' || kind == 's' || kind == 'c' && len(streams) == 0):
				return session, nil, fmt.Errorf("line type %q twice", kind)
			}
			at = next
			switch kind {
			case 'c':
				current.connection = value
			case 'a':
				current.attributes = append(current.attributes, value)
			case 'v':
				if value != "0" {
					return session, nil, errors.New("version")
				}
			case 'o':
				if len(strings.Fields(value)) != 6 {
					return session, nil, errors.New("origin")
				}
			}
		}
		if len(streams) == 0 {
			seen[kind] = true
		}
	}
	if !seen['v'] || !seen['o'] || !seen['s'] || !seen['t'] {
		return session, nil, errors.New("mandatory line missing")
	}
	return session, streams, nil
}

func parseConnection(value string) (netip.Addr, error) {
	fields := strings.Fields(value)
	if len(fields) != 3 || fields[0] != "IN" || fields[1] != "IP4" {
		return netip.Addr{}, errors.New("c= line")
	}
	a, err := netip.ParseAddr(fields[2])
	if err != nil || !a.Is4() || a.IsUnspecified() {
		return netip.Addr{}, errors.New("address in c=")
	}
	return a, nil
}

func (o *offer) readPayloads(payloads, attributes []string) error {
	names := map[string]string{"0": "PCMU/8000", "8": "PCMA/8000", "9": "G722/8000", "13": "CN/8000"}
	mapped := map[string]bool{}
	for _, a := range attributes {
		value, ok := strings.CutPrefix(a, "rtpmap:")
		if !ok {
			continue
		}
		payload, name, _ := strings.Cut(value, " ")
		if mapped[payload] {
			return errDuplicatePayload
		}
		mapped[payload], names[payload] = true, strings.ToUpper(strings.TrimSuffix(strings.TrimSpace(name), "/1"))
	}
	seen := map[string]bool{}
	for _, p := range payloads {
		n, err := strconv.ParseUint(p, 10, 7)
		if err != nil {
			return errors.New("payload type")
		}
		if seen[p] {
			return errDuplicatePayload
		}
		seen[p] = true
		switch names[p] {
		case "PCMU/8000", "PCMA/8000", "G722/8000":
			o.codecs = append(o.codecs, codec{uint8(n), strings.TrimSuffix(names[p], "/8000")})
		case "TELEPHONE-EVENT/8000":
			if o.event < 0 {
				o.event = int(n)
			}
		case "CN/8000":
			o.noise = o.noise || p == "13"
		}
	}
	if len(o.codecs) == 0 {
		return errNoCodec
	}
	return nil
}

// readRTCP finds where RTCP goes: with RTP if mux is offered, else a=rtcp, else the next port (RFC 3605, RFC 5761 §5.1).
func (o *offer) readRTCP(attributes []string) error {
	o.mux = slices.Contains(attributes, "rtcp-mux")
	port := uint64(o.port) + 1
	if o.mux {
		port = uint64(o.port)
	}
	for _, a := range attributes {
		if value, ok := strings.CutPrefix(a, "rtcp:"); ok && !o.mux {
			text, _, _ := strings.Cut(value, " ")
			var err error
			if port, err = strconv.ParseUint(text, 10, 16); err != nil || port == 0 {
				return errors.New("a=rtcp")
			}
		}
	}
	o.rtcp = netip.AddrPortFrom(o.address, uint16(min(port, 65535)))
	return nil
}

// readCrypto takes the first line with our suite and without MKI (RFC 4568 §9.1).
func (o *offer) readCrypto(attributes []string) error {
	tags := map[string]bool{}
	for _, a := range attributes {
		value, ok := strings.CutPrefix(a, "crypto:")
		if !ok {
			continue
		}
		fields := strings.Fields(value)
		if len(fields) < 3 || len(fields[0]) > 9 || strings.Trim(fields[0], "0123456789") != "" {
			return errors.New("a=crypto")
		}
		if tags[fields[0]] {
			return errors.New("crypto tag given twice")
		}
		tags[fields[0]] = true
		if o.key != "" || fields[1] != suite || len(fields) > 3 { // a session parameter changes SRTP in ways we do not have
			continue
		}
		key, ok := strings.CutPrefix(fields[2], "inline:")
		if !ok || strings.Contains(key, ";") {
			continue
		}
		parts := strings.Split(key, "|")
		if raw, err := base64.StdEncoding.DecodeString(parts[0]); err != nil || len(raw) != keyLength {
			return errors.New("key in a=crypto")
		}
		if slices.ContainsFunc(parts[1:], func(p string) bool { return strings.Contains(p, ":") }) {
			continue // MKI
		}
		o.cryptoTag, o.key = fields[0], parts[0]
	}
	if o.key == "" {
		return errors.New("no usable a=crypto")
	}
	return nil
}

// answer is our side of a session. Its text changes only with what was negotiated, and then so does the version in o=.
type answer struct {
	session int    // number in o=
	version int    // likewise
	address string // of the media processor
	port    int
	rtcp    int
	key     string // base64
}

// head is the session part.
func (a *answer) head() string {
	return fmt.Sprintf("v=0\r\no=- %d %d IN IP4 127.0.0.1\r\ns=session\r\nc=IN IP4 %s\r\nb=CT:10000000\r\nt=0 0\r\n", a.session, a.version, a.address)
}

// text builds the answer to o. The lines and their order are those of contracts/recorded/sip/ms-offer-nonbypass.sdp and facts/direct-routing.md §8.1; no
// complete answer of Microsoft's is known.
func (a *answer) text(o *offer) string {
	payloads := make([]string, 0, len(o.codecs)+2)
	var maps strings.Builder
	for _, c := range o.codecs {
		payloads = append(payloads, strconv.Itoa(int(c.payload)))
		fmt.Fprintf(&maps, "a=rtpmap:%d %s/8000\r\n", c.payload, c.name)
	}
	if o.event >= 0 {
		payloads = append(payloads, strconv.Itoa(o.event))
		fmt.Fprintf(&maps, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-16\r\n", o.event, o.event)
	}
	if o.noise {
		payloads = append(payloads, "13")
		maps.WriteString("a=rtpmap:13 CN/8000\r\n")
	}
	direction, rtcp, mux := "sendrecv", a.rtcp, ""
	if o.held() {
		direction = "inactive"
	}
	if o.mux {
		rtcp, mux = a.port, "a=rtcp-mux\r\n"
	}
	var b strings.Builder
	b.WriteString(a.head())
	for i, rejected := 0, o.rejected; i <= len(o.rejected); i++ {
		if i != o.audioAt {
			fields := strings.Fields(rejected[0])
			if len(fields) > 1 {
				fields[1] = "0" // RFC 3264 §6
			}
			fmt.Fprintf(&b, "m=%s\r\n", strings.Join(fields, " "))
			rejected = rejected[1:]
			continue
		}
		fmt.Fprintf(&b, "m=audio %d RTP/SAVP %s\r\nc=IN IP4 %s\r\na=rtcp:%d\r\n%sa=label:main-audio\r\na=%s\r\n%sa=ptime:20\r\na=crypto:%s %s inline:%s|2^31\r\n",
			a.port, strings.Join(payloads, " "), a.address, rtcp, mux, direction, maps.String(), o.cryptoTag, suite, a.key)
	}
	return b.String()
}
