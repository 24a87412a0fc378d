// SPDX-License-Identifier: Apache-2.0
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

/** Longer than any timeout of the routes: the gateway is the one to give up. */
const TIMEOUT_MS = 10_000;

/**
 * Asks the other services through the gateway, so that routes decide also for the shop's own calls. `headers` go along:
 * the preview, and what ties the calls of one page together.
 */
export class GatewayClient {
  private readonly origin: string;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(origin: string, headers: Readonly<Record<string, string>>) {
    this.origin = origin;
    this.headers = headers;
  }

  async products(): Promise<Catalogue<ListedProduct>> {
    return (await this.get('/api/catalogue/products')) as Catalogue<ListedProduct>;
  }

  async product(id: string): Promise<Catalogue<ListedProduct>> {
    return (await this.get(`/api/catalogue/products/${id}`)) as Catalogue<ListedProduct>;
  }

  /** Undefined when they cannot be had: a page is worth showing without. */
  async reviews(product: string): Promise<readonly Review[] | undefined> {
    try {
      return ((await this.get(`/api/reviews/${product}`)) as { reviews: readonly Review[] }).reviews;
    } catch {
      return undefined;
    }
  }

  async orders(): Promise<readonly Order[]> {
    return ((await this.get('/api/orders')) as { orders: readonly Order[] }).orders;
  }

  async placeOrder(product: string): Promise<Order> {
    const body = JSON.stringify({ product });
    return (await this.ask('/api/orders', { method: 'POST', body })) as Order;
  }

  private get(path: string): Promise<unknown> {
    return this.ask(path, {});
  }

  private async ask(path: string, init: RequestInit): Promise<unknown> {
    const answer = await fetch(`${this.origin}${path}`, {
      ...init,
      headers: { ...this.headers, 'content-type': 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.json();
  }
}
