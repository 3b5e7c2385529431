// The fenced blocks of the documentation, and the commands in them with what they print. Runs nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '@cei-inoe/shared/testing';

export interface Block {
  readonly page: string;
  readonly line: number;
  /** The word behind the fence. */
  readonly language: string;
  readonly text: string;
}
export interface Step {
  readonly command: string;
  /** What it prints; '' where the page does not say. */
  readonly output: string;
}

/** Every page, and how often a fence stands in it, wherever in a line: a block that is indented would not be seen as one. */
export const countFences = (): { page: string; fences: number }[] =>
  listPages().map((page) => ({
    page,
    fences: (readFileSync(join(ROOT, page), 'utf8').match(/^[ \t>]*(?:```|~~~)/gm) ?? []).length,
  }));

const listPages = (): string[] => [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

export function listBlocks(): Block[] {
  return listPages().flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...text.matchAll(/^```(\w*)\n(.*?)^```/gms)].map((found) => ({
      page,
      line: text.slice(0, found.index).split('\n').length,
      language: found[1] ?? '',
      text: found[2] ?? '',
    }));
  });
}

/** Quotes that are not closed yet: the command goes on. */
const isOpen = (command: string): boolean => command.endsWith('\\') || (command.match(/'/g) ?? []).length % 2 === 1;

/** Commands begin with `$ `; in blocks that have none, every line is one. */
export function listSteps({ text }: Block): Step[] {
  const lines = text.replace(/\n$/, '').split('\n');
  const isPrompted = lines.some((line) => line.startsWith('$ '));
  const steps: { command: string; output: string[] }[] = [];
  for (const line of lines) {
    const last = steps.at(-1);
    if (last !== undefined && isOpen(last.command)) last.command += `\n${line}`;
    else if (!isPrompted && line.startsWith('# ')) last?.output.push(line.slice(2));
    else if (line.startsWith('$ ')) steps.push({ command: line.slice(2), output: [] });
    else if (!isPrompted && line !== '') steps.push({ command: line, output: [] });
    else last?.output.push(line);
  }
  return steps.map(({ command, output }) => ({ command, output: output.join('\n').trim() }));
}
