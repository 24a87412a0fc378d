// SPDX-License-Identifier: Apache-2.0
import { formatDuration, reasonWords } from '@weir/base';
import type { Clock } from '@weir/base';
import { askGrpcHealth } from '../health/grpc-probe.ts';
import type { AppProbe, GrpcAppProbe } from './app-probe.ts';
import { getApplication } from './get-application.ts';
import { openApplicationSocket } from './loopback-socket.ts';

/** What the orchestrator is answered: below 400 = the application is well. Nothing of what the application said is in it. */
export interface ProbeAnswer {
  readonly status: number;
  readonly text: string;
}

export interface ApplicationHost {
  readonly clock: Clock;
  /** Of this host, at which the application may listen. */
  readonly addresses: readonly string[];
}

const WELL = { status: 200, text: 'ok' };

/** Asks the application as the orchestrator would, within the probe's time. Never rejects, and leaves no connection behind. */
export async function askApplication(probe: AppProbe, { clock, addresses }: ApplicationHost): Promise<ProbeAnswer> {
  const late = new AbortController();
  const timer = clock.after(probe.timeoutMs, () => late.abort());
  try {
    return await answerTo(probe, addresses, late.signal);
  } catch (error) {
    if (late.signal.aborted) {
      return { status: 504, text: `the application does not answer within ${formatDuration(probe.timeoutMs)}` };
    }
    return { status: 502, text: `the application: ${reasonWords(error)}` };
  } finally {
    timer.cancel();
  }
}

async function answerTo(probe: AppProbe, addresses: readonly string[], signal: AbortSignal): Promise<ProbeAnswer> {
  switch (probe.kind) {
    case 'http':
      return answerFromStatus(await getApplication(probe, addresses, signal));
    case 'tcp':
      (await openApplicationSocket({ addresses, port: probe.port, isTls: false }, signal)).destroy();
      return WELL;
    case 'grpc':
      await askHealth(probe, addresses, signal);
      return WELL;
  }
}

/** Its own status is what an orchestrator writes into its events. */
function answerFromStatus(status: number): ProbeAnswer {
  if (status >= 200 && status < 300) return WELL;
  if (status >= 300 && status < 400) {
    return { status: 200, text: `ok: it answers ${status}, which leads elsewhere and is not followed` };
  }
  return { status: status >= 400 ? status : 502, text: `the application answers ${status}` };
}

async function askHealth({ port, service }: GrpcAppProbe, addresses: readonly string[], signal: AbortSignal): Promise<void> {
  const socket = await openApplicationSocket({ addresses, port, isTls: false }, signal);
  try {
    await askGrpcHealth(socket, { authority: `localhost:${port}`, service }, signal);
  } finally {
    socket.destroy();
  }
}
