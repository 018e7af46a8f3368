package media

import (
	"net/netip"
	"time"
)

// RTCP of both sides, as the worker sends and takes it.

// reportsTo tells whether a side gets reports.
func (w *worker) reportsTo(st *Stream) bool {
	return st.reports > 0 || st.wantsReports || !w.relay.config.OnlyRelay
}

func (w *worker) report(st *Stream, now int64) {
	if st.rtcp.target.n == 0 {
		return
	}
	w.sendReport(st, w.compound(st, now))
}

// compound is a report to a stream, in w.packet.
func (w *worker) compound(st *Stream, now int64) []byte {
	var beyond *hearsay
	if s := st.session; s.bridged {
		beyond = &s.streams[st.side.other()].said
	}
	return report(w.packet[:0], &st.out, &st.in, &st.said, beyond, st.sent, w.wall(now), now)
}

// farewell tells the other end that our stream is over.
func (w *worker) farewell(st *Stream) {
	if st.connected && st.rtcp.target.n != 0 && w.reportsTo(st) {
		w.sendReport(st, goodbye(w.compound(st, w.now), &st.out))
	}
}

func (w *worker) wall(now int64) time.Time { return w.relay.start.Add(time.Duration(now)) }

func (w *worker) sendReport(st *Stream, packet []byte) {
	if st.session.tap != nil {
		w.show(&st.rtcp, packet, 0, true)
	}
	if st.srtp.out != nil {
		var err error
		if packet, err = st.srtp.out.ProtectRTCP(packet); err != nil {
			w.relay.log.Warn("media: SRTCP", "error", err)
			return
		}
	}
	st.rtcp.send(packet)
}

func (w *worker) takeReport(st *Stream, sock *socket, packet []byte, from netip.AddrPort) {
	if !isRTCP(packet) {
		st.unfit++
		return
	}
	if st.srtp.in != nil {
		var err error
		if packet, err = st.srtp.in.UnprotectRTCP(packet); err != nil {
			st.refuse(err)
			return
		}
	}
	st.reports++
	st.reportedAt, st.lostFired = w.now, false
	if st.session.tap != nil {
		w.show(sock, packet, 0, false)
	}
	st.said.take(packet, st.out.ssrc, w.wall(w.now), w.now)
	if sock.isRTCP {
		sock.learn(from, w.now)
	}
}
