// SPDX-License-Identifier: Apache-2.0
import { textAnswer } from './http-server.ts';
import type { AdminAnswer } from './http-server.ts';

/** Whether traffic should be sent here. `warning`: it should, and somebody should look at this before it no longer should. */
export type Readiness =
  { readonly isReady: true; readonly warning?: string | undefined } | { readonly isReady: false; readonly reason: string };

export interface ReadinessView {
  readiness(): Readiness;
}

/** /livez and /readyz, as orchestrators ask for them; undefined = it is neither. */
export function findHealthRoute(route: string, view: ReadinessView): (() => AdminAnswer) | undefined {
  switch (route) {
    case 'GET /livez':
      return () => textAnswer(200, 'ok');
    case 'GET /readyz':
      return () => readinessAnswer(view.readiness());
    default:
      return undefined;
  }
}

function readinessAnswer(readiness: Readiness): AdminAnswer {
  if (!readiness.isReady) return textAnswer(503, readiness.reason);
  return textAnswer(200, readiness.warning === undefined ? 'ok' : `ok\nwarning: ${readiness.warning}`);
}
