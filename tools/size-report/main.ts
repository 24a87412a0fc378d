// SPDX-License-Identifier: Apache-2.0
// Prints how long files and functions are, package by package, and fails when one is over the limits that lint has too.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPackages } from '../workspace/find-packages.ts';
import { distributionOf, type Distribution } from './distribution.ts';
import { measureFile, type FileSize } from './measure-file.ts';

const ROOT = join(import.meta.dirname, '../..');
const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 60;

const isTest = ({ file }: FileSize): boolean => file.endsWith('.test.ts');

function measurePackage(root: string): readonly FileSize[] {
  // What is generated is its generator's, and as long as it has to be.
  return globSync(`${root}/**/*.ts`, { cwd: ROOT, exclude: ['**/node_modules/**', '**/dist/**', '**/generated/**'] })
    .sort()
    .map(file => measureFile(file, readFileSync(join(ROOT, file), 'utf8')));
}

function cells({ count, median, p90, max }: Distribution): string {
  return [count, median, p90, max].map(value => String(value).padStart(7)).join('');
}

function row(name: string, sizes: readonly FileSize[]): string {
  const sources = sizes.filter(size => !isTest(size));
  const files = distributionOf(sources.map(({ lineCount }) => lineCount));
  const functions = distributionOf(sources.flatMap(size => size.functions.map(({ lineCount }) => lineCount)));
  return `${name.padEnd(20)}${cells(files)}${cells(functions)}\n`;
}

const measured = findPackages(ROOT).map(({ name, root }) => ({ name, sizes: measurePackage(root) }));
const all = measured.flatMap(({ sizes }) => sizes);

const titles = ['count', 'median', 'p90', 'max'].map(title => title.padStart(7)).join('');
process.stdout.write(`lines, without tests     files${' '.repeat(18)}functions\n${'package'.padEnd(20)}${titles}${titles}\n`);
for (const { name, sizes } of measured) if (sizes.length > 0) process.stdout.write(row(name, sizes));
process.stdout.write(row('all', all));

const excesses = [
  ...all
    .filter(({ lineCount }) => lineCount > MAX_FILE_LINES)
    .map(({ file, lineCount }) => `${file} has ${lineCount} lines, over ${MAX_FILE_LINES}`),
  ...all
    .filter(size => !isTest(size))
    .flatMap(({ functions }) => functions)
    .filter(({ lineCount }) => lineCount > MAX_FUNCTION_LINES)
    .map(({ place, lineCount }) => `the function at ${place} has ${lineCount} lines, over ${MAX_FUNCTION_LINES}`),
];
for (const excess of excesses) process.stdout.write(`${excess}\n`);
process.exitCode = excesses.length === 0 ? 0 : 1;
