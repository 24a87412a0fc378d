// SPDX-License-Identifier: Apache-2.0
import type { Clock, Problem } from '@weir/base';
import type { Document } from '../documents/index.ts';
import { createResolver } from '../resolve/index.ts';
import type { Resolution, ResolverOptions } from '../resolve/index.ts';
import type { Snapshot, Transaction } from '../snapshot/index.ts';
import { certificateIssues } from './problems/certificate-issues.ts';
import { ProblemBoard } from './problems/problem-board.ts';
import { ShadowIndex } from './problems/shadow-index.ts';
import { compileBackend } from './resources/compile-backend.ts';
import { compileGateways } from './resources/compile-gateways.ts';
import { compileRoute } from './resources/compile-route.ts';
import { SnapshotBuilder } from './resources/snapshot-builder.ts';
import { StatusBoard } from './status/status-board.ts';
import type { Status } from './status/status.ts';

export interface CompilerOptions extends ResolverOptions {
  /** For the stamps of conditions, and to know which certificates are out of their time. */
  readonly clock: Pick<Clock, 'wallMs'>;
}

/** What a set of documents comes to. All of it is frozen, and what did not change is the same object as the last time. */
export interface Compilation {
  readonly snapshot: Snapshot;
  /** From the last snapshot to this one; without upserts and removes when nothing changed. */
  readonly transaction: Transaction;
  /** By `Kind/namespace/name`; GatewayClasses, Gateways and routes that Weir answers for. */
  readonly statuses: ReadonlyMap<string, Status>;
  /** Everything wrong in the documents as they stand, in the order of files and lines. */
  readonly problems: readonly Problem[];
}

export interface Compiler {
  /** Compiles all documents as they are now; a document that is the same object as the last time is taken not to have changed. */
  update(documents: ReadonlyMap<string, Document>): Compilation;
}

/** The compiler of one gateway process or control plane: pure but for the clock, and total: no document makes it throw. */
export function createCompiler({ clock, ...options }: CompilerOptions): Compiler {
  const resolver = createResolver(options);
  const builder = new SnapshotBuilder();
  const statuses = new StatusBoard();
  const problems = new ProblemBoard();
  const shadows = new ShadowIndex();
  return {
    update(documents) {
      const nowMs = clock.wallMs();
      const resolution = resolver.resolve(documents);
      stageResources(builder, resolution);
      stageProblems(problems, resolution, nowMs);
      for (const [key, issues] of shadows.apply(resolution.changes.routes)) problems.replace(`shadow/${key}`, issues);
      const statusMap = statuses.update(resolution, nowMs);
      return Object.freeze({ ...builder.commit(), statuses: statusMap, problems: problems.list() });
    },
  };
}

function stageResources(builder: SnapshotBuilder, { gateways, backends, changes }: Resolution): void {
  if (changes.gateways.size > 0) builder.replace('gateways', compileGateways(gateways.values()));
  for (const [key, { after }] of changes.routes) {
    builder.replace(`route/${key}`, after === undefined ? [] : compileRoute(after));
  }
  for (const key of changes.backends) {
    const backend = backends.get(key);
    builder.replace(`backend/${key}`, backend === undefined ? [] : [compileBackend(backend)]);
  }
}

function stageProblems(problems: ProblemBoard, resolution: Resolution, nowMs: number): void {
  const { gateways, foreignGateways, backends, changes } = resolution;
  for (const key of changes.gateways) problems.replace(`gateway/${key}`, gateways.get(key)?.issues ?? []);
  for (const [key, { after }] of changes.routes) problems.replace(`route/${key}`, after?.issues ?? []);
  for (const key of changes.backends) problems.replace(`backend/${key}`, backends.get(key)?.issues ?? []);
  problems.replace(
    'foreign gateways',
    [...foreignGateways.values()].flatMap(({ issues }) => issues),
  );
  problems.replace('certificates', certificateIssues(gateways.values(), nowMs));
}
