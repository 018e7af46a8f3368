package events

// Result is resultInformation of a callback.
type Result struct {
	Code    int
	SubCode int
	Message string
	// SIP and Q850 are sipDetails and q850Details, which only endings of phone
	// legs carry (documented, never recorded).
	SIP  *Diagnostic
	Q850 *Diagnostic
}

// Diagnostic is a code of another protocol with its text.
type Diagnostic struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// ok is the result of everything that went well.
var ok = Result{Code: 200}

func (r Result) object() Object {
	o := Object{{"code", r.Code}, {"subCode", r.SubCode}, {"message", r.Message}}
	if r.SIP != nil {
		o = append(o, Field{"sipDetails", r.SIP})
	}
	if r.Q850 != nil {
		o = append(o, Field{"q850Details", r.Q850})
	}
	return o
}

// Connection names the leg of the application that events are about; all four
// values end the data of every callback.
type Connection struct {
	ID            string
	ServerCallID  string
	CorrelationID string
	// Version is the api-version with which the leg was made; it is written
	// into data and decides its shape, see Shape.
	Version string
}

// typePrefix begins the type of every event of Communication Services.
const typePrefix = "Microsoft.Communication."

func (c Connection) ids(name string) Object {
	return Object{
		{"callConnectionId", c.ID},
		{"serverCallId", c.ServerCallID},
		{"correlationId", c.CorrelationID},
		{"publicEventType", typePrefix + name},
	}
}
