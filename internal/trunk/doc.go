// Package trunk holds what carries calls: regions, the ACS resources in them,
// the SBC trunks registered in those, and the peers on the near side. It also
// knows the connectivities, the ways by which a number reaches Microsoft; no
// other package of the domain names one.
//
// Secrets are sealed before they come here (tandem/internal/secret); the
// contexts to seal them with are [AccessKeyContext] and [HA1Context].
package trunk
