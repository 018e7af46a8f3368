package sdp

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	pion "github.com/pion/sdp/v3"
)

// maxBody bounds the work that one body can cause; Microsoft's are below 2 kB.
const maxBody = 16 << 10

// Parse reads an SDP body. It fails with an [*Error] if the body is broken or has no audio stream at all; whether the stream can be served is decided by
// [Answer] and [Conclude].
func Parse(body []byte) (*Description, error) {
	if len(body) == 0 {
		return nil, malformed("empty body")
	}
	if len(body) > maxBody {
		return nil, malformed("body larger than %d bytes", maxBody)
	}
	text, lines, err := tolerate(string(body))
	if err != nil {
		return nil, err
	}
	var raw pion.SessionDescription
	if err := raw.UnmarshalString(text); err != nil {
		return nil, malformed("%s", strings.TrimPrefix(err.Error(), "sdp: "))
	}
	if len(raw.MediaDescriptions) != len(lines) {
		return nil, malformed("m= lines out of place")
	}
	d := &Description{
		Origin: Origin{ID: raw.Origin.SessionID, Version: raw.Origin.SessionVersion, Address: raw.Origin.UnicastAddress},
		lines:  lines,
		index:  -1,
	}
	for i, m := range raw.MediaDescriptions {
		if lines[i].media != "audio" {
			continue
		}
		audio, err := parseAudio(&raw, m, lines[i].proto)
		if err != nil {
			return nil, err
		}
		// The first line that lives wins; refused lines stay in a body for ever (RFC 3264 §8.2).
		if d.index < 0 || d.Audio.Port == 0 && audio.Port != 0 {
			d.Audio, d.index = audio, i
		}
	}
	if d.index < 0 {
		return nil, unacceptable("no audio stream")
	}
	return d, nil
}

