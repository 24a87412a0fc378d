// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '@weir/base';
import type { ControlPlane } from './control-plane.ts';
import type { SocketPlace } from './start-options.ts';

/** A control plane that serves. */
export interface RunningControlPlane {
  readonly controlPlane: ControlPlane;
  /** Where proxies connect; the port where it was given as 0. */
  readonly listen: SocketPlace;
  readonly apiUrl: string;
  /** Where the operator's token of the API is, for people: a file, or a key of a Secret. */
  readonly tokenPlace: string;
  readonly startProblems: readonly Problem[];
  /** Ends streams and sockets; proxies go on with what they have. */
  stop(): Promise<void>;
}
