package voice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"tandem/internal/audio"
)

// Limits of a file to play; Microsoft states none [?].
const (
	maxFile      = 32 << 20         // bytes
	maxFileTime  = 15 * time.Minute // of sound
	maxFetchTime = 30 * time.Second
	maxRedirects = 10
)

// Allowance is something that Microsoft would not do and a test may want.
type Allowance int

// LoopbackHTTP lets files come from this machine by plain HTTP.
const LoopbackHTTP Allowance = 1

// Fetch downloads a file to play and decodes it: WAV, mono, 16-bit linear,
// 16 kHz, or MP3 with an ID3v2 tag (facts/call-automation.md §7). The client's
// transport decides whom to trust. Only https is fetched; redirects are followed
// as long as they stay with https [?].
//
// The error is a [*Failure]: what cannot be had is 400/8536, what is not such a
// file is 400/8535, and 500/8572 if ctx ended.
func Fetch(ctx context.Context, client *http.Client, uri string, allowed ...Allowance) (audio.PCM, error) {
	plain := false
	for _, a := range allowed {
		plain = plain || a == LoopbackHTTP
	}
	raw, err := download(ctx, client, uri, plain)
	if err != nil {
		if ctx.Err() != nil {
			return audio.PCM{}, shutdown(ctx)
		}
		return audio.PCM{}, &Failure{Result: NotDownloaded, Err: err}
	}
	pcm, err := decode(raw)
	if err != nil {
		return audio.PCM{}, &Failure{Result: BadFormat, Err: err}
	}
	return pcm, nil
}

func download(ctx context.Context, client *http.Client, uri string, plain bool) ([]byte, error) {
	target, err := url.Parse(uri)
	if err != nil {
		return nil, fmt.Errorf("address of the file: %w", withoutURL(err))
	}
	if err := fetchable(target, plain); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, maxFetchTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return nil, err
	}
	ours := *client
	ours.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirects", maxRedirects)
		}
		return fetchable(req.URL, plain)
	}
	shown := target.Host + target.Path // a query often is a signature
	res, err := ours.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown, withoutURL(err))
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", shown, res.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown, err)
	}
	if len(raw) > maxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", shown, maxFile)
	}
	return raw, nil
}

// withoutURL takes the address, with all of its query, out of an error.
func withoutURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

func fetchable(u *url.URL, plain bool) error {
	switch {
	case u.Host == "":
		return fmt.Errorf("the address has no host")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && plain && loopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%s://%s: files are fetched by https only", u.Scheme, u.Host)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// decode tells the kind of a file by its first bytes, not by its name or type,
// which storage accounts get wrong [?].
func decode(raw []byte) (audio.PCM, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("RIFF")):
		return decodeWAV(raw)
	case bytes.HasPrefix(raw, []byte("ID3")):
		return decodeMP3(raw)
	}
	return audio.PCM{}, errors.New("neither WAV nor MP3 with an ID3v2 tag")
}

func decodeWAV(raw []byte) (audio.PCM, error) {
	rate, channels, err := audio.ReadChannels(bytes.NewReader(raw))
	if err != nil {
		return audio.PCM{}, err
	}
	if rate != Rate || len(channels) != 1 {
		return audio.PCM{}, fmt.Errorf("WAV with %d channels at %d Hz, want mono at %d Hz", len(channels), rate, Rate)
	}
	pcm := audio.PCM{Rate: rate, Samples: channels[0]}
	if pcm.Duration() > maxFileTime {
		return audio.PCM{}, fmt.Errorf("WAV of %v, the simulator plays %v", pcm.Duration(), maxFileTime)
	}
	return pcm, nil
}
