// The answers of undo, redo and replay as sentences. Reads nothing.
import type { Rebuilt } from '../compose/rebuild.ts';
import type { ReplayAnswer } from '../compose/replay-batch.ts';
import type { UndoAnswer } from '../compose/undo-batch.ts';
import type { ChangeExample } from '../model/change.ts';
import type { Counts } from '../model/counts.ts';
import { formatCount } from './output.ts';

/** `3 readings removed, 2 changed, 0 added`, and what else there is to say. */
function describeRebuilt({ removed, changed, added, unchanged, reread }: Rebuilt): string {
  const first = `${formatCount(removed)} ${removed === 1 ? 'reading' : 'readings'} removed, ${formatCount(changed)} changed, ${formatCount(added)} added`;
  const kept = unchanged === 0 ? '' : `, ${formatCount(unchanged)} with the same values`;
  const files = reread === 1 ? '; 1 batch was read again' : `; ${formatCount(reread)} batches were read again`;
  return `${first}${kept}${reread === 0 ? '' : files}`;
}

const describeValue = (value: number | null | undefined): string => (value == null ? 'nothing' : String(value));

/** `2025-07-01T00:00:00Z meter-01: energy_kwh 1 → 0.001` */
export function describeExample({ datasource, time, before, after }: ChangeExample): string {
  const values = Object.keys(before)
    .map((name) => `${name} ${describeValue(before[name])}${after === null ? '' : ` → ${describeValue(after[name])}`}`)
    .join(', ');
  return `  ${time} ${datasource}: ${values}${after === null ? ', removed' : ''}`;
}

/** Lines of examples, and how many readings there are beside them. */
export function describeExamples(examples: readonly ChangeExample[], all: number): string[] {
  const more = all - examples.length;
  return [
    ...examples.map(describeExample),
    ...(more > 0 && examples.length > 0 ? [`  … and ${formatCount(more)} more`] : []),
  ];
}

const DRY = ' (dry run: nothing was kept)';

/** What became of an undo or redo. */
export function describeTurn(answer: UndoAnswer): string {
  const { operation, batch_id: id, replaced, examples } = answer;
  const lines = [`${operation} of ${id}: ${describeRebuilt(answer)}${answer.dry_run ? DRY : ''}`];
  lines.push(...describeExamples(examples, answer.removed + answer.changed));
  if (replaced !== null)
    lines.push(
      `  It was a replay of ${replaced}, which stays undone; \`pnpm batches redo ${replaced}\` brings that one back.`,
    );
  else if (operation === 'undo' && !answer.dry_run) lines.push(`  \`pnpm batches redo ${id}\` brings it back.`);
  return lines.join('\n');
}

/** What became of a replay, or would. */
export function describeReplay(answer: ReplayAnswer): string {
  const { batch_id: old, new_batch_id: id, records, dataset, mapping, datasource, examples } = answer;
  const whose = datasource === null ? '' : ` of ${datasource}`;
  const lines = [
    `replay of ${old}${id === null ? DRY : ` as ${id}`}`,
    `  the file: ${dataset}${whose}, with the mapping ${mapping}: ${describeRecords(records)}`,
    `  the table: ${describeRebuilt(answer)}`,
    ...describeExamples(examples, answer.removed + answer.changed),
  ];
  if (id !== null) {
    const back =
      answer.was === 'completed' ? `, then \`pnpm batches redo ${old}\`, brings back what was` : ' takes it back';
    lines.push(`  \`pnpm batches undo ${id}\`${back}.`);
    if (records.rejected > 0) lines.push(`  All refused records: \`pnpm batches rejects ${id}\``);
  }
  return lines.join('\n');
}

/** `744 read, 740 inserted, 4 rejected` */
export function describeRecords({
  read,
  inserted,
  updated,
  unchanged,
  skipped,
  rejected,
}: Omit<Counts, 'lines'>): string {
  const parts = Object.entries({ inserted, updated, unchanged, skipped, rejected })
    .filter(([name, count]) => count > 0 || name === 'inserted')
    .map(([name, count]) => `${formatCount(count)} ${name}`);
  return `${formatCount(read)} read, ${parts.join(', ')}`;
}
