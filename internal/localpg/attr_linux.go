package localpg

import "syscall"

// attributes: a group of its own, so that Ctrl-C in the terminal reaches only
// the launcher, and an end together with the thread that starts it.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
}
