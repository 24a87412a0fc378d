// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { serve } from '../serve.ts';
import type { Answer, Call } from '../serve.ts';
import { StockClient } from '../stock/stock-client.ts';
import { ShopClient } from './shop-client.ts';
import { html } from './html.ts';
import { showAccount, takeOrder } from './order-pages.ts';
import { renderPage } from './page.ts';
import { showProduct, showProducts } from './product-pages.ts';
import { STYLE } from './style.ts';

/** `node main.ts PORT STOCK_ADDRESS` */
const stock = new StockClient(process.argv[3] ?? 'stock:50051');
const SCRIPT = readFileSync(new URL('live.js', import.meta.url), 'utf8');
/** What a request brings that its calls to other services must carry on. */
const PASSED_ON = ['x-shop-preview', 'x-request-id', 'traceparent'];

serve('storefront', async call => {
  try {
    return await answer(call, new ShopClient(stock, headersToPassOn(call)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    const content = html`<h1>Low water</h1>
      <p class="lead">A service that this page needs does not answer.</p>
      <p class="note">${reason}</p>`;
    return renderPage({ title: 'Low water', status: 502, content });
  }
});

function answer(call: Call, client: ShopClient): Promise<Answer> | Answer | undefined {
  const { method, path } = call;
  if (method === 'POST') return path === '/order' ? takeOrder(client, call) : undefined;
  if (path === '/') return showProducts(client);
  if (path === '/style.css') return { headers: { 'content-type': 'text/css; charset=utf-8' }, body: STYLE };
  if (path === '/live.js') return { headers: { 'content-type': 'text/javascript; charset=utf-8' }, body: SCRIPT };
  if (path === '/account') return showAccount(client);
  const id = /^\/products\/(?<id>[a-z]+)$/v.exec(path)?.groups?.['id'];
  return id === undefined ? undefined : showProduct(client, id);
}

/** A browser cannot easily send a header of its own, so `?preview=v2` stands for it. */
function headersToPassOn({ request }: Call): Readonly<Record<string, string>> {
  const preview = new URL(request.url ?? '/', 'http://shop').searchParams.get('preview');
  const headers: Record<string, string> = preview === null ? {} : { 'x-shop-preview': preview };
  for (const name of PASSED_ON) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}
