// SPDX-License-Identifier: Apache-2.0
import { json, serve } from '../serve.ts';
import { PRODUCTS, ratedProducts } from './products.ts';

const VERSIONS = ['v1', 'v2', 'v3'] as const;

/** `node main.ts PORT v1|v2|v3`: the same program in versions, so that they can run side by side. v3 fails every other time. */
const version = VERSIONS.find(name => name === process.argv[3]) ?? 'v1';
const products = version === 'v1' ? PRODUCTS : ratedProducts();
let callCount = 0;

serve('catalogue', ({ method, path }) => {
  if (method !== 'GET') return undefined;
  if (version === 'v3' && ++callCount % 2 === 1) return json({ error: 'the new index of products is empty' }, 500);
  if (path === '/products') return json({ version, products });
  const product = products.find(({ id }) => path === `/products/${id}`);
  return product === undefined ? undefined : json({ version, products: [product] });
});
