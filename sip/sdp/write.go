package sdp

import (
	"net/netip"
	"strconv"
	"strings"

	pion "github.com/pion/sdp/v3"
)

// Source writes the descriptions of one dialog. All share the session id; the version counts the changes (RFC 3264 §8). Not for concurrent use.
type Source struct {
	id, version uint64
	last        string
}

// NewSource starts at version 1 with the given session id.
func NewSource(id uint64) *Source { return &Source{id: id, version: 1} }

// Write returns the body for d. Writing the same description again gives the same body; any change raises the version by one. d.Origin is filled in.
func (s *Source) Write(d *Description) []byte {
	d.Origin = Origin{ID: s.id, Version: s.version, Address: d.Audio.Address.String()}
	body := d.marshal()
	if s.last != "" && s.last != body {
		s.version++
		d.Origin.Version = s.version
		body = d.marshal()
	}
	s.last = body
	return []byte(body)
}

// marshal writes the lines in the order v, o, s, c, t, m, with the connection at session level, as Microsoft expects.
func (d *Description) marshal() string {
	address := d.Audio.Address
	out := pion.SessionDescription{
		Origin: pion.Origin{
			Username: "-", SessionID: d.Origin.ID, SessionVersion: d.Origin.Version,
			NetworkType: "IN", AddressType: addressType(address), UnicastAddress: d.Origin.Address,
		},
		SessionName:           "-",
		ConnectionInformation: &pion.ConnectionInformation{NetworkType: "IN", AddressType: addressType(address), Address: &pion.Address{Address: address.String()}},
		TimeDescriptions:      []pion.TimeDescription{{}},
	}
	if len(d.lines) == 0 {
		out.MediaDescriptions = []*pion.MediaDescription{d.Audio.media()}
	}
	for i, l := range d.lines {
		if i == d.index {
			out.MediaDescriptions = append(out.MediaDescriptions, d.Audio.media())
			continue
		}
		out.MediaDescriptions = append(out.MediaDescriptions, &pion.MediaDescription{
			MediaName: pion.MediaName{Media: l.media, Protos: []string{l.proto}, Formats: []string{l.format}},
		})
	}
	body, _ := out.Marshal() // has no way to fail
	return string(body)
}

func addressType(a netip.Addr) string {
	if a.Is6() {
		return "IP6"
	}
	return "IP4"
}

func (a *Audio) media() *pion.MediaDescription {
	m := &pion.MediaDescription{MediaName: pion.MediaName{
		Media: "audio", Port: pion.RangedPort{Value: int(a.Port)}, Protos: strings.Split(a.Protocol, "/"),
	}}
	add := func(key, value string) {
		m.Attributes = append(m.Attributes, pion.Attribute{Key: key, Value: value})
	}
	add("rtcp", strconv.Itoa(int(a.RTCP.Port())))
	for _, c := range a.Codecs {
		number := strconv.Itoa(int(c.PayloadType))
		m.MediaName.Formats = append(m.MediaName.Formats, number)
		add("rtpmap", number+" "+c.Name+"/"+strconv.Itoa(c.Rate))
	}
	if a.Events != 0 {
		number := strconv.Itoa(int(a.Events))
		m.MediaName.Formats = append(m.MediaName.Formats, number)
		add("rtpmap", number+" telephone-event/8000")
		add("fmtp", number+" 0-16")
	}
	if a.Noise != 0 {
		number := strconv.Itoa(int(a.Noise))
		m.MediaName.Formats = append(m.MediaName.Formats, number)
		add("rtpmap", number+" CN/8000")
	}
	add("ptime", "20")
	for _, c := range a.Crypto {
		add("crypto", c.attribute())
	}
	add(a.Direction.String(), "")
	return m
}
