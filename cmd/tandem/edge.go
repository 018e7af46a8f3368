package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tandem/internal/alone"
	"tandem/internal/config"
)

func edge() *cobra.Command {
	c := &cobra.Command{
		Use: "edge", Short: "Run the SIP edge alone: calls of allowed addresses go on to one next hop, RTP near, SRTP far",
		Long: `Runs the SIP edge without database and engine, for a DMZ or for measuring. Calls
that come from an allowed address are set up again towards the next hop, a dialog and
an identity of its own on either side; the called user goes on letter by letter. Media
is anchored: RTP on the near side, SDES SRTP on the far side.

A next hop with transport=tls has to show a certificate of --ca (the system's roots
without it) for the host of --next-hop: for a name a DNS name, for an IP address an IP
address among the subject's alternative names. Nothing switches that off. --cert and
--key are shown to a next hop that asks, and by listeners with tls. Without them there
is no listener on the far side over TLS: the next hop then has to send its requests by
the connections that we opened.

SIGTERM and SIGINT stop it: new calls are refused with 503, those that there are may
end within --drain, then they are hung up. A second signal ends it at once.`,
		Example: `  tandem edge --listen udp:192.0.2.2:5060 --allow 192.0.2.0/24 \
    --next-hop 'sip:198.51.100.7:5061;transport=tls' --ca carrier-ca.pem`,
		Args: cobra.NoArgs,
	}
	var o alone.Options
	f := c.Flags()
	f.StringArrayVar(&o.Listen, "listen", nil, "where peers reach us: udp:H:P, tcp:H:P or tls:H:P; may be repeated")
	f.StringArrayVar(&o.Allow, "allow", nil, "address or network (CIDR) of who may call, loopback included; may be repeated")
	f.StringVar(&o.NextHop, "next-hop", "", "where calls go: sip:H:P;transport=tls (or tcp, or udp)")
	f.StringVar(&o.CA, "ca", "", "PEM file of who vouches for the next hop (default the system's roots)")
	f.StringVar(&o.Cert, "cert", "", "PEM file of our certificate")
	f.StringVar(&o.Key, "key", "", "PEM file of its key")
	f.StringVar(&o.Media, "media", "", "IP address of RTP (default that of the listener)")
	f.StringVar(&o.Ports, "ports", "", "range of RTP ports (default 20000-32767)")
	f.StringVar(&o.Advertise, "advertise", "", "host that peers and next hop are told (default the listener's address)")
	f.IntVar(&o.Workers, "workers", 1, "threads that relay media")
	f.DurationVar(&o.NoMediaAfter, "media-timeout", time.Minute, "end of a call of which one side sends nothing though it should; 0: never")
	f.DurationVar(&o.Drain, "drain", 30*time.Second, "how long calls may go on after SIGTERM")
	level := f.String("log", "warn", "debug, info, warn or error; written to stderr")
	c.RunE = func(c *cobra.Command, _ []string) error {
		o.Logger = logger(c.ErrOrStderr(), config.Log{Level: *level, Format: "text"})
		e, err := alone.New(o)
		if err != nil {
			return err
		}
		if os.Getenv("GOGC") == "" {
			// What a call leaves behind is little, so that collecting it less often costs little
			// memory; more than this saves nothing.
			debug.SetGCPercent(200)
		}
		ctx := c.Context()
		if os.Getenv("GOMAXPROCS") == "" {
			go alone.ScaleProcessors(ctx)
		}
		// A second signal ends it at once.
		context.AfterFunc(ctx, func() { signal.Reset(os.Interrupt, syscall.SIGTERM) })
		return e.Run(ctx, func() { _, _ = fmt.Fprintln(c.OutOrStdout(), e) })
	}
	return c
}
