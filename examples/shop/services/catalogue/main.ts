// SPDX-License-Identifier: Apache-2.0
import { json, serve } from '../serve.ts';
import { PRODUCTS, ratedProducts } from './products.ts';

/** `node main.ts PORT v1|v2`: the same program in two versions, so that both can run side by side. */
const version = process.argv[3] === 'v2' ? 'v2' : 'v1';
const products = version === 'v2' ? ratedProducts() : PRODUCTS;

serve('catalogue', ({ method, path }) => {
  if (method !== 'GET') return undefined;
  if (path === '/products') return json({ version, products });
  const product = products.find(({ id }) => path === `/products/${id}`);
  return product === undefined ? undefined : json({ version, products: [product] });
});
