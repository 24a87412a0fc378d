// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Problem } from '@weir/base';
import type { Document } from '../../documents/index.ts';
import type { Compilation } from '../index.ts';
import { createCompiler } from '../index.ts';
import { compactStatus } from './compact-status.ts';
import { brokenExpressions, danglingReferences, isDeepFrozen, secretsOfCallers } from './invariants.ts';
import { readDocuments } from './read-documents.ts';
import { readScenarios } from './read-scenario.ts';
import type { ExpectedProblem } from './read-scenario.ts';

const CLOCK = { wallMs: () => Date.UTC(2026, 1, 1) };

function compile(documents: ReadonlyMap<string, Document>, hasOwnProxies = false): Compilation {
  return createCompiler({ clock: CLOCK, defaultAddresses: ['127.0.0.1'], hasOwnProxies }).update(documents);
}

/** The problem as a scenario writes it, next to one that was expected, whose `at` it keeps when it points there. */
function describeProblem(problem: Problem, lines: readonly string[], expected: ExpectedProblem | undefined): ExpectedProblem {
  const line = lines[(problem.line ?? 0) - 1] ?? '';
  const at = expected !== undefined && line.includes(expected.at) ? expected.at : line.trim();
  const hint = problem.hint === undefined ? {} : { hint: problem.hint };
  return { at, [problem.severity]: `${problem.object}: ${problem.message}`, ...hint };
}

function isNamed(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

describe.each(readScenarios())('$name', ({ documents: yaml, expected }) => {
  const documents = readDocuments(yaml);
  const { snapshot, statuses, problems } = compile(documents, expected.isInCluster);

  it('has the resources, statuses and problems that were written down', () => {
    const names = [...snapshot.resources.keys()];
    for (const [name, part] of Object.entries(expected.resources ?? {})) {
      expect(names).toContain(name);
      expect(snapshot.resources.get(name)).toMatchObject(part);
    }
    for (const pattern of expected.absent ?? []) expect(names.filter(name => isNamed(pattern, name))).toEqual([]);
    for (const [key, part] of Object.entries(expected.statuses ?? {})) {
      const status = statuses.get(key);
      expect([...statuses.keys()]).toContain(key);
      expect(status === undefined ? undefined : compactStatus(status)).toMatchObject(part);
    }
    const lines = yaml.split('\n');
    const found = problems.map((problem, index) => describeProblem(problem, lines, expected.problems?.[index]));
    expect(found).toEqual(expected.problems ?? []);
  });

  it('says of each error what to write', () => {
    expect(problems.filter(({ severity, hint }) => severity === 'error' && (hint ?? '') === '')).toEqual([]);
  });

  it('refers to nothing that is not there, can be compiled, and cannot be changed', () => {
    expect(danglingReferences(snapshot)).toEqual([]);
    expect(brokenExpressions(snapshot)).toEqual([]);
    expect([...snapshot.resources.values()].filter(resource => !isDeepFrozen(resource))).toEqual([]);
    expect([...statuses.values()].filter(status => !isDeepFrozen(status))).toEqual([]);
  });

  it('tells callers in the mesh nothing of who may call', () => {
    expect(secretsOfCallers(snapshot)).toEqual([]);
  });

  it('does not depend on the order of its documents', () => {
    const reversed = compile(new Map([...documents].reverse()), expected.isInCluster);
    expect(reversed.snapshot.resources).toEqual(snapshot.resources);
    expect(reversed.statuses).toEqual(statuses);
    expect(reversed.problems).toEqual(problems);
  });
});
