// SPDX-License-Identifier: Apache-2.0

/** What a package-lock.json says of an installed package, by its folder. */
interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface Component {
  readonly type: 'library';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly { readonly expression: string }[];
  readonly hashes?: readonly { readonly alg: 'SHA-512'; readonly content: string }[];
}

export interface BillOfMaterials {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.6';
  readonly version: 1;
  readonly metadata: object;
  readonly components: readonly Component[];
}

interface Contents {
  readonly version: string;
  /** Files that the bundle was made of, from the root of the repository. */
  readonly files: readonly string[];
  readonly lockfile: Lockfile;
}

const SHA512 = 'sha512-';

/**
 * Which packages of others are in a bundle, as a CycloneDX document: by what was put into it and not by what was installed, and the
 * same for the same lockfile, so without time and serial number. Throws on a package that the lockfile does not have.
 */
export function billOfMaterials({ version, files, lockfile }: Contents): BillOfMaterials {
  const folders = [...new Set(files.flatMap(file => packageFolder(file) ?? []))].sort();
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': 'weir', name: 'weir', version } },
    components: folders.map(folder => componentFrom(folder, lockfile)),
  };
}

/** `node_modules/a/node_modules/@b/c` of `node_modules/a/node_modules/@b/c/lib/d.js`; undefined for a source of our own. */
function packageFolder(file: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
}

function componentFrom(folder: string, { packages }: Lockfile): Component {
  const { version, license, integrity } = packages[folder] ?? {};
  if (version === undefined) throw new Error(`${folder} is in the bundle and not in package-lock.json: run npm ci`);
  const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return {
    ...{ type: 'library', 'bom-ref': purl, name, version, purl },
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
    ...(integrity?.startsWith(SHA512) ? { hashes: [hashFrom(integrity)] } : {}),
  };
}

function hashFrom(integrity: string): { readonly alg: 'SHA-512'; readonly content: string } {
  return { alg: 'SHA-512', content: Buffer.from(integrity.slice(SHA512.length), 'base64').toString('hex') };
}
