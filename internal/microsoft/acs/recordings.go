package acs

import (
	"context"
	"net/http"
	"strings"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
)

// RecordingRequest is the body of POST recordings
// (facts/call-automation.md §10). Of video we have none.
type RecordingRequest struct {
	Connection string            `json:"callConnectionId"`
	Callback   string            `json:"recordingStateCallbackUri"`
	Content    string            `json:"recordingContentType"`
	Channels   string            `json:"recordingChannelType"`
	Format     string            `json:"recordingFormatType"`
	Affinity   []ChannelAffinity `json:"channelAffinity,omitempty"`
	Paused     bool              `json:"pauseOnStart,omitempty"`
}

// ChannelAffinity puts somebody into a channel of an unmixed recording.
type ChannelAffinity struct {
	Channel     int        `json:"channel"`
	Participant Identifier `json:"participant"`
}

// recordingState is RecordingStateResponse, as far as it is used.
type recordingState struct {
	ID    string `json:"recordingId"`
	State string `json:"recordingState"`
}

func recordings(path string) string { return target("recordings" + path) }

// StartRecording implements bridge.Microsoft.
func (c *Connectivity) StartRecording(ctx context.Context, r bridge.Request, do call.StartRecording) (string, error) {
	client, res, err := c.client(ctx, r.Resource)
	if err != nil {
		return "", err
	}
	body := RecordingRequest{
		Connection: do.Connection, Callback: c.keys.CallURL(c.publicURL, res.ID, r.Call), Content: "audio",
		Channels: string(do.Channels), Format: string(do.Format), Paused: do.Paused,
	}
	if who, ok := identify(do.First); ok && do.Channels == call.Unmixed {
		body.Affinity = []ChannelAffinity{{0, who}}
	}
	var made recordingState
	err = client.do(ctx, request{"start_recording", http.MethodPost, recordings(""), once(r), body}, &made)
	if err == nil && made.ID == "" {
		err = fault.Unavailable("acs_unreadable", "Microsoft's answer names no recording")
	}
	return made.ID, err
}

// ChangeRecording implements bridge.Microsoft. Nothing of it takes a request id.
func (c *Connectivity) ChangeRecording(ctx context.Context, r bridge.Request, do call.ChangeRecording) error {
	client, _, err := c.client(ctx, r.Resource)
	if err != nil {
		return err
	}
	path := "/" + segment(do.Recording)
	switch do.How {
	case call.RecordStop:
		return unlessGone(client.do(ctx, request{"stop_recording", http.MethodDelete, recordings(path), Once{}, nil}, nil))
	case call.RecordPause, call.RecordResume:
		how := string(do.How)
		return client.do(ctx, request{how + "_recording", http.MethodPost, recordings(path + ":" + how), Once{}, nil}, nil)
	}
	return misconfigured("no way to " + string(do.How) + " a recording")
}

// LookRecording implements bridge.Microsoft.
func (c *Connectivity) LookRecording(ctx context.Context, r bridge.Request, do call.LookRecording) (call.RecordingSeen, error) {
	client, _, err := c.client(ctx, r.Resource)
	if err != nil {
		return "", err
	}
	var found recordingState
	err = client.do(ctx, request{"get_recording", http.MethodGet, recordings("/" + segment(do.Recording)), Once{}, nil}, &found)
	switch {
	case gone(err):
		return call.RecordingSeenGone, nil
	case err != nil:
		return "", err
	case strings.EqualFold(found.State, "active"):
		return call.RecordingSeenActive, nil
	case strings.EqualFold(found.State, "inactive"):
		return call.RecordingSeenInactive, nil
	}
	return "", fault.Unavailable("acs_unreadable", "Microsoft's answer tells no state of the recording")
}
