// SPDX-License-Identifier: Apache-2.0
import { relative } from 'node:path';
import { styleText } from 'node:util';
import type { Configuration } from './configuration.ts';
import type { Settings } from './settings.ts';

/** What a newcomer sees when everything runs. */
export function renderScreen(settings: Settings, { directory, isCopy }: Configuration): string {
  const origin = `http://localhost:${settings.gatewayPort}`;
  const secure = `https://localhost:${settings.gatewayTlsPort}`;
  const shown = relative(process.cwd(), directory);
  const folder = shown.startsWith('..') ? directory : shown;
  const lines = [
    '',
    `${bold('  The shop is open')}   ${link(`${origin}/`)}`,
    '',
    `  over TLS      ${link(`${secure}/`)}   self-signed: the browser warns, curl wants -k`,
    `  as an API     ${link(`${origin}/api/catalogue/products`)}`,
    `  metrics       ${link(`http://localhost:${settings.metricsPort}/metrics`)}`,
    `  configuration ${folder}${isCopy ? '   a copy with your ports, removed at the end' : ''}`,
    '',
    bold('  Things to try'),
    `  1. npx weir rollout watch catalogue/catalogue   (in another terminal)`,
    `     Then take "paused: true" out of ${folder}/rollout-catalogue.yaml, save, and look at the shop`,
    `     meanwhile. Catalogue v2, with ratings and discounts, comes to its requests in a minute.`,
    `     Name catalogue-v3 as candidate afterwards: it is broken, and goes back by itself.`,
    `  2. curl -H 'x-shop-preview: v2' ${origin}/api/catalogue/products`,
    `     A header chooses v2, whatever the rollout says.`,
    `  3. Edit ${folder}/route-catalogue.yaml: write "wieght", save. The gateway names file and line`,
    `     below, and goes on with what it had. Mend it, and it says that too.`,
    `  4. Open the page in two windows and order in one: the other says so at once, over WebSocket.`,
    `  5. npx node examples/shop/ask-stock.ts localhost:${settings.gatewayPort} --watch`,
    `     How many are left of each product, live, over gRPC. Order something meanwhile.`,
    `  6. redis-cli -p ${settings.ledgerPort} get orders   (or: printf 'GET orders\\r\\nQUIT\\r\\n' | nc localhost ${settings.ledgerPort})`,
    `     The database that numbers the orders, over TCP through the gateway.`,
    `  7. curl http://localhost:${settings.portBase + 3}/orders   (the orders' sidecar, past the gateway)`,
    `     Refused: the services speak mutual TLS with each other, and with nobody else. See ${folder}/mesh.yaml.`,
    '',
    dim(`  Ctrl-C stops everything.${settings.hasTraffic ? '' : '   npm start -- --traffic adds visitors.'}`),
    '',
  ];
  return lines.join('\n');
}

function bold(text: string): string {
  return styleText('bold', text);
}

function dim(text: string): string {
  return styleText('dim', text);
}

function link(text: string): string {
  return styleText('cyan', text);
}
