// Command tandem is the product: `tandem help` lists what it does.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // for libraries that log on their own; ours is handed around
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(os.Stderr, "tandem:", text)
	}
	code := 1
	if e := (*exit)(nil); errors.As(err, &e) {
		code = e.code
	}
	os.Exit(code)
}
