package tests

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/serverless-checkout/serverless-checkout/local/gateway"
)

var jwtVariantFile = flag.String("jwt-variant", "", "file to write the template with a JWT authorizer to, for a linter")

// jwtVariant is the template after the edit that README.md describes: its block in
// the place of the Auth of Api, and its authorizer wherever a route says AWS_IAM.
func jwtVariant(t *testing.T, template, readme string) string {
	t.Helper()
	blocks := regexp.MustCompile("(?s)```yaml\n( +Auth:\n.*?)```").FindAllStringSubmatch(readme, -1)
	present := regexp.MustCompile(`(?m)^      Auth:\n(        .*\n)+`).FindAllString(template, -1)
	if len(blocks) != 1 || len(present) != 1 {
		t.Fatalf("README.md has %d blocks, template.yaml %d places for it", len(blocks), len(present))
	}
	variant := strings.Replace(template, present[0], blocks[0][1], 1)
	return strings.ReplaceAll(variant, "Authorizer: AWS_IAM", "Authorizer: Merchant")
}

// TestJWTVariant: every merchant's route wants a token, every public one is public
// still, a route that says nothing is closed, and nothing else has changed.
func TestJWTVariant(t *testing.T) {
	text := jwtVariant(t, mustRead(t, "../template.yaml"), mustRead(t, "../README.md"))
	file := *jwtVariantFile
	if file == "" {
		file = filepath.Join(t.TempDir(), "template.yaml")
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	source, err := gateway.ReadTemplate(file)
	if err != nil {
		t.Fatal(err)
	}
	resolved, err := source.Resolve(map[string]string{"StorefrontOrigin": "https://shop.example", "Brand": "Harbour Goods", "SecretArn": "tests"})
	if err != nil {
		t.Fatal(err)
	}
	routes := map[string][]string{}
	for _, r := range resolved.Routes {
		routes[r.Authorizer] = append(routes[r.Authorizer], r.Key())
	}
	for _, keys := range routes {
		slices.Sort(keys)
	}
	before := readTemplate(t)
	wantRoutes := map[string][]string{}
	for _, r := range deployed(t).Routes {
		authorizer := r.Authorizer
		if authorizer == gateway.IAM {
			authorizer = "Merchant"
		}
		wantRoutes[authorizer] = append(wantRoutes[authorizer], r.Key())
	}
	for _, keys := range wantRoutes {
		slices.Sort(keys)
	}
	if len(routes["Merchant"]) == 0 || !maps.EqualFunc(routes, wantRoutes, slices.Equal) {
		t.Errorf("the routes are %v, want %v", routes, wantRoutes)
	}
	after := parseTemplate(text)
	auth := valueAt(after, "Resources", "Api", "Properties", "Auth")
	jwt := valueAt(auth, "Authorizers", "Merchant")
	issuer, _ := valueAt(jwt, "JwtConfiguration", "issuer").(string)
	audience, _ := valueAt(jwt, "JwtConfiguration", "audience").([]any)
	scopes, _ := valueAt(jwt, "AuthorizationScopes").([]any)
	if !strings.HasPrefix(issuer, "https://") || len(audience) == 0 || len(scopes) == 0 ||
		valueAt(jwt, "IdentitySource") != "$request.header.Authorization" || valueAt(auth, "DefaultAuthorizer") != "Merchant" {
		t.Errorf("not everything is checked: %v", auth)
	}
	// With the two edits taken back, nothing is left of it.
	back := parseTemplate(strings.ReplaceAll(text, "Authorizer: Merchant}", "Authorizer: AWS_IAM}"))
	valueAt(back, "Resources", "Api", "Properties").(map[string]any)["Auth"] = valueAt(before, "Resources", "Api", "Properties", "Auth")
	if !reflect.DeepEqual(back, before) {
		t.Error("the edit changes more than who may call")
	}
}

// TestReadmeNamesWhatIsDeployed: what is asked for, what comes out and what may go
// off at night is explained, and nothing that is not there.
func TestReadmeNamesWhatIsDeployed(t *testing.T) {
	readme, template := mustRead(t, "../README.md"), readTemplate(t)
	c := &templateCheck{template: template}
	names := slices.Concat(namesOf(valueAt(template, "Parameters")), namesOf(valueAt(template, "Outputs")), c.ofType("AWS::CloudWatch::Alarm"))
	functionErrors := regexp.MustCompile(`^(` + strings.ReplaceAll(strings.Join(c.ofType("AWS::Serverless::Function"), "|"), "Function", "") + `)ErrorsAlarm$`)
	for _, name := range names {
		if !functionErrors.MatchString(name) && !strings.Contains(readme, name) {
			t.Errorf("README.md does not tell of %s", name)
		}
	}
	for _, told := range regexp.MustCompile(`[A-Z][A-Za-z]+Alarm\b`).FindAllString(readme, -1) {
		if told != "ErrorsAlarm" && !slices.Contains(names, told) {
			t.Errorf("README.md tells of %s, and there is none", told)
		}
	}
	for _, told := range regexp.MustCompile("output ([A-Z][A-Za-z]+)").FindAllStringSubmatch(readme, -1) {
		if valueAt(template, "Outputs", told[1]) == nil {
			t.Errorf("README.md asks for the output %s, and there is none", told[1])
		}
	}
	watched := 0
	for _, id := range c.ofType("AWS::CloudWatch::Alarm") {
		watched += len(readings(c.properties(id)))
	}
	for _, counted := range []string{fmt.Sprintf("%d metrics of our own", len(writtenMetrics())), fmt.Sprintf("%d figures that alarms watch", watched)} {
		if !strings.Contains(strings.Join(strings.Fields(readme), " "), counted) {
			t.Errorf("README.md does not count %s", counted)
		}
	}
	for _, name := range []string{"paypal_client_id", "paypal_client_secret", "token_secrets", "quote_secrets", "customer_secrets", "customer_key"} {
		if !strings.Contains(readme, `"`+name+`"`) || !strings.Contains(mustRead(t, "../shared/setup/secret.go"), `"`+name+`"`) {
			t.Errorf("README.md and shared/setup/secret.go do not both know %s", name)
		}
	}
}

func mustRead(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
