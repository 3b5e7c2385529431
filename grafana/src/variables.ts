// The choices above a dashboard: client, datasource, time zone. Draws nothing.
import { QueryVariableBuilder, VariableRefresh, VariableSort } from '@grafana/grafana-foundation-sdk/dashboard';
import { DATABASE } from './database.ts';

const makeVariable = (name: string, label: string, query: string): QueryVariableBuilder =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATABASE)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged);

/** Several may be chosen. "All" is a query of its own, so that it holds also where there is nothing to choose. */
const makeChoice = (name: string, label: string, query: string, all: string): QueryVariableBuilder =>
  makeVariable(name, label, query)
    .multi(true)
    .includeAll(true)
    .allValue(all)
    .current({ text: ['All'], value: ['$__all'] })
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc);

export const makeClientVariable = (): QueryVariableBuilder =>
  makeChoice(
    'client',
    'Client',
    "SELECT DISTINCT coalesce(client, '–') FROM datasource ORDER BY 1",
    "SELECT coalesce(client, '–') FROM datasource",
  );

/** @param condition SQL over `datasource`: which of them the dashboard is about */
export const makeSourceVariable = (label: string, condition: string): QueryVariableBuilder =>
  makeChoice(
    'source',
    label,
    `SELECT coalesce(alias, name, external_id) AS __text, id AS __value FROM datasource
WHERE ${condition} AND coalesce(client, '–') IN (\${client:sqlstring}) ORDER BY 1`,
    `SELECT id::text FROM datasource WHERE ${condition}`,
  );

export const makeZoneVariable = (): QueryVariableBuilder =>
  makeVariable(
    'tz',
    'Days of',
    `SELECT 'each source''s own zone' AS __text, 'source' AS __value
UNION SELECT timezone, timezone FROM datasource WHERE timezone IS NOT NULL
UNION SELECT 'UTC', 'UTC' ORDER BY 1`,
  ).current({ text: "each source's own zone", value: 'source' });
