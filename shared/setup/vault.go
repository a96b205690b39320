package setup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"
)

const (
	// secretLife is how long a secret is taken for the one in force, in wall time: a
	// container that was frozen over night reads it again.
	secretLife = 5 * time.Minute

	// readingTime is what one reading may take. It comes out of an invocation's
	// budget, and a look needs what is left.
	readingTime = 2 * time.Second

	// patience is how long a caller waits for a newer secret where an old one is
	// held, which is good all but always.
	patience = time.Second

	// rereadPause is the least time after a reading that failed, or that only a doubt
	// asked for, where one is held: whatever is sent here, by however many, it costs
	// Secrets Manager one call in ten seconds.
	rereadPause = 10 * time.Second

	// retryPause is the same where none is held, and so nothing can be done without.
	retryPause = time.Second
)

// vault holds the secrets of one container. Whoever asks while a reading is under
// way waits for that one; what is held stays when a reading fails.
type vault struct {
	name  string // of the secret, for the log
	fetch func(context.Context) ([]byte, error)
	now   func() time.Time // wall time
	log   *slog.Logger

	mu      sync.Mutex
	held    *Secrets
	known   time.Time // when held was last read
	reading *reading  // the last one, which may be over
}

// reading is one attempt to read the secret.
type reading struct {
	began time.Time
	early bool          // asked for by a doubt, and not by the end of secretLife
	done  chan struct{} // closed when it is over
	err   error         // why it failed; read it when done is closed
}

func (r *reading) isOver() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// secrets is the vault as a SecretSource.
func (v *vault) secrets(ctx context.Context, unfit *Secrets) (*Secrets, error) {
	held, r := v.look(unfit)
	if r == nil {
		return held, nil
	}
	var enough <-chan time.Time
	if held != nil {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case <-r.done:
	case <-enough:
	case <-ctx.Done():
	}
	return v.outcome(ctx, r)
}

// look gives what is held and, unless that will do, the reading to wait for.
func (v *vault) look(unfit *Secrets) (*Secrets, *reading) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	if v.held != nil && v.held != unfit && within(now, v.known, secretLife) {
		return v.held, nil
	}
	if r := v.reading; r != nil {
		switch {
		case !r.isOver() && within(now, r.began, 2*readingTime):
			return v.held, r
		case r.isOver() && v.held != nil && (r.early || r.err != nil) && within(now, r.began, rereadPause):
			return v.held, nil
		case r.isOver() && v.held == nil && within(now, r.began, retryPause):
			return nil, r // and so its error
		}
		// One that is not over by now was frozen with its container: its
		// connection is dead.
	}
	v.reading = &reading{began: now, early: v.held != nil && v.held == unfit, done: make(chan struct{})}
	go v.read(v.reading)
	return v.held, v.reading
}

// errFrozen: a later reading has taken this one's place.
var errFrozen = errors.New("the secret was not read in time")

// within reports whether a moment is less than so long ago. A clock that was set
// back makes everything long ago.
func within(now, then time.Time, d time.Duration) bool {
	age := now.Sub(then)
	return age >= 0 && age < d
}

// read does one reading, whoever still waits for it.
func (v *vault) read(r *reading) {
	defer close(r.done)
	ctx, cancel := context.WithTimeout(context.Background(), readingTime)
	defer cancel()
	text, err := v.fetch(ctx)
	var got *Secrets
	if err == nil {
		got, err = ReadSecrets(text)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.reading != r:
		r.err = errFrozen
	case err != nil:
		r.err = fmt.Errorf("the secret %s: %w", v.name, err)
		v.log.Warn("secret not read", "secret", v.name, "error", err, "older_kept", v.held != nil)
	default:
		v.known = v.now()
		// The same secrets stay the same pointer, so that whoever found them unfit
		// sees that there are no newer ones.
		if v.held == nil || !reflect.DeepEqual(got, v.held) {
			v.log.Debug("secret read", "secret", v.name)
			v.held = got
		}
	}
}

// outcome is what is held by now, or why nothing is.
func (v *vault) outcome(ctx context.Context, r *reading) (*Secrets, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.held != nil:
		return v.held, nil
	case r.isOver() && r.err != nil:
		return nil, r.err
	}
	return nil, fmt.Errorf("the secret %s: not read in time: %w", v.name, context.Cause(ctx))
}
