// SPDX-License-Identifier: Apache-2.0

/** What the first version of the catalogue says of a product. */
export interface Product {
  readonly id: string;
  readonly name: string;
  /** Two colours of the tile behind its picture. */
  readonly colours: readonly [string, string];
  readonly priceCents: number;
  readonly description: string;
}

/** Version 2 adds what sells: a rating, and a discount on some. */
export interface RatedProduct extends Product {
  readonly rating: number;
  readonly ratingCount: number;
  /** Price before the discount; absent without one. */
  readonly formerPriceCents?: number;
}

/** What both versions answer, with the version that did. */
export interface Catalogue<Item = Product> {
  readonly version: string;
  readonly products: readonly Item[];
}

export const PRODUCTS: readonly Product[] = [
  {
    id: 'kayak',
    name: 'River kayak',
    colours: ['#0e7490', '#155e75'],
    priceCents: 64_900,
    description: 'Three metres of calm. Turns in its own length, forgives a rock or two and carries lunch for a day.',
  },
  {
    id: 'paddle',
    name: 'Ash paddle',
    colours: ['#b45309', '#92400e'],
    priceCents: 8_900,
    description: 'Cut from one plank of ash and oiled by hand. Warm to hold, even in March.',
  },
  {
    id: 'lantern',
    name: 'Lock lantern',
    colours: ['#be123c', '#881337'],
    priceCents: 4_200,
    description: 'The light that lock-keepers hang out. Sixty hours on one charge; no insect has ever liked it.',
  },
  {
    id: 'boots',
    name: 'Weir boots',
    colours: ['#4d7c0f', '#3f6212'],
    priceCents: 12_900,
    description: 'For standing where the water goes over. Soles that hold on wet stone, leather that dries by evening.',
  },
  {
    id: 'compass',
    name: 'Brass compass',
    colours: ['#7c3aed', '#5b21b6'],
    priceCents: 5_600,
    description: 'Shows downstream on every river that flows north. On the others, think first.',
  },
  {
    id: 'flask',
    name: 'Steel flask',
    colours: ['#0f766e', '#134e4a'],
    priceCents: 3_400,
    description: 'Half a litre of tea, hot at noon, warm at dusk, still tea at midnight.',
  },
];

const RATINGS: Readonly<Record<string, Pick<RatedProduct, 'rating' | 'ratingCount'> & { discountPercent?: number }>> = {
  kayak: { rating: 4.8, ratingCount: 132, discountPercent: 15 },
  paddle: { rating: 4.6, ratingCount: 57 },
  lantern: { rating: 4.9, ratingCount: 211, discountPercent: 25 },
  boots: { rating: 4.2, ratingCount: 88 },
  compass: { rating: 3.7, ratingCount: 41, discountPercent: 40 },
  flask: { rating: 4.5, ratingCount: 164 },
};

/** The products as version 2 knows them. */
export function ratedProducts(): readonly RatedProduct[] {
  return PRODUCTS.map(product => {
    const { discountPercent = 0, rating, ratingCount } = RATINGS[product.id] ?? { rating: 0, ratingCount: 0 };
    const rated = { ...product, rating, ratingCount };
    if (discountPercent === 0) return rated;
    const priceCents = Math.round((product.priceCents * (100 - discountPercent)) / 100);
    return { ...rated, priceCents, formerPriceCents: product.priceCents };
  });
}
