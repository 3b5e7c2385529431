// What panels of all kinds have in common: title, query, place, units of single columns. How each kind looks: panels.ts.
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { DATABASE, makeTarget, type QueryFormat } from './database.ts';
import { readQuery } from './query.ts';

export interface PanelSpec {
  readonly title: string;
  /** A file below queries/, without its ending. */
  readonly query: string;
  /** What fills the braces of the query. */
  readonly fill?: Readonly<Record<string, string>>;
  /** A unit of Grafana: `kwatth`, `celsius`, `s`. */
  readonly unit?: string;
  /** Units of single columns. */
  readonly units?: Readonly<Record<string, string>>;
  /** Of 24. */
  readonly width?: number;
  readonly height?: number;
}

/** The part of the builders that all kinds share. */
export interface AnyPanelBuilder extends Builder<Panel> {
  title(title: string): this;
  description(description: string): this;
  datasource(datasource: DataSourceRef): this;
  withTarget(target: Builder<Dataquery>): this;
  span(width: number): this;
  height(height: number): this;
  unit(unit: string): this;
  noValue(text: string): this;
  overrideByName(name: string, properties: DynamicConfigValue[]): this;
}

/** Fills in what every panel has. */
export function startPanel<T extends AnyPanelBuilder>(builder: T, spec: PanelSpec, format: QueryFormat): T {
  const query = readQuery(spec.query, spec.fill ?? {});
  builder
    .title(spec.title)
    .description(query.description)
    .datasource(DATABASE)
    .withTarget(makeTarget(query, format))
    .span(spec.width ?? 12)
    .height(spec.height ?? 9)
    .noValue('–');
  if (spec.unit !== undefined) builder.unit(spec.unit);
  for (const [column, unit] of Object.entries(spec.units ?? {})) {
    builder.overrideByName(column, [{ id: 'unit', value: unit }]);
  }
  return builder;
}
