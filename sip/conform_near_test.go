package sip

// Peers: transports, authentication, addresses, identity and what a request must be.
var nearRows = rows{
	"digest by SHA-256 and MD5 (RFC 8760)": digestAuthentication,
}
