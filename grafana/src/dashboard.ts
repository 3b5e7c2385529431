// What all dashboards have in common. Knows none of them.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type Panel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { AnyPanelBuilder } from './panel.ts';

export interface DashboardSpec {
  /** The file's name, and with `cei-` the dashboard's id, which addresses use. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly from: string;
  readonly refresh?: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly panels: readonly (AnyPanelBuilder & { id(id: number): AnyPanelBuilder })[];
}

export function buildDashboard(spec: DashboardSpec): Dashboard {
  const builder = new DashboardBuilder(`CEI-InOE ${spec.title}`)
    .uid(`cei-${spec.name}`)
    .description(spec.description)
    .tags(['cei-inoe'])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .timezone('browser')
    .time({ from: spec.from, to: 'now' })
    .refresh(spec.refresh ?? '')
    .variables([...spec.variables]);
  for (const [at, panel] of spec.panels.entries()) builder.withPanel(panel.id(at + 1) as Builder<Panel>);
  return builder.build();
}
