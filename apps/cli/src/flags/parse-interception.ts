// SPDX-License-Identifier: Apache-2.0
import { InvalidArgumentError } from 'commander';
import { cidrFromText } from '../interception/cidr-set.ts';
import type { Cidr } from '../interception/cidr-set.ts';
import { rangeFromText } from '../interception/number-ranges.ts';
import type { NumberRange } from '../interception/number-ranges.ts';

const PORTS: NumberRange = { first: 1, last: 65_535 };
/** The last number stands for "no user" (setuid(2)). */
const USER_IDS: NumberRange = { first: 0, last: 4_294_967_294 };
/** More than that are not written by hand, and cost each connection. */
const MAX_ITEMS = 256;

/** A TCP port. */
export function parsePort(text: string): number {
  const range = rangeFromText(text, PORTS);
  if (range === undefined || range.first !== range.last) throw new InvalidArgumentError('Write a port from 1 to 65535.');
  return range.first;
}

/** The user id of the sidecar: root's would let every program of root's pass. */
export function parseSidecarUserId(text: string): number {
  const range = rangeFromText(text, USER_IDS);
  if (range === undefined || range.first !== range.last) {
    throw new InvalidArgumentError('Write a user id as a number, such as 15177; `id -u NAME` tells it.');
  }
  if (range.first === 0) {
    throw new InvalidArgumentError(
      'Whatever root sends would go round the sidecar: run the sidecar as a user of its own, or exclude root (--exclude-user-ids 0).',
    );
  }
  return range.first;
}

/** Adds `22` or `22,8000-8100` to what the option was given before. */
export function collectPorts(text: string, earlier: readonly NumberRange[] = []): readonly NumberRange[] {
  return collect({ text, earlier, read: item => rangeFromText(item, PORTS) ?? 'is no port: write such as 22 or 8000-8100' });
}

/** Adds `1000` or `0,1000-1999`. */
export function collectUserIds(text: string, earlier: readonly NumberRange[] = []): readonly NumberRange[] {
  return collect({
    text,
    earlier,
    read: item => rangeFromText(item, USER_IDS) ?? 'is no user id: write such as 1000 or 1000-1999',
  });
}

/** Adds `10.0.0.0/8` or `10.0.0.0/8,2001:db8::/32`. */
export function collectCidrs(text: string, earlier: readonly Cidr[] = []): readonly Cidr[] {
  return collect({ text, earlier, read: cidrFromText });
}

interface Collection<Item> {
  readonly text: string;
  readonly earlier: readonly Item[];
  /** The item, or what is wrong with it. */
  readonly read: (item: string) => Item | string;
}

/** Reports every wrong item of a list at once. */
function collect<Item>({ text, earlier, read }: Collection<Item>): readonly Item[] {
  const items = [...earlier];
  const wrong: string[] = [];
  for (const part of text.split(',').map(item => item.trim())) {
    const item = read(part);
    if (typeof item === 'string') wrong.push(`${JSON.stringify(part)} ${item}`);
    else items.push(item);
  }
  if (wrong.length > 0) throw new InvalidArgumentError(`${wrong.join('; ')}.`);
  if (items.length > MAX_ITEMS) throw new InvalidArgumentError(`Write at most ${MAX_ITEMS}; ranges count as one.`);
  return items;
}
