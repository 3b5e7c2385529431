// Turns a mapping of the old system into one of this: batch_id for file_id, datasource_id for device_id. Keeps order and comments; touches no file.
import { DATASETS, type DatasetName } from '@cei-inoe/shared/datasets';
import type { ErrorDetail } from '@cei-inoe/shared/errors';
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { mappingSchema } from '../model/mapping-schema.ts';
import { readYaml } from './read-yaml.ts';

export interface Upgraded {
  readonly yaml: string;
  /** What was changed or taken out, with its line in the old file. */
  readonly changes: readonly ErrorDetail[];
}

const RENAMED = new Map([['device_id', 'datasource_id']]);
const LISTS = [
  ['conflict_resolution', 'on_columns'],
  ['conflict_resolution', 'update_columns'],
  ['validation_rules', 'schema', 'required'],
] as const;

/** How the old system's own files write times: the month first with AM and PM, or ISO 8601. */
const OLD_FORMATS = ['MM/dd/yyyy hh:mm[:ss] a', 'MM/dd/yyyy', 'iso'];

/** @throws Fault mapping_invalid where the text is no YAML. An upgraded mapping stays as it is. */
export function upgradeMapping(name: string, yaml: string): Upgraded {
  const { lineOf } = readYaml(name, yaml);
  const document = parseDocument(yaml);
  const changes: ErrorDetail[] = [];
  const say = (path: readonly string[], message: string) =>
    changes.push({ field: path.join('.'), line: lineOf(path), message });

  upgradeKeys();
  for (const path of LISTS) upgradeList(path);
  upgradeColumns();
  dropUnknown();
  sayFormat();
  return { yaml: changes.length === 0 ? yaml : document.toString({ lineWidth: 150 }), changes };

  function upgradeKeys(): void {
    for (const key of ['file_id', 'device_id', 'datasource_id']) {
      if (!document.hasIn(['foreign_keys', key])) continue;
      document.deleteIn(['foreign_keys', key]);
      if (key === 'file_id') document.setIn(['foreign_keys', 'batch_id'], '{{ batch_id }}');
      say(
        ['foreign_keys', key],
        key === 'file_id' ? 'is now batch_id: "{{ batch_id }}"' : 'is not needed: a file belongs to its datasource',
      );
    }
  }

  function upgradeList(path: readonly string[]): void {
    const list = document.getIn(path);
    if (!isSeq(list)) return;
    const before = list.items.map((item) => String(isScalar(item) ? item.value : item));
    const after = before.filter((each) => each !== 'file_id').map((each) => RENAMED.get(each) ?? each);
    if (after.join() === before.join()) return;
    document.setIn(path, document.createNode(after, { flow: true }));
    say(path, `is now ${after.join(', ') || 'empty'}`);
  }

  function upgradeColumns(): void {
    const columns = document.get('columns');
    if (!isMap(columns)) return;
    for (const { key, value } of [...columns.items]) {
      const header = String(isScalar(key) ? key.value : key);
      const to = String(isScalar(value) ? value.value : isMap(value) ? value.get('to') : value);
      if (to !== 'device_id' && to !== 'file_id') continue;
      columns.delete(key);
      if (to === 'device_id')
        document.set('datasource', document.createNode({ from: 'column', name: header }, { flow: true }));
      say(
        ['columns', header],
        to === 'device_id' ? 'now names the datasource: { from: column }' : 'is left out: a batch has its own id',
      );
    }
  }

  function dropUnknown(): void {
    const known = new Set(Object.keys(mappingSchema.shape));
    const { contents } = document;
    if (!isMap(contents)) return;
    for (const { key } of [...contents.items]) {
      const text = String(isScalar(key) ? key.value : key);
      if (known.has(text)) continue;
      contents.delete(key);
      say([text], 'has no meaning here and is left out');
    }
  }

  function sayFormat(): void {
    if (document.hasIn(['time', 'format']) || document.hasIn(['time', 'order']) || changes.length === 0) return;
    const dataset = DATASETS[document.get('dataset') as DatasetName] as (typeof DATASETS)[DatasetName] | undefined;
    if (dataset === undefined) return;
    document.setIn(['time', 'format'], document.createNode(OLD_FORMATS, { flow: true }));
    say(['dataset'], `its times are said now: ${OLD_FORMATS.join(', ')}`);
  }
}
