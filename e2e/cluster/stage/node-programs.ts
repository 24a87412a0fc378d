// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { kubectl, runProgram } from './run-program.ts';

/** A command that stops and starts one of a node's programs: its name is added to it. */
const RESTART_COMMAND = process.env['WEIR_E2E_RESTART'];

/** What a cluster's nodes run. */
export const NODE_PROGRAMS = ['apiserver', 'etcd', 'kubelet', 'kube-proxy', 'coredns'] as const;
export type NodeProgram = (typeof NODE_PROGRAMS)[number];

/** A store that begins while the one before it still holds its port ends at once; who supervises it begins it again. */
const MAX_STARTS = 3;
/** Several times what an API server takes to find its store again. */
const READY_WITHIN_MS = 20_000;

/** Why nodes' programs cannot be restarted from here; undefined where they can. */
export function whyNoRestarts(): string | undefined {
  return RESTART_COMMAND === undefined ? 'WEIR_E2E_RESTART names no command that restarts them' : undefined;
}

/** Restarts one, and waits until API server and store answer; restarts it again where they do not. */
export async function restartNodeProgram(program: NodeProgram): Promise<void> {
  for (let starts = 1; ; starts += 1) {
    await runProgram(['sh', '-c', `${RESTART_COMMAND ?? 'false'} "$1"`, 'restart', program]);
    try {
      await waitFor(isReady, { what: `an API server that is ready after ${program} was restarted`, timeoutMs: READY_WITHIN_MS });
      return;
    } catch (error) {
      if (starts === MAX_STARTS) throw error;
      console.warn(`${program} did not come back, and is restarted once more`);
    }
  }
}

async function isReady(): Promise<boolean> {
  return (await kubectl(['get', '--raw', '/readyz', '--request-timeout=5s'])) === 'ok';
}
