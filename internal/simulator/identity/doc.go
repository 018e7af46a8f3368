// Package identity is the Communication Identity API of a simulated resource,
// as far as applications of Call Automation need it: it makes communication
// users (8:acs:<immutable id>_<guid>) and access tokens for them.
//
// Paths, statuses and shapes are those of the API description
// (contracts/teams-extension.json) [S] and of recorded answers
// (contracts/recorded/acs-http) [R]. What is not documented:
//
//   - Every id of the form above counts as a user of its resource until it is
//     deleted, whoever made it up; Call Automation here takes the same view [?].
//   - Any api-version that is a date, with or without -preview, is good [?].
//   - The texts of errors, and the claims of a token beyond those that clients
//     read (skypeid, scp, exp, iat) [?].
//
// Who asks is checked before a request comes here (acs.Service.Guard).
package identity
