package flow

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	// Opening hours are in zones by name, wherever the program runs.
	_ "time/tzdata"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Known is what a tenant has. What is nil is not looked at.
type Known struct {
	Prompts []tenant.PromptID
	Agents  []tenant.AgentID
	Queues  []tenant.QueueID
	Bots    []tenant.BotID
	// Speech: Microsoft says texts and understands words at the resources that the
	// tenant's calls go through.
	Speech *bool
}

// stepName is the form of a step's name: it stands in events and statistics.
var stepName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,49}$`)

// Validate reports everything that is wrong with a document, by JSON paths.
func (d Document) Validate(k Known) error {
	var p fault.Problems
	if len(d.Steps) == 0 || len(d.Steps) > MaxSteps {
		p.Add("steps", "must be 1 to %d", MaxSteps)
	}
	names := map[string]bool{}
	for i, b := range d.Steps {
		path := fmt.Sprintf("steps[%d]", i)
		if !stepName.MatchString(b.Name) {
			p.Add(path+".name", "must be 1 to 50 of a-z, 0-9, - and _")
		} else if names[b.Name] {
			p.Add(path+".name", "is the name of another step")
		}
		names[b.Name] = true
		if kinds := b.kinds(); kinds != 1 {
			p.Add(path, "has %d of say, ask, hours, hand_over, virtual_agent, voicemail, transfer, redirect and hang_up, must have one", kinds)
			continue
		}
		b.check(&p, path, k)
	}
	d.checkGraph(&p, names)
	return p.Err("flow_invalid", "the flow is not valid")
}

func (b Block) kinds() (n int) {
	for _, is := range []bool{b.Say != nil, b.Ask != nil, b.Hours != nil, b.HandOver != nil, b.VirtualAgent != nil, b.Voicemail != nil, b.Transfer != nil, b.Redirect != nil, b.HangUp != nil} {
		if is {
			n++
		}
	}
	return n
}

func (b Block) check(p *fault.Problems, path string, k Known) {
	for _, list := range b.sounds() {
		checkSounds(p, path+"."+list.path, list.sounds, k)
		checkPlaces(p, path+"."+list.path, list)
	}
	switch {
	case b.Say != nil && len(b.Say.Sounds) == 0:
		p.Add(path+".say.sounds", "must be at least one")
	case b.Ask != nil:
		b.Ask.check(p, path+".ask", k)
	case b.Hours != nil:
		b.Hours.check(p, path+".hours")
	case b.HandOver != nil:
		b.HandOver.check(p, path+".hand_over", k)
	case b.VirtualAgent != nil:
		b.VirtualAgent.check(p, path+".virtual_agent", k)
	case b.Voicemail != nil:
		b.Voicemail.check(p, path+".voicemail")
	case b.Transfer != nil:
		checkPerson(p, path+".transfer.agent", b.Transfer.Agent, k)
	case b.Redirect != nil:
		checkPerson(p, path+".redirect.agent", b.Redirect.Agent, k)
	}
}

// found passes on what the call has against an operation, at the paths of the step.
func found(p *fault.Problems, o call.Operation, from, to string) {
	var q fault.Problems
	o.Check(&q)
	var f *fault.Error
	if !errors.As(q.Err("", ""), &f) {
		return
	}
	for _, x := range f.Fields {
		if rest, under := strings.CutPrefix(x.Path, from); under {
			p.Add(to+rest, "%s", x.Msg)
		}
	}
}

func checkSounds(p *fault.Problems, path string, sounds []Sound, k Known) {
	if len(sounds) == 0 {
		return
	}
	found(p, call.Operation{Kind: call.Play, Sources: sources(sounds)}, "sources", path)
	for i, s := range sounds {
		at := fmt.Sprintf("%s[%d]", path, i)
		if s.Prompt != "" && k.Prompts != nil && !slices.Contains(k.Prompts, tenant.PromptID(s.Prompt)) {
			p.Add(at+".prompt", "the tenant has no such prompt")
		}
		if (s.Text != "" || s.SSML != "") && k.Speech != nil && !*k.Speech {
			p.Add(at, "needs Microsoft's speech, and no resource for the tenant has a cognitive endpoint: give one to the resource, or use a prompt")
		}
	}
}

// place is what looks as if it were to be filled in.
var place = regexp.MustCompile(`\{[A-Za-z_]+\}`)

// checkPlaces notes what nobody fills in: the caller would hear its name.
func checkPlaces(p *fault.Problems, path string, list spoken) {
	for i, s := range list.sounds {
		for member, said := range map[string]string{"text": s.Text, "ssml": s.SSML} {
			for _, name := range place.FindAllString(said, -1) {
				switch known := name == placePosition || name == placeMinutes; {
				case !known:
					p.Add(fmt.Sprintf("%s[%d].%s", path, i, member), "nobody fills in %s: there are %s and %s, in announcements", name, placePosition, placeMinutes)
				case list.path != announcements:
					p.Add(fmt.Sprintf("%s[%d].%s", path, i, member), "%s is known in hand_over.announce alone", name)
				}
			}
		}
	}
}

func (a Ask) check(p *fault.Problems, path string, k Known) {
	if len(a.Sounds) == 0 {
		p.Add(path+".sounds", "must be at least one")
	}
	if n := len(a.Sounds) + len(a.Sorry); n > call.MaxSources {
		p.Add(path+".sorry", "with sounds is %d, at most %d", n, call.MaxSources)
	}
	if a.WaitS < 0 || a.WaitS > 60 {
		p.Add(path+".wait_s", "must be 1 to 60 seconds, or left out")
	}
	if a.Retries < 0 || a.Retries > 5 {
		p.Add(path+".retries", "must be 0 to 5")
	}
	if a.speaks() {
		found(p, a.question(nil), "listen", path)
		if k.Speech != nil && !*k.Speech {
			p.Add(path+".choices", "phrases need Microsoft's speech, and no resource for the tenant has a cognitive endpoint: give one to the resource, or use keys alone")
		}
		return
	}
	if len(a.Choices) == 0 || len(a.Choices) > 16 {
		p.Add(path+".choices", "must be 1 to 16, one for each key")
	}
	labels, tones := map[string]bool{}, map[string]bool{}
	for i, c := range a.Choices {
		at := fmt.Sprintf("%s.choices[%d]", path, i)
		if c.Label == "" || utf8.RuneCountInString(c.Label) > 100 || labels[c.Label] {
			p.Add(at+".label", "must be 1 to 100 characters, and each another")
		}
		if len(c.Tone) != 1 || !call.AreTones(c.Tone) || tones[c.Tone] {
			p.Add(at+".tone", "must be a key that no other choice has, or the choice needs phrases")
		}
		labels[c.Label], tones[c.Tone] = true, true
	}
}

func (h Hours) check(p *fault.Problems, path string) {
	if _, err := time.LoadLocation(h.Zone); err != nil || h.Zone == "" || h.Zone == "Local" {
		p.Add(path+".zone", "must be a time zone such as Europe/Berlin")
	}
	if len(h.Weekly) > 50 {
		p.Add(path+".weekly", "must be at most 50")
	}
	for i, x := range h.Weekly {
		at := fmt.Sprintf("%s.weekly[%d]", path, i)
		if len(x.Days) == 0 {
			p.Add(at+".days", "must be at least one")
		}
		for j, day := range x.Days {
			if !slices.Contains(weekdays, day) {
				p.Add(fmt.Sprintf("%s.days[%d]", at, j), "must be one of mon, tue, wed, thu, fri, sat and sun")
			}
		}
		from, to := isClock(x.From), isClock(x.To) || x.To == "24:00"
		if !from {
			p.Add(at+".from", "must be a time such as 09:00")
		}
		if !to || from && x.To <= x.From {
			p.Add(at+".to", "must be a time such as 17:30 that is after from; what goes over midnight is two periods")
		}
	}
	for i, day := range h.Holidays {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			p.Add(fmt.Sprintf("%s.holidays[%d]", path, i), "must be a day such as 2026-12-25")
		}
	}
}

func isClock(s string) bool {
	at, err := time.Parse(clockForm, s)
	return err == nil && at.Format(clockForm) == s
}

func (b HandOver) check(p *fault.Problems, path string, k Known) {
	agents := make([]tenant.AgentID, len(b.Agents))
	for i, a := range b.Agents {
		agents[i] = tenant.AgentID(a)
		if k.Agents != nil && !slices.Contains(k.Agents, agents[i]) {
			p.Add(fmt.Sprintf("%s.agents[%d]", path, i), "the tenant has no such agent")
		}
	}
	tenant.CheckAgents(p, path+".agents", agents)
	if b.Queue != "" && len(agents) > 0 {
		p.Add(path+".queue", "is instead of agents: give one of them")
	}
	if b.Queue != "" && k.Queues != nil && !slices.Contains(k.Queues, tenant.QueueID(b.Queue)) {
		p.Add(path+".queue", "the tenant has no such queue")
	}
	if b.RingS != 0 {
		tenant.CheckRingTimeout(p, path+".ring_s", time.Duration(b.RingS)*time.Second)
	}
	tenant.CheckDisplayName(p, path+".display_name", b.DisplayName)
	if longest := int(call.MaxHandoverWait / time.Second); b.MaxWaitS < 0 || b.MaxWaitS > longest {
		p.Add(path+".max_wait_s", "must be 1 to %d seconds, or left out", longest)
	}
	if b.Announce == nil {
		return
	}
	if b.MaxWaitS == 0 {
		p.Add(path+".announce", "is for who waits: give max_wait_s")
	}
	if b.Announce.EveryS < 10 || b.Announce.EveryS > 600 {
		p.Add(path+".announce.every_s", "must be 10 to 600 seconds")
	}
	if len(b.Announce.Sounds) == 0 {
		p.Add(path+".announce.sounds", "must be at least one")
	}
}

func checkPerson(p *fault.Problems, path, agent string, k Known) {
	id, err := tenant.ParseAgentID(agent)
	switch {
	case err != nil || string(id) != agent:
		p.Add(path, "must be an agent's id, a UUID in lower case")
	case k.Agents != nil && !slices.Contains(k.Agents, id):
		p.Add(path, "the tenant has no such agent")
	}
}

func (v Voicemail) check(p *fault.Problems, path string) {
	if len(v.Sounds) == 0 {
		p.Add(path+".sounds", "must be at least one")
	}
	if len(v.Tone) > 1 {
		p.Add(path+".tone", "must be one sound, or left out")
	}
	if v.MaxS < 0 || v.MaxS > maxMessage {
		p.Add(path+".max_s", "must be 1 to %d seconds, or left out", maxMessage)
	}
}

// checkGraph looks at how the steps hang together: each is known, each can be
// reached, from each an end can, and no circle goes round without waiting for the
// customer or for somebody.
func (d Document) checkGraph(p *fault.Problems, names map[string]bool) {
	next, back := map[string][]string{}, map[string][]string{}
	whole := true
	for i, b := range d.Steps {
		for _, l := range b.links() {
			if !names[l.to] {
				p.Add(fmt.Sprintf("steps[%d].%s", i, l.path), "there is no step %q", l.to)
				whole = false
				continue
			}
			next[b.Name] = append(next[b.Name], l.to)
			back[l.to] = append(back[l.to], b.Name)
		}
	}
	if !whole || len(d.Steps) == 0 || len(names) != len(d.Steps) {
		return // what follows would be told of the wrong steps
	}
	var ends []string
	for _, b := range d.Steps {
		if b.HangUp != nil || b.HandOver != nil || b.Transfer != nil || b.Redirect != nil {
			ends = append(ends, b.Name)
		}
	}
	reached, ending := walk(next, d.Steps[0].Name), walk(back, ends...)
	for i, b := range d.Steps {
		path := fmt.Sprintf("steps[%d]", i)
		switch {
		case !reached[b.Name]:
			p.Add(path, "no other step leads to it")
		case !ending[b.Name]:
			p.Add(path, "leads to no end: neither to a hang_up nor to a hand_over, transfer or redirect")
		case !b.waits() && d.circles(b.Name):
			p.Add(path, "goes in a circle without an ask, a hand_over, a voicemail, a transfer, or a virtual_agent that is there")
		case b.Redirect != nil && d.heardBefore(back, b.Name):
			p.Add(path, "redirects a caller who was answered already: only hours and redirect steps may lead to it")
		}
	}
}

// heardBefore reports whether a step that needs an answered caller leads to one.
func (d Document) heardBefore(back map[string][]string, name string) bool {
	for before := range walk(back, name) {
		if b, _ := d.block(before); b.Hours == nil && b.Redirect == nil {
			return true
		}
	}
	return false
}

// waits reports whether a step waits for somebody.
func (b Block) waits() bool {
	return b.Ask != nil || b.HandOver != nil || b.Voicemail != nil || b.Transfer != nil
}

// hasty lists where a step leads without having waited for somebody: a bot that
// cannot be reached costs no time.
func (b Block) hasty() []link {
	switch {
	case b.waits():
		return nil
	case b.VirtualAgent != nil:
		return []link{{"virtual_agent.failed", b.VirtualAgent.Failed}}
	}
	return b.links()
}

// circles reports whether a step leads to itself by steps that do not wait.
func (d Document) circles(name string) bool {
	next := map[string][]string{}
	for _, b := range d.Steps {
		for _, l := range b.hasty() {
			next[b.Name] = append(next[b.Name], l.to)
		}
	}
	return walk(next, next[name]...)[name]
}

// walk finds what can be reached, the beginnings included.
func walk(next map[string][]string, from ...string) map[string]bool {
	seen := map[string]bool{}
	for len(from) > 0 {
		at := from[len(from)-1]
		from = from[:len(from)-1]
		if seen[at] {
			continue
		}
		seen[at] = true
		from = append(from, next[at]...)
	}
	return seen
}
