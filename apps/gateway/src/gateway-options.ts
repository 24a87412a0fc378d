// SPDX-License-Identifier: Apache-2.0
import type { MetricsDump } from '@weir/telemetry';
import type { PrepareCompilation } from './configuration.ts';
import type { EdgeOptions } from './edge-options.ts';
import type { RolloutsBeside } from './rollouts-beside.ts';

/** What a gateway is started with that reads documents itself. */
export interface GatewayOptions extends EdgeOptions {
  /** Documents; watched. */
  readonly directory: string;
  /** IP address that Gateways listen on which name none. */
  readonly bindAddress: string;
  /** Start also when some documents cannot be read; what they say is then not served. */
  readonly allowsPartial: boolean;
  /** Absent = none. */
  readonly mesh?: MeshBeside | undefined;
  /** Absent = Rollouts are not driven: their stable revisions serve. */
  readonly rollouts?: RolloutsBeside | undefined;
}

/** A mesh in the gateway's own process: it has what documents come to before the gateway's workers, and is shown as part of it. */
export interface MeshBeside {
  readonly prepare: PrepareCompilation;
  metrics(): Promise<readonly MetricsDump[]>;
  /** For the admin socket: what runs. */
  status(): unknown;
}
