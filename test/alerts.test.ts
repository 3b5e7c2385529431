// The alert rules: every expression is PromQL, and every metric it names is one that a service exports.
import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addMetrics } from '../apps/api/src/plugins/metrics.ts';
import { makeMetrics } from '../apps/ingestor/src/metrics/metrics.ts';
import type { Pool } from '../packages/shared/src/database.ts';
import { openPool } from '../packages/shared/src/database.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
}

const read = (name: string) => parse(readFileSync(new URL(`../deploy/prometheus/${name}`, import.meta.url), 'utf8'));
const rules = (read('alerts.yaml') as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
/** The pool is never asked: only the names of the metrics are. */
const pool: Pool = openPool('postgres://nobody@127.0.0.1:1/none', { applicationName: 'names', max: 1 });
afterAll(() => pool.end());

const withoutHooks = { addHook: () => undefined } as unknown as Parameters<typeof addMetrics>[0];
const described = [addMetrics(withoutHooks, pool), makeMetrics(pool).registry].flatMap((registry) =>
  registry.getMetricsAsArray(),
);
const exported = new Set([
  'up',
  ...described.flatMap(({ name, type }) =>
    String(type) === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  ),
]);
const labels = new Map(
  described.flatMap((metric) => {
    const { name, labelNames } = metric as unknown as { name: string; labelNames: string[] };
    return [name, `${name}_bucket`, `${name}_count`].map((one) => [one, labelNames] as const);
  }),
);

/** The texts of all nodes of a kind; none where the expression is no PromQL. */
function findNodes(expr: string, ...kinds: string[]): string[] {
  const found: string[] = [];
  parser.parse(expr).iterate({
    enter: (node) => {
      if (kinds.includes(node.name) || (node.type.isError && kinds.includes('error')))
        found.push(expr.slice(node.from, node.to));
    },
  });
  return found;
}

describe('the parser', () => {
  it.each(['rate(x[5m]', 'sum by (a x)', 'x > > 1', 'x{a=}'])('finds what is wrong with %s', (expr) => {
    expect(findNodes(expr, 'error').length).toBeGreaterThan(0);
  });
});

describe('the alerts', () => {
  it('are there, each under its own name', () => {
    expect(rules.length).toBeGreaterThanOrEqual(8);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  it.each(rules)('$alert is PromQL over metrics that the services export', ({ expr }) => {
    expect(findNodes(expr, 'error')).toEqual([]);
    const metrics = findNodes(expr, 'Identifier').filter((name) => !/^(le|route|dataset)$/.test(name));
    expect(metrics.length).toBeGreaterThan(0);
    for (const name of metrics) expect([...exported]).toContain(name);
  });

  it.each(rules)('$alert asks for labels that its metric has', ({ expr }) => {
    for (const selector of findNodes(expr, 'VectorSelector')) {
      const name = /^\w+/.exec(selector)?.[0] ?? '';
      const known = ['job', 'instance', ...(labels.get(name) ?? [])];
      for (const label of findNodes(selector, 'LabelName')) expect(known, `${name}{${label}}`).toContain(label);
    }
  });

  it.each(rules)('$alert says how bad it is, what is wrong and what to do', (rule) => {
    expect(['warning', 'critical']).toContain(rule.labels.severity);
    expect(rule.annotations.summary.length).toBeGreaterThan(10);
    expect(rule.annotations.action.length).toBeGreaterThan(10);
    expect(rule.for ?? '1m').toMatch(/^\d+[smhd]$/);
  });

  it('belong to jobs that Prometheus is told of', () => {
    const config = read('prometheus.yaml') as { rule_files: string[]; scrape_configs: { job_name: string }[] };
    expect(config.rule_files).toEqual(['alerts.yaml']);
    const jobs = config.scrape_configs.map((one) => one.job_name);
    for (const { expr } of rules) for (const [, job] of expr.matchAll(/job="([^"]+)"/g)) expect(jobs).toContain(job);
  });
});
