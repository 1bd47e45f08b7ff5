//go:build clients

package client

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shvm-db/e2e/node"
)

func TestMain(m *testing.M) { os.Exit(node.Main(m)) }

// environment is what the README tells people to export, with nothing of the
// machine's own configuration.
func environment(url string) []string {
	return append(os.Environ(),
		"AWS_ENDPOINT_URL_DYNAMODB="+url, "AWS_ENDPOINT_URL_DYNAMODB_STREAMS="+url, "ENDPOINT="+url,
		"AWS_REGION=local", "AWS_DEFAULT_REGION=local", "AWS_ACCESS_KEY_ID=any", "AWS_SECRET_ACCESS_KEY=any",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true", "NO_PROXY=*", "no_proxy=*",
	)
}

// run runs a client to its end and gives what it printed.
func run(t *testing.T, n *node.Node, dir, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	c.Env = environment(n.URL)
	c.WaitDelay = 5 * time.Second // a grandchild must not hold the output open
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	return out.String(), err
}

func mustRun(t *testing.T, n *node.Node, dir, name string, args ...string) string {
	t.Helper()
	out, err := run(t, n, dir, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// javascript is where the JavaScript clients are installed.
func javascript(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../js")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal("the JavaScript clients are not installed: run npm ci in e2e/js")
	}
	return dir
}

// python is an interpreter that has boto3.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import boto3").Run() == nil {
			return name
		}
	}
	t.Fatal("no python3 has boto3: install python3-boto3")
	return ""
}
