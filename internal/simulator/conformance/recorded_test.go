package conformance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tandem/internal/simulator/delays"
)

const updated = "ParticipantsUpdated"

// recordings is where the recorded callbacks of the live service are
// (facts/observed-events.md), "" without them.
func recordings(t *testing.T, kind string) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "..", "shared", "contracts", "recorded", kind))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the recordings of the live service are not here: " + dir)
	}
	return dir
}

// Every recorded story, told to the simulator, gives the recorded callbacks.
func TestRecordedCallbacks(t *testing.T) {
	dir := recordings(t, "acs-events")
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		story, known := stories[name]
		if !known {
			t.Errorf("nobody tells the simulator the story of %s", name)
			continue
		}
		for _, setting := range []string{delays.None, delays.Documented} {
			t.Run(name+"/delays "+setting, func(t *testing.T) {
				t.Parallel()
				replay(t, file, story, setting)
			})
		}
	}
	if len(files) != len(stories) {
		t.Errorf("%d recordings for %d stories", len(files), len(stories))
	}
}

func replay(t *testing.T, file string, told story, setting string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var bodies []json.RawMessage
	if err := json.Unmarshal(raw, &bodies); err != nil {
		t.Fatal(err)
	}
	var recorded []*tree
	for _, body := range bodies {
		n := parse(t, body)
		if n.kind == "array" {
			n = n.items[0]
		}
		recorded = append(recorded, n)
	}
	last := recorded[len(recorded)-1]
	s := newStage(t, last.at("data", "version").text, setting)
	legs := told.tell(s)
	told.curtain = append(slices.Clone(told.curtain), "CallDisconnected")
	before := s.all()
	s.curtain(legs)
	heard := s.all()

	checkIncoming(t, recorded, heard, told.unread)
	stale := ""
	if i := slices.Index(told.legs, "stale"); i >= 0 {
		stale = legID(recorded, i)
	}
	if was, is := conversations(recorded, stale), conversations(heard, ""); was != is {
		t.Errorf("%d correlationIds, recorded %d", is, was)
	}
	for _, role := range told.legs {
		if role == "stale" { // an event of the test before
			continue
		}
		was := only(recorded, legID(recorded, slices.Index(told.legs, role)))
		is := only(heard, legs[role])
		if !slices.Contains(tokens(was), "CallDisconnected") { // the recording stops before
			is = slices.DeleteFunc(is, func(n *tree) bool {
				return !slices.Contains(before, n) && slices.Contains(told.curtain, token(n))
			})
		}
		t.Run(role, func(t *testing.T) { compareLeg(t, was, is, told.target) })
	}
}

// conversations counts the correlationIds of legs and IncomingCall, without
// those of one leg.
func conversations(list []*tree, without string) int {
	ids := map[string]bool{}
	for _, e := range list {
		if e.at("data", "callConnectionId").text == without && without != "" {
			continue
		}
		ids[e.at("correlationId").text+e.at("data", "correlationId").text] = true
	}
	return len(ids)
}

