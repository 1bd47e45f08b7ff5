package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"
)

// Config is everything that can be set about a node. A flag wins over the
// environment, the environment over the file of --config, the file over the
// default.
type Config struct {
	Listen     string     `help:"Address to answer on; port 0 takes any free one." default:"localhost:8000" env:"SHVM_LISTEN" placeholder:"HOST:PORT"`
	Data       string     `help:"Folder that keeps the data." default:"shvm-data" env:"SHVM_DATA" placeholder:"FOLDER"`
	Durability Durability `help:"What an answered write survives: fsync (a power cut) or process (a killed process)." default:"fsync" enum:"fsync,process" env:"SHVM_DURABILITY" placeholder:"fsync|process"`

	Sleep      time.Duration `help:"A partition without requests for this long closes its file." default:"1m" env:"SHVM_SLEEP" placeholder:"DURATION"`
	Expire     time.Duration `help:"How often items are looked for whose time to live has passed." default:"1s" env:"SHVM_EXPIRE" placeholder:"DURATION"`
	Partitions int           `help:"Partitions that a new table starts with." default:"1" env:"SHVM_PARTITIONS" placeholder:"N"`

	StatusDelay time.Duration `help:"How long a table stays CREATING, UPDATING or DELETING; 0 is not at all." default:"0s" env:"SHVM_STATUS_DELAY" placeholder:"DURATION"`
	Grace       time.Duration `help:"How long a stop waits for requests that are being answered." default:"15s" env:"SHVM_GRACE" placeholder:"DURATION"`

	ShardAge     time.Duration `help:"A shard of a change stream that has records is rolled over at this age." default:"4h" env:"SHVM_SHARD_AGE" placeholder:"DURATION"`
	NATSListen   string        `name:"nats-listen" help:"Address for NATS subscribers of change streams; none by default." env:"SHVM_NATS_LISTEN" placeholder:"HOST:PORT"`
	NATSUser     string        `name:"nats-user" help:"User name of NATS subscribers." default:"subscriber" env:"SHVM_NATS_USER" placeholder:"NAME"`
	NATSPassword string        `name:"nats-password" help:"Password of NATS subscribers; with none, whoever reaches the address may subscribe." env:"SHVM_NATS_PASSWORD" placeholder:"SECRET"`

	Throttle        bool `help:"Hold provisioned tables to their capacity, and on-demand ones to their maximum." default:"true" negatable:"" env:"SHVM_THROTTLE"`
	PartitionLimits bool `help:"Hold each partition to 1,000 write and 3,000 read units a second, as the service does." env:"SHVM_PARTITION_LIMITS"`

	Pprof bool `help:"Serve Go's profiles of the node under /debug/pprof/." env:"SHVM_PPROF"`

	LogLevel  string `help:"Least important line to log: debug, info, warn or error." default:"info" enum:"debug,info,warn,error" env:"SHVM_LOG_LEVEL" placeholder:"LEVEL"`
	LogFormat string `help:"How to log: text, json, or auto (text on a terminal)." default:"auto" enum:"auto,text,json" env:"SHVM_LOG_FORMAT" placeholder:"FORMAT"`
}

// Durability is what an answered write survives.
type Durability string

// An answered write survives a power cut with FsyncDurability; with
// ProcessDurability only the end of the process, however sudden.
const (
	FsyncDurability   Durability = "fsync"
	ProcessDurability Durability = "process"
)

// promise is the durability in one phrase.
func (d Durability) promise() string {
	if d == ProcessDurability {
		return "process: an answered write survives a killed process, NOT a power cut"
	}
	return "fsync: an answered write is on disk"
}

// settings is a configuration file: one JSON object, its members named like
// the flags.
type settings struct {
	values map[string]any
	used   map[string]bool
}

func readSettings(path string) (*settings, error) {
	s := &settings{used: map[string]bool{}}
	if path == "" {
		return s, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	if err := json.Unmarshal(text, &s.values); err != nil {
		return nil, fmt.Errorf("--config %s: not a JSON object of settings: %w", path, err)
	}
	return s, nil
}

// Validate finds settings that no flag has.
func (s *settings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	for _, node := range append([]*kong.Node{app.Node}, app.Children...) {
		for _, flag := range node.Flags {
			known[flag.Name] = true
		}
	}
	for name := range s.values {
		if !known[name] {
			return fmt.Errorf("--config: there is no setting %q", name)
		}
	}
	return nil
}

// Resolve gives a flag its value from the file, unless the environment has
// one: kong would let the file win.
func (s *settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if _, ok := fromEnvironment(flag); ok {
		return nil, nil
	}
	v, ok := s.values[flag.Name]
	if !ok {
		return nil, nil
	}
	s.used[flag.Name] = true
	return v, nil
}

func fromEnvironment(flag *kong.Flag) (name string, ok bool) {
	for _, name := range flag.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return name, true
		}
	}
	return "", false
}

// setting is one line of "config print".
type setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// From is "default", "file", "flag", or the environment variable.
	From string `json:"from"`
}

// explain lists the settings of a parsed command line and where each came
// from.
func explain(ctx *kong.Context, file *settings) []setting {
	flagged := map[string]bool{}
	for _, element := range ctx.Path {
		if element.Flag != nil && !element.Resolved {
			flagged[element.Flag.Name] = true
		}
	}
	var out []setting
	for _, flag := range ctx.Selected().Flags {
		if len(flag.Envs) == 0 {
			continue
		}
		from := "default"
		if name, ok := fromEnvironment(flag); ok {
			from = name
		} else if file.used[flag.Name] {
			from = "file"
		}
		if flagged[flag.Name] {
			from = "flag"
		}
		out = append(out, setting{flag.Name, fmt.Sprint(flag.Target.Interface()), from})
	}
	return out
}

func printSettings(w io.Writer, list []setting, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(list)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range list {
		from := s.From
		if strings.HasPrefix(from, "SHVM_") {
			from = "environment " + from
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\n", s.Name, s.Value, from)
	}
	return tw.Flush()
}
