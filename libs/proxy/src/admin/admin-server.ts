// SPDX-License-Identifier: Apache-2.0
import { chmod, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import type { Snapshot } from '@weir/policy/snapshot';
import { METRICS_CONTENT_TYPE, renderMetrics } from '@weir/telemetry';
import type { MetricsDump } from '@weir/telemetry';
import type { WorkerView } from '../workers/worker-pool.ts';
import { answerWith, closeHttpServer, jsonAnswer, openHttpServer, textAnswer } from './http-server.ts';
import type { AdminAnswer, AdminStream, FindRoute } from './http-server.ts';
import type { NoteLog } from './note-log.ts';
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
  metrics(): Promise<readonly MetricsDump[]>;
  /** What it has told people; absent = that is not kept. */
  readonly notes?: NoteLog | undefined;
  /** What else the socket answers, beyond what is shown of every proxy; absent = nothing. */
  readonly routes?: FindRoute | undefined;
}

export interface AdminServer {
  readonly path: string;
  close(): Promise<void>;
}

/** Serves the admin side on a Unix socket that only this user may use. Throws where it cannot listen. */
export async function openAdminServer(path: string, view: AdminView): Promise<AdminServer> {
  // Named after a process id that is ours now: what lies there is left from a process that is gone.
  await rm(path, { force: true });
  const server = await openHttpServer(routesOf(view), { path });
  await chmod(path, 0o600);
  return {
    path,
    close: async () => {
      await closeHttpServer(server);
      await rm(path, { force: true });
    },
  };
}

/** Answers as the socket does, for connections that come another way. */
export function createAdminHandler(view: AdminView): RequestListener {
  return answerWith(routesOf(view));
}

function routesOf(view: AdminView): FindRoute {
  return route => findRoute(route, view);
}

function findRoute(route: string, view: AdminView): ReturnType<FindRoute> {
  switch (route) {
    case 'GET /status':
      return () => jsonAnswer(view.status());
    case 'GET /snapshot':
      return () => snapshotAnswer(view.snapshot());
    case 'GET /listeners':
      return () => jsonAnswer(view.listeners());
    case 'GET /workers':
      return async () => jsonAnswer((await view.workers()).map(describeWorker));
    case 'GET /metrics':
      return async () => metricsAnswer(await view.metrics());
    case 'GET /notes':
      return view.notes && notesStream(view.notes);
    default:
      return findWorkerAction(route, view) ?? view.routes?.(route);
  }
}

/** All of them, for people: the endpoint for collectors may be off, and has no more than a collector should be burdened with. */
function metricsAnswer(dumps: readonly MetricsDump[]): AdminAnswer {
  return { status: 200, contentType: METRICS_CONTENT_TYPE, body: renderMetrics(dumps) };
}

/** JSON Lines: the last notes, then each that follows. */
function notesStream(notes: NoteLog): () => AdminStream {
  return () => ({ contentType: 'application/x-ndjson', begin: response => notes.follow(response) });
}

function snapshotAnswer(snapshot: Snapshot | undefined): AdminAnswer {
  if (snapshot === undefined) return textAnswer(503, 'there is no snapshot yet');
  return jsonAnswer({ version: snapshot.version, resources: [...snapshot.resources.values()].map(withoutSecrets) });
}

/** Metrics are shown by themselves. */
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
