// SPDX-License-Identifier: Apache-2.0
import { globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { parseAllDocuments } from 'yaml';

/**
 * The custom resource definitions of the Gateway API, experimental channel: of the folder that `GATEWAY_API_CRDS` names,
 * else of the newest version among the modules of Go, where its conformance suite has put it. None where there is neither.
 */
export function gatewayApiDefinitions(): readonly object[] {
  const folder = env['GATEWAY_API_CRDS'] ?? newestModule();
  if (folder === undefined) return [];
  const files = globSync(join(folder, 'gateway.networking*.yaml')).toSorted();
  const documents = files.flatMap(file => parseAllDocuments(readFileSync(file, 'utf8')));
  return documents.filter(one => one.get('kind') === 'CustomResourceDefinition').map((one): object => one.toJS() as object);
}

function newestModule(): string | undefined {
  const modules = env['GOMODCACHE'] ?? join(env['GOPATH'] ?? join(homedir(), 'go'), 'pkg/mod');
  const numeric = new Intl.Collator('en', { numeric: true });
  const found = globSync(join(modules, 'sigs.k8s.io/gateway-api@*/config/crd/experimental'));
  return found.toSorted(numeric.compare).at(-1);
}
