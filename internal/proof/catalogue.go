package proof

// Entry is a check that there is. What it rests on is facts/direct-routing.md.
type Entry struct {
	ID    string
	Way   Way
	Title string
	Need  string
	Fix   string // what usually helps; a check may know better
}

// Ids of checks. They do not change.
const (
	LiveTLS         = "live.tls"
	LiveOptionsTo   = "live.options.to"
	LiveOptionsFrom = "live.options.from"
	LiveCalls       = "live.calls"

	BenchTLS         = "bench.tls"
	BenchOptionsTo   = "bench.options.to"
	BenchOptionsFrom = "bench.options.from"
	BenchInviteTo    = "bench.invite.to"
	BenchInviteFrom  = "bench.invite.from"
	BenchRingback    = "bench.ringback"
	BenchAudioTo     = "bench.audio.to"
	BenchAudioFrom   = "bench.audio.from"
	BenchHold        = "bench.hold"
	BenchRefresh     = "bench.refresh"
	BenchOwnRefresh  = "bench.refresh.own"
	BenchBlind       = "bench.transfer.blind"
	BenchAttended    = "bench.transfer.attended"
	BenchFailover1   = "bench.failover.sip"
	BenchFailover2   = "bench.failover.sip2"
	BenchFailover3   = "bench.failover.sip3"
	BenchRules       = "bench.rules"
)

// Codes of what a check has found, for whoever says it in another language. They do not
// change. What is wrong with a certificate has the id of the doctor's finding.
const (
	CodeNoCall           = "no_call"           // since the node was started
	CodeOtherCertificate = "other_certificate" // than the file of the trunk has
	CodeNoTLS            = "no_tls"            // which everything else on the bench needs
	CodeNotMade          = "not_made"          // because there is no bench, or it did not work
	CodeReferred         = "referred"          // a blind transfer that the trunk carries out
	CodeRekeyed          = "rekeyed"           // one that Microsoft makes by itself
)

const (
	seeDoctor   = "run tandem doctor on the node: its findings about DNS, ports and certificates name the cause and the cure"
	seeProxies  = "run tandem doctor on the node and see proxy.tls and dns.proxy; open TCP 5061 to and from 52.112.0.0/14 and 52.120.0.0/14"
	seeProgram  = "this program did not do what it has to with this configuration: keep the report, update Tandem, and prove again; if it stays, report it with the evidence"
	seeFailover = "see sip.far.proxies: Microsoft's three names in their order; then prove again"
)

// catalogue is in the order of the report. Behind an entry is the section that it rests on.
var catalogue = []Entry{
	{LiveTLS, Live, "The running edge takes TLS under the trunk's name", "Microsoft opens TLS connections to the trunk's FQDN, and refuses a certificate that has run out, names something else or lacks its chain.", seeDoctor}, // §2.3
	{LiveOptionsTo, Live, "Microsoft's proxies answer our OPTIONS", "A trunk whose OPTIONS stop is demoted after three minutes, and not called any more.", seeProxies},                                                           // §5.3
	{LiveOptionsFrom, Live, "Microsoft's OPTIONS reach us", "Without them the trunk stays inactive: Microsoft calls nobody through it.", seeProxies},                                                                             // §5.2
	{LiveCalls, Live, "Calls have been answered by Microsoft", "What a customer wants of a trunk.", "place a call through the trunk, then prove again; if it fails, tandem explains each call"},

	{BenchTLS, Bench, "Both sides show their certificates, and verify", "Microsoft wants mutual TLS 1.2 or later, an RSA key and one of two suites.", seeDoctor},                                                                                                    // §2.3
	{BenchOptionsTo, Bench, "OPTIONS to each proxy, answered", "Once a minute to each of the three.", seeDoctor},                                                                                                                                                    // §5.1
	{BenchOptionsFrom, Bench, "OPTIONS from the proxies, answered with a Contact", "A 200 without Contact leaves the trunk inactive.", seeProgram},                                                                                                                  // §5.2
	{BenchInviteTo, Bench, "A call to Microsoft", "INVITE over TLS with the trunk in Contact, answered and acknowledged.", seeProgram},                                                                                                                              // §6.1
	{BenchInviteFrom, Bench, "A call from Microsoft", "A telephone behind the trunk rings and answers.", seeProgram},                                                                                                                                                // §6.2
	{BenchRingback, Bench, "Ringing reaches the caller", "180 passes; a 183 without sound is not handed on, or the caller hears silence.", seeProgram},                                                                                                              // §18 no. 20
	{BenchAudioTo, Bench, "Sound both ways, encrypted, of a call to Microsoft", "SRTP with SDES and AES_CM_128_HMAC_SHA1_80 on Microsoft's side; each hears the other.", "see that nothing on the node slows the media path, and prove again; then: " + seeProgram}, // §8
	{BenchAudioFrom, Bench, "Sound both ways, encrypted, of a call from Microsoft", "As of a call to Microsoft.", "see that nothing on the node slows the media path, and prove again; then: " + seeProgram},                                                        // §8
	{BenchHold, Bench, "Hold and resume", "Microsoft holds with inactive, and nothing else may be sent to it meanwhile; the sound comes back.", seeProgram},                                                                                                         // §0.9
	{BenchRefresh, Bench, "Microsoft's re-INVITE refreshes the session", "It comes in the middle of each long call, with the description unchanged; a trunk that does not answer loses the call then.", seeProgram},                                                 // §9
	{BenchOwnRefresh, Bench, "Our re-INVITE refreshes the session", "Where Microsoft leaves that to us, a call without it is ended.", seeProgram},                                                                                                                   // §9
	{BenchBlind, Bench, "Blind transfer", "The caller stays, and talks to whom he was transferred to.", seeProgram},                                                                                                                                                 // §10
	{BenchAttended, Bench, "Attended transfer", "An INVITE with Replaces takes over the call.", seeProgram},                                                                                                                                                         // §10
	{BenchFailover1, Bench, "Failover to sip.pstnhub.microsoft.com", "While the other two refuse.", seeFailover},
	{BenchFailover2, Bench, "Failover to sip2.pstnhub.microsoft.com", "While the first says nothing at all.", seeFailover},
	{BenchFailover3, Bench, "Failover to sip3.pstnhub.microsoft.com", "While the first two refuse with 503.", seeFailover},
	{BenchRules, Bench, "No rule of Microsoft's was broken on the way", "Such as requests on the wrong connection, a changed media target, or a missing ACK.", seeProgram},
}

// Catalogue is every check that there is.
func Catalogue() []Entry { return append([]Entry(nil), catalogue...) }
