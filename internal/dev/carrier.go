package dev

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tandem/internal/audio"
	"tandem/sip/siptest"
)

// carrierName is the peer that dials telephones in development.
const carrierName = "carrier"

// startCarrier opens the telephone network of a stack: one phone on which every
// number rings and is answered at once by somebody who talks, unless its last three
// digits say otherwise: 000 rings for ever, and a status of SIP from 400 to 699
// refuses with that.
func startCarrier(password string, log *slog.Logger) (*siptest.Phone, error) {
	p, err := siptest.New(siptest.Config{Username: carrierName, Password: password, Logger: log})
	if err != nil {
		return nil, fmt.Errorf("carrier: %w", err)
	}
	p.OnCall(func(in *siptest.Incoming) {
		number := in.To()
		if u, err := url.Parse(in.To()); err == nil {
			number = u.Opaque
		}
		if err := ring(in, lastThree(number)); err != nil {
			log.Info("a telephone of the carrier's", "error", err)
		}
	})
	return p, nil
}

// lastThree are the last three digits of the user of a SIP URI without its scheme.
func lastThree(uri string) int {
	digits := uri
	for i, c := range uri {
		if c == '@' {
			digits = uri[:i]
			break
		}
	}
	n, err := strconv.Atoi(digits[max(0, len(digits)-3):])
	if err != nil {
		return -1
	}
	return n
}

func ring(in *siptest.Incoming, how int) error {
	if how >= 400 && how <= 699 {
		return in.Reject(how, "No")
	}
	if err := in.Ring(); err != nil {
		return err
	}
	if how == 0 {
		<-in.Cancelled()
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := in.Answer(ctx, audio.CustomerSpeech())
	if err != nil {
		return err
	}
	<-c.Ended()
	return nil
}

// seedCarrier makes the carrier known, at the address that it has this time.
func seedCarrier(ctx context.Context, c *client, password string, p *siptest.Phone) error {
	type peer struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	known, err := list[peer](ctx, c, "/peers")
	if err != nil {
		return err
	}
	target := "sip:" + p.Addr().String()
	if i := slices.IndexFunc(known, func(p peer) bool { return p.Name == carrierName }); i >= 0 {
		return c.do(ctx, "PATCH", "/peers/"+known[i].ID, map[string]any{"dial_to": target}, nil)
	}
	return c.do(ctx, "POST", "/peers", map[string]any{
		"name": carrierName, "auth": "digest", "username": carrierName, "password": password, "dial_to": target,
	}, nil)
}
