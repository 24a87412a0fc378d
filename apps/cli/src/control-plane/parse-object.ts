// SPDX-License-Identifier: Apache-2.0
import { KINDS } from '@weir/policy/documents';
import { CommandFailure, EXIT } from '../exit-code.ts';

/** The path of an object in the API, and its name for people. */
export interface NamedObject {
  readonly path: string;
  readonly text: string;
}

const FORM = 'write KIND/NAMESPACE/NAME, such as HTTPRoute/shop/cart, or KIND/NAME in the namespace default';

/** `HTTPRoute/shop/cart`; the kind in any case. Throws CommandFailure where it is none. */
export function parseObject(text: string): NamedObject {
  const [written = '', ...names] = text.split('/');
  const kind = [...KINDS.values()].find(spec => spec.kind.toLowerCase() === written.toLowerCase());
  if (kind === undefined) throw usage(`${JSON.stringify(written)} is no kind that Weir reads: ${FORM}`);
  const [name, namespace] = names.toReversed();
  const isWhole = kind.isNamespaced ? names.length === 1 || names.length === 2 : names.length === 1;
  if (!isWhole || name === undefined || names.includes('')) throw usage(`${JSON.stringify(text)} is no object: ${FORM}`);
  const where = kind.isNamespaced ? (namespace ?? 'default') : '-';
  return {
    path: `/objects/${kind.kind}/${encodeURIComponent(where)}/${encodeURIComponent(name)}`,
    text: kind.isNamespaced ? `${kind.kind}/${where}/${name}` : `${kind.kind}/${name}`,
  };
}

function usage(message: string): CommandFailure {
  return new CommandFailure(EXIT.usage, message);
}
