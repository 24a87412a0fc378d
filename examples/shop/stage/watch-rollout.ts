// SPDX-License-Identifier: Apache-2.0
import { fileURLToPath } from 'node:url';
import { Child, waitFor } from '@weir/testing';

const WEIR = fileURLToPath(new URL('../../../apps/cli/bin/weir.mjs', import.meta.url));

/** `weir rollout watch`, of the user who has this home, from the moment on that it has seen something. */
export async function watchRollout(home: string): Promise<Child> {
  const env = { XDG_RUNTIME_DIR: home, XDG_STATE_HOME: home };
  const watch = new Child([process.execPath, WEIR, 'rollout', 'watch', 'catalogue/catalogue', '--timeout', '60s'], { env });
  await waitFor(() => watch.stdout !== '' || !watch.isRunning, {
    what: () => `a first look\n${watch.output}`,
    timeoutMs: 20_000,
  });
  return watch;
}
