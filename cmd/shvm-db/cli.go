package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"shvm-db/internal/bench"
)

// Exit codes of every sub-command.
const (
	exitOK      = 0
	exitFailure = 1 // what was asked for could not be done
	exitUsage   = 2 // what was asked for makes no sense
)

// version is the release this source leads to.
const version = "0.1.0"

type cli struct {
	ConfigFile string `name:"config" help:"JSON file of settings, named like the flags." placeholder:"FILE"`

	Start       startCmd       `cmd:"" default:"withargs" help:"Start a node (what happens without a command)."`
	Bench       benchCmd       `cmd:"" help:"Measure a node beside the ceiling of this machine."`
	Ceiling     ceilingCmd     `cmd:"" name:"bench-ceiling" hidden:"" help:"Serve the bare HTTP server that bench compares with."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a running node whether it is ready; exit code 0 is yes."`
	Config      configCmd      `cmd:"" name:"config" help:"Show the settings."`
	Tail        tailCmd        `cmd:"" help:"Follow the changes of a table in the terminal."`
	Repair      repairCmd      `cmd:"" help:"Make a stopped node whose files do not belong together startable again, and say what is lost."`
	Roll        rollCmd        `cmd:"" help:"End the open shards of a table's stream and open their children."`
}

// terminal is what a sub-command talks to.
type terminal struct {
	out, err io.Writer
}

// run parses a command line, runs what it asks for, and gives the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	file, err := readSettings(configFlag(args))
	if err != nil {
		fmt.Fprintln(stderr, "shvm-db:", err)
		return exitUsage
	}
	var c cli
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("shvm-db"),
		kong.Description("A database that speaks DynamoDB's HTTP API, with nothing hidden."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Resolvers(file),
		kong.Vars{"rows": strings.Join(bench.Names(), ", ")},
	)
	if err != nil {
		fmt.Fprintln(stderr, "shvm-db:", err)
		return exitFailure
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 { // --help has been answered
		return exited
	}
	if err != nil {
		fmt.Fprintf(stderr, "shvm-db: %v\nTry: shvm-db --help\n", err)
		return exitUsage
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(&terminal{stdout, stderr}, file); err != nil {
		var usage usageError
		fmt.Fprintln(stderr, "shvm-db:", err)
		if errors.As(err, &usage) {
			return exitUsage
		}
		return exitFailure
	}
	return exitOK
}

// usageError is a command line that parses but makes no sense.
type usageError struct{ error }

// configFlag finds --config before the command line is parsed: the parser
// needs the file for its defaults.
func configFlag(args []string) string {
	const name = "--config"
	for i, a := range args {
		if a == "--" {
			break
		}
		if a == name && i+1 < len(args) {
			return args[i+1]
		}
		if len(a) > len(name) && a[:len(name)+1] == name+"=" {
			return a[len(name)+1:]
		}
	}
	return ""
}

type startCmd struct {
	Config
}

// Run starts a node and waits until it is told to stop.
func (c *startCmd) Run(ctx context.Context, term *terminal) error {
	spareThreads()
	p := &Program{Config: c.Config, Logger: newLogger(term.err, c.LogLevel, c.LogFormat)}
	if err := p.Run(ctx); err != nil {
		return errors.Join(err, p.Close())
	}
	fmt.Fprint(term.out, banner(p))
	select {
	case <-ctx.Done():
	case <-p.Failed():
	}
	return p.Close()
}

type versionCmd struct {
	JSON bool `help:"Print JSON."`
}

// Run prints what was built, from what, by what.
func (c *versionCmd) Run(term *terminal) error {
	commit := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	if c.JSON {
		return json.NewEncoder(term.out).Encode(map[string]string{
			"version": version, "commit": commit, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
		})
	}
	_, err := fmt.Fprintf(term.out, "shvm-db %s (commit %.12s, %s, %s/%s)\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

type healthcheckCmd struct {
	Listen  string        `help:"Address of the node." default:"localhost:8000" env:"SHVM_LISTEN" placeholder:"HOST:PORT"`
	Timeout time.Duration `help:"How long to wait for its answer." default:"5s"`
}

// Run asks /readyz.
func (c *healthcheckCmd) Run(ctx context.Context, term *terminal) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(c.Listen)+"/readyz", nil)
	if err != nil {
		return usageError{err}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no node answers on %s: %w", c.Listen, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the node on %s is not ready: %s", c.Listen, body)
	}
	_, err = term.out.Write(body)
	return err
}

// reachable is a listening address as a client would dial it: one that
// listens everywhere is reached on loopback.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

type configCmd struct {
	Print configPrintCmd `cmd:"" help:"Print the settings that a start with the same flags would use, and where each comes from."`
}

type configPrintCmd struct {
	Config
	JSON bool `help:"Print JSON."`
}

// Run prints the settings.
func (c *configPrintCmd) Run(parsed *kong.Context, file *settings, term *terminal) error {
	return printSettings(term.out, explain(parsed, file), c.JSON)
}