// legID is the connection of the nth leg by order of appearance.
func legID(list []*tree, n int) string {
	var ids []string
	for _, e := range list {
		if id := e.at("data", "callConnectionId").text; id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if n >= len(ids) {
		return ""
	}
	return ids[n]
}

func isIncoming(n *tree) bool { return n.of["incomingCallContext"] != nil }

func eventName(n *tree) string {
	return strings.TrimPrefix(n.at("type").text, "Microsoft.Communication.")
}

// only keeps the events of one leg.
func only(list []*tree, leg string) (mine []*tree) {
	for _, e := range list {
		if e.at("data", "callConnectionId").text == leg {
			mine = append(mine, e)
		}
	}
	return mine
}

func onHold(n *tree) (count int) {
	for _, p := range n.at("data", "participants").items {
		if p.at("isOnHold").text == "true" {
			count++
		}
	}
	return count
}

// token is what an event says, as far as it is compared in order: its name, and
// how many there are and are held, or how a recording stands.
func token(n *tree) string {
	switch name := eventName(n); name {
	case updated:
		return fmt.Sprintf("%s(%d, %d held)", name, len(n.at("data", "participants").items), onHold(n))
	case "RecordingStateChanged":
		return name + "(" + n.at("data", "state").text + ")"
	default:
		return name
	}
}

// tokens leaves out updates that repeat the one before: the service repeats as
// it likes. The list with oneself alone is one that 4 legs of 45 begin with
// (facts/observed-events.md §5.2).
func tokens(list []*tree) (all []string) {
	shape := ""
	for _, e := range list {
		one := token(e)
		if strings.HasPrefix(one, updated) {
			if one == shape || one == updated+"(1, 0 held)" && shape == "" {
				continue
			}
			shape = one
		}
		all = append(all, one)
	}
	return all
}

// free are pairs whose order the recordings leave open
// (facts/observed-events.md §6).
func free(a, b string) bool {
	anyOrder := func(a, b string) bool {
		return strings.HasPrefix(b, updated) && (a == "CallConnected" || a == "AddParticipantSucceeded" || strings.HasPrefix(a, "RecordingStateChanged"))
	}
	return anyOrder(a, b) || anyOrder(b, a)
}

// inOrder checks every pair of events whose order matters: those of the
// recording that are not free.
func inOrder(t *testing.T, was, is []string) {
	t.Helper()
	number := func(list []string) (numbered []string) { // tells repeated ones apart
		for i, one := range list {
			n := 0
			for _, before := range list[:i] {
				if before == one {
					n++
				}
			}
			numbered = append(numbered, fmt.Sprintf("%s #%d", one, n+1))
		}
		return numbered
	}
	a, b := number(was), number(is)
	for i := range a {
		for j := i + 1; j < len(a); j++ {
			if first, second := slices.Index(b, a[i]), slices.Index(b, a[j]); first > second && second >= 0 && !free(was[i], was[j]) {
				t.Errorf("%s came before %s, recorded after", a[j], a[i])
			}
		}
	}
}

func compareLeg(t *testing.T, was, is []*tree, target string) {
	wanted, got := tokens(was), tokens(is)
	a, b := slices.Sorted(slices.Values(wanted)), slices.Sorted(slices.Values(got))
	if !slices.Equal(a, b) {
		t.Fatalf("got\n%s\nrecorded\n%s", strings.Join(got, "\n"), strings.Join(wanted, "\n"))
	}
	inOrder(t, wanted, got)
	checkSequence(t, is, target)
	nth := map[string]int{}
	for _, e := range is {
		name := eventName(e)
		var like []*tree
		for _, r := range was {
			if eventName(r) == name {
				like = append(like, r)
			}
		}
		model := like[min(nth[name], len(like)-1)]
		nth[name]++
		if name == "CallDisconnected" && normalEnd(model) && normalEnd(e) {
			// 7000 with two texts and 5001 mean the same (facts/observed-events.md §7).
			model = withResult(model, e)
		}
		for _, d := range differences(name, model, e) {
			t.Error(d)
		}
		checkEnvelope(t, e)
	}
}

// normalEnd says that a CallDisconnected has one of the three results of an
// ordinary end.
func normalEnd(n *tree) bool {
	return slices.Contains([]string{
		"7000 Call was ended by Azure Communication Service Call Automation API or a server bot. DiagCode: 0#7000.@",
		"7000 The conversation has ended. DiagCode: 0#7000.@",
		"5001 This conversation has ended.. DiagCode: 0#5001.@",
	}, n.at("data", "resultInformation", "subCode").text+" "+n.at("data", "resultInformation", "message").text)
}

// withResult copies a recorded event with the words of another's result.
func withResult(model, other *tree) *tree {
	event, data, result := *model, *model.at("data"), *model.at("data", "resultInformation")
	event.of, data.of, result.of = clone(event.of), clone(data.of), clone(result.of)
	result.of["subCode"], result.of["message"] = other.at("data", "resultInformation", "subCode"), other.at("data", "resultInformation", "message")
	data.of["resultInformation"] = &result
	event.of["data"] = &data
	return &event
}

func clone(m map[string]*tree) map[string]*tree {
	c := make(map[string]*tree, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

// checkSequence: the number of a leg never goes down, the same number has the
// same content, and who is held is whom the story held
// (facts/observed-events.md §5).
func checkSequence(t *testing.T, list []*tree, target string) {
	t.Helper()
	last, content := -1, ""
	for _, e := range list {
		if eventName(e) != updated {
			continue
		}
		var number int
		if err := json.Unmarshal([]byte(e.at("data", "sequenceNumber").text), &number); err != nil {
			t.Fatal(err)
		}
		now := ""
		for _, p := range e.at("data", "participants").items {
			id, held := p.at("identifier", "rawId").text, p.at("isOnHold").text == "true"
			now += fmt.Sprintln(id, held)
			if held && id != target {
				t.Errorf("%s is on hold, not %s", id, target)
			}
		}
		if number < last || number == last && now != content {
			t.Errorf("update %d after %d:\n%safter\n%s", number, last, now, content)
		}
		last, content = number, now
	}
}

var (
	timeForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,6}[1-9])?\+00:00$`)
	guid     = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// checkEnvelope: what facts/observed-events.md §2 says of every callback.
func checkEnvelope(t *testing.T, e *tree) {
	t.Helper()
	name, data := eventName(e), e.at("data")
	source := "calling/callConnections/" + data.at("callConnectionId").text
	if name == "RecordingStateChanged" {
		source = "calling/recordings/" + data.at("serverCallId").text + "/" + data.at("recordingId").text + "/" + name
	}
	switch {
	case e.at("source").text != source || e.at("subject").text != source:
		t.Errorf("%s has source %q and subject %q, want %q", name, e.at("source").text, e.at("subject").text, source)
	case data.of["eventSource"] != nil && data.at("eventSource").text != source:
		t.Errorf("%s has eventSource %q", name, data.at("eventSource").text)
	case data.at("publicEventType").text != e.at("type").text:
		t.Errorf("%s has publicEventType %q", name, data.at("publicEventType").text)
	case !timeForm.MatchString(e.at("time").text):
		t.Errorf("%s has time %q", name, e.at("time").text)
	case !guid.MatchString(data.at("callConnectionId").text) || !guid.MatchString(data.at("correlationId").text):
		t.Errorf("%s has ids that are no GUIDs", name)
	}
	if start := data.at("startDateTime"); start.kind != "" && !timeForm.MatchString(start.text) {
		t.Errorf("%s has startDateTime %q", name, start.text)
	}
}

// checkIncoming compares the IncomingCall bodies one by one; those of one call
// have one correlationId.
func checkIncoming(t *testing.T, recorded, heard []*tree, unread int) {
	t.Helper()
	not := func(n *tree) bool { return !isIncoming(n) }
	was, is := slices.DeleteFunc(slices.Clone(recorded), not), slices.DeleteFunc(slices.Clone(heard), not)
	if len(was)+unread != len(is) {
		t.Fatalf("%d IncomingCall, recorded %d and %d that were not waited for", len(is), len(was), unread)
	}
	for i := range is {
		for _, d := range differences("IncomingCall", was[min(i, len(was)-1)], is[i]) {
			t.Error(d)
		}
		if is[i].at("correlationId").text != is[0].at("correlationId").text {
			t.Error("a later IncomingCall has another correlationId")
		}
	}
}
