// Package inbox takes what the simulated service sends, for developers who have
// no https server at hand and for tests outside: callbacks, Event Grid events
// with their handshakes, and the WebSockets of media streaming and
// transcription. It is no part of Microsoft's side.
//
// Below Path, on the authority's https listener, every URL is an address to
// write to; its first segment names the box:
//
//	POST, OPTIONS /inbox/{box}/…   a callback or an event; always 200
//	GET           /inbox/{box}/…   a WebSocket; ?echo=1 sends the audio back
//
// Nothing is refused: what was wrong with a token is noted beside the message.
// /_sim reads the boxes:
//
//	GET    /_sim/inbox                              the names of the boxes
//	GET    /_sim/inbox/{box}?after=N&wait=10s       messages from number N+1 on
//	DELETE /_sim/inbox/{box}                        empties a box
//
// Of a WebSocket every frame but audio is a message of its own; audio is counted
// (Stream), and the count is the message that ends the socket.
//
// # Memory
//
// There are at most maxBoxes boxes, of which the one that was written to least
// recently makes room, and a box holds maxMessages messages and maxBytes; the
// oldest make room and are counted in dropped.
package inbox
