package dev_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Whose processor time is told apart.
const (
	ofProduct  = "product"
	ofPostgres = "postgres" // the floor's one commit a call too
	ofLoad     = "load"     // this process: the simulated Microsoft, telephones, the wire, who asks
)

// jiffy is the unit of times in /proc/<pid>/stat: USER_HZ, which is 100 on every
// Linux that Go runs on.
const jiffy = 10 * time.Millisecond

// clocks read the processor time of the processes of a benchmark.
type clocks struct{ product, postmaster int }

// clocksOf finds the processes; nil on a machine without /proc, or if PostgreSQL
// is on another.
func clocksOf(t testing.TB, w *tapping, p *product) *clocks {
	t.Helper()
	var backend int
	if err := w.database(t).QueryRow(t.Context(), `SELECT pg_backend_pid()`).Scan(&backend); err != nil {
		t.Fatal(err)
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", backend))
	if err != nil || !bytes.HasPrefix(name, []byte("postgres")) {
		t.Logf("the processor time of PostgreSQL and of the product is not read here: %v", err)
		return nil
	}
	s, err := statOf(backend)
	if err != nil {
		t.Fatal(err)
	}
	return &clocks{product: p.cmd.Process.Pid, postmaster: s.parent}
}

// read is how much processor time each has used so far.
func (c *clocks) read(t testing.TB) map[string]time.Duration {
	t.Helper()
	used := map[string]time.Duration{}
	for group, pid := range map[string]int{ofProduct: c.product, ofLoad: os.Getpid(), ofPostgres: c.postmaster} {
		s, err := statOf(pid)
		if err != nil {
			t.Fatal(err)
		}
		used[group] = s.own
		if group == ofPostgres {
			used[group] += s.ended // connections of before
		}
	}
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			continue
		}
		if s, err := statOf(pid); err == nil && s.parent == c.postmaster { // others end meanwhile
			used[ofPostgres] += s.own
		}
	}
	return used
}

// stat is what /proc/<pid>/stat says of a process (proc_pid_stat(5)).
type stat struct {
	parent     int
	own, ended time.Duration // of itself; of its children that are gone
}

func statOf(pid int) (stat, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(string(raw))
}

// parseStat begins behind the name, which is in parentheses and may hold any.
func parseStat(line string) (s stat, err error) {
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:]) // the third is the first
	if len(fields) < 15 {
		return s, fmt.Errorf("the state of a process is not understood: %q", line)
	}
	var n [5]int
	for i, at := range []int{4, 14, 15, 16, 17} { // ppid, utime, stime, cutime, cstime
		if n[i], err = strconv.Atoi(fields[at-3]); err != nil {
			return s, fmt.Errorf("the state of a process is not understood: %q", line)
		}
	}
	return stat{parent: n[0], own: time.Duration(n[1]+n[2]) * jiffy, ended: time.Duration(n[3]+n[4]) * jiffy}, nil
}

func TestProcessorTimeIsRead(t *testing.T) {
	t.Parallel()
	const line = "4711 (a (strange) name) S 42 4711 4711 0 -1 4194560 990 88 0 0 15 7 30 2 20 0 8 0 123456 1 2 3"
	want := stat{parent: 42, own: 220 * time.Millisecond, ended: 320 * time.Millisecond}
	if got, err := parseStat(line); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for _, line := range []string{"", "4711 (short) S 42", strings.Replace(line, " 15 7 ", " 15 x ", 1)} {
		if _, err := parseStat(line); err == nil {
			t.Errorf("%q is understood", line)
		}
	}
}
