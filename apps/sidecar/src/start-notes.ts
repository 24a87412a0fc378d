// SPDX-License-Identifier: Apache-2.0
import { isLoopback } from '@weir/base';
import type { Resource } from '@weir/policy/snapshot';
import { hostPort } from '@weir/proxy';
import type { PortAddress } from '@weir/proxy';

/** How a sidecar was started. */
export interface StartedSidecar {
  readonly identity: string;
  /** Whether the kernel redirects connections to it. */
  readonly isCapturing: boolean;
  /** Where the application calls others. */
  readonly outboundAt: readonly PortAddress[];
  /** What holds for all of the mesh. */
  readonly settings: Resource | undefined;
}

/** What an operator should know of a sidecar that has started, though it may be meant so. */
export function startNotes({ identity, isCapturing, outboundAt, settings }: StartedSidecar): readonly string[] {
  const open = outboundAt.filter(({ address }) => !isLoopback(address));
  const notes = open.map(
    ({ address, port }) => `whoever reaches ${hostPort(address, port)} calls as ${identity}: it is no loopback address`,
  );
  const hasRanges = settings?.kind === 'meshSettings' && settings.ranges.length > 0;
  return isCapturing && !hasRanges ? [...notes, NO_RANGES] : notes;
}

const NO_RANGES =
  'the mesh has no `ranges`: what the application calls at the address of a workload itself, and not of a Service, leaves in plaintext; write the addresses of workloads into the ConfigMap of the XMesh';
