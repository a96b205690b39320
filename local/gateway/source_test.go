package gateway

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestResolve(t *testing.T) {
	all := Throttle{Rate: 1000, Burst: 1000}
	want := Template{
		Routes: []Route{
			{"POST", "/things", "Public", Public, all},
			{"GET", "/things/{id}", "Public", Public, all},
			{"POST", "/things/{id}/act", "Public", Public, all},
			{"POST", "/throttled", "Public", Public, Throttle{Rate: 0.5, Burst: 2}},
			{"GET", "/things/all", "Guarded", "AWS_IAM", all},
		},
		Functions: map[string]Declaration{
			"Public":  {Timeout: 7 * time.Second, CodeDir: "functions/public"},
			"Guarded": {Timeout: 25 * time.Second, CodeDir: "functions/guarded"},
			"Timer": {Timeout: 25 * time.Second, CodeDir: "functions/timer",
				Schedules: []Schedule{{"Timer", "Often", 5 * time.Minute}}},
		},
		DefaultThrottle: all,
		CORS: CORS{
			Origins: []string{shop}, Methods: []string{"GET", "POST"},
			Headers: []string{"content-type", "checkout-token"}, Expose: []string{"location"}, MaxAge: 600,
		},
	}
	got := resolve(t, small)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Schedule{{"Timer", "Often", 5 * time.Minute}}, got.Schedules()); diff != "" {
		t.Error(diff)
	}
}

// TestTagsAreNodes: every way to write a reference is a reference, and none of
// them is the text behind the tag.
func TestTagsAreNodes(t *testing.T) {
	for written, want := range map[string]string{
		`!Ref Origin`:                         shop,
		`{Ref: Origin}`:                       shop,
		`!Sub "${Origin}"`:                    shop,
		`!Sub "${ Origin }:8443"`:             shop + ":8443",
		`{"Fn::Sub": "https://${Seconds}.x"}`: "https://7.x",
		`!Sub "https://${!Origin}"`:           "https://${Origin}",
		`"!Ref Origin"`:                       "!Ref Origin",
		`Origin`:                              "Origin",
	} {
		got := resolve(t, strings.Replace(small, "[!Ref Origin]", "["+written+"]", 1))
		if diff := cmp.Diff([]string{want}, got.CORS.Origins); diff != "" {
			t.Errorf("%s: %s", written, diff)
		}
	}
}

