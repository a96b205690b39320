package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"time"
)

// ImageOfDynamoDB is DynamoDB Local as AWS gives it to Docker.
const ImageOfDynamoDB = "amazon/dynamodb-local:2.6.1"

// DynamoDBContainer is DynamoDB Local in a container, for a machine that has
// Docker and no Java.
type DynamoDBContainer struct {
	DynamoDB
	id string
}

// StartDynamoDBContainer starts an image on a free port of 127.0.0.1, with its
// tables in memory, and waits until it answers. Docker fetches an image it does
// not have, which takes as long as it takes. Stop ends it.
func StartDynamoDBContainer(ctx context.Context, image string) (*DynamoDBContainer, error) {
	id, err := docker(ctx, "run", "--rm", "--detach", "--publish", "127.0.0.1::8000", image,
		"-jar", "DynamoDBLocal.jar", "-inMemory", "-sharedDb")
	if err != nil {
		return nil, err
	}
	d := &DynamoDBContainer{id: id}
	address, err := docker(ctx, "port", id, "8000/tcp")
	if err == nil {
		address, _, _ = strings.Cut(address, "\n")
		d.Endpoint = "http://" + address
		err = d.awaken(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, d.Stop())
	}
	return d, nil
}

// awaken waits for the first answer, whatever it is.
func (d *DynamoDBContainer) awaken(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.Endpoint, nil)
		if err != nil {
			return err
		}
		if got, err := http.DefaultClient.Do(r); err == nil {
			return got.Body.Close()
		}
		select {
		case <-ctx.Done():
			return errors.New("cloud: DynamoDB Local gives no answer in its container")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Stop ends the container and its tables with it.
func (d *DynamoDBContainer) Stop() error {
	_, err := docker(context.Background(), "rm", "--force", d.id)
	return err
}

// docker runs a command of Docker's and gives what it printed.
func docker(ctx context.Context, arguments ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "docker", arguments...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return "", fmt.Errorf("cloud: docker %s: %s", arguments[0], strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		return "", fmt.Errorf("cloud: Docker is needed: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
