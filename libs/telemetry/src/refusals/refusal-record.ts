// SPDX-License-Identifier: Apache-2.0
import type { FaultCode } from '@weir/base';

/** A client's connection that ended before it was a request's or a stream's: what telemetry is told of it. */
export interface RefusalRecord {
  /** Name of the port's resource. */
  readonly port: string;
  /** What the port speaks. */
  readonly protocol: 'HTTP' | 'TLS' | 'TCP';
  /** As a trusted PROXY header names it, where one could be read. */
  readonly clientAddress: string;
  readonly clientPort: number;
  readonly fault: FaultCode;
  readonly faultDetail: string;
}
