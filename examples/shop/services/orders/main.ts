// SPDX-License-Identifier: Apache-2.0
import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { json, readBody, serve } from '../serve.ts';
import type { Answer } from '../serve.ts';
import { StockClient } from '../stock/stock-client.ts';
import { nextNumber } from './next-number.ts';

interface Order {
  readonly id: number;
  readonly product: string;
  readonly createdAt: string;
}

/** Enough to look at; the oldest go first, so that steady traffic does not fill the memory. */
const MAX_ORDERS = 1_000;
const orders: Order[] = [];
/** `node main.ts PORT STOCK_ADDRESS LEDGER_ADDRESS` */
const [, , , stockAddress = 'stock:50051', ledgerAddress = 'ledger:6379'] = process.argv;
const stock = new StockClient(stockAddress);

serve('orders', async ({ method, path, request }) => {
  if (path === '/orders' && method === 'GET') return json({ orders: orders.slice(-20).reverse() });
  if (path === '/orders' && method === 'POST') return placeOrder(await readBody(request));
  const order = orders.find(({ id }) => method === 'GET' && path === `/orders/${id}`);
  return order === undefined ? undefined : json(order);
});

async function placeOrder(body: string): Promise<Answer> {
  const product = productFromBody(body);
  if (product === undefined) return json({ error: 'write {"product": "an id from the catalogue"}' }, 400);
  // A number that is not used is no loss, but an item that nobody gets is: the number comes first.
  const id = await nextNumber(ledgerAddress).catch(() => undefined);
  if (id === undefined) return json({ error: 'the ledger gives no numbers just now' }, 503);
  const refusal = await takeFromStock(product);
  if (refusal !== undefined) return refusal;
  const order: Order = { id, product, createdAt: new Date().toISOString() };
  orders.push(order);
  if (orders.length > MAX_ORDERS) orders.shift();
  return json(order, 201);
}

/** Undefined when one was taken, else the answer that says why not. */
async function takeFromStock(product: string): Promise<Answer | undefined> {
  try {
    await stock.take(product);
    return undefined;
  } catch (error) {
    const { code, details } = error as ServiceError;
    return code === status.NOT_FOUND ? json({ error: details }, 400) : json({ error: 'the stock does not answer' }, 503);
  }
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
