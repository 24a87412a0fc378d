// SPDX-License-Identifier: Apache-2.0
import type { StockClient } from '../stock/stock-client.ts';
import type { RatedProduct, Product, Catalogue } from '../catalogue/products.ts';

export interface Review {
  readonly stars: number;
  readonly text: string;
  readonly author: string;
}

export interface Order {
  readonly id: number;
  readonly product: string;
  readonly createdAt: string;
}

export type ListedProduct = Product & Partial<Pick<RatedProduct, 'rating' | 'ratingCount' | 'formerPriceCents'>>;

export type StockCounts = ReadonlyMap<string, number>;

/** Longer than any timeout of the routes: they are the ones to give up. */
const TIMEOUT_MS = 10_000;

/**
 * Asks the other services by their names, as `http://orders/`; how these are found is up to where this runs. `headers` go along: the
 * preview, and what ties the calls of one page together.
 */
export class ShopClient {
  private readonly stockClient: StockClient;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(stockClient: StockClient, headers: Readonly<Record<string, string>>) {
    this.stockClient = stockClient;
    this.headers = headers;
  }

  async products(): Promise<Catalogue<ListedProduct>> {
    return (await this.get('http://catalogue/api/catalogue/products')) as Catalogue<ListedProduct>;
  }

  async product(id: string): Promise<Catalogue<ListedProduct>> {
    return (await this.get(`http://catalogue/api/catalogue/products/${id}`)) as Catalogue<ListedProduct>;
  }

  /** Undefined when they cannot be had: a page is worth showing without. */
  async reviews(product: string): Promise<readonly Review[] | undefined> {
    try {
      return ((await this.get(`http://reviews/api/reviews/${product}`)) as { reviews: readonly Review[] }).reviews;
    } catch {
      return undefined;
    }
  }

  /** How many are left, by product; of none when the stock does not answer. */
  async stock(products: readonly string[]): Promise<StockCounts> {
    try {
      const levels = await this.stockClient.get(products, this.headers);
      return new Map(levels.map(({ item, left }) => [item, left]));
    } catch {
      return new Map();
    }
  }

  async orders(): Promise<readonly Order[]> {
    return ((await this.get('http://orders/api/orders')) as { orders: readonly Order[] }).orders;
  }

  async placeOrder(product: string): Promise<Order> {
    const body = JSON.stringify({ product });
    return (await this.ask('http://orders/api/orders', { method: 'POST', body })) as Order;
  }

  private get(url: string): Promise<unknown> {
    return this.ask(url, {});
  }

  private async ask(url: string, init: RequestInit): Promise<unknown> {
    const answer = await fetch(url, {
      ...init,
      headers: { ...this.headers, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    return answer.json();
  }
}
