// SPDX-License-Identifier: Apache-2.0
import type { Answer } from '../serve.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { MARK } from './pictures.ts';

export interface Page {
  readonly title: string;
  readonly content: Html;
  readonly status?: number;
}

/** A page of the shop with its frame around it. */
export function renderPage({ title, content, status = 200 }: Page): Answer {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Riverside</title>
        <link rel="stylesheet" href="/style.css" />
        <link rel="icon" href="data:," />
        <script type="module" src="/live.js"></script>
      </head>
      <body>
        <header>
          <div>
            <a class="brand" href="/">${MARK}Riverside</a><span class="live" hidden>live</span>
            <nav><a href="/">Everything</a><a href="/?preview=v2">Preview v2</a><a href="/account">Your orders</a></nav>
          </div>
        </header>
        <main>${content}</main>
        <div class="toasts" role="status"></div>
        <footer>Small services behind one Weir. What these pages ask other services goes through its mesh, by mutual TLS.</footer>
      </body>
    </html>`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page.text };
}
