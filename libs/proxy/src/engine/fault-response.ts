// SPDX-License-Identifier: Apache-2.0
import { HeaderList, tellFault } from '@weir/base';
import type { Exchange, Fault, ResponseHead } from '@weir/base';

/**
 * What a caller is told of a fault: status, title, code and the request's id, and nothing of the inside. As a problem in JSON
 * (RFC 9457), to browsers that show it to a person as a page.
 */
export function faultResponse(fault: Fault, exchange: Exchange): { head: ResponseHead; body: Buffer } {
  const isPage = asksForPage(exchange.request.headers.get('accept'));
  const body = Buffer.from(isPage ? pageOf(fault, exchange) : problemOf(fault, exchange), 'utf8');
  const headers = HeaderList.of(['content-type', isPage ? 'text/html; charset=utf-8' : 'application/problem+json']);
  const { status } = fault.spec;
  if (isForCaller(fault, exchange)) tellFault(headers, fault.code);
  else if (status === 503 && fault.headers?.has('retry-after') !== true) headers.append('retry-after', '1');
  for (const [name, value] of fault.headers?.entries() ?? []) headers.append(name, value);
  return { head: { status, headers, contentLength: body.length }, body };
}

/** Whoever calls a sidecar decides what is tried again, and when: of its application it has to know as much as if it called that itself. */
function isForCaller({ spec }: Fault, { meshSide }: Exchange): boolean {
  return meshSide === 'receiver' && spec.isRetryable;
}

/** Browsers name text/html when a person goes to a page; scripts and tools name JSON, or anything. */
function asksForPage(accept: string | undefined): boolean {
  return accept !== undefined && accept.includes('text/html') && !accept.includes('json');
}

function problemOf({ spec: { title, status }, code }: Fault, { requestId }: Exchange): string {
  return JSON.stringify({ title, status, code, requestId });
}

/** Title and code are of our own table, and an id has only letters, digits, dots, hyphens and underscores: nothing needs escaping. */
function pageOf({ spec: { title, status }, code }: Fault, { requestId }: Exchange): string {
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${status} ${title}</title><style>${STYLE}</style>` +
    `<main><p>${status}</p><h1>${title}</h1><small>${code} · request ${requestId}</small></main></html>`
  );
}

const STYLE =
  'html{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}body{margin:0}' +
  'main{min-height:100vh;display:grid;place-content:center;text-align:center;gap:.25rem}' +
  'p{margin:0;font-size:4rem;font-weight:200;line-height:1;opacity:.6}h1{margin:0;font-size:1.5rem;font-weight:600}' +
  'small{margin-top:1rem;opacity:.6;font-family:ui-monospace,monospace}';
