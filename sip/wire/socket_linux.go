package wire

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"unsafe"
)

// The sockets here keep the scheduler out of their system calls, which is right because
// those cannot block: who has to wait waits for the poller. Else each call wakes the
// runtime's monitor thread, which then looks every 20 µs whether it has to take the
// processor away: a fifth of the edge's time.

// packets is a UDP socket. One goroutine may read, any number write.
type packets struct {
	*net.UDPConn
	raw   syscall.RawConn
	six   bool // the socket is of IPv6, where addresses of IPv4 are mapped
	read  packetIO
	last  *net.UDPAddr // whom the last packet came from, mostly the same peer as before
	write sync.Pool    // of *packetIO
}

// packetIO is one system call of reading or writing.
type packetIO struct {
	b    []byte
	at   syscall.RawSockaddrInet6 // the largest; IPv4 uses its beginning
	size uint32
	n    int
	err  syscall.Errno
	call func(fd uintptr) bool // made once, so that it costs nothing
}

const (
	sockaddr4 = uint32(unsafe.Sizeof(syscall.RawSockaddrInet4{}))
	sockaddr6 = uint32(unsafe.Sizeof(syscall.RawSockaddrInet6{}))
)

func Listen(at string) (net.PacketConn, error) {
	c, err := net.ListenPacket("udp", at)
	if err != nil {
		return nil, err
	}
	p := &packets{UDPConn: c.(*net.UDPConn)}
	if p.raw, err = p.SyscallConn(); err != nil {
		_ = c.Close()
		return nil, err
	}
	_ = p.raw.Control(func(fd uintptr) {
		at, err := syscall.Getsockname(int(fd)) //nolint:gosec // a descriptor
		_, p.six = at.(*syscall.SockaddrInet6)
		p.six = p.six && err == nil
	})
	p.read.call = p.read.receive
	p.write.New = func() any {
		o := &packetIO{}
		o.call = o.send
		return o
	}
	return p, nil
}

func (o *packetIO) receive(fd uintptr) bool {
	for {
		o.size = sockaddr6
		n, _, err := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(o.b))), uintptr(len(o.b)),
			syscall.MSG_DONTWAIT, uintptr(unsafe.Pointer(&o.at)), uintptr(unsafe.Pointer(&o.size)))
		if err != syscall.EINTR {
			o.n, o.err = int(n), err //nolint:gosec // at most len(o.b), or unused
			return err != syscall.EAGAIN
		}
	}
}

func (o *packetIO) send(fd uintptr) bool {
	for {
		n, _, err := syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(unsafe.SliceData(o.b))), uintptr(len(o.b)),
			syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&o.at)), uintptr(o.size))
		if err != syscall.EINTR {
			o.n, o.err = int(n), err //nolint:gosec // at most len(o.b), or unused
			return err != syscall.EAGAIN
		}
	}
}

// ReadFrom waits for a packet. Its sender belongs to the socket and is not to be changed.
func (p *packets) ReadFrom(b []byte) (int, net.Addr, error) {
	o := &p.read
	o.b = b
	err := p.raw.Read(o.call)
	o.b = nil
	if err == nil && o.err != 0 {
		err = os.NewSyscallError("recvfrom", o.err)
	}
	if err != nil {
		return 0, nil, err
	}
	if from := o.from(); p.last == nil || p.last.AddrPort() != from {
		p.last = net.UDPAddrFromAddrPort(from)
	}
	return o.n, p.last, nil
}

func (o *packetIO) from() netip.AddrPort {
	port := binary.BigEndian.Uint16((*[2]byte)(unsafe.Pointer(&o.at.Port))[:])
	if o.at.Family == syscall.AF_INET {
		return netip.AddrPortFrom(netip.AddrFrom4((*syscall.RawSockaddrInet4)(unsafe.Pointer(&o.at)).Addr), port)
	}
	a := netip.AddrFrom16(o.at.Addr).Unmap()
	if a.Is6() && o.at.Scope_id != 0 {
		if i, err := net.InterfaceByIndex(int(o.at.Scope_id)); err == nil {
			a = a.WithZone(i.Name)
		}
	}
	return netip.AddrPortFrom(a, port)
}

