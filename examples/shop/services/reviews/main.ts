// SPDX-License-Identifier: Apache-2.0
import { json, serve } from '../serve.ts';

/** What customers wrote: product, stars, text, name. */
const REVIEWS: readonly (readonly [product: string, stars: number, text: string, author: string])[] = [
  ['kayak', 5, 'Took it down the upper weir by mistake. Would do it again on purpose.', 'Marit'],
  ['kayak', 4, 'Lighter than it looks. My dog disagrees.', 'Tomás'],
  ['paddle', 5, 'You can tell that somebody cared about this piece of wood.', 'Ines'],
  ['paddle', 4, 'Floats. I know because I let go of it.', 'Bo'],
  ['lantern', 5, 'The whole lock can read by it.', 'Aiko'],
  ['boots', 4, 'Dry feet for the first time since October.', 'Lena'],
  ['boots', 4, 'A size larger than usual, please.', 'Oskar'],
  ['compass', 3, 'Beautiful. Opinionated about the Nile.', 'Farid'],
  ['flask', 5, 'Found last autumn’s tea in it. Still warm. Frightening.', 'Sanne'],
];

serve('reviews', ({ method, path }) => {
  if (method !== 'GET' || !path.startsWith('/reviews/')) return undefined;
  const product = path.slice('/reviews/'.length);
  const reviews = REVIEWS.filter(([id]) => id === product).map(([, stars, text, author]) => ({ stars, text, author }));
  return json({ product, reviews });
});
