// `pnpm dashboards`: writes grafana/dashboards anew from the code and the queries.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { listDashboards } from './list-dashboards.ts';

const FOLDER = new URL('../dashboards/', import.meta.url);

const dashboards = listDashboards();
for (const name of readdirSync(FOLDER)) {
  if (!dashboards.some(({ file }) => file === name)) rmSync(new URL(name, FOLDER));
}
for (const { file, text } of dashboards) writeFileSync(new URL(file, FOLDER), text);
process.stderr.write(`${dashboards.length} dashboards written\n`);
