package runtime_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/serverless-checkout/serverless-checkout/tests/runtime"
)

// The function these tests start is this very program.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") == "" {
		os.Exit(m.Run())
	}
	if os.Getenv("STARTS") == "badly" {
		os.Exit(3)
	}
	go func() {
		for range time.Tick(5 * time.Millisecond) {
			ticks.Add(1)
		}
	}()
	lambda.Start(act)
}

var ticks atomic.Int64

// act does as it is told by its event.
func act(ctx context.Context, do string) (string, error) {
	switch do {
	case "fail":
		return "", errors.New("on purpose")
	case "panic":
		panic("on purpose")
	case "exit":
		os.Exit(7)
	case "sleep":
		time.Sleep(time.Hour)
	case "ticks":
		return fmt.Sprint(ticks.Load()), nil
	case "environment":
		return strings.Join(os.Environ(), "\n"), nil
	case "deadline":
		deadline, _ := ctx.Deadline()
		c, _ := lambdacontext.FromContext(ctx)
		return fmt.Sprintf("%d %s %d", deadline.UnixMilli(), c.InvokedFunctionArn, len(c.AwsRequestID)), nil
	}
	return do, nil
}

func start(t *testing.T, f runtime.Function) *runtime.Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f.Name, f.Binary = "act", self
	p, err := runtime.Start(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

// soon is far enough for everything here but what shall time out.
func soon() time.Time { return time.Now().Add(time.Minute) }

func want(t *testing.T, p *runtime.Process, event, answer string) {
	t.Helper()
	got, err := p.Invoke([]byte(`"`+event+`"`), soon())
	if err != nil || string(got) != `"`+answer+`"` {
		t.Errorf("%s: %s, %v\n%s", event, got, err, p.Log())
	}
}

func TestOneProcessServesManyInvocations(t *testing.T) {
	p := start(t, runtime.Function{})
	for i := range 20 {
		want(t, p, fmt.Sprint("hello ", i), fmt.Sprint("hello ", i))
	}
	if !p.Alive() || p.Init() <= 0 || p.Usage() != nil {
		t.Errorf("alive %t, init %s, usage %v", p.Alive(), p.Init(), p.Usage())
	}
	p.Kill()
	if p.Alive() || p.Usage() == nil {
		t.Error("it is not dead")
	}
	if _, err := p.Invoke([]byte(`"x"`), soon()); !errors.Is(err, runtime.ErrDied) {
		t.Errorf("a dead process answers: %v", err)
	}
}

func TestDeadlineAndNameAreTold(t *testing.T) {
	p := start(t, runtime.Function{})
	deadline := soon().Truncate(time.Millisecond)
	got, err := p.Invoke([]byte(`"deadline"`), deadline)
	if want := fmt.Sprintf(`"%d arn:aws:lambda:eu-central-1:000000000000:function:act 36"`, deadline.UnixMilli()); err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

func TestEnvironmentIsTheGivenOne(t *testing.T) {
	t.Setenv("OF_THE_MACHINE", "1")
	p := start(t, runtime.Function{Env: map[string]string{"GIVEN": "1", "TZ": "UTC"}})
	got, err := p.Invoke([]byte(`"environment"`), soon())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for line := range strings.SplitSeq(strings.Trim(string(got), `"`), `\n`) {
		name, value, _ := strings.Cut(line, "=")
		seen[name] = value
	}
	if seen["GIVEN"] != "1" || seen["TZ"] != "UTC" || seen["AWS_REGION"] == "" || seen["OF_THE_MACHINE"] != "" || seen["HOME"] != "" {
		t.Errorf("the process sees %v", slices.Sorted(maps.Keys(seen)))
	}
}

func TestWaysToFail(t *testing.T) {
	p := start(t, runtime.Function{})
	var failed *runtime.FunctionError
	if _, err := p.Invoke([]byte(`"fail"`), soon()); !errors.As(err, &failed) || failed.Message != "on purpose" {
		t.Errorf("fail: %v", err)
	}
	want(t, p, "goes on", "goes on")
	if _, err := p.Invoke([]byte(`"panic"`), soon()); !errors.As(err, &failed) || failed.Message != "on purpose" {
		t.Errorf("panic: %v", err)
	}
	if _, err := start(t, runtime.Function{}).Invoke([]byte(`"exit"`), soon()); !errors.Is(err, runtime.ErrDied) || !strings.Contains(err.Error(), "exit status 7") {
		t.Errorf("exit: %v", err)
	}
	bad := start(t, runtime.Function{Env: map[string]string{"STARTS": "badly"}})
	if _, err := bad.Invoke([]byte(`"x"`), soon()); !errors.Is(err, runtime.ErrDied) || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("a bad start: %v", err)
	}
	if _, err := runtime.Start(runtime.Function{Binary: "/nowhere"}); err == nil {
		t.Error("a program that is not there was started")
	}
}

func TestKilledWhileBusy(t *testing.T) {
	p := start(t, runtime.Function{})
	want(t, p, "hello", "hello")
	heard := make(chan error)
	go func() {
		_, err := p.Invoke([]byte(`"sleep"`), soon())
		heard <- err
	}()
	time.Sleep(20 * time.Millisecond)
	p.Kill()
	if err := <-heard; !errors.Is(err, runtime.ErrDied) || !strings.Contains(err.Error(), "killed") {
		t.Errorf("%v", err)
	}
}

func TestKilledAtTheDeadline(t *testing.T) {
	p := start(t, runtime.Function{})
	if _, err := p.Invoke([]byte(`"sleep"`), time.Now().Add(50*time.Millisecond)); !errors.Is(err, runtime.ErrTimedOut) || p.Alive() {
		t.Errorf("%v, alive %t", err, p.Alive())
	}
}

func TestCondemnedIsNotHeard(t *testing.T) {
	p := start(t, runtime.Function{})
	want(t, p, "hello", "hello")
	p.Condemn()
	if got, err := p.Invoke([]byte(`"late"`), time.Now().Add(50*time.Millisecond)); !errors.Is(err, runtime.ErrTimedOut) {
		t.Errorf("%s, %v", got, err)
	}
}

// TestFrozenBetweenInvocations: nothing runs in a frozen process, and it answers
// again when it is thawed.
func TestFrozenBetweenInvocations(t *testing.T) {
	ran := func(frozen bool) (n int) {
		p := start(t, runtime.Function{Frozen: frozen})
		want(t, p, "hello", "hello")
		time.Sleep(300 * time.Millisecond)
		got, err := p.Invoke([]byte(`"ticks"`), soon())
		if _, scan := fmt.Sscanf(string(got), `"%d"`, &n); err != nil || scan != nil {
			t.Fatalf("%s, %v, %v", got, err, scan)
		}
		return n
	}
	if awake, frozen := ran(false), ran(true); frozen >= awake {
		t.Errorf("%d ticks of a frozen process, %d of one awake", frozen, awake)
	}
}
