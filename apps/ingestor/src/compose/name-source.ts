// Which name the records of a file give their datasource: the text of a column, of several, or of a register beside its meter. Looks nothing up.
import { Fault } from '@cei-inoe/shared/errors';
import type { FilePlan } from '../model/plan.ts';
import { countCells, type RecordChunk, readCell } from '../model/records.ts';
import { normalizeHeader } from '../stages/map/match-header.ts';
import { shortenText } from '../stages/validate/checks.ts';

export type SourcePlan = Pick<FilePlan, 'mapping' | 'header'>;

/** Whether the columns of an unpivoted file say whose they are, whatever is said of the file. */
export const hasGroup = ({ shape }: FilePlan['mapping'], group: 'datasource' | 'register'): boolean =>
  shape?.unpivot?.groups.includes(group) === true;

/** Positions of the cells whose texts, joined by `:`, name the datasource; -1 for a column that is not there. */
export function listSourceCells({ mapping, header }: SourcePlan): number[] {
  const names = header.map(normalizeHeader);
  // Columns that reshaping makes stand behind those of the file, and win over them.
  const groups = (['datasource', 'register'] as const).filter((group) => hasGroup(mapping, group));
  const { datasource } = mapping;
  const listed = datasource.from === 'column' && !hasGroup(mapping, 'datasource') ? [datasource.name].flat() : [];
  return [
    ...listed.map((name) => names.indexOf(normalizeHeader(name))),
    ...groups.map((name) => names.lastIndexOf(name)),
  ];
}

/** Reads the name that a record gives its datasource; '' where a part of it is missing. */
export type SourceName = (chunk: RecordChunk, row: number) => string;

type SourceCheck = (chunk: RecordChunk, row: number) => void;

export function makeSourceName(plan: SourcePlan & Pick<FilePlan, 'meter'>): SourceName {
  const cells = listSourceCells(plan);
  const meter = plan.meter === undefined ? [] : [plan.meter];
  return (chunk, row) => {
    const texts = cells.map((cell) =>
      cell < 0 || cell >= countCells(chunk, row) ? '' : cleanName(readCell(chunk, row, cell)),
    );
    return texts.includes('') ? '' : [...meter, ...texts].join(':');
  };
}

/**
 * Checks, record by record, that a column which names datasources names one only, where the whole file was said to be `given`'s: the
 * readings of several meters or registers would fall into one series, those that are equal at the same hour unseen. Texts are not looked up.
 * @throws Fault datasource_in_file
 */
export function makeOneNameCheck(plan: SourcePlan & Pick<FilePlan, 'meter'>, given: string): SourceCheck | undefined {
  if (plan.mapping.datasource.from !== 'column') return undefined;
  const nameSource = makeSourceName(plan);
  let only: string | undefined;
  return (chunk, row) => {
    const name = nameSource(chunk, row);
    if (name === '' || name === only) return;
    if (only !== undefined && only.toLowerCase() !== name.toLowerCase()) {
      const both = `${shortenText(only)} and ${shortenText(name)}`;
      throw new Fault('datasource_in_file', `Its records are of ${both}, so they cannot all be ${given}.`);
    }
    only = name;
  };
}

/** `="0012"` is how exports keep spreadsheets from reading a name as a number. */
const cleanName = (text: string): string => {
  const trimmed = text.trim();
  return (/^="(.*)"$/s.exec(trimmed)?.[1] ?? trimmed).trim();
};
