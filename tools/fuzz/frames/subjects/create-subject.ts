// SPDX-License-Identifier: Apache-2.0
import { DownstreamSubject } from './downstream-subject.ts';
import type { Role, Subject } from './subject.ts';
import { UpstreamSubject } from './upstream-subject.ts';

/** A fresh connection: the gateway as a server of clients, or as a client of backends. */
export function createSubject(role: Role): Subject {
  return role === 'server' ? new DownstreamSubject() : new UpstreamSubject();
}
