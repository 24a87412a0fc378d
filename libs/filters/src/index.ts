// SPDX-License-Identifier: Apache-2.0
export { compileFilters } from './compile-filters.ts';
export type { FilterContext } from './filter-context.ts';
export { FILTER_ORDER } from './filter-order.ts';