// tolerate prepares a body for pion, which refuses some things that RFC 4566 §5 lets a receiver ignore: bandwidth types, media and transports that
// it does not know. What m= lines really said is returned beside. Line ends are made uniform.
func tolerate(body string) (text string, lines []line, err error) {
	var out strings.Builder
	out.Grow(len(body) + 64)
	for raw := range strings.Lines(body) {
		l := strings.TrimRight(raw, "\r\n")
		switch {
		case l == "":
			continue
		case len(l) < 2 || l[1] != '=':
			return "", nil, malformed("a line is not <type>=<value>")
		case strings.ContainsAny(l, "\r\x00"):
			return "", nil, malformed("control character in a line")
		}
		switch l[0] {
		case 'b':
			continue // nothing here depends on bandwidth
		case 'o':
			// Some phones put identifiers there that do not fit 64 bits; they are only compared by humans.
			if f := strings.Fields(l[2:]); len(f) == 6 && isDigits(f[1]) && isDigits(f[2]) {
				f[1], f[2] = fit(f[1]), fit(f[2])
				l = "o=" + strings.Join(f, " ")
			}
		case 'm':
			f := strings.Fields(l[2:])
			if len(f) < 4 {
				return "", nil, malformed("m= line has %d fields, want 4 or more", len(f))
			}
			lines = append(lines, line{media: f[0], proto: f[2], format: f[3]})
			if f[0] == "audio" {
				f[2] = "RTP/AVP"
			} else {
				f[0], f[2] = "application", "UDP"
			}
			l = "m=" + strings.Join(f, " ")
		}
		out.WriteString(l)
		out.WriteString("\r\n")
	}
	return out.String(), lines, nil
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func fit(digits string) string {
	if len(digits) > 19 {
		return digits[len(digits)-19:]
	}
	return digits
}

func parseAudio(raw *pion.SessionDescription, m *pion.MediaDescription, proto string) (Audio, error) {
	a := Audio{Protocol: proto, Direction: SendRecv, PTime: 20 * time.Millisecond, Port: uint16(m.MediaName.Port.Value)} // pion checked it
	var err error
	if a.Address, err = connection(raw, m); err != nil && a.Port != 0 {
		return a, err
	}
	if a.Port != 0 && a.Port < 65535 {
		a.RTCP = netip.AddrPortFrom(a.Address, a.Port+1)
	}
	for _, attribute := range slices.Concat(raw.Attributes, m.Attributes) {
		if d, ok := direction(attribute.Key); ok {
			a.Direction = d // that of the stream comes later and wins
		}
	}
	if a.Address.IsValid() && a.Address.IsUnspecified() {
		a.Direction = Inactive // RFC 2543 hold; RFC 3264 §8.4 asks to understand it
	}
	maps := map[uint8]Codec{}
	for _, attribute := range m.Attributes {
		value := strings.TrimSpace(attribute.Value)
		switch attribute.Key {
		case "rtpmap":
			c, err := rtpmap(value)
			if err != nil {
				return a, err
			}
			if had, twice := maps[c.PayloadType]; twice && !had.Same(c) {
				return a, unacceptable("payload type %d stands for two codecs", c.PayloadType)
			}
			maps[c.PayloadType] = c
		case "ptime":
			if n, err := strconv.ParseFloat(value, 64); err == nil && n > 0 && n <= 1000 {
				a.PTime = time.Duration(n * float64(time.Millisecond))
			}
		case "rtcp":
			if a.RTCP, err = rtcp(value, a.RTCP, a.Address); err != nil {
				return a, err
			}
			a.NamesRTCP = true
		case "crypto":
			if c, ok := parseCrypto(value); ok {
				a.Crypto = append(a.Crypto, c)
			}
		}
	}
	return a, a.takeFormats(m.MediaName.Formats, maps)
}

func (a *Audio) takeFormats(formats []string, maps map[uint8]Codec) error {
	for _, format := range formats {
		n, err := strconv.ParseUint(format, 10, 8)
		if err != nil || n > 127 {
			if !a.isRTP() {
				return nil // formats of other transports are not payload types
			}
			return malformed("payload type %q", format)
		}
		c, ok := maps[uint8(n)]
		if !ok {
			if c, ok = static(uint8(n)); !ok {
				continue // dynamic without a=rtpmap: cannot be used
			}
		}
		if strings.EqualFold(c.Name, "telephone-event") {
			if c.Rate == 8000 && a.Events == 0 {
				a.Events = c.PayloadType
			}
			continue
		}
		if strings.EqualFold(c.Name, "CN") {
			if c.Rate == 8000 && a.Noise == 0 {
				a.Noise = c.PayloadType
			}
			continue
		}
		if slices.ContainsFunc(a.Codecs, func(had Codec) bool { return had.PayloadType == c.PayloadType }) {
			return unacceptable("payload type %d is listed twice", c.PayloadType)
		}
		a.Codecs = append(a.Codecs, c)
	}
	return nil
}

func (a *Audio) isRTP() bool { return strings.HasPrefix(a.Protocol, "RTP/") }

// static is a payload type that needs no a=rtpmap (RFC 3551 §6).
func static(n uint8) (Codec, bool) {
	switch n {
	case 0:
		return PCMU, true
	case 8:
		return PCMA, true
	case 9:
		return G722, true
	case 13:
		return Codec{PayloadType: 13, Name: "CN", Rate: 8000}, true
	case 18:
		return Codec{PayloadType: 18, Name: "G729", Rate: 8000}, true
	}
	return Codec{}, false
}

func direction(key string) (Direction, bool) {
	for d := Inactive; d <= SendRecv; d++ {
		if key == d.String() {
			return d, true
		}
	}
	return 0, false
}

// rtpmap reads "<payload type> <name>/<rate>[/<channels>]".
func rtpmap(value string) (Codec, error) {
	number, encoding, _ := strings.Cut(value, " ")
	n, err := strconv.ParseUint(number, 10, 8)
	parts := strings.Split(strings.TrimSpace(encoding), "/")
	if err != nil || n > 127 || len(parts) < 2 || parts[0] == "" {
		return Codec{}, malformed("a=rtpmap:%s", value)
	}
	rate, err := strconv.ParseUint(parts[1], 10, 31)
	if err != nil || rate == 0 {
		return Codec{}, malformed("a=rtpmap:%s", value)
	}
	return Codec{PayloadType: uint8(n), Name: parts[0], Rate: int(rate)}, nil
}

// rtcp reads "<port> [IN IP4 <address>]" (RFC 3605 §2.1).
func rtcp(value string, fallback netip.AddrPort, address netip.Addr) (netip.AddrPort, error) {
	f := strings.Fields(value)
	if len(f) != 1 && len(f) != 4 {
		return fallback, malformed("a=rtcp:%s", value)
	}
	port, err := strconv.ParseUint(f[0], 10, 16)
	if err != nil {
		return fallback, malformed("a=rtcp:%s", value)
	}
	if len(f) == 4 && !isHost(f[3]) { // a name is not looked up: it is taken for that of the c= line
		if address, err = netip.ParseAddr(f[3]); err != nil || address.Zone() != "" {
			return fallback, malformed("a=rtcp:%s", value)
		}
	}
	return netip.AddrPortFrom(address, uint16(port)), nil
}

func connection(raw *pion.SessionDescription, m *pion.MediaDescription) (netip.Addr, error) {
	c := m.ConnectionInformation
	if c == nil {
		c = raw.ConnectionInformation
	}
	if c == nil || c.Address == nil {
		return netip.Addr{}, malformed("no c= line applies to the audio stream")
	}
	address, err := netip.ParseAddr(c.Address.Address)
	if err != nil || address.Zone() != "" {
		return netip.Addr{}, unacceptable("c= names %s, which is no address that can be reached", c.Address.Address)
	}
	if address.IsMulticast() {
		return netip.Addr{}, unacceptable("c= is a multicast address")
	}
	return address.Unmap(), nil
}
