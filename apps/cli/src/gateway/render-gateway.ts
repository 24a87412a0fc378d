// SPDX-License-Identifier: Apache-2.0
import type { RunningFedGateway } from '@weir/gateway/fed';
import { hostPort } from '@weir/proxy';
import type { Place } from '../flags/parse-mesh-flags.ts';
import { metricsRow, portLines, row } from '../screen/render-ports.ts';
import type { Paint } from '../terminal/paint.ts';

export interface GatewayStart {
  readonly running: Pick<RunningFedGateway, 'adminPath' | 'metricsAt' | 'portStates' | 'snapshot'>;
  readonly controlPlane: Place;
  readonly durationMs: number;
}

/** What a person sees when a gateway of a control plane serves. */
export function renderGateway({ running, controlPlane, durationMs }: GatewayStart, paint: Paint): string {
  const { address, port } = controlPlane;
  const lines = [
    '',
    `${paint.strong('weir')} is a gateway of ${hostPort(address, port)} ${paint.dim(`(ready in ${Math.round(durationMs)} ms)`)}`,
    '',
    ...portLines(running.portStates(), running.snapshot(), paint),
    ...metricsRow(running.metricsAt, paint),
    ...row('admin', running.adminPath, paint),
    '',
  ];
  return `${lines.join('\n')}\n`;
}
