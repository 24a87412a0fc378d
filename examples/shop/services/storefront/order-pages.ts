// SPDX-License-Identifier: Apache-2.0
import { readBody } from '../serve.ts';
import type { Answer, Call } from '../serve.ts';
import type { ShopClient } from './shop-client.ts';
import { html } from './html.ts';
import { renderPage } from './page.ts';

/** Takes an order and says its number. */
export async function takeOrder(shop: ShopClient, { request }: Call): Promise<Answer> {
  const product = new URLSearchParams(await readBody(request)).get('product') ?? '';
  const order = await shop.placeOrder(product);
  return renderPage({
    title: 'Ordered',
    status: 201,
    content: html`<h1>Thank you!</h1>
      <p class="lead">Your ${order.product} is order number <strong>${order.id}</strong>. A boat is on its way.</p>
      <p>
        <a href="/"><button>Look around</button></a>
      </p>`,
  });
}

/** The latest orders; the gateway serves this page over HTTPS only. */
export async function showAccount(shop: ShopClient): Promise<Answer> {
  const orders = await shop.orders();
  const rows = orders.map(
    ({ id, product, createdAt }) =>
      html`<tr>
        <td>${id}</td>
        <td>${product}</td>
        <td>${createdAt.replace('T', ' ').slice(0, 19)}</td>
      </tr>`,
  );
  const empty = html`<tr>
    <td colspan="3">Nothing yet.</td>
  </tr>`;
  return renderPage({
    title: 'Your orders',
    content: html`<h1>Your orders</h1>
      <p class="lead">Over HTTPS only: the gateway redirects whoever asks over HTTP.</p>
      <table>
        <tr>
          <th>Number</th>
          <th>Product</th>
          <th>When (UTC)</th>
        </tr>
        ${rows.length === 0 ? empty : rows}
      </table>`,
  });
}
