// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePrograms } from '../stage/bundle-program.ts';
import type { Manifest } from '../stage/manifest.ts';
import { kubectl } from '../stage/run-program.ts';
import { podSpec, programContainer } from '../stage/workload.ts';

const SHOP = join(import.meta.dirname, '../../../examples/shop');
const PORT = 8080;

/** Namespaces of examples/shop, by what they are called here: somebody may have some by these names. */
const NAMESPACES: Readonly<Record<string, string>> = { shop: 'e2e-shop', catalogue: 'e2e-catalogue' };
export const SHOP_NAMESPACE = 'e2e-shop';
export const CATALOGUE_NAMESPACE = 'e2e-catalogue';

interface Service {
  readonly namespace: string;
  readonly identity: string;
  readonly program: string;
  readonly args: readonly string[];
}

const inShop = (identity: string, ...args: readonly string[]): Service => ({
  ...{ namespace: SHOP_NAMESPACE, identity, program: identity, args },
});
const inCatalogue = (version: string): Service => ({
  ...{ namespace: CATALOGUE_NAMESPACE, identity: 'catalogue', program: 'catalogue', args: [version] },
});

/** What the launcher of examples/shop starts, by the names of Services. */
export const SERVICES: Readonly<Record<string, Service>> = {
  storefront: inShop('storefront', 'stock:50051'),
  orders: inShop('orders', 'stock:50051', 'ledger:6379'),
  reviews: inShop('reviews'),
  ledger: inShop('ledger'),
  stock: inShop('stock'),
  notifications: inShop('notifications', 'stock:50051'),
  'catalogue-v1': inCatalogue('v1'),
  'catalogue-v2': inCatalogue('v2'),
};

/** The programs of the shop, and the files that they read. */
export async function shopPrograms(): Promise<Readonly<Record<string, string>>> {
  const names = new Set(Object.values(SERVICES).map(({ program }) => program));
  const programs = await bundlePrograms(
    Object.fromEntries([...names].map(name => [name, `examples/shop/services/${name}/main.ts`])),
  );
  const read = (path: string): string => readFileSync(join(SHOP, 'services', path), 'utf8');
  return { ...programs, 'stock.proto': read('stock/stock.proto'), 'live.js': read('storefront/live.js') };
}

/** A pod of each service, with a service account of its own. */
export function shopWorkloads(): readonly Manifest[] {
  return Object.entries(SERVICES).flatMap(([name, { namespace, identity, program, args }]) => {
    const labels = { app: name };
    const container = {
      ...programContainer(`${program}.mjs`, { SHOP_HOST: '0.0.0.0' }, String(PORT), ...args),
      // The services of the shop end with their standard input.
      stdin: true,
      readinessProbe: { tcpSocket: { port: PORT }, periodSeconds: 1 },
    };
    const template = { metadata: { labels }, spec: { ...podSpec(container), serviceAccountName: identity } };
    return [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: identity, namespace } },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name, namespace },
        spec: { selector: { matchLabels: labels }, template },
      },
    ];
  });
}

/** What the cluster has itself. */
const LEFT_OUT: ReadonlySet<string> = new Set(['EndpointSlice', 'Namespace', 'Secret']);
/** The Service that the Rollout divides. */
const DIVIDED = 'catalogue';
const BROKEN = 'catalogue-v3';

/** The documents that `npm start` runs, for a cluster: it makes the EndpointSlices itself, and Services say whose pods they mean. */
export async function shopDocuments(): Promise<readonly Manifest[]> {
  const folder = join(SHOP, 'config');
  const files = readdirSync(folder);
  const words = ['create', '--dry-run=client', '--output', 'json', ...files.flatMap(name => ['--filename', join(folder, name)])];
  // One after the other, each with its first brace at the beginning of a line.
  const texts = (await kubectl(words)).split(/^(?=\{)/mv);
  return texts
    .map(text => JSON.parse(text) as Manifest)
    .filter(({ kind, metadata: { name } }) => !LEFT_OUT.has(kind) && name !== BROKEN)
    .map(document => withPods(renamed(document)));
}

function withPods(document: Manifest): Manifest {
  const { kind, metadata, spec } = document;
  const app = metadata.name === DIVIDED && metadata.namespace === CATALOGUE_NAMESPACE ? `${DIVIDED}-v1` : metadata.name;
  if (kind !== 'Service' || !(app in SERVICES)) return document;
  const { ports } = spec as { readonly ports: readonly object[] };
  return { ...document, spec: { selector: { app }, ports: ports.map(port => ({ ...port, targetPort: PORT })) } };
}

/** The same with other names of namespaces, wherever there are some. */
function renamed<Value>(value: Value, key = ''): Value {
  const rename = (text: string): string => {
    if (key === 'namespace') return NAMESPACES[text] ?? text;
    if (key === 'identities') return text.replace(/^[^\/]+/v, name => NAMESPACES[name] ?? name);
    return text;
  };
  if (typeof value === 'string') return rename(value) as Value;
  if (Array.isArray(value)) return value.map(item => renamed(item as unknown, key)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const isNamespace = 'kind' in value && value.kind === 'Namespace';
  const members = Object.entries(value).map(([name, member]) => [
    ...[name, renamed(member as unknown, isNamespace && name === 'name' ? 'namespace' : name)],
  ]);
  return Object.fromEntries(members) as Value;
}