// WriteTo sends a packet, or leaves it to package net if the address is not a plain one.
func (p *packets) WriteTo(b []byte, to net.Addr) (int, error) {
	u, ok := to.(*net.UDPAddr)
	if !ok || u.Zone != "" || len(b) == 0 {
		return p.UDPConn.WriteTo(b, to)
	}
	a := u.AddrPort()
	address := a.Addr().Unmap()
	if !address.IsValid() || address.Is6() && !p.six {
		return p.UDPConn.WriteTo(b, to) // which says what is wrong
	}
	o := p.write.Get().(*packetIO)
	defer p.write.Put(o)
	o.at = syscall.RawSockaddrInet6{}
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&o.at.Port))[:], a.Port())
	if p.six {
		o.at.Family, o.at.Addr, o.size = syscall.AF_INET6, address.As16(), sockaddr6
	} else {
		four := (*syscall.RawSockaddrInet4)(unsafe.Pointer(&o.at))
		four.Family, four.Addr, o.size = syscall.AF_INET, address.As4(), sockaddr4
	}
	o.b = b
	err := p.raw.Write(o.call)
	o.b = nil
	if err == nil && o.err != 0 {
		err = os.NewSyscallError("sendto", o.err)
	}
	if err != nil {
		return 0, &net.OpError{Op: "write", Net: "udp", Source: p.LocalAddr(), Addr: to, Err: err}
	}
	return o.n, nil
}

// stream is a TCP connection. Safe for concurrent use.
type stream struct {
	net.Conn
	tcp     *net.TCPConn // the same
	raw     syscall.RawConn
	in, out sync.Mutex
	reading streamIO
	sending streamIO
}

// streamIO is one reading or writing.
type streamIO struct {
	b    []byte
	n    int
	err  syscall.Errno
	call func(fd uintptr) bool // made once, so that it costs nothing
}

// direct is the connection with its system calls as above; c itself if it has none.
func Direct(c net.Conn) net.Conn {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return c
	}
	s := &stream{Conn: c, tcp: tcp, raw: raw}
	s.reading.call, s.sending.call = s.reading.receive, s.sending.send
	return s
}

func (o *streamIO) receive(fd uintptr) bool {
	for {
		n, _, err := syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(o.b))), uintptr(len(o.b)), syscall.MSG_DONTWAIT, 0, 0)
		if err != syscall.EINTR {
			o.n, o.err = int(n), err //nolint:gosec // at most len(o.b), or unused
			return err != syscall.EAGAIN
		}
	}
}

// send goes on until all is sent, or there is no more room.
func (o *streamIO) send(fd uintptr) bool {
	for o.n < len(o.b) {
		rest := o.b[o.n:]
		n, _, err := syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(unsafe.SliceData(rest))), uintptr(len(rest)), syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
		switch err {
		case 0:
			o.n += int(n) //nolint:gosec // at most len(rest)
		case syscall.EINTR:
		case syscall.EAGAIN:
			return false
		default:
			o.err = err
			return true
		}
	}
	return true
}

// do runs the call and gives back how much was done.
func (o *streamIO) do(b []byte, wait func(func(uintptr) bool) error) (int, error) {
	o.b, o.n, o.err = b, 0, 0
	err := wait(o.call)
	o.b = nil
	if err == nil && o.err != 0 {
		return 0, o.err
	}
	return o.n, err
}

func (s *stream) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	s.in.Lock()
	defer s.in.Unlock()
	n, err := s.reading.do(b, s.raw.Read)
	switch {
	case err != nil:
		return 0, s.failed("read", err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

func (s *stream) Write(b []byte) (int, error) {
	s.out.Lock()
	defer s.out.Unlock()
	n, err := s.sending.do(b, s.raw.Write)
	if err != nil {
		return n, s.failed("write", err)
	}
	return n, nil
}

// CloseWrite tells the other end that nothing more comes, and goes on reading.
func (s *stream) CloseWrite() error { return s.tcp.CloseWrite() }

func (s *stream) failed(what string, err error) error {
	return &net.OpError{Op: what, Net: "tcp", Source: s.LocalAddr(), Addr: s.RemoteAddr(), Err: err}
}
