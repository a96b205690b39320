package runtime

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"time"
)

// How an invocation ends without an answer of the function's.
var (
	// ErrDied: the process ended, by itself or killed. What it had done by then
	// is done.
	ErrDied = errors.New("runtime: the process died")
	// ErrTimedOut: the process was busy at the deadline and was killed.
	ErrTimedOut = errors.New("runtime: timed out")
)

// Function is what a process is started from.
type Function struct {
	Name   string // as Lambda calls it: create-payment
	Binary string // path of the built program
	// Env is all the process sees, apart from what Lambda itself sets; a variable
	// here takes precedence.
	Env map[string]string
	// Frozen stops the process whenever it waits for work, as Lambda does: its
	// background goroutines stand still, its clock and its peers' do not.
	Frozen bool
}

// Process is a running function with a Runtime API of its own. It is safe for
// concurrent use; invocations take turns.
type Process struct {
	name   string
	api    *api
	server *http.Server
	cmd    *exec.Cmd
	begun  time.Time
	turn   sync.Mutex // held by the one invocation
	log    logbook
	kills  sync.Once
}

// Credentials and region that a process is given. They open nothing.
const (
	Region          = "eu-central-1"
	AccessKey       = "ASIAOFTHEFUNCTIONS00"
	SecretKey       = "secret-key-of-the-functions"
	SessionToken    = "session-token-of-the-functions"
	account         = "000000000000"
	memoryMegabytes = "256"
)

// Start starts a process and its Runtime API, on a free port of 127.0.0.1. It
// does not wait until the process asks for work.
func Start(f Function) (*Process, error) {
	door, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Process{name: f.Name, cmd: exec.Command(f.Binary), api: &api{
		arn: "arn:aws:lambda:" + Region + ":" + account + ":function:" + f.Name,
		// Never waits for a taker: an invocation may come before the process asks.
		work: make(chan *invocation, 1), gone: make(chan struct{}),
		idle: func() {}, busy: func() {},
	}}
	if f.Frozen {
		p.api.idle, p.api.busy = p.Freeze, p.Thaw
	}
	env := lambdaEnv(f.Name, door.Addr().String())
	maps.Copy(env, f.Env)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		p.cmd.Env = append(p.cmd.Env, name+"="+env[name])
	}
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	p.cmd.Dir = "/"
	// A group of its own: what is typed at the terminal is not for it.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.begun = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, door.Close())
	}
	p.server = &http.Server{Handler: p.api.handler(), ReadHeaderTimeout: time.Minute}
	go p.server.Serve(door)
	go func() {
		_ = p.cmd.Wait() // how it ended stands in ProcessState
		close(p.api.gone)
		p.server.Close()
	}()
	return p, nil
}

// lambdaEnv is what Lambda sets for every function
// (lambda/latest/dg/configuration-envvars).
func lambdaEnv(name, address string) map[string]string {
	return map[string]string{
		"AWS_LAMBDA_RUNTIME_API": address,
		"AWS_REGION":             Region, "AWS_DEFAULT_REGION": Region,
		"AWS_ACCESS_KEY_ID": AccessKey, "AWS_SECRET_ACCESS_KEY": SecretKey, "AWS_SESSION_TOKEN": SessionToken,
		"AWS_LAMBDA_FUNCTION_NAME": name, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": memoryMegabytes, "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
		"AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023", "_HANDLER": "bootstrap",
		"LAMBDA_TASK_ROOT": "/var/task", "LAMBDA_RUNTIME_DIR": "/var/runtime",
		"PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin", "LANG": "en_US.UTF-8", "TZ": ":UTC",
	}
}

// Invoke gives the process one event (JSON) and waits for its answer (JSON).
// Errors: *FunctionError, ErrDied, ErrTimedOut.
func (p *Process) Invoke(event []byte, deadline time.Time) ([]byte, error) {
	p.turn.Lock()
	defer p.turn.Unlock()
	in := &invocation{id: requestID(), event: event, deadline: deadline, ended: make(chan outcome, 1)}
	select {
	case p.api.work <- in:
	case <-p.api.gone:
		return nil, p.died()
	}
	late := time.NewTimer(time.Until(deadline))
	defer late.Stop()
	select {
	case o := <-in.ended:
		return o.answer, o.err
	case <-late.C:
		p.Kill()
		return nil, ErrTimedOut
	case <-p.api.gone:
	}
	select {
	case o := <-in.ended: // it answered first
		return o.answer, o.err
	default:
		return nil, p.died()
	}
}

// died says what is known of the end of the process.
func (p *Process) died() error {
	p.api.mu.Lock()
	defer p.api.mu.Unlock()
	if p.api.failed != nil {
		return p.api.failed
	}
	return fmt.Errorf("%w: %s (%s)", ErrDied, p.name, p.cmd.ProcessState)
}

// Condemn makes everything the process says from now on unheard, as if it were
// dead already: what is to happen before it is killed can then take its time.
func (p *Process) Condemn() {
	p.api.mu.Lock()
	defer p.api.mu.Unlock()
	p.api.deaf = true
}

// Kill ends the process at once (SIGKILL) and waits until it is gone. It may be
// called more than once, and of a process that has ended.
func (p *Process) Kill() {
	p.Condemn()
	p.kills.Do(func() { p.signal(syscall.SIGKILL) })
	<-p.api.gone
}

// Freeze stops the process (SIGSTOP); Thaw lets it go on.
func (p *Process) Freeze() { p.signal(syscall.SIGSTOP) }

// Thaw lets a frozen process go on.
func (p *Process) Thaw() { p.signal(syscall.SIGCONT) }

// signal reaches the process unless it has been waited for, after which its id
// may be somebody else's; the os package keeps that apart.
func (p *Process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Alive reports whether the process still runs.
func (p *Process) Alive() bool {
	select {
	case <-p.api.gone:
		return false
	default:
		return true
	}
}

// Init is the time from just before the process was made to its first question
// for work; 0 before it asked.
func (p *Process) Init() time.Duration {
	p.api.mu.Lock()
	defer p.api.mu.Unlock()
	if p.api.firstNext.IsZero() {
		return 0
	}
	return p.api.firstNext.Sub(p.begun)
}

// Usage is what an ended process has used; nil while it runs.
func (p *Process) Usage() *syscall.Rusage {
	if p.Alive() {
		return nil
	}
	used, _ := p.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return used
}

// Log is what the process has printed so far.
func (p *Process) Log() string { return p.log.String() }

func requestID() string {
	var b [16]byte
	rand.Read(b[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// logbook keeps what a process prints.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
