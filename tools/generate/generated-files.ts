// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as prettier from 'prettier';
import { stringify } from 'yaml';
import { crdOf, pluralOf } from './crd/crd.ts';
import type { KindModel } from './fields/field.ts';
import { aboutKind, readKinds } from './fields/read-kinds.ts';
import { kindPage } from './reference/kind-page.ts';
import { mergingPage } from './reference/merging-page.ts';
import { markdownTable } from './reference/words.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Nothing else may lie in these folders: what is there and not generated is left over. */
export const GENERATED_FOLDERS = ['charts/weir/crds', 'docs/reference'] as const;

const YAML_HEADER = `# SPDX-License-Identifier: Apache-2.0
# Generated from the schema of the kind by \`npm run generate\`: change that, not this.
`;
const PAGE_FOOTER = '\nGenerated from the schemas of the kinds by `npm run generate`.\n';

/** Every generated file by its path in the repository. */
export async function generatedFiles(kinds: readonly KindModel[] = readKinds()): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const model of kinds) {
    files.set(`charts/weir/crds/${pluralOf(model.kind)}.yaml`, YAML_HEADER + stringify(crdOf(model), { lineWidth: 130 }));
    files.set(`docs/reference/${model.kind.toLowerCase()}.md`, await page(kindPage(model)));
  }
  files.set('docs/reference/merging.md', await page(mergingPage(kinds)));
  files.set('docs/reference/README.md', await page(indexPage(kinds)));
  return files;
}

function indexPage(kinds: readonly KindModel[]): string {
  const rows = kinds.map(model => [`[${model.kind}](${model.kind.toLowerCase()}.md)`, aboutKind(model)]);
  const table = markdownTable(['kind', 'what it says'], rows);
  return `# Reference\n\nWeir's own kinds, field by field.\n\n${table}\n\nHow policies of several scopes become one: [merging](merging.md).\n`;
}

async function page(text: string): Promise<string> {
  const options = JSON.parse(readFileSync(join(ROOT, '.prettierrc.json'), 'utf8')) as prettier.Options;
  return prettier.format(text + PAGE_FOOTER, { ...options, parser: 'markdown' });
}
