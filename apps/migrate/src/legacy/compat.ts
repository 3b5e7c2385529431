// The schema `compat`: the old tables and views under their old names, read-only, over the new tables. Moves nothing.
import { fillSql, quoteName, readSql } from '@cei-inoe/shared/sql';
import type { Queryable } from './old-side.ts';
import { OLD_TABLES } from './tables.ts';

/** The eleven old views that the product's own views of the same names answer; the other three are in compat-views.sql. */
export const SAME_VIEWS = [
  ...[
    'v_air_quality_analysis',
    'v_dairy_production_daily',
    'v_data_quality_summary',
    'v_energy_daily',
    'v_energy_hourly',
  ],
  ...['v_energy_monthly', 'v_environmental_metrics_daily', 'v_environmental_summary', 'v_feed_efficiency_analysis'],
  ...['v_production_summary', 'v_source_comparison'],
] as const;

export const OWN_VIEWS = ['device_energy', 'device_weather', 'v_pipeline_health'] as const;

/** Makes the schema anew, in one transaction with its rights for those who may read the new tables. */
export async function createCompat(target: Queryable): Promise<void> {
  const staging = OLD_TABLES.filter(({ kind }) => kind === 'staging').map(({ name, dataset }) =>
    fillSql(readSql('legacy/compat-staging.sql'), { name: quoteName(name), dataset: dataset ?? '' }),
  );
  const views = SAME_VIEWS.map((name) => `CREATE VIEW compat.${name} AS SELECT * FROM ${name}`);
  const guarded = OLD_TABLES.flatMap(({ name }) => [
    `CREATE TRIGGER read_only INSTEAD OF INSERT OR UPDATE OR DELETE ON compat.${quoteName(name)} FOR EACH ROW EXECUTE FUNCTION compat.refuse_write()`,
  ]);
  const hidden = OLD_TABLES.filter(({ kind }) => kind === 'staging').map(({ name }) => `compat.${quoteName(name)}`);
  const grants = `DO $$ DECLARE reader text; BEGIN
    FOR reader IN SELECT rolname FROM pg_roles WHERE rolname IN ('cei_owner', 'cei_api', 'cei_grafana') LOOP
      EXECUTE format('GRANT USAGE ON SCHEMA compat TO %I', reader); EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA compat TO %I', reader);
    END LOOP;
    -- Dashboards never see rejections.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'cei_grafana') THEN REVOKE SELECT ON ${hidden.join(', ')} FROM cei_grafana; END IF; END $$`;
  const all = [
    readSql('legacy/compat.sql'),
    ...staging,
    readSql('legacy/compat-views.sql'),
    ...views,
    readSql('legacy/compat-guard.sql'),
    ...guarded,
    grants,
  ];
  // Several statements in one query are one transaction.
  await target.query(all.join(';\n'));
}
