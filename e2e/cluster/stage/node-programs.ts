// SPDX-License-Identifier: Apache-2.0
import { waitFor } from '@weir/testing';
import { kubectl, runProgram } from './run-program.ts';

/** A command that stops and starts one of a node's programs: its name is added to it. */
const RESTART_COMMAND = process.env['WEIR_E2E_RESTART'];

/** What a cluster's nodes run. */
export const NODE_PROGRAMS = ['apiserver', 'etcd', 'kubelet', 'kube-proxy', 'coredns'] as const;
export type NodeProgram = (typeof NODE_PROGRAMS)[number];

/** Why nodes' programs cannot be restarted from here; undefined where they can. */
export function whyNoRestarts(): string | undefined {
  return RESTART_COMMAND === undefined ? 'WEIR_E2E_RESTART names no command that restarts them' : undefined;
}

/** Restarts one, and waits until API server and store answer. */
export async function restartNodeProgram(program: NodeProgram): Promise<void> {
  await runProgram(['sh', '-c', `${RESTART_COMMAND ?? 'false'} "$1"`, 'restart', program]);
  const isReady = async (): Promise<boolean> => (await kubectl(['get', '--raw', '/readyz'])) === 'ok';
  await waitFor(isReady, { what: `an API server that is ready after ${program} was restarted`, timeoutMs: 60_000 });
}
