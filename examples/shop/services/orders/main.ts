// SPDX-License-Identifier: Apache-2.0
import { json, readBody, serve } from '../serve.ts';
import type { Answer } from '../serve.ts';
import { nextNumber } from './next-number.ts';

interface Order {
  readonly id: number;
  readonly product: string;
  readonly createdAt: string;
}

/** Enough to look at; the oldest go first, so that steady traffic does not fill the memory. */
const MAX_ORDERS = 1_000;
const orders: Order[] = [];
/** `node main.ts PORT LEDGER_PORT`: the gateway's port that leads to the ledger. */
const ledgerPort = Number(process.argv[3] ?? 6380);

serve('orders', async ({ method, path, request }) => {
  if (path === '/orders' && method === 'GET') return json({ orders: orders.slice(-20).reverse() });
  if (path === '/orders' && method === 'POST') return placeOrder(await readBody(request));
  const order = orders.find(({ id }) => method === 'GET' && path === `/orders/${id}`);
  return order === undefined ? undefined : json(order);
});

async function placeOrder(body: string): Promise<Answer> {
  const product = productFromBody(body);
  if (product === undefined) return json({ error: 'write {"product": "an id from the catalogue"}' }, 400);
  const id = await nextNumber(ledgerPort).catch(() => undefined);
  if (id === undefined) return json({ error: 'the ledger gives no numbers just now' }, 503);
  const order: Order = { id, product, createdAt: new Date().toISOString() };
  orders.push(order);
  if (orders.length > MAX_ORDERS) orders.shift();
  return json(order, 201);
}

function productFromBody(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || !('product' in value)) return undefined;
    return typeof value.product === 'string' && /^[a-z]{1,40}$/v.test(value.product) ? value.product : undefined;
  } catch {
    return undefined;
  }
}
