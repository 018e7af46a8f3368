package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

const aBot = "0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77"

// botLine talks with a bot first, and with a person if the bot thinks so.
const botLine = `{"steps": [
	{"name": "bot", "virtual_agent": {"bot": "` + aBot + `", "language": "en-GB", "max_s": 120, "handed_over": "wait", "ended": "bye", "failed": "menu"}},
	{"name": "wait", "say": {"sounds": [{"text": "One moment."}], "next": "people"}},
	{"name": "people", "hand_over": {"queue": "0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77", "display_name": "Sales", "nobody": "last", "no_answer": "bye"}},
	{"name": "menu", "say": {"sounds": [{"text": "Our assistant is away."}], "next": "last"}},
	{"name": "last", "hand_over": {"display_name": "Anybody", "nobody": "bye", "no_answer": "bye"}},
	{"name": "bye", "hang_up": {}}
]}`

func steps(lines []Line) (all []string) {
	for _, l := range lines {
		if l.What == "enters" {
			all = append(all, l.Step)
		}
	}
	return all
}

func TestVirtualAgent(t *testing.T) {
	d := parsed(t, botLine)
	if err := d.Validate(Known{Bots: []tenant.BotID{aBot}}); err != nil {
		t.Fatal(err)
	}
	if got := d.Bots(); !slices.Equal(got, []tenant.BotID{aBot}) {
		t.Errorf("names %v", got)
	}
	answered := []Fate{{Brings: BringsAnswer, After: time.Second}}
	for name, row := range map[string]struct {
		script Script
		want   string
		says   string // a line of the transcript
	}{
		"hands over":     {Script{Bots: []BotFate{{BringsHandover, 30 * time.Second, "Refund"}}, Handovers: answered}, "bot wait people", "rings Refund"},
		"without a name": {Script{Bots: []BotFate{{BringsHandover, time.Second, ""}}, Handovers: answered}, "bot wait people", "rings Sales"},
		"only once":      {Script{Bots: []BotFate{{BringsHandover, time.Second, "Refund"}}, Handovers: []Fate{{Brings: BringsNobody}, answered[0]}}, "bot wait people last", "rings Anybody"},
		"leaves":         {Script{Bots: []BotFate{{BringsEnd, time.Second, ""}}}, "bot bye", "talks " + aBot},
		"is not there":   {Script{Bots: []BotFate{{BringsFailure, 0, ""}}, Handovers: answered}, "bot menu last", "no_bot " + aBot},
		"talks for ever": {Script{Bots: []BotFate{{BringsEnd, time.Hour, ""}}}, "bot bye", "ends flow_ended"},
		"asks too late":  {Script{Bots: []BotFate{{BringsHandover, time.Hour, ""}}}, "bot bye", "ends flow_ended"},
	} {
		row.script.At = monday
		lines, err := Rehearse(d, row.script)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(steps(lines), " "); got != row.want {
			t.Errorf("%s: came through %s, want %s", name, got, row.want)
		}
		if !slices.ContainsFunc(lines, func(l Line) bool { return l.What+" "+l.Text == row.says }) {
			t.Errorf("%s: nothing %s in %+v", name, row.says, lines)
		}
		if last := lines[len(lines)-1]; name == "talks for ever" && last.After > 3*time.Minute {
			t.Errorf("it takes %s", last.After)
		}
	}
	if _, err := Rehearse(d, Script{Bots: []BotFate{{Brings: "dances"}}}); err == nil {
		t.Error("a bot dances")
	}
}

// The bot says to whom, and that goes before what the step says.
func TestWished(t *testing.T) {
	c := call.Call{Stream: &call.Stream{ID: "k", Handover: &call.BotHandover{Agents: []tenant.AgentID{"a"}}}}
	r := run{c: c, s: State{Wish: "k"}}
	if e := r.wished(call.HandoverAsked{Queue: "q", DisplayName: "Sales"}); e.Queue != "" || !slices.Equal(e.Agents, []tenant.AgentID{"a"}) || e.DisplayName != "Sales" {
		t.Errorf("%+v", e)
	}
	if e := r.wished(call.HandoverAsked{Queue: "q"}); e.Queue != "q" {
		t.Errorf("a second time %+v", e)
	}
	r.s.Wish = "another"
	if e := r.wished(call.HandoverAsked{Queue: "q"}); e.Queue != "q" {
		t.Errorf("of another stream %+v", e)
	}
}

func TestValidateVirtualAgent(t *testing.T) {
	one := func(bot, language string, most int, failed string) string {
		return fmt.Sprintf(`{"steps": [{"name": "a", "virtual_agent": {"bot": %q, "language": %q, "max_s": %d, "handed_over": "b", "ended": "b", "failed": %q}}, {"name": "b", "hang_up": {}}]}`, bot, language, most, failed)
	}
	for name, row := range map[string]struct{ raw, path string }{
		"no id":         {one("x", "", 0, "b"), "steps[0].virtual_agent.bot"},
		"another's":     {one(agent, "", 0, "b"), "steps[0].virtual_agent.bot"},
		"no language":   {one(aBot, "?", 0, "b"), "steps[0].virtual_agent.language"},
		"too long":      {one(aBot, "", 9999, "b"), "steps[0].virtual_agent.max_s"},
		"nowhere":       {one(aBot, "", 0, "c"), "steps[0].virtual_agent.failed"},
		"a busy circle": {one(aBot, "", 0, "a"), "steps[0]"},
	} {
		found := false
		for _, f := range fieldsOf(parsed(t, row.raw).Validate(Known{Bots: []tenant.BotID{aBot}})) {
			found = found || f.Path == row.path
		}
		if !found {
			t.Errorf("%s: nothing is said of %s", name, row.path)
		}
	}
}
