// Package desk is how people and tests hold the simulator in their hands: the
// JSON interface /_sim and the page /desk, where the Teams users' phones ring.
//
// The page is plain: rendered on the server, refreshed once a second, one small
// script and one style sheet, both served from here. Requests that a browser
// sends for another site are refused.
package desk
