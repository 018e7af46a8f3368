package trunk

import "time"

// Standing is what is known and believed of a trunk or a peer.
type Standing struct {
	Of         Neighbour
	Name       string // FQDN, or name of the peer
	Node       string // that tells of a peer; "" of a trunk, see Signs.Node
	Held       Held
	Signs      Signs
	SeenAt     time.Time // when it was told of last
	ExpiryTold time.Time // end of the certificate of which it was told that it comes; zero: of none
}

// Sighting is what a node sees, with what has happened since it told last.
type Sighting struct {
	Of    Neighbour
	Name  string
	Signs Signs // its calls are left out: the samples of an hour have them
	Sent  int64 // OPTIONS
	Good  int64 // of those, answered as they should be
	Calls int64 // begun
	// Answered are those of which it was found out since, which may have begun before.
	Answered int64
}

// Tell is what is known and believed after a node has told something.
func (s Standing) Tell(node string, n Sighting, at time.Time, hold Hold) Standing {
	calls, answered, last := s.Signs.Calls, s.Signs.Answered, s.Signs.LastCall
	s.Signs, s.SeenAt = n.Signs, at
	s.Signs.Node = node
	s.Signs.Calls, s.Signs.Answered = calls+int(n.Calls), answered+int(n.Answered)
	if last.After(s.Signs.LastCall) { // the node has begun anew
		s.Signs.LastCall = last
	}
	if s.Held.Reason.Code == nodeSilent { // what was wrong is over, and lasted for long enough not to be flapping
		hold = Hold{}
	}
	s.Held = s.Held.Take(s.Signs.Judge(n.Of, at), at, hold)
	switch c := n.Signs.Certificate; {
	case c == nil || c.Expires.Sub(at) >= ExpiryTold:
		s.ExpiryTold = time.Time{}
	case !s.ExpiryTold.Equal(c.Expires):
		s.ExpiryTold = c.Expires
	}
	return s
}

// MissedAfter is how long a node may tell nothing; it tells every minute and when something
// changes.
const MissedAfter = 3 * time.Minute

// Miss is what is believed when nobody has told anything for that long. It needs no
// hold-down: it took long enough. That Microsoft says nothing of somebody else's trunk does
// not mean that it is down.
func (s Standing) Miss(at time.Time) Standing {
	if s.Signs.Microsoft != nil {
		s.Held = Held{Condition: Unknown, Reason: unasked(s.SeenAt), Since: at}
		return s
	}
	s.Held = s.Held.Take(NodeSilent(s.Signs.Node, s.SeenAt), at, Hold{})
	return s
}

// Changed reports whether another condition is believed now.
func (s Standing) Changed(is Standing) bool { return s.Held.Condition != is.Held.Condition }

// SampleEvery is how much time one sample tells of, SamplesKept how long it is kept.
const (
	SampleEvery = 5 * time.Minute
	SamplesKept = 8 * 24 * time.Hour
)

// Sample is how a trunk or a peer was during [SampleEvery].
type Sample struct {
	Of        Neighbour
	Name      string
	Node      string
	At        time.Time     // when it begins
	Worst     Condition     // that was believed
	Sent      int64         // OPTIONS
	Good      int64         // of those, answered as they should be
	Calls     int64         // begun
	Answered  int64         // of calls; some may have begun before
	RoundTrip time.Duration // the longest; 0: none
}

// Stretch is a time during which a condition was the same.
type Stretch struct {
	From, To  time.Time
	Condition Condition // Unknown: nobody told anything
}

// Strip joins the samples of one trunk or peer, in order, to stretches that fill a span.
func Strip(samples []Sample, from, to time.Time) []Stretch {
	var all []Stretch
	add := func(until time.Time, c Condition) {
		begin := from
		if len(all) > 0 {
			begin = all[len(all)-1].To
		}
		if until.After(to) {
			until = to
		}
		switch {
		case !until.After(begin):
		case len(all) > 0 && all[len(all)-1].Condition == c:
			all[len(all)-1].To = until
		default:
			all = append(all, Stretch{begin, until, c})
		}
	}
	for _, s := range samples {
		add(s.At, Unknown) // nothing if there is no gap
		add(s.At.Add(SampleEvery), s.Worst)
	}
	add(to, Unknown)
	return all
}
