// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { StockNews } from './stock-news.ts';

it('tells a sale from a level that it hears for the first time, or again', () => {
  const news = new StockNews();

  expect(news.hear({ item: 'flask', left: 40 }).isSale).toBe(false);
  expect(news.hear({ item: 'flask', left: 39 }).isSale).toBe(true);
  expect(news.hear({ item: 'flask', left: 39 }).isSale).toBe(false);
  expect(news.known()).toEqual([{ item: 'flask', left: 39, isSale: false }]);
});
