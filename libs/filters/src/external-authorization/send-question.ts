// SPDX-License-Identifier: Apache-2.0
import type { Exchange } from '@weir/base';
import type { ServiceAnswer, ServiceRequest } from '../service-call/service-call.ts';

/** Asks a service in the way that its protocol needs. Rejects with a Fault. */
export type SendQuestion = (
  exchange: Exchange,
  request: Pick<ServiceRequest, 'authority' | 'body' | 'headers' | 'method' | 'path' | 'query'>,
) => Promise<ServiceAnswer>;
