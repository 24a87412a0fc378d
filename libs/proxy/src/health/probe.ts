// SPDX-License-Identifier: Apache-2.0
import type { Backend, Endpoint, HealthCheck } from '@weir/policy/snapshot';
import type { CheckPreamble } from './active-checks.ts';
import { openCheckSocket } from './check-socket.ts';
import { askGrpcHealth } from './grpc-probe.ts';
import { getByHttp1, getByHttp2 } from './http-probe.ts';

/** An endpoint to ask, and how. */
export interface ProbeTarget extends Endpoint {
  readonly backend: Backend;
  readonly check: HealthCheck;
  readonly preamble: CheckPreamble;
}

/** Asks once; rejects, with what is wrong in words, unless the endpoint can serve. Leaves no connection behind. */
export type Probe = (target: ProbeTarget, signal: AbortSignal) => Promise<void>;

/** Asks over the network. */
export const probe: Probe = async (target, signal) => {
  const { backend, check, preamble } = target;
  const isHttp2 = check.probe.kind === 'grpc' || (check.probe.kind === 'http' && backend.protocol === 'http2');
  const protocols = check.probe.kind === 'tcp' ? undefined : [isHttp2 ? 'h2' : 'http/1.1'];
  const socket = await openCheckSocket({ ...target, ...preamble, protocols }, signal);
  try {
    switch (check.probe.kind) {
      case 'tcp':
        return;
      case 'grpc':
        await askGrpcHealth(socket, { authority: authorityOf(backend), service: check.probe.service }, signal);
        return;
      case 'http': {
        const { path, host = authorityOf(backend), expectedStatuses } = check.probe;
        const status = await (isHttp2 ? getByHttp2 : getByHttp1)(socket, { path, host }, signal);
        assertExpected(status, expectedStatuses);
      }
    }
  } finally {
    socket.destroy();
  }
};

/** The name that TLS is verified for, or else `service.namespace`. */
function authorityOf({ tls, label }: Backend): string {
  if (tls !== undefined) return tls.serverName;
  const [namespace = '', rest = ''] = label.split('/');
  return `${rest.slice(0, rest.lastIndexOf(':'))}.${namespace}`;
}

function assertExpected(status: number, expected: readonly number[]): void {
  if (expected.length === 0 ? status >= 200 && status < 300 : expected.includes(status)) return;
  throw new Error(`it answers ${status} instead of ${expected.length === 0 ? '200 to 299' : expected.join(', ')}`);
}
