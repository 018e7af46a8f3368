package admin

import (
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/proof"
)

// SignedReport is the file that [server.proofJSON] answers with. Nothing is made of it here:
// it is what package proof signs, told to those who read it.
type SignedReport struct {
	Report    TrunkReport     `json:"report" doc:"What is signed, byte for byte."`
	Signature ReportSignature `json:"signature" doc:"Over the bytes of report."`
}

// ReportSignature says who has signed.
type ReportSignature struct {
	Algorithm string `json:"algorithm" doc:"RFC 8032." example:"Ed25519"`
	Key       string `json:"key" doc:"Id of the key, as at /.well-known/tandem-proof.json." example:"3f1c0a9b8d7e6f50"`
	Value     []byte `json:"value" doc:"64 bytes." example:"kQ7l0m5yJ3H0mX2v8r1p9s4t6u7w0y1z2a3b4c5d6e7f8g9h0i1j2k3l4m5n6o7p8q9r0s1t2u3v4w5x6y7z8A=="`
}

// TrunkReport is what a proof says.
type TrunkReport struct {
	Version     int                `json:"version" doc:"Of this form." example:"1"`
	ID          proof.ID           `json:"id" doc:"Of the proof." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"`
	At          time.Time          `json:"at" doc:"When it began. RFC 3339, UTC." example:"2026-12-01T09:30:02Z"`
	TookMS      int64              `json:"took_ms" doc:"Milliseconds." example:"24180"`
	Provider    string             `json:"provider" doc:"As customers read it." example:"Northwind Telecom"`
	Node        string             `json:"node" doc:"That made it." example:"edge-1"`
	Program     string             `json:"program" doc:"That the node runs." example:"tandem v1.4.0"`
	Trunk       string             `json:"trunk" doc:"FQDN." example:"e0.eu.sbc.example.net"`
	Port        int                `json:"port" doc:"Of TLS signalling." example:"5061"`
	Certificate ReportCertificate  `json:"certificate" doc:"That the trunk shows."`
	Result      string             `json:"result" enum:"passed,partly,failed" doc:"partly: what was shown is good, and something was not shown."`
	Checks      []TrunkReportCheck `json:"checks" nullable:"false" doc:"All that there are, in a fixed order."`
}

// ReportCertificate is the certificate of a report.
type ReportCertificate struct {
	Subject  string    `json:"subject" doc:"Whom it names." example:"CN=*.eu.sbc.example.net"`
	Names    []string  `json:"names" nullable:"false" doc:"That it covers." example:"[\"*.eu.sbc.example.net\"]"`
	Issuer   string    `json:"issuer" doc:"Who has signed it." example:"CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1"`
	NotAfter time.Time `json:"not_after" doc:"When it runs out." example:"2027-03-01T00:00:00Z"`
	SHA256   string    `json:"sha256" doc:"Of the leaf, hex; empty: it could not be read." example:"5f0c1b7de0a94b5a3a5d7c0f7a0e1c2b3d4e5f60718293a4b5c6d7e8f9011223"`
}

// TrunkReportCheck is one thing that was looked at.
type TrunkReportCheck struct {
	ID       string         `json:"id" doc:"It does not change." example:"bench.hold"`
	Way      string         `json:"way" enum:"live,bench" doc:"live: seen at the running edge; bench: at one that was started for the proof, with the same certificate and settings, between a telephone and a Microsoft that the proof plays."`
	Title    string         `json:"title" doc:"What was looked at." example:"Hold and resume"`
	Need     string         `json:"need" doc:"Why a trunk has to." example:"Microsoft holds with inactive, and nothing else may be sent to it meanwhile; the sound comes back."`
	State    string         `json:"state" enum:"passed,failed,not-shown" doc:"not-shown: found says why; it is neither good nor bad."`
	Found    string         `json:"found" doc:"What there is." example:"held for 1 s, and the sound came back after 24 ms"`
	Code     string         `json:"code,omitempty" doc:"Of what was found, where id and state do not tell. It does not change." example:"no_call"`
	Figures  []ReportFigure `json:"figures" nullable:"false" doc:"What was measured."`
	Evidence []string       `json:"evidence" nullable:"false" doc:"Lines of what went over the wire." example:"[\"INVITE sip:e0.eu.sbc.example.net SIP/2.0\"]"`
	Fix      string         `json:"fix,omitempty" doc:"What to do; of everything that has not passed." example:"run tandem doctor on the node"`
	TookMS   int64          `json:"took_ms" doc:"Milliseconds." example:"1540"`
}

// ReportFigure is something that was measured.
type ReportFigure struct {
	Name  string  `json:"name" doc:"What." example:"round trip"`
	Value float64 `json:"value" doc:"How much." example:"24"`
	Unit  string  `json:"unit,omitempty" doc:"None of a share or a code." example:"ms"`
}

// describeReports tells what an answer is that is a signed file.
func (s *server) describeReports() {
	doc := s.api.OpenAPI()
	report := doc.Components.Schemas.Schema(reflect.TypeFor[SignedReport](), true, "")
	doc.Paths["/v1/proofs/{proof}/report.json"].Get.Responses["200"].Content = map[string]*huma.MediaType{"application/json": {Schema: report}}
	doc.Paths["/v1/proofs/{proof}/report.html"].Get.Responses["200"].Content = map[string]*huma.MediaType{"text/html": {Schema: &huma.Schema{Type: huma.TypeString}}}
}
