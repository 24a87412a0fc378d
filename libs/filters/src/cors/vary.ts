// SPDX-License-Identifier: Apache-2.0
import type { HeaderList } from '@weir/base';

/** Names a request field that the response depends on (RFC 9110 §12.5.5), unless it is named already. */
export function addVary(headers: HeaderList, field: string): void {
  const present = headers.getJoined('vary');
  if (present === undefined) {
    headers.append('vary', field);
    return;
  }
  const named = present.split(',').map(name => name.trim().toLowerCase());
  if (named.includes('*') || named.includes(field.toLowerCase())) return;
  headers.set('vary', `${present}, ${field}`);
}
