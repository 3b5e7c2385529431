// What a pass over a file met that is worth recording though it refuses nothing: counted by code, with the first few as examples.

export interface NoteSample {
  readonly line: number;
  readonly text: string;
}

export interface Note {
  readonly code: string;
  readonly count: number;
  readonly samples: readonly NoteSample[];
}

/** Codes that put a load in question, though it was done: whoever sees its outcome is to see them, too. */
export const DOUBTS: ReadonlySet<string> = new Set(['sheet_unread', 'finer_than_hourly', 'incomplete_measure']);

export interface Notes {
  add(code: string, line: number, text: string): void;
  list(): Note[];
}

const SAMPLES = 10;
const MAX_TEXT = 300;

export function makeNotes(): Notes {
  const found = new Map<string, { count: number; samples: NoteSample[] }>();
  return {
    add(code, line, text) {
      const note = found.get(code) ?? { count: 0, samples: [] };
      found.set(code, note);
      note.count++;
      if (note.samples.length < SAMPLES) note.samples.push({ line, text: text.slice(0, MAX_TEXT) });
    },
    list: () => [...found].map(([code, { count, samples }]) => ({ code, count, samples })),
  };
}
