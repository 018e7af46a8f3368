package dev_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/internal/call"
	"tandem/internal/simulator/faults"
	"tandem/internal/simulator/teams"
)

// recorded is what these tests read of a recording.
type recorded struct {
	ID        string
	State     string
	File      string
	Call      string
	RecordedS float64 `json:"recorded_s"`
	Message   string
	Files     []struct {
		Size   int64
		SHA256 string
		Type   string
	}
}

// TestRecordings: what is said is in the file, and what is said in a pause is not.
func TestRecordings(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	t.Run("with a pause", f.recorded)
	t.Run("in pieces, on a bad day", f.recordedOnABadDay)
}

// records brings the recording of a conversation to a state by a word.
func (c *conversation) records(t *testing.T, word string, body any, state string) (r recorded) {
	t.Helper()
	if status := c.ask(t, "POST", c.path+"/recording/"+word, body, nil); status != 202 {
		t.Fatalf("%s: %d", word, status)
	}
	eventually(t, "a recording that is "+state, soon, func() bool {
		if status := c.ask(t, "GET", c.path+"/recording", nil, &r); status != 200 || r.State == "failed" {
			t.Fatalf("%d %+v", status, r)
		}
		return r.State == state
	})
	return r
}

// says has the customer say something, and waits until the agent has heard so much.
func (c *conversation) says(t *testing.T, pcm audio.PCM) {
	t.Helper()
	atTeams := func() int {
		heard, err := c.Sim.Heard(c.agent.OID, c.conn)
		if err != nil {
			t.Fatal(err)
		}
		return len(heard.Samples)
	}
	before := atTeams()
	if err := c.customer.Say(pcm); err != nil {
		t.Fatal(err)
	}
	enough := len(audio.Resample(pcm, 8000).Samples) + 8000
	eventually(t, "the customer has spoken", soon, func() bool { return atTeams() > before+enough })
}

// kept waits until the files of a recording are stored.
func (f *flows) kept(t *testing.T, id string) (r recorded) {
	t.Helper()
	eventually(t, "the stored file", soon, func() bool {
		if status := f.ask(t, "GET", "/recordings/"+id, nil, &r); status != 200 || r.File == "lost" {
			t.Fatalf("%d %+v", status, r)
		}
		return r.File == "stored"
	})
	return r
}

// download fetches a file of a recording, or a part of it.
func (f *flows) download(t *testing.T, id string, index int, span string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("%s/recordings/%s/content?index=%d", f.File.API.URL, id, index), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+f.File.API.Key)
	if span != "" {
		req.Header.Set("Range", span)
	}
	res, err := f.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, content
}

