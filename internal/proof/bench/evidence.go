package bench

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"tandem/internal/call"
)

// mostLines is how much of a call a report shows.
const mostLines = 40

// evidence is what the edge's capture of a call has of its signalling: start lines, and what
// the descriptions say of the sound. It ends the capture.
func (b *bench) evidence(id call.ID) []string {
	ctx := context.Background()
	_, pcap, err := b.edge.Captured(ctx, id)
	if err != nil {
		return nil
	}
	_ = b.edge.DropCapture(ctx, id)
	var lines []string
	for p := range packets(pcap) {
		head, body, _ := bytes.Cut(p.payload, []byte("\r\n\r\n"))
		first, rest, _ := strings.Cut(string(head), "\r\n")
		if !strings.Contains(first, "SIP/2.0") {
			continue
		}
		if len(lines) >= mostLines {
			return append(lines, "…")
		}
		lines = append(lines, fmt.Sprintf("%6d ms  %s  %s  (%s)", p.ms, b.between(p.from, p.to), strings.TrimSuffix(first, " SIP/2.0"), field(rest, "CSeq")))
		for line := range strings.SplitSeq(string(body), "\r\n") {
			if strings.HasPrefix(line, "m=audio") || strings.HasPrefix(line, "a=crypto") || line == "a=inactive" {
				lines = append(lines, strings.Repeat(" ", 11)+line)
			}
		}
	}
	return lines
}

// between says who sent a message to whom.
func (b *bench) between(from, to uint16) string {
	a := b.edge.Addrs()
	switch {
	case from == a.UDP.Port():
		return "trunk → telephone"
	case to == a.UDP.Port():
		return "telephone → trunk"
	case from == a.Far.Port():
		return "trunk → Microsoft"
	default:
		return "Microsoft → trunk"
	}
}

func field(head, name string) string {
	for line := range strings.SplitSeq(head, "\r\n") {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// packet is one of a capture. Its time is since the first.
type packet struct {
	ms       int64
	from, to uint16 // ports
	payload  []byte
}

// packets reads a file of package sip/capture, all of it UDP over IPv4.
func packets(pcap []byte) func(func(packet) bool) {
	const fileHead, recordHead, ipHead, udpHead = 24, 16, 20, 8
	return func(yield func(packet) bool) {
		var began int64
		for at := fileHead; at+recordHead <= len(pcap); {
			record := pcap[at:]
			ns := int64(binary.LittleEndian.Uint32(record))*1e9 + int64(binary.LittleEndian.Uint32(record[4:]))
			size := int(binary.LittleEndian.Uint32(record[8:]))
			if at += recordHead + size; at > len(pcap) || size < ipHead+udpHead {
				return
			}
			if began == 0 {
				began = ns
			}
			udp := record[recordHead+ipHead : recordHead+size]
			p := packet{(ns - began) / 1e6, binary.BigEndian.Uint16(udp), binary.BigEndian.Uint16(udp[2:]), udp[udpHead:]}
			if !yield(p) {
				return
			}
		}
	}
}
