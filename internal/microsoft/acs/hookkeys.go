package acs

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/url"
	"strconv"
	"strings"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

const (
	minHookKey = 16 // bytes
	secretSize = 16 // bytes of the MAC that are kept: 128 bits
)

// HookKeys make the secrets in the addresses that Microsoft calls. Current
// makes them; what Previous made (nil: nothing) is still let in, so that a key
// can be changed while calls and subscriptions go on.
type HookKeys struct {
	Current  []byte
	Previous []byte
}

// LogValue keeps keys out of logs.
func (HookKeys) LogValue() slog.Value { return slog.StringValue("[redacted]") }

func (k HookKeys) validate() error {
	if len(k.Current) < minHookKey || len(k.Previous) > 0 && len(k.Previous) < minHookKey {
		return fault.Invalid("short_hook_key", "a hook key has at least 16 bytes")
	}
	return nil
}

// The kinds of addresses must never share a secret, so what is signed for one
// cannot be what is signed for another: no id contains a zero byte.
func gridText(resource string) string               { return "eventgrid\x00" + resource }
func callText(resource string, call call.ID) string { return resource + "/" + string(call) }
func mediaText(resource string, call call.ID) string {
	return "media\x00" + resource + "\x00" + string(call)
}
func promptText(id tenant.PromptID, version string) string {
	return "prompt\x00" + string(id) + "\x00" + version
}

func secretFor(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(text)) // never fails (hash.Hash)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:secretSize])
}

// admits compares a secret in constant time with what both keys make.
func (k HookKeys) admits(secret, text string) bool {
	ok := hmac.Equal([]byte(secret), []byte(secretFor(k.Current, text)))
	if len(k.Previous) > 0 {
		ok = hmac.Equal([]byte(secret), []byte(secretFor(k.Previous, text))) || ok
	}
	return ok
}

// GridURL is the address for the Event Grid subscription of a resource.
func (k HookKeys) GridURL(publicURL, resource string) string {
	return strings.TrimRight(publicURL, "/") + "/hooks/eventgrid/" + url.PathEscape(resource) + "/" +
		secretFor(k.Current, gridText(resource))
}

// CallURL is the callback address of one call.
func (k HookKeys) CallURL(publicURL, resource string, id call.ID) string {
	return strings.TrimRight(publicURL, "/") + "/hooks/calls/" + url.PathEscape(resource) + "/" +
		url.PathEscape(string(id)) + "/" + secretFor(k.Current, callText(resource, id))
}

// MediaURL is where Microsoft opens its sockets to the sound and words of one call.
// publicURL is https, so this is wss.
func (k HookKeys) MediaURL(publicURL, resource string, id call.ID) string {
	base := strings.TrimRight(publicURL, "/")
	if rest, plain := strings.CutPrefix(base, "http"); plain { // https too
		base = "ws" + rest
	}
	return base + "/media/" + url.PathEscape(resource) + "/" + url.PathEscape(string(id)) + "/" + secretFor(k.Current, mediaText(resource, id))
}

// PromptURL is where the sound of a prompt is fetched, as it is now: other sound
// has another address.
func (k HookKeys) PromptURL(publicURL string, p tenant.Prompt) string {
	version := strconv.Itoa(p.Version)
	return strings.TrimRight(publicURL, "/") + "/prompts/" + string(p.ID) + "/" + version + "-" +
		secretFor(k.Current, promptText(p.ID, version)) + ".wav"
}
