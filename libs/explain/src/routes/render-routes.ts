// SPDX-License-Identifier: Apache-2.0
import { createPaint } from '../text/paint.ts';
import { printable } from '../text/printable.ts';
import type { RouteRow } from './list-routes.ts';

const HEADINGS = ['HOSTNAMES', 'MATCH', 'ROUTE', 'BACKENDS'] as const;
const GAP = '  ';

/**
 * Rows as a table under a line for each listener, without a final line break. Columns are as wide as their cells: a
 * pattern that is cut off helps nobody.
 */
export function renderRoutes(rows: readonly RouteRow[], options: { readonly isColour: boolean }): string {
  if (rows.length === 0) return 'no route is attached to a listener';
  const paint = createPaint(options);
  const table = rows.map(cellsOf);
  const widths = HEADINGS.map((heading, column) => Math.max(heading.length, ...table.map(cells => cells[column]!.length)));
  const lines = [paint.dim(aligned(HEADINGS, widths))];
  let last = '';
  for (const [i, row] of rows.entries()) {
    const listener = `${row.listener}  ${row.protocol} on ${row.address} port ${row.port}`;
    if (listener !== last) lines.push(paint.bold(listener));
    last = listener;
    lines.push(aligned(table[i]!, widths));
  }
  return lines.join('\n');
}

function cellsOf({ hostnames, match, routeKind, route, rule, backends }: RouteRow): string[] {
  // Most routes are HTTPRoutes, and their lines are long enough.
  const kind = routeKind === 'HTTPRoute' ? '' : `${routeKind} `;
  return [hostnames.join(', '), match, `${kind}${route} rule ${rule}`, backends.join(', ')].map(printable);
}

function aligned(cells: readonly string[], widths: readonly number[]): string {
  return (GAP + cells.map((cell, column) => cell.padEnd(widths[column]!)).join(GAP)).trimEnd();
}
