// SPDX-License-Identifier: Apache-2.0
import type { Resource } from '@weir/policy/snapshot';

const NO_RANGES = `the mesh has no \`ranges\`: what the application calls at the address of a workload itself, and not of a Service, leaves in plaintext; write the addresses of workloads into the XMesh's ConfigMap`;

/** What an operator should know of connections that the kernel redirects; undefined = nothing. */
export function captureNote(settings: Resource | undefined): string | undefined {
  return settings?.kind === 'meshSettings' && settings.ranges.length > 0 ? undefined : NO_RANGES;
}
