// The page docs/errors.md, made from the catalogue. `pnpm docs:errors` writes it; a test keeps it equal.
import { writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { type CatalogueEntry, FAULTS, REJECTIONS } from './error-catalogue.ts';

export const ERROR_PAGE = fileURLToPath(new URL('../../../docs/errors.md', import.meta.url));

const formatRow = ([code, { status, exit, title, remedy }]: [string, CatalogueEntry]): string =>
  `| \`${code}\` | ${status} | ${exit} | ${title} | ${remedy} |`;

const formatRejection = ([code, { title, remedy }]: [string, CatalogueEntry]): string =>
  `| \`${code}\` | ${title} | ${remedy} |`;

/** The whole page as Markdown. */
export function makeErrorPage(): string {
  return [
    '# Errors',
    '',
    'Every error has a code. Commands print it with what happened and what to do; the API answers with `application/problem+json`, whose `code` it is.',
    'This page is made from the catalogue (`pnpm docs:errors`).',
    '',
    '## What stops a command, a request or a batch',
    '',
    '| code | HTTP | exit | what happened | what to do |',
    '|---|---|---|---|---|',
    ...Object.entries(FAULTS).map(formatRow),
    '',
    '## Why a record is refused',
    '',
    'These never stop a file: the other records are loaded. The command then ends with exit code 3.',
    '',
    '| code | what is wrong | what to do |',
    '|---|---|---|',
    ...Object.entries(REJECTIONS).map(formatRejection),
    '',
  ].join('\n');
}

if (argv[1] === fileURLToPath(import.meta.url)) writeFileSync(ERROR_PAGE, makeErrorPage());
