package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// childFlag is this command called by itself: what is measured in a process of its
// own shares neither heap nor processor time with the rest of the bench.
const childFlag = "-child"

// taken is what one operation took.
type taken struct {
	Wall   float64 `json:"wall"` // us
	CPU    float64 `json:"cpu"`  // us
	Allocs float64 `json:"allocs"`
	Bytes  float64 `json:"bytes"`
}

// children are what the command does when it is called by itself: read an order on
// standard input and measure.
var children = map[string]func(order []byte) (taken, error){
	"known certificate": knownCertificate,
	"new certificate":   newCertificate,
	"signature":         knownSignature,
	"function":          functionItself,
	"calls":             bareCalls,
}

// child does what a child is for.
func child(name string) error {
	var order bytes.Buffer
	if _, err := order.ReadFrom(os.Stdin); err != nil {
		return err
	}
	measured, err := children[name](order.Bytes())
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(measured)
}

// inChild runs a child of this command, or another program that measures.
func inChild(order any, env []string, program ...string) (t taken, err error) {
	if len(program) == 1 && children[program[0]] != nil {
		self, err := os.Executable()
		if err != nil {
			return t, err
		}
		program = []string{self, childFlag, program[0]}
	}
	text, err := json.Marshal(order)
	if err != nil {
		return t, err
	}
	command := exec.Command(program[0], program[1:]...)
	command.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	command.Stdin = bytes.NewReader(text)
	var faults bytes.Buffer
	command.Stderr = &faults
	answer, err := command.Output()
	if err != nil {
		return t, fmt.Errorf("%v: %w\n%s", program, err, &faults)
	}
	return t, json.Unmarshal(answer, &t)
}

// repeat measures an operation after a tenth of its repetitions, by when
// connections and caches are warm.
func repeat(times int, do func() error) (t taken, err error) {
	for range times / 10 {
		if err := do(); err != nil {
			return t, err
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began, used := time.Now(), ownCPU()
	for range times {
		if err := do(); err != nil {
			return t, err
		}
	}
	wall, spent := time.Since(began), ownCPU()-used
	runtime.ReadMemStats(&after)
	n := float64(times)
	return taken{
		Wall: float64(wall.Nanoseconds()) / 1e3 / n, CPU: float64(spent.Nanoseconds()) / 1e3 / n,
		Allocs: float64(after.Mallocs-before.Mallocs) / n, Bytes: float64(after.TotalAlloc-before.TotalAlloc) / n,
	}, nil
}

// ownCPU is what this process has used so far.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it has no cause to fail
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
