package setup

import (
	"maps"
	"strings"
	"testing"
)

// goodCloud is what a function's environment has beside good.
func goodCloud() map[string]string {
	return map[string]string{
		"TABLE_NAME": "shop-Table", "SECRET_ARN": secretOfTests, "AWS_REGION": "eu-central-1",
		"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": awsSecretKey, "AWS_SESSION_TOKEN": "CANARY-session",
	}
}

func lookupIn(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

func TestReadCloud(t *testing.T) {
	c, err := ReadCloud(lookupIn(goodCloud()), true)
	if err != nil || c.Table != "shop-Table" || c.Secret.Name != "shop/checkout-AbCdEf" || c.Region != "eu-central-1" || c.Credentials.SessionToken != "CANARY-session" {
		t.Errorf("%v", err)
	}
	held, err := c.aws().Credentials.Retrieve(t.Context())
	if err != nil || held.AccessKeyID != "AKID" || held.SecretAccessKey != awsSecretKey || held.SessionToken != "CANARY-session" || c.aws().Region != "eu-central-1" {
		t.Errorf("the SDK's credentials are others: %v", err)
	}
}

func TestEachFaultOfTheCloudIsNamed(t *testing.T) {
	for _, c := range []struct{ name, value, says string }{
		{"TABLE_NAME", "", "TABLE_NAME is missing"},
		{"SECRET_ARN", "", "SECRET_ARN is missing"},
		{"SECRET_ARN", "shop/checkout", "SECRET_ARN is not the whole ARN of a secret"},
		{"SECRET_ARN", `arn:aws:secretsmanager:eu-central-1:123456789012:secret:a"b`, "SECRET_ARN is not the whole ARN of a secret"},
		{"SECRET_ARN", strings.Replace(secretOfTests, "arn:aws:", "arn:aws-new:", 1), "SECRET_ARN is in a partition of AWS that is not known here"},
		{"AWS_REGION", "", "AWS_REGION is missing"},
		{"AWS_ACCESS_KEY_ID", "", "AWS_ACCESS_KEY_ID is missing"},
		{"AWS_SECRET_ACCESS_KEY", "", "AWS_SECRET_ACCESS_KEY is missing"},
		{"AWS_ENDPOINT_URL_DYNAMODB", "localhost:8000", "AWS_ENDPOINT_URL_DYNAMODB is not an origin"},
		{"AWS_ENDPOINT_URL_DYNAMODB", "http://user:CANARY@localhost:8000", "AWS_ENDPOINT_URL_DYNAMODB is not an origin"},
		{"AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://localhost/secrets", "AWS_ENDPOINT_URL_SECRETS_MANAGER is not an origin"},
	} {
		env := goodCloud()
		env[c.name] = c.value
		if _, err := ReadCloud(lookupIn(env), true); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s=%q: %v", c.name, c.value, err)
		}
	}
	for _, name := range []string{"AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SECRETS_MANAGER"} {
		env := goodCloud()
		delete(env, name)
		if _, err := ReadCloud(lookupIn(env), true); err != nil {
			t.Errorf("without %s: %v", name, err)
		}
	}
	for _, endpoint := range []string{"http://172.17.0.1:8000", "https://dynamodb.eu-central-1.amazonaws.com", "http://127.0.0.1:8000/"} {
		env := goodCloud()
		env["AWS_ENDPOINT_URL_DYNAMODB"] = endpoint
		if _, err := ReadCloud(lookupIn(env), true); err != nil {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

// TestAFunctionNamesEveryFaultAtOnce: those of the shop and those of AWS; and
// SECRET_ARN only where a secret is needed.
func TestAFunctionNamesEveryFaultAtOnce(t *testing.T) {
	required := good()
	maps.Copy(required, goodCloud())
	delete(required, "AWS_SESSION_TOKEN")
	for _, n := range []need{table, tokens, everything} {
		_, err := open(lookupIn(nil), n)
		for name := range required {
			needed := name != "SECRET_ARN" || n != table
			if err == nil || strings.Contains(err.Error(), name+" is missing") != needed {
				t.Errorf("need %d: %s: %v", n, name, err)
			}
		}
	}
}
