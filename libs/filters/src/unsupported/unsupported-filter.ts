// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Filter } from '@weir/base';

/** Stands where a filter cannot do what its document says: skipping it could open what it was to guard. */
export function unsupportedFilter(detail: string): Filter {
  return {
    onRequest() {
      throw new Fault('filter_unsupported', detail);
    },
  };
}
