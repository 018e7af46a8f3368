package check

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Port is a listener of the configuration.
type Port struct {
	Setting string
	Network string // udp or tcp
	Address string // host:port
}

// Holder is a process that has a socket; zero if it cannot be seen.
type Holder struct {
	PID  int
	Name string
	Ours bool // it is Tandem, as far as its program tells
}

// Listener looks whether a listener can be opened, by opening and closing it, or
// is open already, which is as it should be if it is ours.
func Listener(ctx context.Context, p Port, holder func(network string, port int) Holder) Finding {
	f := Finding{ID: "port", Subject: p.Setting}
	where := p.Address + "/" + p.Network
	err := tryListen(ctx, p)
	switch {
	case err == nil && strings.HasSuffix(p.Address, ":0"):
		f.State, f.Found = OK, where+": the system chooses a port"
	case err == nil:
		f.State, f.Found = OK, where+" is free, and can be opened"
	case errors.Is(err, syscall.EADDRINUSE):
		_, port, _ := net.SplitHostPort(p.Address)
		number, _ := strconv.Atoi(port)
		return held(f, where, holder(p.Network, number))
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		f.State, f.Found = Fail, where+" is not an address of this machine"
		f.Fix = "set " + p.Setting + " to an address that `ip address` shows, or to :port for all"
	case errors.Is(err, syscall.EACCES):
		f.State, f.Found = Fail, where+" may not be opened by this account"
		f.Fix = "use a port above 1023, or give the program the capability CAP_NET_BIND_SERVICE"
	default:
		f.State, f.Found = Fail, where+" cannot be opened: "+err.Error()
		f.Fix = "correct " + p.Setting
	}
	return f
}

func held(f Finding, where string, by Holder) Finding {
	switch {
	case by.Ours:
		f.State, f.Found = OK, fmt.Sprintf("%s is open, by Tandem itself (process %d)", where, by.PID)
	case by.PID != 0:
		f.State, f.Found = Fail, fmt.Sprintf("%s is taken by %s (process %d)", where, by.Name, by.PID)
		f.Fix = "stop that program, or set " + f.Subject + " to another port"
	default:
		f.State, f.Found = Warn, where+" is open, by a process of an account whose processes we may not see"
		f.Fix = "if Tandem runs here that is as it should be; run the doctor as its account, or see `ss -lntup`"
	}
	return f
}

func tryListen(ctx context.Context, p Port) error {
	var lc net.ListenConfig
	if p.Network == "udp" {
		c, err := lc.ListenPacket(ctx, "udp", p.Address)
		if err != nil {
			return err
		}
		return c.Close()
	}
	l, err := lc.Listen(ctx, "tcp", p.Address)
	if err != nil {
		return err
	}
	return l.Close()
}

// FindHolder looks in /proc for who listens on a port. Processes of other accounts
// show their sockets to root only.
func FindHolder(network string, port int) Holder {
	inodes := map[string]bool{}
	for _, table := range []string{network, network + "6"} {
		raw, err := os.ReadFile("/proc/net/" + table)
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(raw), "\n")[1:] {
			fields := strings.Fields(line)
			// 0A is LISTEN, 07 is a datagram socket without a peer (Linux, net/tcp_states.h).
			if len(fields) > 9 && strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", port)) && (fields[3] == "0A" || fields[3] == "07") {
				inodes["socket:["+fields[9]+"]"] = true
			}
		}
	}
	links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, link := range links {
		if target, err := os.Readlink(link); err != nil || !inodes[target] {
			continue
		}
		return describe(strings.Split(link, "/")[2])
	}
	return Holder{}
}

func describe(pid string) Holder {
	n, _ := strconv.Atoi(pid)
	name := program(pid)
	return Holder{PID: n, Name: name, Ours: n == os.Getpid() || name != "" && name == program("self")}
}

// program is the file name of a process's program; after an upgrade the file that
// still runs has been replaced.
func program(pid string) string {
	exe, err := os.Readlink("/proc/" + pid + "/exe")
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(filepath.Base(exe), " (deleted)")
}

// RTP is where media is to arrive.
type RTP struct {
	Address  string // to bind
	Min, Max int    // ports
}

// EphemeralRange are the ports that the kernel gives to sockets that ask for none;
// zeros if it does not tell.
func EphemeralRange() (low, high int) {
	raw, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return 0, 0
	}
	if _, err := fmt.Sscan(string(raw), &low, &high); err != nil {
		return 0, 0
	}
	return low, high
}

// portsOfCall: RTP and RTCP, on either side.
const portsOfCall = 4

// Check compares the range with the kernel's and tries the address.
func (r RTP) Check(ctx context.Context, low, high int) []Finding {
	f := Finding{ID: "rtp.range", Subject: fmt.Sprintf("%d-%d", r.Min, r.Max)}
	switch {
	case low == 0:
		f.State, f.Found = NotChecked, "the kernel does not tell its ephemeral ports (/proc/sys/net/ipv4/ip_local_port_range)"
		f.Fix = "run the doctor on Linux, where the product runs"
	case r.Min <= high && low <= r.Max:
		f.State = Warn
		f.Found = fmt.Sprintf("overlaps the kernel's ephemeral ports %d-%d: any outgoing connection may take a port that a call needs", low, high)
		f.Fix = fmt.Sprintf("end sip.media.port_max at %d, or raise net.ipv4.ip_local_port_range by sysctl", low-1)
	default:
		f.State, f.Found = OK, fmt.Sprintf("is clear of the kernel's ephemeral ports %d-%d; room for %d calls at once", low, high, (r.Max-r.Min+1)/portsOfCall)
	}
	a := Finding{ID: "rtp.address", Subject: r.Address, State: OK, Found: "is an address of this machine"}
	if ip, err := netip.ParseAddr(r.Address); err == nil && ip.IsUnspecified() {
		a.Found = "stands for all addresses of this machine"
	}
	if err := tryListen(ctx, Port{Network: "udp", Address: net.JoinHostPort(r.Address, "0")}); err != nil {
		a.State, a.Found = Fail, "no RTP can arrive there: "+err.Error()
		a.Fix = "set sip.media.address to an address that `ip address` shows; behind NAT the public one belongs in sip.media.advertise"
	}
	return []Finding{f, a}
}
