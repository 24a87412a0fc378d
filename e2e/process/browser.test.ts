// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestAuthority, findFreePorts, startWeir, waitFor } from '@weir/testing';
import type { Weir } from '@weir/testing';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { RawData } from 'ws';
import { forward, gateway, route, service, tlsSecret } from './stage/documents.ts';

const executablePath = ['chromium', 'chromium-browser', 'google-chrome'].flatMap(command => {
  const found = spawnSync('which', [command], { encoding: 'utf8' });
  return found.status === 0 ? [found.stdout.trim()] : [];
})[0];

/** Nothing that reaches out to the network, and nothing but TCP. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

describe.skipIf(executablePath === undefined)('Chromium (skipped where it is not installed)', () => {
  let server: Server;
  let weir: Weir;
  let browser: Browser;
  let page: Page;
  let origin = '';

  beforeAll(async () => {
    server = await startPages();
    const backendPort = (server.address() as AddressInfo).port;
    const [port = 0] = await findFreePorts(1);
    const authority = await createTestAuthority();
    weir = await startWeir([
      tlsSecret('edge', await authority.issue('localhost')),
      gateway('edge', [{ name: 'https', protocol: 'HTTPS', port, tls: { certificateRefs: [{ name: 'edge' }] } }]),
      ...service('pages', [backendPort]),
      route('all', [forward('/', 'pages')]),
    ]);
    origin = `localhost:${port}`;
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: FLAGS, headless: true });
    page = await browser.newPage({ ignoreHTTPSErrors: true });
    await page.goto(`https://${origin}/`);
  });

  afterAll(async () => {
    await browser.close();
    await weir[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });

  /** By the log of the gateway, which has a line when the request has ended. */
  async function protocolOf(path: string): Promise<unknown> {
    const line = await waitFor(() => weir.accessLog.find(record => record['path'] === path), {
      what: () => `the line for ${path}\n${weir.child.output}`,
    });
    return line['protocol'];
  }

  it('loads a page over HTTP/2', async () => {
    expect(await page.title()).toBe('Weir');
    expect(await page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol")).toBe('h2');
  });

  it('opens a WebSocket on the same connection, over HTTP/2', async () => {
    const echoed = await page.evaluate(`new Promise((resolve, reject) => {
      const socket = new WebSocket('wss://${origin}/echo');
      socket.onerror = () => reject(new Error('the WebSocket failed'));
      socket.onopen = () => socket.send('hello');
      socket.onmessage = ({ data }) => { resolve(data); socket.close(); };
    })`);
    expect(echoed).toBe('hello');
    expect(await protocolOf('/echo')).toBe('HTTP/2');
  });

  it('hears each event of an EventSource before the next is sent', async () => {
    // The page asks for the next one only when it has heard the one before.
    const events = await page.evaluate(`new Promise((resolve, reject) => {
      const heard = [];
      const source = new EventSource('/events');
      source.onerror = () => reject(new Error('the EventSource failed'));
      source.onmessage = ({ data }) => {
        heard.push(data);
        if (heard.length < 3) void fetch('/next');
        else { source.close(); resolve(heard); }
      };
    })`);
    expect(events).toEqual(['1', '2', '3']);
    expect(await protocolOf('/events')).toBe('HTTP/2');
  });
});

/** A page, a WebSocket that echoes, and events that are sent when the page asks for the next. */
async function startPages(): Promise<Server> {
  let count = 0;
  const sendNext = { run: (): void => undefined };
  const server = createServer((request, response) => {
    if (request.url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      sendNext.run = () => void response.write(`data: ${++count}\n\n`);
      sendNext.run();
    } else if (request.url === '/next') {
      response.end(() => sendNext.run());
    } else {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Weir</title>');
    }
  });
  const sockets = new WebSocketServer({ server, path: '/echo' });
  sockets.on('connection', socket => {
    socket.on('error', () => undefined);
    socket.on('message', (data: RawData) => socket.send(data, { binary: false }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
