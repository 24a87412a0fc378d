// SPDX-License-Identifier: Apache-2.0
import { memoryUsage } from 'node:process';
import type { ControlPlane } from '../control-plane.ts';
import type { Gauge } from './render-metrics.ts';

/** What is told of a control plane over time. */
export function controlPlaneGauges(controlPlane: ControlPlane, isLeading: boolean): readonly Gauge[] {
  const { summary, problems } = controlPlane;
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return [
    {
      name: 'weir_control_plane_proxies',
      help: 'Proxies that are connected to this replica.',
      value: controlPlane.proxies().length,
    },
    { name: 'weir_control_plane_resources', help: 'What the documents came to.', value: summary.resourceCount },
    { name: 'weir_control_plane_errors', help: 'Errors of documents as they stand.', value: errors },
    { name: 'weir_control_plane_warnings', help: 'Warnings of documents as they stand.', value: problems.length - errors },
    { name: 'weir_control_plane_leader', help: 'Whether this replica leads.', value: isLeading ? 1 : 0 },
    { name: 'process_resident_memory_bytes', help: 'Resident memory.', value: memoryUsage.rss() },
  ];
}