func TestReadTemplate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if _, err := ReadTemplate(path); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
	for text, want := range map[string]string{
		"":                             "mine.yaml: ",
		"# nothing":                    "mine.yaml: ",
		"a: [":                         "mine.yaml: yaml: line 1",
		"a: 1\n---\nb: 2":              "mine.yaml: more than one document",
		"- a":                          "mine.yaml:1: not a mapping",
		"null":                         "mine.yaml:1: not a mapping",
		"a:\n  b: 1\n  c: 2\n  b: 3\n": "mine.yaml:4: b is given twice, first in line 2",
		"a: &x 1\nb: *x":               "mine.yaml:2: an alias (*x)",
		"a: &x {b: 1}\nc:\n  <<: *x":   "mine.yaml:3: an alias (*x)",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadTemplate(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// TestFaults changes one thing in the small template, and wants to be told of
// it with its line.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"AllowOrigins: [!Ref Origin]", "AllowOrigins: [!Ref Elsewhere]", ":15: no value for Elsewhere"},
		{"AllowOrigins: [!Ref Origin]", "AllowOrigins: [!GetAtt Api.Url]", ":15: Fn::GetAtt cannot be worked out without AWS"},
		{"AllowOrigins: [!Ref Origin]", "AllowOrigins: [!If [A, b, c]]", ":15: Fn::If cannot"},
		{"AllowOrigins: [!Ref Origin]", "AllowOrigins: !Split [',', a]", ":15: a list is wanted"},
		{"AllowOrigins: [!Ref Origin]", `AllowOrigins: [!Sub ["${a}", {a: b}]]`, ":15: Fn::Sub cannot"},
		{"AllowOrigins: [!Ref Origin]", `AllowOrigins: [!Sub "${Api.Url}"]`, ":15: no value for Api.Url"},
		{"AllowOrigins: [!Ref Origin]", `AllowOrigins: [~]`, ":15: a single value is wanted"},
		{"AllowOrigins: [!Ref Origin]", `AllowOrigins: ["https://*"]`, `:15: origin "https://*" is no single page`},
		{"AllowOrigins: [!Ref Origin]", `AllowOrigins: ["null"]`, `is no single page`},
		{"AllowOrigins: [!Ref Origin]", `AllowOrigins: []`, `CORS without AllowOrigins`},
		{"MaxAge: 600", "AllowCredentials: true", ":19: AllowCredentials is not imitated"},
		{"MaxAge: 600", "MaxAge: -1", `:19: "-1" is not a whole number above zero`},
		{"Timeout: 25", "Timeout: 2.5", `:7: "2.5" is not a whole number`},
		{"Seconds: {Type: Number, Default: 7}", "Seconds: {Type: Number}", "no value for Seconds"},
		{"StageName: $default", "StageName: prod", ":12: stage prod is not imitated"},
		{"StageName: $default", "DefinitionBody: {}", "DefinitionBody is not imitated"},
		{"Transform: AWS::Serverless-2016-10-31", "Transform: [AWS::LanguageExtensions]", ":1: a transform other"},
		{"ThrottlingRateLimit: 0.5", "ThrottlingRateLimit: NaN", `:22: "NaN" is not a number above zero`},
		{"ThrottlingRateLimit: 0.5, ", "", `:22: ThrottlingRateLimit and ThrottlingBurstLimit belong together`},
		{"POST /throttled:", "POST /elsewhere:", ":22: settings for a route that does not exist: POST /elsewhere"},
		{"      RouteSettings:", "      RouteSettings: !If [a, b, c]\n      Other:", "RouteSettings is not a plain mapping"},
		{"DefaultAuthorizer: AWS_IAM", "X: y", ":38: Closed has no authorizer"},
		{"Path: /things, Auth: {Authorizer: NONE}", "Path: /things, Auth: !If [a, b, c]", ":29: a plain mapping is wanted"},
		{"Path: /things, Auth: {Authorizer: NONE}", "Path: /things, Auth: {Authorizer: !If [a, b, c]}", ":29: Fn::If cannot"},
		{"Path: /things, Auth", "Path: /things, TimeoutInMillis: 1, Auth", ":29: TimeoutInMillis is not imitated"},
		{"Path: /things, Auth", `Path: "/{proxy+}", Auth`, ":29: path /{proxy+} is not imitated"},
		{"Path: /things, Auth", "Path: things, Auth", ":29: path things is not imitated"},
		{"Path: /things, Auth", "Path: /things/, Auth", ":29: path /things/ is not imitated"},
		{"Path: /things, Auth", "Path: '/{a}/{a}', Auth", ":29: path /{a}/{a} is not imitated"},
		{"Path: /things, Auth", "Auth", ":29: Make needs Method and Path"},
		{"Method: post", "Method: ANY", ":29: method ANY is not imitated"},
		{"Path: /throttled, Auth", `Path: "/things/{x}/act", Auth`, ":32: POST /things/{x}/act is already served by Public"},
		{"ApiId: !Ref Api, Method: post", "Method: post", ":29: ApiId of Make"},
		{"ApiId: !Ref Api, Method: post", "ApiId: Api, Method: post", ":29: ApiId of Make"},
		{"Type: ScheduleV2", "Type: SQS", ":44: events of type SQS are not imitated"},
		{"Type: ScheduleV2, ", "", ":44: an event without a type"},
		{"rate(5 minutes)", `"cron(0 0 * * ? *)"`, `:44: "cron(0 0 * * ? *)" is not of the form`},
		{"{ScheduleExpression: rate(5 minutes)}", "{}", ":44: a schedule without ScheduleExpression"},
		{"{ScheduleExpression: rate", "{State: DISABLED, ScheduleExpression: rate", ":44: State is not imitated"},
		{"Type: AWS::DynamoDB::Table", "Type: AWS::Serverless::HttpApi", ":45: a second API, beside Api"},
		{"  Timer:\n", "  Timer:\n    Condition: Often\n", ":40: a condition is not imitated"},
		{"Globals:\n", "Globals:\n  HttpApi: {FailOnWarnings: true}\n", ":6: Globals.HttpApi is not imitated"},
	} {
		if strings.Count(small, c.old) != 1 {
			t.Fatalf("%q is not in the template once", c.old)
		}
		s, err := parse("t.yaml", []byte(strings.Replace(small, c.old, c.new, 1)))
		if err != nil {
			t.Fatalf("%s: %v", c.new, err)
		}
		if _, err = s.Resolve(map[string]string{"Origin": shop}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\ngot  %v\nwant %s", c.new, err, c.want)
		}
	}
}

// TestAllFaultsAtOnce: one reading tells everything, by line.
func TestAllFaultsAtOnce(t *testing.T) {
	s, err := parse("t.yaml", []byte(strings.NewReplacer("Timeout: 25", "Timeout: x", "Method: post", "Method: ANY").Replace(small)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Resolve(map[string]string{"Nobody": "x"})
	want := `t.yaml: there is no parameter Nobody
t.yaml:7: "x" is not a whole number above zero
t.yaml:15: no value for Origin
t.yaml:29: method ANY is not imitated`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"rate(1 minute)": time.Minute, "rate(5 minutes)": 5 * time.Minute,
		"rate(1 hour)": time.Hour, "rate(2 days)": 48 * time.Hour,
		"rate(1 minutes)": 0, "rate(5 minute)": 0, "rate(0 minutes)": 0, "rate(-1 minutes)": 0,
		"rate(5 seconds)": 0, "rate(5minutes)": 0, "rate(1.5 hours)": 0, "rate(9999999 minutes)": 0,
		"rate(999999 days)": 0, "at(2030-01-01T00:00:00)": 0, "": 0,
	} {
		got, err := parseRate(text)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

// TestRealTemplate: what is deployed can be run here.
func TestRealTemplate(t *testing.T) {
	s, err := ReadTemplate("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Resolve(nil); err == nil || !strings.Contains(err.Error(), "no value for StorefrontOrigin") {
		t.Errorf("without an origin: %v", err)
	}
	origin := "http://127.0.0.1:8080"
	got, err := s.Resolve(map[string]string{"StorefrontOrigin": origin})
	if err != nil {
		t.Fatal(err)
	}
	functions := map[string]Function{}
	for _, r := range got.Routes {
		functions[r.Function] = setup(t).answer
	}
	if _, err := New(got, functions); err != nil {
		t.Error(err)
	}
	if len(got.Routes) == 0 || len(got.Schedules()) == 0 || !cmp.Equal(got.CORS.Origins, []string{origin}) {
		t.Errorf("got %+v", got)
	}
}
