//go:build unix && !linux

package localpg

import "syscall"

// attributes: a group of its own, so that Ctrl-C in the terminal reaches only
// the launcher. An orphan is ended by the next start.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
