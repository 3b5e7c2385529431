// The SQL of staging and merging for one dataset and the measures that a file supplies, from the files in db/merge. Runs nothing.
import type { Dataset } from '@cei-inoe/shared/datasets';
import { quoteName, readSql } from '@cei-inoe/shared/sql';

export interface MergeSql {
  readonly stageTable: string;
  readonly createStage: string;
  readonly createContradictions: string;
  readonly prune: string;
  /** Strategy "update" in one statement, for servers that give old versions back; elsewhere `update`, then `overwrite`. */
  readonly merge: string;
  readonly update: string;
  readonly overwrite: string;
  readonly insert: string;
}

/** Tables other than the dataset's own, for a rebuild in temporary ones. */
export interface MergeTarget {
  readonly table: string;
  readonly history: string;
}

/** `measures` and `erasing` are positions in `dataset.measures`: those the file supplies, and those an empty cell wipes;
 * `updates` names the measures that an update may overwrite. */
export function makeMergeSql(
  dataset: Dataset,
  measures: readonly number[],
  erasing: ReadonlySet<number>,
  updates: ReadonlySet<string> | undefined,
  target: MergeTarget = { table: dataset.table, history: `${dataset.table}_history` },
): MergeSql {
  const name = (at: number) => quoteName(dataset.measures[at]?.name ?? '');
  const differs = (at: number) => {
    const changed = `s.${name(at)} IS DISTINCT FROM f.${name(at)}`;
    return erasing.has(at) ? changed : `(s.${name(at)} IS NOT NULL AND ${changed})`;
  };
  const assign = (at: number) =>
    erasing.has(at) ? `${name(at)} = s.${name(at)}` : `${name(at)} = coalesce(s.${name(at)}, f.${name(at)})`;
  const all = dataset.measures.map((_, at) => at);
  const updated = measures.filter((at) => updates?.has(dataset.measures[at]?.name ?? '') ?? true);
  const stageTable = `stage_${dataset.name}`;
  const parts = {
    stage: stageTable,
    table: quoteName(target.table),
    history: quoteName(target.history),
    time: quoteName(dataset.time),
    time_type: dataset.timeKind === 'day' ? 'date' : 'timestamptz',
    measure_definitions: dataset.measures
      .map((m) => `${quoteName(m.name)} ${m.type === 'integer' ? 'integer' : 'double precision'}`)
      .join(',\n  '),
    measures: measures.map(name).join(', '),
    staged_measures: measures.map((at) => `s.${name(at)}`).join(', '),
    all_measures: all.map(name).join(', '),
    old_values: all.map((at) => `f.${name(at)} AS old_${at}`).join(', '),
    returned_values: all.map((at) => `old.${name(at)} AS old_${at}`).join(', '),
    old_measures: all.map((at) => `n.old_${at}`).join(', '),
    differs: updated.length === 0 ? 'false' : `(${updated.map(differs).join(' OR ')})`,
    assignments: (updated.length === 0 ? measures : updated).map(assign).join(', '),
  };
  const fill = (file: string) => readSql(`merge/${file}.sql`, parts);
  const fillClosing = (file: string, changes: string) =>
    readSql(`merge/${file}.sql`, { ...parts, closed: readSql('merge/close.sql', { ...parts, changes }) });
  return {
    stageTable,
    createStage: fill('stage'),
    createContradictions: fill('contradictions'),
    prune: fill('prune'),
    merge: fillClosing('merge', 'merged'),
    update: fillClosing('update', 'found'),
    overwrite: fill('overwrite'),
    insert: fill('insert'),
  };
}