func (f *flows) recorded(t *testing.T) {
	audio.TestShare(t)
	agents := f.cast(t, does(teams.Accept), does(teams.Accept))
	asked := f.request(t, agents[:1])
	customer := f.place(t, asked.SIPURI)
	up := f.connected(t, asked.ID, customer, soon)
	c := &conversation{f, asked.ID, "/calls/" + string(asked.ID), customer, agents[0], up.Call.Connection.ID}
	c.silence(t)

	c.records(t, "start", object{"announcement": prompt}, "recording")
	heard := len(customer.Heard())
	if status := f.ask(t, "POST", c.path+"/participants", object{"agent": agents[1].ID}, nil); status != 202 { // who says something as soon as he is there
		t.Fatal(status)
	}
	agentSaid := audio.AgentSpeech()
	eventually(t, "the second agent has spoken", soon, func() bool { return len(customer.Heard()) > heard+len(agentSaid.Samples)+3*agentSaid.Rate })
	c.says(t, audio.CustomerSpeech())
	c.records(t, "pause", nil, "paused")
	secret := audio.CustomerSpeech()
	secret.Samples = slices.Clone(secret.Samples)
	slices.Reverse(secret.Samples)
	c.says(t, secret)
	c.records(t, "resume", nil, "recording")
	c.says(t, audio.CustomerSpeech())
	told := c.records(t, "stop", nil, "ended")

	r := f.kept(t, told.ID)
	if len(r.Files) != 1 || r.Call != string(c.id) || r.RecordedS != told.RecordedS {
		t.Fatalf("%+v", r)
	}
	res, wav := f.download(t, r.ID, 0, "")
	sum := sha256.Sum256(wav)
	if res.StatusCode != 200 || hex.EncodeToString(sum[:]) != r.Files[0].SHA256 || int64(len(wav)) != r.Files[0].Size || res.Header.Get("Content-Type") != "audio/wav" {
		t.Errorf("%d, %d bytes, %+v", res.StatusCode, len(wav), r.Files[0])
	}
	if res, part := f.download(t, r.ID, 0, "bytes=4-11"); res.StatusCode != http.StatusPartialContent || !bytes.Equal(part, wav[4:12]) {
		t.Errorf("a part: %d, %d bytes", res.StatusCode, len(part))
	}
	pcm, err := audio.ReadWAV(bytes.NewReader(wav))
	if err != nil {
		t.Fatal(err)
	}
	// A busy machine records less; with the words of the pause it would be longer by all of them.
	if off := pcm.Duration().Seconds() - r.RecordedS; off < -2.5 || off > 1 {
		t.Errorf("the file lasts %v, recorded are %v s", pcm.Duration(), r.RecordedS)
	}
	in := func(said audio.PCM) audio.Match {
		return audio.Compare(audio.Resample(said, pcm.Rate).Samples, pcm.Samples, pcm.Rate)
	}
	for who, said := range map[string]audio.PCM{"the agent": agentSaid, "the customer": audio.CustomerSpeech()} {
		if m := in(said); m.Correlation < 0.8 || m.LongestGap > 100*time.Millisecond {
			t.Errorf("%s is not in the file: %+v", who, m)
		}
	}
	if m := in(secret); m.Correlation > 0.5 {
		t.Errorf("what was said in the pause is in the file: %+v", m)
	}
	customerHangsUp(f, t, customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")

	f.tellsOfRecording(t, told.ID)
	f.forgetsRecording(t, r.ID)
}

// tellsOfRecording checks the record, the events and the trail.
func (f *flows) tellsOfRecording(t *testing.T, id string) {
	t.Helper()
	var events struct {
		Items []struct {
			Type string
			Data json.RawMessage
		}
	}
	want := []string{"recording.paused", "recording.resumed", "recording.started", "recording.stopped", "recording.stored"}
	eventually(t, "the events", soon, func() bool {
		f.ask(t, "GET", "/events?limit=100", nil, &events)
		var got []string
		for _, e := range events.Items {
			if bytes.Contains(e.Data, []byte(id)) && !bytes.Contains(e.Data, []byte("operation")) {
				got = append(got, e.Type)
			}
		}
		slices.Sort(got)
		return slices.Equal(got, want)
	})
	var trail struct {
		Items []struct{ Action, Subject string }
	}
	f.ask(t, "GET", "/audit?limit=100&tenant="+f.File.Tenants[0].ID, nil, &trail)
	downloads := 0
	for _, line := range trail.Items {
		if line.Action == "downloadRecording" && line.Subject == id {
			downloads++
		}
	}
	if downloads != 2 {
		t.Errorf("%d downloads in the trail", downloads)
	}
}

// forgetsRecording deletes a recording: its file goes, too.
func (f *flows) forgetsRecording(t *testing.T, id string) {
	t.Helper()
	if n := f.filesOf(t, id); n != 1 {
		t.Errorf("%d files are in the store", n)
	}
	if status := f.ask(t, "DELETE", "/recordings/"+id, nil, nil); status != 204 {
		t.Errorf("delete: %d", status)
	}
	if status := f.ask(t, "GET", "/recordings/"+id, nil, nil); status != 404 {
		t.Errorf("deleted: %d", status)
	}
	if res, _ := f.download(t, id, 0, ""); res.StatusCode != 404 {
		t.Errorf("deleted, and it can be had: %d", res.StatusCode)
	}
	var dropped int
	if err := f.database(t).QueryRow(t.Context(), `SELECT count(*) FROM recording_trash WHERE key LIKE '%' || $1 || '%'`, id).Scan(&dropped); err != nil || dropped != 1 {
		t.Errorf("%d files are to be taken out of the store: %v", dropped, err)
	}
}

// filesOf counts the files of a recording in the store.
func (f *flows) filesOf(t *testing.T, id string) (n int) {
	t.Helper()
	root := filepath.Join(filepath.Dir(f.Sim.CA().File()), "recordings")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && bytes.Contains([]byte(path), []byte(id)) {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// recordedOnABadDay: the events of states are lost, the file comes in pieces, told
// twice, and the storage fails at first.
func (f *flows) recordedOnABadDay(t *testing.T) {
	audio.TestShare(t)
	c := f.converse(t)
	c.silence(t)
	f.fault(t, faults.Fault{Knob: faults.RecordingChunk, Value: "400ms", Times: 1})
	f.fault(t, faults.Fault{Knob: faults.EventDuplicate, Scope: "RecordingStateChanged"})
	f.fault(t, faults.Fault{Knob: faults.HTTPStatus, Scope: "pause_recording", Value: "503", Times: 1})
	c.records(t, "start", nil, "recording")
	c.says(t, audio.CustomerSpeech())
	c.records(t, "pause", nil, "paused") // asked again, when a look showed that it was not done
	customerHangsUp(f, t, c.customer, call.Call{}, nil)
	f.ended(t, c.id, soon).check(t, "completed", "caller_hung_up", "none")
	var v struct {
		Recordings []recorded
	}
	if status := f.ask(t, "GET", "/cdrs/"+string(c.id), nil, &v); status != 200 || len(v.Recordings) != 1 || v.Recordings[0].State != "ended" {
		t.Fatalf("%d %+v", status, v)
	}
	r := f.kept(t, v.Recordings[0].ID)
	if len(r.Files) < 3 {
		t.Fatalf("%+v", r)
	}
	var all []int16
	var rate int
	for i := range r.Files {
		_, wav := f.download(t, r.ID, i, "")
		pcm, err := audio.ReadWAV(bytes.NewReader(wav))
		if err != nil {
			t.Fatal(err)
		}
		all, rate = append(all, pcm.Samples...), pcm.Rate
	}
	if m := audio.Compare(audio.Resample(audio.CustomerSpeech(), rate).Samples, all, rate); m.Correlation < 0.8 || m.LongestGap > 100*time.Millisecond {
		t.Errorf("the pieces together: %+v", m)
	}
}
