// SPDX-License-Identifier: Apache-2.0
import type { Answer } from '../serve.ts';
import type { ShopClient, ListedProduct, Review, StockCounts } from './shop-client.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { renderPage } from './page.ts';
import { drawProduct } from './pictures.ts';

/** When a customer should hurry. */
const FEW = 5;

/** All products. */
export async function showProducts(shop: ShopClient): Promise<Answer> {
  const [{ version, products }, stock] = await Promise.all([shop.products(), shop.stock([])]);
  return renderPage({
    title: 'Everything',
    content: html`<h1>Good things for slow rivers</h1>
      <p class="lead">Six of them. ${versionBadge(version)}</p>
      <div class="grid">${products.map(product => renderCard(product, stock))}</div>`,
  });
}

/** One product with what customers say of it. */
export async function showProduct(shop: ShopClient, id: string): Promise<Answer> {
  const [{ version, products }, reviews, stock] = await Promise.all([shop.product(id), shop.reviews(id), shop.stock([id])]);
  const product = products[0]!;
  return renderPage({
    title: product.name,
    content: html`<div class="product">
        ${renderTile(product)}
        <div>
          <h1>${product.name}</h1>
          ${renderStars(product)} ${renderPrice(product)} ${renderStock(product, stock)}
          <p>${product.description}</p>
          <form method="post" action="/order">
            <input type="hidden" name="product" value="${product.id}" /><button>Order it</button>
          </form>
          <p>${versionBadge(version)}</p>
        </div>
      </div>
      ${renderReviews(reviews)}`,
  });
}

/** Which version of the catalogue said so: what the weights of a route look like from outside. */
function versionBadge(version: string): Html {
  return html`<span class="version ${version}">served by catalogue ${version}</span>`;
}

function renderCard(product: ListedProduct, stock: StockCounts): Html {
  return html`<a class="card" href="/products/${product.id}">
    ${renderTile(product)}
    <div class="text">
      <h2>${product.name}</h2>
      ${renderStock(product, stock)} ${renderStars(product)} ${renderPrice(product)}
    </div>
  </a>`;
}

function renderTile({ id, colours: [from, to] }: ListedProduct): Html {
  return html`<div class="tile" style="background: linear-gradient(140deg, ${from}, ${to})">${drawProduct(id)}</div>`;
}

function renderPrice({ priceCents, formerPriceCents }: ListedProduct): Html {
  if (formerPriceCents === undefined) return html`<div class="price">${euros(priceCents)}</div>`;
  const percent = Math.round(100 - (100 * priceCents) / formerPriceCents);
  return html`<div class="price">
    ${euros(priceCents)}<s>${euros(formerPriceCents)}</s><span class="off">−${percent} %</span>
  </div>`;
}

/** The page's script finds it by `data-item` and keeps it up to date. */
function renderStock({ id }: ListedProduct, stock: StockCounts): Html {
  const left = stock.get(id);
  if (left === undefined) return html``;
  const look = left <= FEW ? 'stock few' : 'stock';
  return html`<span class="${look}" data-item="${id}" data-few="${FEW}">${left} left</span>`;
}

function renderStars({ rating, ratingCount }: ListedProduct): Html {
  if (rating === undefined) return html``;
  const full = Math.round(rating);
  return html`<div class="stars">
    ${'★'.repeat(full)}${'☆'.repeat(5 - full)}<small>${rating} from ${ratingCount ?? 0}</small>
  </div>`;
}

function renderReviews(reviews: readonly Review[] | undefined): Html {
  if (reviews === undefined) return html`<p class="note">The reviews cannot be read just now. Everything else works.</p>`;
  const quotes = reviews.map(
    ({ stars, text, author }) =>
      html`<blockquote>
        <span class="stars">${'★'.repeat(stars)}${'☆'.repeat(5 - stars)}</span><br />${text}
        <footer>${author}</footer>
      </blockquote>`,
  );
  return html`<section class="reviews">${quotes}</section>`;
}

function euros(cents: number): string {
  return `${(cents / 100).toFixed(2)} €`;
}
