// All dashboards, as the text of the files that Grafana reads. Writes nothing.
import { buildDashboard } from './dashboard.ts';
import { DAIRY } from './dashboards/dairy.ts';
import { ENERGY } from './dashboards/energy.ts';
import { ENVIRONMENT } from './dashboards/environment.ts';
import { FARM } from './dashboards/farm.ts';
import { OPERATIONS } from './dashboards/operations.ts';

/** @returns a file for each, `operations.json` and its text */
export const listDashboards = (): { readonly file: string; readonly text: string }[] =>
  [OPERATIONS, ENERGY, ENVIRONMENT, DAIRY, FARM].map((spec) => ({
    file: `${spec.name}.json`,
    text: `${JSON.stringify(buildDashboard(spec), null, 2)}\n`,
  }));
