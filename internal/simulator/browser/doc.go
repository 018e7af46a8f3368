// Package browser is the line to the microphone and the speaker of a browser on
// this machine: WebRTC, one UDP port of 127.0.0.1 for all of them.
//
// It is the answering half of WebRTC alone. The endpoint is ICE-lite (RFC 8445
// §2.5) with one host candidate, its loopback address: it asks nobody where it
// is, opens no other socket and needs no network. The browser does the checking.
// DTLS and SRTP are pion's.
//
// The codec is G.722 where the browser has it, else G.711, which every browser
// must have (RFC 7874 §3) and which loses nothing that a phone call has.
//
// Packets become frames by their RTP timestamps (places.go); whoever hears them
// has the jitter buffer.
package browser
