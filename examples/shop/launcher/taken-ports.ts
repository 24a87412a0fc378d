// SPDX-License-Identifier: Apache-2.0
import { describePortOwner } from './port-owner.ts';

/** A port that the shop wants. */
export interface WantedPort {
  /** Of whoever is to listen there. */
  readonly name: string;
  readonly port: number;
}

/** More lines than this tell a person less. */
const MAX_LINES = 6;

/** A line for each port, `port 8080 (gateway) is taken by pid 12 (node server.js)`; of many ports of one process the first ones. */
export async function describeTakenPorts(taken: readonly WantedPort[]): Promise<readonly string[]> {
  const shown = taken.slice(0, MAX_LINES);
  const lines = await Promise.all(
    shown.map(async ({ name, port }) => `port ${port} (${name}) is taken by ${await describePortOwner(port)}`),
  );
  const more = taken.length - shown.length;
  return more === 0
    ? lines
    : [
        ...lines,
        `and ${more} more: ${taken
          .slice(MAX_LINES)
          .map(({ port }) => port)
          .join(', ')}`,
      ];
}
