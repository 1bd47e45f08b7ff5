package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAFlagWinsOverTheEnvironmentOverTheFileOverTheDefault(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shvm.json")
	if err := os.WriteFile(file, []byte(`{"listen":"file:1","data":"from-file","sleep":"5s"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SHVM_LISTEN", "environment:1")
	t.Setenv("SHVM_DATA", "from-environment")
	code, out, errs := command(t, "config", "print", "--config", file, "--listen", "flag:1")
	if code != exitOK {
		t.Fatal(code, errs)
	}
	got := map[string]string{}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		got[f[0]] = strings.Join(f[1:], " ")
	}
	want := map[string]string{
		"listen": "flag:1 flag",
		"data":   "from-environment environment SHVM_DATA",
		"sleep":  "5s file",
		"grace":  "15s default",
	}
	for name, w := range want {
		if diff := cmp.Diff(w, got[name]); diff != "" {
			t.Error(name, diff)
		}
	}
}

func TestSenselessSettingsAreRefusedWithTheUsageCode(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shvm.json")
	if err := os.WriteFile(file, []byte(`{"lissten":"x:1"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--durability", "none"}, "fsync"},
		{[]string{"--no-such-flag"}, "no-such-flag"},
		{[]string{"config", "print", "--config", file}, "lissten"},
		{[]string{"config", "print", "--config", file + ".not-there"}, "not-there"},
	} {
		if code, _, errs := command(t, c.args...); code != exitUsage || !strings.Contains(errs, c.want) {
			t.Errorf("%v: %d %s", c.args, code, errs)
		}
	}
}

func TestVersionAndHelpAnswer(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"version", "--json"}, {"--help"}, {"start", "--help"}} {
		if code, out, errs := command(t, args...); code != exitOK || out == "" {
			t.Errorf("%v: %d %q %q", args, code, out, errs)
		}
	}
}
