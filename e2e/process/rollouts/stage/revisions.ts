// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@weir/base';
import { answering, findFreePorts, reply, startUpstream } from '@weir/testing';
import type { TestDocument, Upstream, UpstreamScript } from '@weir/testing';
import { service } from '../../stage/documents.ts';

/** What is behind the Service of a revision: a server, nobody who listens, or an endpoint that is not ready. */
export type Behind = 'refusing' | 'unready' | UpstreamScript;

export interface StartedRevision {
  readonly documents: readonly TestDocument[];
  readonly upstream: Upstream | undefined;
}

/** Starts what is behind a Service of this name. */
export async function startRevision(name: string, behind: Behind): Promise<StartedRevision> {
  const upstream = typeof behind === 'string' ? undefined : await startUpstream(behind);
  const [port = 0] = upstream === undefined ? await findFreePorts(1) : [upstream.port];
  const documents = service(name, [port]);
  return { documents: behind === 'unready' ? withReady(documents, false) : documents, upstream };
}

/** Documents of a Service whose endpoints are ready, or not. */
export function withReady(documents: readonly TestDocument[], ready: boolean): readonly TestDocument[] {
  return documents.map(document =>
    document.kind === 'EndpointSlice'
      ? { ...document, endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready } }] }
      : document,
  );
}

/** A healthy revision, which says its name. */
export function healthy(name: string): UpstreamScript {
  return answering(() => reply({ body: name }));
}

/** Fails one of so many requests, evenly. */
export function failing(name: string, oneOf: number): UpstreamScript {
  let count = 0;
  return answering(() => {
    count += 1;
    return count % oneOf === 0 ? reply({ status: 500, body: name }) : reply({ body: name });
  });
}

/** Takes `ms` for an answer, and ten times as long for one of `slowOneOf`. */
export function paced(
  name: string,
  { ms, slowOneOf = Infinity }: { readonly ms: number; readonly slowOneOf?: number },
): UpstreamScript {
  let count = 0;
  return answering(async () => {
    count += 1;
    const takenMs = count % slowOneOf === 0 ? ms * 10 : ms;
    await new Promise<void>(resolve => void systemClock.after(takenMs, resolve));
    return reply({ body: name });
  });
}

/** A revision that can be told to fail everything, and to hold requests to `/held`. */
export class Switched {
  isFailing = false;
  /** Requests that are held, or were. */
  held = 0;
  /** Lets go of what is held. */
  release: () => void = () => undefined;
  readonly script: UpstreamScript;
  private readonly released = new Promise<void>(resolve => {
    this.release = resolve;
  });

  constructor(name: string) {
    this.script = answering(async ({ target }) => {
      if (target === '/held') {
        this.held += 1;
        await this.released;
      }
      return this.isFailing ? reply({ status: 500, body: name }) : reply({ body: name });
    });
  }
}
