package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// anywhere are flags that disturb nobody.
func anywhere(t *testing.T, more ...string) []string {
	args := []string{"--dir", t.TempDir(), "--sip", "127.0.0.1:0"}
	for _, flag := range []string{"control", "authority", "graph", "dns", "acs"} {
		args = append(args, "--"+flag, "127.0.0.1:0")
	}
	return append(args, more...)
}

func TestRunsUntilItIsTold(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	cmd := command(in, io.Discard)
	cmd.SetArgs(anywhere(t, "--trunk", "e0.test=127.0.0.1", "--insecure-callbacks"))
	ended := make(chan error, 1)
	go func() {
		err := cmd.ExecuteContext(ctx)
		_ = in.CloseWithError(err)
		ended <- err
	}()
	var printed struct {
		Control   string
		Resources []struct{ Endpoint, Access_Key string }
		SIP       []string `json:"sip_proxies"`
	}
	if err := json.NewDecoder(out).Decode(&printed); err != nil {
		t.Fatal(err)
	}
	if len(printed.Resources) != 1 || printed.Resources[0].Access_Key == "" || len(printed.SIP) != 1 {
		t.Errorf("printed %+v", printed)
	}
	res, err := http.Get(printed.Control + "/users")
	if err != nil {
		t.Fatal(err)
	}
	users, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil || !strings.Contains(string(users), "Ada Lovelace") {
		t.Errorf("users %s, %v", users, err)
	}
	http.DefaultClient.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestBadFlags(t *testing.T) {
	for _, more := range [][]string{
		{"--trunk", "a.test=here"},
		{"--tenant", "x"},
		{"--user", "x"},
		{"--user", "x=y"},
		{"--app", "x"},
		{"--access-key", "?"},
		{"--when-rung", "sing"},
		{"--delays", "sometimes"},
		{"--control", "nowhere"},
		{"argument"},
		{"--subscribe", ""},
	} {
		var stderr bytes.Buffer
		cmd := command(io.Discard, &stderr)
		cmd.SetArgs(anywhere(t, more...))
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if more[0] == "--subscribe" { // empty means none
			if err := cmd.ExecuteContext(ctx); err != nil {
				t.Error(err)
			}
			continue
		}
		if err := cmd.ExecuteContext(ctx); err == nil {
			t.Errorf("%v was accepted", more)
		}
	}
}
