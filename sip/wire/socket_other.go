//go:build !linux

package wire

import "net"

// Listen and direct are those of Linux without its system calls.
func Listen(at string) (net.PacketConn, error) { return net.ListenPacket("udp", at) }

func Direct(c net.Conn) net.Conn { return c }
