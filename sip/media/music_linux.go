package media

// waits reports whether a side hears its music. Who has put us on hold hears nothing.
func (st *Stream) waits() bool {
	return st.music != nil && st.session.bridged && !st.held && (st.parked || st.session.streams[st.side.other()].held)
}

// shut reports whether a side on hold is not to be heard: all are but Microsoft when it only sends, which is how it plays music of its own.
func (st *Stream) shut() bool {
	return st.held && (st.side == Near || st.direction != RecvOnly)
}
