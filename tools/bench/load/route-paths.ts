// SPDX-License-Identifier: Apache-2.0

/** The prefix of one route in every contestant's configuration. */
export function routePrefix(index: number): string {
  return `/team${index % 100}/service${index}`;
}

/** What clients ask for below that prefix. */
export function routeTarget(index: number): string {
  return `${routePrefix(index)}/items/42?page=2&sort=name`;
}
