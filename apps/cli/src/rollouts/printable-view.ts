// SPDX-License-Identifier: Apache-2.0
import type { RolloutView } from '@weir/control-plane';
import { printable } from '../terminal/printable.ts';

/** With texts that a screen may show, each in one line: proxies, gates and people have a part in them. */
export function printableView(view: RolloutView): RolloutView {
  return JSON.parse(JSON.stringify(view), (_key, value: unknown) =>
    typeof value === 'string' ? lineOf(value) : value,
  ) as RolloutView;
}

function lineOf(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' '));
}
