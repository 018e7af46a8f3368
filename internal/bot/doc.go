// Package bot joins the sound of a call with a bot: any program that hears callers and
// speaks to them over a WebSocket.
//
//	Microsoft ──wss──▶ door (microsoft/acs) ──bridge.Line──▶ session ──wss──▶ bot
//
// Microsoft opens its socket to us when the call asks for a stream (package call,
// streaming.go); [Service.Expect] lets it in if the call still wants it, and opens one
// to the bot. The same door takes the words of a transcription (words.go).
//
// # The protocol to the bot
//
// We connect to the bot's URL with Authorization: Bearer and the bot's secret, which
// Tandem showed when the bot was registered. There is one connection a call.
// Binary messages are sound, text messages are JSON objects with a type.
//
// Sound is PCM: 16 bits, little-endian, one channel, 16,000 samples a second. To the
// bot each binary message is what Microsoft heard in 20 ms (640 bytes), 50 a second,
// silence too. From the bot a message has any even number of bytes up to 65,536
// (two seconds); it may send faster than it is heard, Microsoft keeps it until then.
//
// Text messages to the bot:
//
//	{"type":"start", …}           first: see [Start]
//	{"type":"dtmf","tone":"5"}    a key that the caller pressed
//	{"type":"error","code":"…","message":"…"}   what the bot sent was not done
//	{"type":"end","reason":"…"}   last: stopped (by the call), lost (Microsoft's socket; perhaps
//	                              a new connection follows), going_away (this process stops; likewise)
//
// Text messages from the bot:
//
//	{"type":"clear"}              drops what it said and nobody heard yet: barge-in
//	{"type":"context","context":…}   what it found out: any JSON of at most 4096 bytes. It is in the
//	                              call and its record, and replaces what it told before
//	{"type":"handover","to":{"agents":["…"]},"display_name":"…","context":…}
//	                              a person, please: agents or a queue (to.queue) by their ids, or
//	                              neither. The name is what that person's Teams shows while it rings
//	{"type":"hang_up"}            ends the call
//
// The bot leaves with a normal closure (1000 or 1001). After any other loss we connect
// again, three times at most, with resumed in start. Pings of ours want their pongs
// within ten seconds. What is longer than 65,536 bytes ends the connection.
//
// # Who decides when the bot is interrupted
//
// The bot does: it hears the caller all the time, also while it speaks, and sends
// clear. Nothing here listens for voices. If the bot is registered so, a key clears
// as well, before the bot could know of it.
//
// # Slow bots, and bots on bad days
//
// A session holds one second of sound for the bot. If the bot does not take it the
// oldest is dropped and counted: a bot that hears late is worse than one that missed
// a word. A bot that takes nothing for five seconds is gone. In the other direction
// nothing is held: who speaks faster than Microsoft takes it waits at the socket.
//
// A bot that cannot be reached, or is lost, ends the stream visibly: the call's stream
// is failed and says why, and a flow goes on with its branch for that. If Microsoft's
// socket is lost, Microsoft opens another, perhaps at another process; then the bot is
// connected again and told that it resumes. Only when none came is the stream given up.
package bot
