package setup

import (
	"errors"
	"io"

	"github.com/serverless-checkout/serverless-checkout/shared/handler"
)

// Open builds what a deployed function would, over another's environment: for whoever
// examines a deployment from outside. Nothing is fetched ahead, and nobody is called yet.
// Its error names every fault of the configuration at once.
func Open(lookup func(string) string, log io.Writer) (handler.Handlers, error) {
	config, faults := Read(lookup)
	cloud, cloudFaults := ReadCloud(lookup, true)
	if err := errors.Join(faults, cloudFaults); err != nil {
		return handler.Handlers{}, err
	}
	web, logger := Transport(), Logger(log)
	items, err := openTable(cloud, web)
	if err != nil {
		return handler.Handlers{}, err
	}
	provider, err := trusting(web, config.PayPalCA)
	if err != nil {
		return handler.Handlers{}, err
	}
	return Build(config, Parts{
		Store: items, Secrets: SecretsManager(cloud, web, SystemClock{}.Now, logger), Clock: SystemClock{}, WriteID: WriteID,
		Transport: provider, Log: logger,
	})
}
