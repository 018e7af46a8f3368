package tenant

import (
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"tandem/internal/fault"
)

// BotID names a bot: a UUID in lower case. It is not secret.
type BotID string

// Limits of bots.
const (
	MaxBots    = 100 // of one tenant
	maxBotName = 100 // characters
	maxBotURL  = 2048
)

// BotSecretPrefix begins the secret that is shown to a bot, so that scanners
// recognise one that leaked.
const BotSecretPrefix = "tdb_"

// Bot is a program that hears callers and speaks to them, over a WebSocket that we
// open (package bot has the protocol).
type Bot struct {
	ID       BotID
	Tenant   ID
	Name     string // unique in the tenant
	URL      string // wss
	Secret   []byte // sealed; shown to the bot as a bearer token
	Language string // that it is told of calls for which nobody says another; BCP 47, or ""
	// DTMFClears ends what the bot says when the caller presses a key. Without it
	// the bot alone decides when it is interrupted.
	DTMFClears bool
	CreatedAt  time.Time
	ChangedAt  time.Time
}

// BotContext is what a bot's secret is sealed for.
func BotContext(t ID, id BotID) string { return "bot/" + string(t) + "/" + string(id) + "/secret" }

// Normalize puts what was typed into the form that is compared and stored.
func (b Bot) Normalize() Bot {
	b.Name, b.URL = strings.TrimSpace(b.Name), strings.TrimSpace(b.URL)
	b.Language = Prompt{Language: b.Language}.Normalize().Language
	return b
}

// Validate reports everything wrong with what people say of a bot.
func (b Bot) Validate() error {
	var all fault.Problems
	if b.Name == "" || utf8.RuneCountInString(b.Name) > maxBotName || !showable(b.Name) {
		all.Add("name", "must be printable text of 1 to %d characters, without spaces at its ends", maxBotName)
	}
	u, err := url.Parse(b.URL)
	switch {
	case err != nil || u.Hostname() == "" || len(b.URL) > maxBotURL || u.Opaque != "":
		all.Add("url", "must be a URL such as wss://bot.example.com/calls")
	case u.User != nil || u.Fragment != "":
		all.Add("url", "must have no user, password or fragment: the bot knows us by its secret")
	case u.Scheme != "wss" && !b.Plain():
		all.Add("url", "must be wss")
	}
	if b.Language != "" && (len(b.Language) > maxLanguage || !language.MatchString(b.Language)) {
		all.Add("language", "must be a language tag (BCP 47) such as en-GB, or left out")
	}
	return all.Err("bot_invalid", "the bot is not valid")
}

// Plain says whether the URL is ws to this machine, which only a development
// installation permits.
func (b Bot) Plain() bool {
	u, err := url.Parse(b.URL)
	if err != nil || u.Scheme != "ws" {
		return false
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		return a.IsLoopback()
	}
	return strings.EqualFold(u.Hostname(), "localhost")
}
