package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Result is what one row measured. Times are in microseconds.
type Result struct {
	Name        string  `json:"name"`
	Title       string  `json:"title"`
	Durability  string  `json:"durability,omitempty"`
	Partitions  int     `json:"partitions,omitempty"`
	Connections int     `json:"connections"`
	PerSecond   float64 `json:"per_second"`
	// Ceiling is the ceiling's PerSecond over as many connections, the mean of a
	// look before the run and one after it.
	Ceiling float64 `json:"ceiling_per_second"`
	// Ratio is PerSecond over Ceiling.
	Ratio float64 `json:"ratio"`
	// Reach is the ratio that the project wants.
	Reach float64 `json:"reach,omitempty"`
	// ReachWait is the wait that the project wants, in microseconds, of a machine
	// with a ceiling of 80,000/s; ReachWaitHere what that is at Speed, which is
	// this one's ceiling over 64 connections divided by that one's.
	ReachWait     float64 `json:"reach_wait_us,omitempty"`
	ReachWaitHere float64 `json:"reach_wait_here_us,omitempty"`
	Speed         float64 `json:"speed,omitempty"`
	P50           float64 `json:"p50_us"`
	P99           float64 `json:"p99_us"`
	P999          float64 `json:"p999_us"`
	Max           float64 `json:"max_us"`
	// CeilingP50 is the ceiling's, and Wait what P50 has above it. In a row of
	// which ReachWait is known, FsyncP50 is by how much the ceiling's grows when it
	// appends each body to a file and fsyncs it before it answers, and Wait is
	// above both.
	CeilingP50 float64 `json:"ceiling_p50_us"`
	FsyncP50   float64 `json:"fsync_p50_us,omitempty"`
	Wait       float64 `json:"wait_us"`
	// ServerCPU is the processor time of the server for one request; 0 if the
	// server is not ours.
	ServerCPU float64 `json:"server_cpu_us,omitempty"`
	// CPURatio is ServerCPU over the ceiling's: of all numbers here the one that
	// other work on the machine disturbs least.
	CPURatio float64 `json:"server_cpu_ratio,omitempty"`
}

// compare sets a run, of which the row is known, against the looks at the
// ceilings around it.
func (r *Result) compare(l look) {
	r.Ceiling, r.Ratio = l.bare.PerSecond, r.PerSecond/l.bare.PerSecond
	r.CeilingP50, r.FsyncP50 = l.bare.P50, l.fsync
	r.Wait = r.P50 - r.CeilingP50 - r.FsyncP50
	r.Speed = l.speed
	r.ReachWaitHere = scaled(r.ReachWait, l.speed)
	if l.bare.ServerCPU > 0 {
		r.CPURatio = r.ServerCPU / l.bare.ServerCPU
	}
}

func (r *Result) row(from row) {
	r.Name, r.Title, r.Durability, r.Partitions = from.Name, from.Title, from.Durability, from.Partitions
	r.Reach, r.ReachWait = from.Reach, from.ReachWait
}

// Report is a whole run, with what one must know to compare it.
type Report struct {
	CPU       string   `json:"cpu"`
	Cores     int      `json:"cores"`
	Go        string   `json:"go"`
	Against   string   `json:"against,omitempty"`
	ItemBytes int      `json:"item_bytes"`
	Items     int      `json:"items"`
	Keys      string   `json:"keys"`
	Runs      int      `json:"runs"`
	Seconds   float64  `json:"seconds_per_run"`
	Rows      []Result `json:"rows"`
	Figures   []Figure `json:"figures,omitempty"`
}

func newReport(o Options) *Report {
	return &Report{
		CPU: cpuModel(), Cores: runtime.NumCPU(), Go: runtime.Version(), Against: o.Against,
		ItemBytes: o.ItemBytes, Items: o.Items, Keys: o.Keys, Runs: o.Runs, Seconds: o.Duration.Seconds(),
	}
}

func cpuModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// JSON writes the report for machines.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Table writes the report for people.
func (r *Report) Table(w io.Writer) error {
	fmt.Fprintf(w, "%d × %s, %s; items of %d bytes, %d of them to read, %s keys; median of %d runs of %v\n",
		r.Cores, r.CPU, r.Go, r.ItemBytes, r.Items, r.Keys, r.Runs, time.Duration(r.Seconds*float64(time.Second)))
	if r.Against != "" {
		fmt.Fprintf(w, "measured: %s, whatever its durability and partitions are\n", r.Against)
	}
	fmt.Fprintln(w)
	for _, f := range r.Figures {
		reach := ""
		switch {
		case f.ReachHere > 0:
			reach = fmt.Sprintf("(reach %.0f, here %.1f)", f.Reach, f.ReachHere)
		case f.Reach > 0:
			reach = fmt.Sprintf("(reach %.0f)", f.Reach)
		}
		fmt.Fprintf(w, "%-19s %10.1f %-11s %-23s %s\n", f.Name, f.Value, f.Unit, reach, f.Title)
	}
	if len(r.Rows) == 0 {
		return r.note(w)
	}
	if len(r.Figures) > 0 {
		fmt.Fprintln(w)
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "row\tdurability\tpartitions\tconnections\tper second\tceiling\tratio\treach\tp50\tp99\tp99.9\tserver CPU\tratio\t")
	for _, x := range r.Rows {
		reach := ""
		if x.Reach > 0 {
			reach = fmt.Sprintf("%.2f", x.Reach)
		}
		durability, partitions := x.Durability, fmt.Sprint(x.Partitions)
		if r.Against != "" {
			durability, partitions = "?", "?"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%d\t%.0f\t%.0f\t%.2f\t%s\t%v\t%v\t%v\t%s\t%s\t\n", x.Name, durability, partitions, x.Connections,
			x.PerSecond, x.Ceiling, x.Ratio, reach, micros(x.P50), micros(x.P99), micros(x.P999),
			positive("%.1fµs", x.ServerCPU), positive("%.1f", x.CPURatio))
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, x := range r.Rows {
		fmt.Fprintf(w, "%-16s %s\n", x.Name, x.Title)
		if x.ReachWait > 0 {
			fmt.Fprintf(w, "%-16s p50 %v = %v of the ceiling + %v of an fsync + %v (reach %v, here %v)\n", "",
				micros(x.P50), micros(x.CeilingP50), micros(x.FsyncP50), micros(x.Wait), micros(x.ReachWait), micros(x.ReachWaitHere))
		}
	}
	return r.note(w)
}

// note says what "here" means, where it is said.
func (r *Report) note(w io.Writer) error {
	scaled := slices.ContainsFunc(r.Rows, func(x Result) bool { return x.ReachWaitHere > 0 }) ||
		slices.ContainsFunc(r.Figures, func(f Figure) bool { return f.ReachHere > 0 })
	if !scaled {
		return nil
	}
	_, err := fmt.Fprintf(w, "\nhere: the target is for a machine whose ceiling is %d/s; scaled to the ceiling that this one had meanwhile\n", referenceCeiling)
	return err
}

// positive prints a number that is 0 when it is not known.
func positive(format string, x float64) string {
	if x == 0 {
		return ""
	}
	return fmt.Sprintf(format, x)
}
