// SPDX-License-Identifier: Apache-2.0
import util from 'node:util';
import type { default as HttpProxy } from 'http-proxy';

const DEPRECATED = '_extend';

/**
 * The library, without the warning that it would put on terminals: it takes the deprecated `util._extend` (DEP0060) once, when it is loaded,
 * and is given what Node says to use instead. Nobody else sees that.
 */
export async function loadHttpProxy(): Promise<typeof HttpProxy> {
  const before: unknown = Reflect.get(util, DEPRECATED);
  Reflect.set(util, DEPRECATED, Object.assign);
  try {
    const { default: httpProxy } = await import('http-proxy');
    return httpProxy;
  } finally {
    Reflect.set(util, DEPRECATED, before);
  }
}
