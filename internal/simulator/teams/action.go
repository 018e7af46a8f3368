package teams

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Answer accepts the ring with that id, or the oldest one if id is empty.
func (d *Directory) Answer(oid, id string) error { return d.decide(oid, id, accepted) }

// Decline declines the ring with that id, or the oldest one if id is empty.
func (d *Directory) Decline(oid, id string) error { return d.decide(oid, id, declined) }

func (d *Directory) decide(oid, id string, o Outcome) error {
	d.mu.Lock()
	var found *ring
	if u := d.users[strings.ToLower(oid)]; u != nil {
		if i := slices.IndexFunc(u.rings, func(r *ring) bool { return id == "" || r.ID == id }); i >= 0 {
			found = u.rings[i]
		}
	}
	d.mu.Unlock()
	if found == nil || !d.settle(found, o) {
		return ErrUnknown
	}
	return nil
}

// session finds that call of the user, or the oldest one if call is empty; with
// Directory.mu held.
func (d *Directory) session(oid, call string) *Session {
	if u := d.users[strings.ToLower(oid)]; u != nil {
		if i := slices.IndexFunc(u.calls, func(s *Session) bool { return call == "" || s.Call == call }); i >= 0 {
			return u.calls[i]
		}
	}
	return nil
}

func (d *Directory) find(oid, call string) (*Session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.session(oid, call); s != nil {
		return s, nil
	}
	return nil, ErrUnknown
}

// HangUp makes the user leave that call, or the oldest one if call is empty.
func (d *Directory) HangUp(oid, call string) error {
	s, err := d.find(oid, call)
	if err != nil {
		return err
	}
	s.Leave()
	if s.Left != nil {
		s.Left()
	}
	return nil
}

// Mute makes the user silent in that call, or in the oldest one if call is
// empty, or ends that. He goes on hearing the others.
func (d *Directory) Mute(oid, call string, on bool) error {
	return d.change(oid, call, func(s *state) { s.muted = on })
}

// Hold lets that call wait, or the oldest one if call is empty, or goes on with
// it. The others hear nothing of him, no music either, and he hears nothing.
func (d *Directory) Hold(oid, call string, on bool) error {
	return d.change(oid, call, func(s *state) { s.held = on })
}

// change changes the state of a session and tells whoever invited. Of several
// who change at once one tells for all, so the last that is told is the state.
func (d *Directory) change(oid, call string, do func(*state)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.session(oid, call)
	if s == nil {
		return ErrUnknown
	}
	do(&s.state)
	if port := s.Port(); port != nil {
		port.SetMuted(s.muted)
		port.SetHeld(s.held)
	}
	d.changed()
	if s.telling || s.Changed == nil {
		return nil
	}
	s.telling = true
	for s.told != s.state {
		s.told = s.state
		now := s.state
		d.mu.Unlock()
		s.Changed(now.muted, now.held)
		d.mu.Lock()
	}
	s.telling = false
	return nil
}

// Press presses keys of the user's dial pad, 0-9 * # A-D, in that call or in the
// oldest one if call is empty. Either all are pressed or none.
func (d *Directory) Press(oid, call, digits string) error {
	digits = strings.ToUpper(digits)
	if digits == "" || strings.Trim(digits, "0123456789*#ABCD") != "" {
		return fmt.Errorf("keys %q: want some of 0-9 * # A-D", digits)
	}
	s, err := d.find(oid, call)
	if err != nil || s.Pressed == nil {
		return err
	}
	for i := range len(digits) {
		s.Pressed(digits[i])
	}
	return nil
}

var number = regexp.MustCompile(`^\+[1-9][0-9]{4,14}$`)

// Transfer passes that call, or the oldest one if call is empty, on to the user
// with that object id or to a phone number as in +4930123456.
func (d *Directory) Transfer(oid, call, target string) error {
	target = strings.ToLower(strings.TrimSpace(target))
	if uuid.Validate(target) == nil {
		if _, err := d.User(target); err != nil {
			return fmt.Errorf("transfer: user %s: %w", target, err)
		}
		if target == strings.ToLower(oid) {
			return errors.New("transfer: a user cannot pass a call on to himself")
		}
	} else if !number.MatchString(target) {
		return fmt.Errorf("transfer: %q is neither the object id of a user nor a number as in +4930123456", target)
	}
	s, err := d.find(oid, call)
	if err != nil {
		return err
	}
	if s.Transfer == nil {
		return errors.New("transfer: this call cannot be passed on")
	}
	if err := s.Transfer(target); err != nil {
		return fmt.Errorf("transfer: %w", err)
	}
	return nil
}
