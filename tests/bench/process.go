package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

// patience is how long an invocation may take: what template.yaml gives a function.
const patience = 25 * time.Second

// invoke gives a process one event, and checks that the answer has the status it
// should have (0: any that is no failure): the figure of a failure would be the
// best of all.
func invoke(p *runtime.Process, event []byte, want int) (reply, error) {
	var r reply
	answer, err := p.Invoke(event, time.Now().Add(patience))
	r.at = time.Now()
	if err != nil {
		return r, fmt.Errorf("%w\n%s", err, p.Log())
	}
	if want == 0 {
		r.Body = string(answer)
		return r, nil
	}
	if err := json.Unmarshal(answer, &r); err != nil {
		return r, err
	}
	if r.Status != want {
		return r, fmt.Errorf("status %d where %d was expected: %s\n%s", r.Status, want, r.Body, p.Log())
	}
	return r, nil
}

// reply is the answer of a function behind API Gateway, or of one that is started by the
// clock, which is all body.
type reply struct {
	at     time.Time // when it was here
	Status int       `json:"statusCode"`
	Body   string    `json:"body"`
}

// memory is what a process takes, in MiB (proc(5), status).
type memory struct {
	peak      float64 // VmHWM: the most that was resident
	anonymous float64 // RssAnon: heap and stacks
	file      float64 // RssFile: pages of the binary
}

// memoryOf reads what a process takes now, and took at the most.
func memoryOf(pid int) (memory, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory{}, err
	}
	var m memory
	rows := map[string]*float64{"VmHWM:": &m.peak, "RssAnon:": &m.anonymous, "RssFile:": &m.file}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || rows[fields[0]] == nil {
			continue
		}
		kib, err := strconv.ParseFloat(fields[1], 64)
		if err != nil {
			return m, err
		}
		*rows[fields[0]] = kib / 1024
	}
	if m.peak == 0 {
		return m, fmt.Errorf("process %d has no VmHWM", pid)
	}
	return m, nil
}

// cpuOf is what all threads of a process have used so far, in ms, counted in
// nanoseconds (/proc/PID/task/*/schedstat, first number). A Go process does not
// end its threads, so none is missed.
func cpuOf(pid int) (float64, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil {
		return 0, err
	}
	total := 0.0
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			return 0, err
		}
		ns, _, _ := strings.Cut(string(text), " ")
		used, err := strconv.ParseFloat(ns, 64)
		if err != nil {
			return 0, err
		}
		total += used / 1e6
	}
	if total == 0 {
		return 0, fmt.Errorf("process %d has used no time: this kernel has no schedstat", pid)
	}
	return total, nil
}
