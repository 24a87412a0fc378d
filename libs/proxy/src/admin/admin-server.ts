// SPDX-License-Identifier: Apache-2.0
import { chmod, rm } from 'node:fs/promises';
import type { Snapshot } from '@weir/policy/snapshot';
import type { WorkerView } from '../workers/worker-pool.ts';
import { closeHttpServer, jsonAnswer, openHttpServer, textAnswer } from './http-server.ts';
import type { AdminAnswer } from './http-server.ts';
import { withoutSecrets } from './without-secrets.ts';

/** What the admin socket shows and does. */
export interface AdminView {
  /** Objects with their statuses, and the problems of their documents. */
  status(): unknown;
  snapshot(): Snapshot | undefined;
  listeners(): unknown;
  workers(): Promise<readonly WorkerView[]>;
  /** Whether a fresh worker serves in the place of that one. */
  replaceWorker(index: number): Promise<boolean>;
  /** Whether there was a worker to end. */
  terminateWorker(index: number): Promise<boolean>;
}

export interface AdminServer {
  readonly path: string;
  close(): Promise<void>;
}

/** Serves the admin side on a Unix socket that only this user may use. Throws where it cannot listen. */
export async function openAdminServer(path: string, view: AdminView): Promise<AdminServer> {
  // Named after a process id that is ours now: what lies there is left from a process that is gone.
  await rm(path, { force: true });
  const server = await openHttpServer(route => findRoute(route, view), { path });
  await chmod(path, 0o600);
  return {
    path,
    close: async () => {
      await closeHttpServer(server);
      await rm(path, { force: true });
    },
  };
}

function findRoute(route: string, view: AdminView): (() => AdminAnswer | Promise<AdminAnswer>) | undefined {
  switch (route) {
    case 'GET /status':
      return () => jsonAnswer(view.status());
    case 'GET /snapshot':
      return () => snapshotAnswer(view.snapshot());
    case 'GET /listeners':
      return () => jsonAnswer(view.listeners());
    case 'GET /workers':
      return async () => jsonAnswer((await view.workers()).map(describeWorker));
    default:
      return findWorkerAction(route, view);
  }
}

function snapshotAnswer(snapshot: Snapshot | undefined): AdminAnswer {
  if (snapshot === undefined) return textAnswer(503, 'there is no snapshot yet');
  return jsonAnswer({ version: snapshot.version, resources: [...snapshot.resources.values()].map(withoutSecrets) });
}

/** Metrics have an endpoint of their own. */
function describeWorker({ report, ...view }: WorkerView): unknown {
  if (report === undefined) return view;
  const { metrics, ...rest } = report;
  return { ...view, ...rest };
}

function findWorkerAction(route: string, view: AdminView): (() => Promise<AdminAnswer>) | undefined {
  const [, index, action] = /^POST \/workers\/(\d+)\/(replace|terminate)$/.exec(route) ?? [];
  if (index === undefined) return undefined;
  const act = (): Promise<boolean> =>
    action === 'replace' ? view.replaceWorker(Number(index)) : view.terminateWorker(Number(index));
  return async () => ((await act()) ? textAnswer(200, 'done') : textAnswer(409, `worker ${index} cannot do that now`));
}
