// Brings the reshaping that a mapping asks for to the header of one file: which columns are kept, unpivoted, joined. Reads no records.
import { compilePattern } from '../../model/pattern.ts';
import { nameTimeColumn, ORIGIN_COLUMN, type ShapeSpec, VALUE_COLUMN } from '../../model/shape.ts';
import type { Shaping, Unpivoted } from '../../model/shaping.ts';
import { normalizeHeader } from './match-header.ts';

export interface ShapedHeader {
  readonly shaping: Shaping;
  /** What keeps the mapping from fitting the header; empty when nothing does. */
  readonly missing: readonly string[];
}

/**
 * @param own the header of the file, without the columns that a rejects file of ours has beside its own
 * @param date the day of the file, where the mapping wants one: the text as it stands in the name, or as it was given
 */
export function shapeHeader(spec: ShapeSpec, own: readonly string[], date: string | undefined): ShapedHeader {
  const missing: string[] = [];
  const unpivoted = spec.unpivot && listUnpivoted(spec.unpivot, own);
  if (unpivoted?.length === 0) missing.push(spec.unpivot?.pattern ?? '');
  const taken = new Set(unpivoted?.map((column) => column.cell));
  const kept = own.flatMap((_, cell) => (taken.has(cell) ? [] : [cell]));
  const groups = spec.unpivot?.groups ?? [];
  const made = [...spec.carry.map((each) => each.name), ...groups];
  const names = [...kept.map((cell) => own[cell] ?? ''), ...made];
  // A column that reshaping makes wins over one of the same name in the file.
  const find = (name: string): number => {
    const cell = names.map(normalizeHeader).lastIndexOf(normalizeHeader(name));
    if (cell < 0) missing.push(name);
    return cell;
  };
  const header = [
    ...names,
    ...(unpivoted === undefined ? [] : [ORIGIN_COLUMN, VALUE_COLUMN]),
    ...(spec.time === undefined ? [] : [nameTimeColumn(spec.time)]),
  ];
  const shaping: Shaping = {
    header,
    width: own.length,
    kept,
    carry: spec.carry,
    only: spec.only,
    rows: spec.rows.map(({ name, pattern }) => ({ cell: find(name), name, pattern })),
    unpivot: unpivoted && { groups, columns: unpivoted },
    time: spec.time && { cells: spec.time.columns.map(find), date: spec.time.dated ? (date ?? '') : undefined },
  };
  return { shaping, missing: [...new Set(missing)] };
}

/** Columns whose header matches; blanks around it do not count. */
function listUnpivoted({ pattern, groups }: NonNullable<ShapeSpec['unpivot']>, own: readonly string[]): Unpivoted[] {
  const compiled = compilePattern(pattern);
  return own.flatMap((header, cell) => {
    const matcher = compiled.matcher(header.trim());
    if (!matcher.find()) return [];
    return [{ cell, header: header.trim(), texts: groups.map((name) => (matcher.group(name) ?? '').trim()) }];
  });
}
