// SPDX-License-Identifier: Apache-2.0
import { CommandFailure, EXIT } from '../exit-code.ts';
import type { NamedObject } from '../control-plane/parse-object.ts';

/** `shop/checkout`, or `checkout` in the namespace default. Throws CommandFailure where it is none. */
export function parseRollout(text: string): NamedObject {
  const names = text.split('/');
  const [name = '', namespace = 'default'] = names.toReversed();
  if (names.length > 2 || names.includes('')) {
    const form = 'write NAMESPACE/NAME, such as shop/checkout, or NAME in the namespace default';
    throw new CommandFailure(EXIT.usage, `${JSON.stringify(text)} is no Rollout: ${form}`);
  }
  return {
    path: `/rollouts/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`,
    text: `${namespace}/${name}`,
  };
}
