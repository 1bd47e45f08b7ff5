package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"shvm-db/internal/datadir"
	"shvm-db/internal/journal"
	"shvm-db/owner"
)

type repairCmd struct {
	Data  string `help:"Folder that keeps the data." default:"shvm-data" env:"SHVM_DATA" placeholder:"FOLDER"`
	Write bool   `help:"Do it. Without this, only say what would be done. Make a copy of the folder first."`
	JSON  bool   `help:"Print JSON."`
}

// Run makes the partitions of a stopped node belong to its journal again, and
// says what is lost. Only what nobody can put back from a copy is worth it.
func (c *repairCmd) Run(ctx context.Context, term *terminal) error {
	dir, err := datadir.Open(c.Data)
	if err != nil {
		return err
	}
	defer dir.Close()
	log := slog.New(slog.DiscardHandler)
	cuts, err := journal.Repair(dir.Join("journal"), c.Write, log)
	for _, f := range cuts {
		if !c.JSON {
			fmt.Fprintf(term.out, "journal: %s: %s\n         %s\n", f.Damage.Path, f.Damage.What, f.Mend)
		}
	}
	if err != nil {
		return err
	}
	if len(cuts) > 0 && !c.Write {
		if c.JSON {
			return json.NewEncoder(term.out).Encode(cuts)
		}
		fmt.Fprintln(term.out, "the journal comes first: nothing was changed; run it again with --write to accept this; what the partitions lose shows then")
		return nil
	}
	j, err := journal.Open(journal.Options{Dir: dir.Join("journal"), Sync: true, Logger: log})
	if err != nil {
		return fmt.Errorf("the journal comes first: %w", err)
	}
	defer j.Close()
	found, err := owner.Repair(ctx, owner.Options{Dir: dir.Join("partitions"), Log: j, Logger: log}, c.Write)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(term.out).Encode(found)
	}
	lost := 0
	for _, f := range found {
		switch {
		case f.Lost != "":
			lost++
			fmt.Fprintf(term.out, "partition %d: LOST: %s\n", f.Partition, f.Lost)
		case f.Applied > 0:
			fmt.Fprintf(term.out, "partition %d: whole, with %d writes from the journal\n", f.Partition, f.Applied)
		}
	}
	fmt.Fprintf(term.out, "%d partitions, %d of them with a loss", len(found), lost)
	if c.Write {
		fmt.Fprintln(term.out, ": repaired, the node can be started")
		return nil
	}
	fmt.Fprintln(term.out, ": nothing was changed; run it again with --write to accept this")
	return nil
}
