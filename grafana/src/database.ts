// The data source of every panel, and what Grafana sends to it. The provisioning gives it its address.
import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { Query } from './query.ts';

export const DATABASE = { type: 'grafana-postgresql-datasource', uid: 'cei-inoe' } as const;

export type QueryFormat = 'time_series' | 'table';

/** A target as the PostgreSQL data source stores it; the SDK has no builder for it. */
interface SqlTarget extends Dataquery {
  readonly refId: string;
  readonly datasource: typeof DATABASE;
  readonly format: QueryFormat;
  readonly rawQuery: true;
  readonly editorMode: 'code';
  readonly rawSql: string;
}

export const makeTarget = ({ sql }: Query, format: QueryFormat): { build(): SqlTarget } => ({
  build: () => {
    const target = {
      refId: 'A',
      datasource: DATABASE,
      format,
      rawQuery: true,
      editorMode: 'code',
      rawSql: sql,
    } as const;
    // Marks the type for the SDK; left out of the JSON.
    return Object.defineProperty(target, '_implementsDataqueryVariant', {
      value: () => undefined,
      enumerable: false,
    }) as SqlTarget;
  },
});
