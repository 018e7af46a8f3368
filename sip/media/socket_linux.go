package media

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// socket is a bound UDP socket and what is known about its other end.
type socket struct {
	fd     int
	slot   int32 // in worker.sockets; or unwatched
	isRTCP bool
	stream *Stream // nil: a spare one

	signalled netip.AddrPort
	source    netip.AddrPort // learnt; zero: not yet
	target    sockaddr       // of source if learnt, else of signalled
	left      netip.AddrPort // where the other end was before, which is not learnt
	leftUntil int64
}

// unwatched is the slot of a socket that no worker reads.
const unwatched = -1

// aim sets the signalled address. An unchanged one keeps what was learnt.
func (s *socket) aim(a netip.AddrPort, now int64) {
	if s.signalled == a {
		return
	}
	s.left, s.leftUntil = cmp.Or(s.source, s.signalled), now+int64(leftFor)
	s.signalled, s.source = a, netip.AddrPort{}
	s.target.set(a)
}

// sockaddr is a socket address as the kernel reads and writes it.
type sockaddr struct {
	raw unix.RawSockaddrInet6 // the largest; IPv4 uses its beginning
	n   uint32                // 0: none
}

const (
	size4 = uint32(unsafe.Sizeof(unix.RawSockaddrInet4{}))
	size6 = uint32(unsafe.Sizeof(unix.RawSockaddrInet6{}))
)

func (a *sockaddr) v4() *unix.RawSockaddrInet4 {
	return (*unix.RawSockaddrInet4)(unsafe.Pointer(&a.raw))
}

// port is the port's field, which is in network order whatever the machine's.
func port(field *uint16) *[2]byte { return (*[2]byte)(unsafe.Pointer(field)) }

func (a *sockaddr) set(to netip.AddrPort) {
	*a = sockaddr{}
	switch {
	case !to.IsValid() || to.Port() == 0:
	case to.Addr().Is4():
		raw := a.v4()
		raw.Family, raw.Addr = unix.AF_INET, to.Addr().As4()
		binary.BigEndian.PutUint16(port(&raw.Port)[:], to.Port())
		a.n = size4
	default:
		a.raw.Family, a.raw.Addr = unix.AF_INET6, to.Addr().As16()
		binary.BigEndian.PutUint16(port(&a.raw.Port)[:], to.Port())
		a.n = size6
	}
}

func (a *sockaddr) get() netip.AddrPort {
	if a.raw.Family == unix.AF_INET {
		raw := a.v4()
		return netip.AddrPortFrom(netip.AddrFrom4(raw.Addr), binary.BigEndian.Uint16(port(&raw.Port)[:]))
	}
	return netip.AddrPortFrom(netip.AddrFrom16(a.raw.Addr), binary.BigEndian.Uint16(port(&a.raw.Port)[:]))
}

// receive reads one datagram without blocking; n is negative if there is none. The raw system call keeps the scheduler out of it, which is
// right because it cannot block.
func (s *socket) receive(buf []byte, from *sockaddr) int {
	from.n = size6
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(s.fd), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)),
		unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(&from.raw)), uintptr(unsafe.Pointer(&from.n)))
	if errno != 0 {
		return -1
	}
	return int(n) // at most len(buf)
}

// send sends one datagram to the target without blocking; a full buffer loses it, as a network would.
func (s *socket) send(packet []byte) bool {
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&packet[0])), uintptr(len(packet)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&s.target.raw)), uintptr(s.target.n))
	return errno == 0
}

// expeditedForwarding is the DSCP of voice (RFC 4594 §4.1), in the place of the TOS byte.
const expeditedForwarding = 46 << 2

// bind opens a socket, by raw system calls for the reason of [socket.receive].
func bind(a netip.AddrPort) (fd int, err error) {
	family, level, option := unix.AF_INET, unix.IPPROTO_IP, unix.IP_TOS
	if a.Addr().Is6() {
		family, level, option = unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_TCLASS
	}
	fd, err = unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	service := uint32(expeditedForwarding)
	// A wish, some containers refuse.
	_, _, _ = unix.RawSyscall6(unix.SYS_SETSOCKOPT, uintptr(fd), uintptr(level), uintptr(option), uintptr(unsafe.Pointer(&service)), unsafe.Sizeof(service), 0)
	var to sockaddr
	to.set(a)
	if _, _, errno := unix.RawSyscall(unix.SYS_BIND, uintptr(fd), uintptr(unsafe.Pointer(&to.raw)), uintptr(to.n)); errno != 0 {
		shut(fd)
		return -1, os.NewSyscallError("bind", errno)
	}
	return fd, nil
}

// shut closes a socket, which does not wait for anything either.
func shut(fd int) { _, _, _ = unix.RawSyscall(unix.SYS_CLOSE, uintptr(fd), 0, 0) }
