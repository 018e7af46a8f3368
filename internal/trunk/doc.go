// Package trunk holds what carries calls: regions, the ACS resources in them,
// the SBC trunks registered in those with the voice routes that lead to them, and
// the peers on the near side. It also knows the connectivities, the ways by which
// a number reaches Microsoft; no other package of the domain names one.
//
// [Routing] is what one resource has or shall have, [Routing.Validate] for what
// Microsoft would refuse it, [Routing.Notes] what is odd about it all the same.
// [NewPlan] is the way from one to the other: changes to be read, and one [Patch].
//
// Secrets are sealed before they come here (tandem/internal/secret); the
// contexts to seal them with are [AccessKeyContext] and [HA1Context].
package trunk
