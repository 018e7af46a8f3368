package proof

import "time"

// ID of a proof: a UUID; later ones are greater.
type ID string

// Stage is how far a proof is.
type Stage string

const (
	Waiting Stage = "waiting" // for the node that has the trunk
	Running Stage = "running"
	Made    Stage = "made"   // there is a report, whatever it says
	Broken  Stage = "broken" // there is none, and Error says why
)

// Longest is how long a proof may be asked for and not over, all attempts together.
const Longest = 20 * time.Minute

// Kept is a proof as it is stored, without its report.
type Kept struct {
	ID        ID
	Trunk     string
	Stage     Stage
	AskedAt   time.Time
	Asker     string // as in the audit trail; "": the schedule
	AskerName string
	Node      string // that makes it
	EndedAt   time.Time
	Result    Result
	Passed    int
	Failed    int
	NotShown  int
	Error     string
}

// Over says whether nothing will become of it any more.
func (k Kept) Over() bool { return k.Stage == Made || k.Stage == Broken }

// Files are a signed report in its two forms.
type Files struct{ JSON, HTML []byte }

// SigningKey is a key with its sealed seed.
type SigningKey struct {
	PublicKey
	Seed []byte // sealed with SealContext(ID)
}
