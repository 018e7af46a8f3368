// Package capture keeps the messages and packets of one call as a pcap file, which tshark and Wireshark read.
//
// A [File] lives in memory, is bounded, and is written by whoever has something that passed. All is put as UDP over IP,
// whatever carried it: a message that came over TLS is worth nothing encrypted. Its length in the file may be less than it was: of sound
// only the headers are kept unless somebody asked for the sound itself, because what people say is nobody's business who looks for a lost
// packet. [Redact] takes passwords and keys out of SIP messages; numbers stay, they are what is looked for.
//
// The format is that of libpcap with nanoseconds (draft-ietf-opsawg-pcap), link type RAW: packets begin with their IP header.
package capture
