// SPDX-License-Identifier: Apache-2.0
import { parseArgs } from 'node:util';
import type { Level } from './services/stock/contract.ts';
import { StockClient } from './services/stock/stock-client.ts';

// Asks the shop's gRPC service through the gateway, as a stand-in for tools such as grpcurl:
//   node ask-stock.ts localhost:8080 [ITEM]           what there is
//   node ask-stock.ts localhost:8080 [ITEM] --watch   and each change, until Ctrl-C

const { values, positionals } = parseArgs({ options: { watch: { type: 'boolean' } }, allowPositionals: true });
const [address = 'localhost:8080', item = ''] = positionals;
using stock = new StockClient(address);

try {
  if (values.watch === true) for await (const level of stock.watch(item)) show(level);
  else for (const level of await stock.get(item === '' ? [] : [item])) show(level);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

function show({ item: name, left }: Level): void {
  console.log(`${name}: ${left} left`);
}
