package gateway

import (
	"context"

	"shvm-db/internal/catalog"
	"shvm-db/internal/fault"
)

// Point-in-time recovery is a setting that is kept and told. There are no
// backups, exports and imports yet: these operations answer what the service
// answers where there are none or where they are not available.

// backedUp is the table that a backup operation names.
func (g *Gateway) backedUp(given string) (*catalog.Table, error) {
	t, ok := g.Registry.Table(tableName(given))
	if !ok {
		return nil, fault.TableGone(tableName(given))
	}
	return t, nil
}

func describeContinuousBackups(g *Gateway, _ context.Context, r *Request, dst []byte) ([]byte, error) {
	t, err := g.backedUp(text(r.Body, "TableName"))
	if err != nil {
		return nil, err
	}
	return appendRecovery(dst, t, r)
}

func updateContinuousBackups(g *Gateway, ctx context.Context, r *Request, dst []byte) ([]byte, error) {
	t, err := g.backedUp(text(r.Body, "TableName"))
	if err != nil {
		return nil, err
	}
	var f struct {
		PointInTimeRecoverySpecification struct {
			PointInTimeRecoveryEnabled bool
			RecoveryPeriodInDays       *int64
		}
	}
	fill(r.Body, &f)
	spec := f.PointInTimeRecoverySpecification
	t, err = g.Registry.Update(ctx, t.Name, func(t *catalog.Table) error {
		if !spec.PointInTimeRecoveryEnabled {
			t.Recovery = nil
			return nil
		}
		if t.Recovery == nil {
			t.Recovery = &catalog.Recovery{Since: r.Stamp(), Days: 35}
		}
		if spec.RecoveryPeriodInDays != nil {
			t.Recovery.Days = *spec.RecoveryPeriodInDays
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return appendRecovery(dst, t, r)
}

func appendRecovery(dst []byte, t *catalog.Table, r *Request) ([]byte, error) {
	type recovery struct {
		EarliestRestorableDateTime seconds `json:",omitempty"`
		LatestRestorableDateTime   seconds `json:",omitempty"`
		PointInTimeRecoveryStatus  string
		RecoveryPeriodInDays       int64 `json:",omitempty"`
	}
	type description struct {
		ContinuousBackupsStatus        string
		PointInTimeRecoveryDescription recovery
	}
	d := description{"ENABLED", recovery{PointInTimeRecoveryStatus: "DISABLED"}}
	if t.Recovery != nil {
		d.PointInTimeRecoveryDescription = recovery{seconds(t.Recovery.Since), seconds(r.Stamp()), "ENABLED", t.Recovery.Days}
	}
	return encode(dst, struct{ ContinuousBackupsDescription description }{d})
}

func createBackup(g *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	t, err := g.backedUp(text(r.Body, "TableName"))
	if err != nil {
		return nil, err
	}
	return nil, fault.BackupsUnavailable(t.Name)
}

// noBackup answers the operations on a backup that exists.
func noBackup(_ *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	return nil, fault.BackupNotFound(text(r.Body, "BackupArn"))
}

func listBackups(_ *Gateway, _ context.Context, _ *Request, dst []byte) ([]byte, error) {
	return append(dst, `{"BackupSummaries":[]}`...), nil
}

func restoreToPoint(g *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	source := text(r.Body, "SourceTableArn")
	if source == "" {
		source = text(r.Body, "SourceTableName")
	}
	t, err := g.backedUp(source)
	if err != nil {
		return nil, err
	}
	return nil, fault.RecoveryOff(t.Name)
}

func exportTable(g *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	t, err := g.backedUp(text(r.Body, "TableArn"))
	if err != nil {
		return nil, err
	}
	return nil, fault.RecoveryOff(t.Name)
}

func describeExport(_ *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	return nil, fault.ExportNotFound(text(r.Body, "ExportArn"))
}

func listExports(_ *Gateway, _ context.Context, _ *Request, dst []byte) ([]byte, error) {
	return append(dst, `{"ExportSummaries":[]}`...), nil
}

func importTable(_ *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	bucket, _ := r.Body.Field("S3BucketSource")
	return nil, fault.NotAuthorized(r.Operation, "arn:aws:s3:::"+text(bucket, "S3Bucket"))
}

func describeImport(_ *Gateway, _ context.Context, r *Request, _ []byte) ([]byte, error) {
	return nil, fault.ImportNotFound(text(r.Body, "ImportArn"))
}

func listImports(_ *Gateway, _ context.Context, _ *Request, dst []byte) ([]byte, error) {
	return append(dst, `{"ImportSummaryList":[]}`...), nil
}
