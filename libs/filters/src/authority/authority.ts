// SPDX-License-Identifier: Apache-2.0
import type { RequestHead } from '@weir/base';

/** A new authority for a request, split once and not per request. */
export type Authority = Pick<RequestHead, 'authority' | 'host'>;

export function setAuthority(request: RequestHead, { authority, host }: Authority): void {
  request.authority = authority;
  request.host = host;
}
