package pstnhub

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What our offers propose. The list and its order are those of
// contracts/recorded/sip/ms-offer-nonbypass.sdp: more than the simulator speaks, because an SBC must find its way through it.
const (
	offeredPayloads = "104 9 103 111 18 0 8 97 101 13 118"
	offeredMaps     = "a=rtpmap:104 SILK/16000\r\na=rtpmap:9 G722/8000\r\na=rtpmap:103 SILK/8000\r\na=rtpmap:111 SIREN/16000\r\na=fmtp:111 bitrate=16000\r\n" +
		"a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:97 RED/8000\r\n" +
		"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=rtpmap:13 CN/8000\r\na=rtpmap:118 CN/16000\r\n"
	offeredTag = "1" // of the one crypto line that an SBC can take
)

// offer is our side of a session that we propose. With all lines it has the crypto lines of contracts/recorded/sip/ms-offer-sdes.sdp, and the one with MKI
// that Microsoft's answers have; they bear the same key, since no SBC may choose them.
func (a *answer) offer(allLines bool) string {
	var b strings.Builder
	b.WriteString(a.head())
	fmt.Fprintf(&b, "m=audio %d RTP/SAVP %s\r\nc=IN IP4 %s\r\na=rtcp:%d\r\na=label:main-audio\r\na=mid:1\r\na=sendrecv\r\n%sa=ptime:20\r\n",
		a.port, offeredPayloads, a.address, a.rtcp, offeredMaps)
	if allLines {
		fmt.Fprintf(&b, "a=crypto:0 AES_CM_128_HMAC_SHA1_32 inline:%s|2^31\r\n", a.key)
	}
	fmt.Fprintf(&b, "a=crypto:%s %s inline:%s|2^31\r\n", offeredTag, suite, a.key)
	if allLines {
		fmt.Fprintf(&b, "a=crypto:2 %s inline:%s|2^31|1:1\r\n", suite, a.key)
	}
	return b.String()
}

// errNotSpoken is no fault of the SBC's: it chose what real Microsoft has.
var errNotSpoken = errors.New("the SBC prefers a codec that Microsoft has and this simulator has not: let it answer our offer with PCMA or PCMU first")

// parseAnswer reads the SBC's answer to one of our offers. It is as strict as with an SBC's offer and wants besides what RFC 3264 §6 and RFC 4568 §5.1.2
// ask of an answer. The error names what is wrong.
func parseAnswer(m *message) (*offer, error) {
	contentType, _, _ := strings.Cut(m.get("content-type"), ";")
	if len(m.body) == 0 || !strings.EqualFold(strings.TrimSpace(contentType), "application/sdp") {
		return nil, errors.New("no SDP")
	}
	_, streams, err := splitSDP(string(m.body))
	switch {
	case err != nil:
		return nil, err
	case len(streams) != 1:
		return nil, errors.New("one stream was offered")
	}
	payloads, err := answeredPayloads(streams[0])
	if err != nil {
		return nil, err
	}
	if err := answeredAttributes(streams[0].attributes); err != nil {
		return nil, err
	}
	o, err := parseOffer(m.body)
	switch {
	case errors.Is(err, errNoCodec) && len(payloads) > 0:
		return nil, errNotSpoken
	case err != nil:
		return nil, err
	case o.cryptoTag != offeredTag:
		return nil, fmt.Errorf("a=crypto has tag %s, the line that can be chosen had %s", o.cryptoTag, offeredTag)
	case payloads[0] != strconv.Itoa(int(o.codecs[0].payload)):
		return nil, errNotSpoken
	}
	return o, nil
}

// answeredPayloads are the payload types of audio in an answer; the best comes first. All must have been offered.
func answeredPayloads(s stream) (payloads []string, err error) {
	fields := strings.Fields(s.media)
	if len(fields) < 4 {
		return nil, errors.New("m= line")
	}
	for _, payload := range fields[3:] {
		switch {
		case !slices.Contains(strings.Fields(offeredPayloads), payload):
			return nil, fmt.Errorf("payload type %s was not offered", payload)
		case payload != "97" && payload != "101" && payload != "13" && payload != "118": // redundancy, keys, noise
			payloads = append(payloads, payload)
		}
	}
	return payloads, nil
}

// answeredAttributes checks that an answer brings in nothing that the offer had not.
func answeredAttributes(attributes []string) error {
	crypto := 0
	for _, line := range attributes {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "crypto":
			crypto++
		case "rtcp-mux", "candidate", "ice-ufrag", "ice-pwd", "ice-lite", "fingerprint", "setup": // RFC 8035, RFC 8839
			return fmt.Errorf("a=%s was not offered", name)
		case "rtpmap":
			payload, codec, _ := strings.Cut(value, " ")
			codec = strings.TrimSuffix(strings.TrimSpace(codec), "/1")
			if !strings.Contains(strings.ToUpper(offeredMaps), strings.ToUpper("a=rtpmap:"+payload+" "+codec+"\r\n")) {
				return fmt.Errorf("payload type %s was offered for another codec", payload)
			}
		}
	}
	if crypto > 1 {
		return errors.New("more than one a=crypto")
	}
	return nil
}
