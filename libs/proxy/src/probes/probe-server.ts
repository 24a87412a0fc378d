// SPDX-License-Identifier: Apache-2.0
import { findHealthRoute } from '../admin/health-routes.ts';
import type { ReadinessView } from '../admin/health-routes.ts';
import { textAnswer } from '../admin/http-server.ts';
import type { AdminAnswer } from '../admin/http-server.ts';
import { openOperatorServer } from '../admin/operator-server.ts';
import type { OperatorServer } from '../admin/operator-server.ts';
import type { PortAddress } from '../listen/open-port.ts';
import type { AppProbe, AppProbes } from './app-probe.ts';
import { askApplication } from './ask-application.ts';
import type { ApplicationHost, ProbeAnswer } from './ask-application.ts';

export interface ProbeServerParts extends ApplicationHost {
  /** The proxy itself: /livez and /readyz. */
  readonly view: ReadinessView;
  readonly probes: AppProbes;
}

/**
 * Answers an orchestrator that cannot reach the application, as connections to it want mutual TLS: /livez and /readyz for the proxy, and at
 * the paths of `probes`, which ask the application. Everything else is not there: whoever reaches this port learns whether the application
 * is well, and reaches nothing behind it. Port 0 = any. Throws ListenError.
 */
export function openProbeServer(at: PortAddress, { view, probes, ...host }: ProbeServerParts): Promise<OperatorServer> {
  /** However many ask, the application is asked once at a time by each of its probes. */
  const asking = new Map<AppProbe, Promise<ProbeAnswer>>();
  const ask = (probe: AppProbe): Promise<ProbeAnswer> => {
    const answer = asking.get(probe) ?? askApplication(probe, host).finally(() => asking.delete(probe));
    asking.set(probe, answer);
    return answer;
  };
  const find = (route: string): (() => AdminAnswer | Promise<AdminAnswer>) | undefined => {
    const probe = route.startsWith('GET ') ? probes.get(route.slice('GET '.length)) : undefined;
    if (probe === undefined) return findHealthRoute(route, view);
    return async () => {
      const { status, text } = await ask(probe);
      return textAnswer(status, text);
    };
  };
  return openOperatorServer(at, { find, purpose: 'probes', flag: '--probe-address' });
}
