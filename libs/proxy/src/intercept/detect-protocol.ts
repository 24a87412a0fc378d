// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import type { Timer } from '@weir/base';
import type { OpenedSource } from '../tcp/splice-side.ts';
import { clientGone } from './detection.ts';
import type { DetectedBy, Detection, DetectionHandler, DetectionHost, DetectionPlan, FoundStream } from './detection.ts';
import { EarlyUpstream } from './early-upstream.ts';
import { FirstBytes } from './first-bytes.ts';
import type { ClientWords } from './first-bytes.ts';
import { OPAQUE_PORTS } from './opaque-ports.ts';
import { classifyServerWords } from './server-words.ts';

/**
 * For who has begun to say something that could become HTTP or TLS and does not go on. Longer than a lost packet takes to be sent again,
 * twice; without it, a protocol whose client begins with a word and waits would wait for ever.
 */
export const PATIENCE_MS = 3000;
/** However steadily it goes on: byte by byte, a head would take hours. */
export const MAX_UNDECIDED_MS = 10_000;
/**
 * For the first bytes of a client whose endpoint could not be reached, or would not carry it whole: a client of HTTP has sent them by then and gets an answer that says so
 * instead of a reset. Nobody is kept from anything: there is nowhere to go.
 */
export const UNREACHABLE_GRACE_MS = 1000;

/**
 * Finds out what a connection speaks. Where its port does not say, an endpoint is dialled at once, so that a server that speaks first does
 * so without delay; what the client says is read meanwhile. Nothing waits for a timer before it dials, and two sides that are both
 * silent just stay connected. The source is paused and unread.
 */
export function detectProtocol(source: OpenedSource, plan: DetectionPlan, context: DetectionContext): Detection {
  const { declared, tlsGraceMs } = plan;
  const known = knownBeforehand(plan, context.host);
  const detection = new RunningDetection({ source, plan, known, ...context });
  if (known === undefined || tlsGraceMs !== undefined || declared === 'tls') detection.start();
  else detection.concludeBy(known);
  return detection;
}

export interface DetectionContext {
  readonly host: DetectionHost;
  readonly handler: DetectionHandler;
}

/** Why nothing needs to be found out, or at most whether it is TLS; undefined = everything does. */
function knownBeforehand({ declared, port, subject }: DetectionPlan, { serverFirst }: DetectionHost): DetectedBy | undefined {
  if (declared !== 'detect') return 'declared';
  if (OPAQUE_PORTS.has(port)) return 'port';
  return serverFirst.has(subject) ? 'learned' : undefined;
}

interface RunningInit extends DetectionContext {
  readonly source: OpenedSource;
  readonly plan: DetectionPlan;
  readonly known: DetectedBy | undefined;
}

class RunningDetection implements Detection {
  private readonly init: RunningInit;
  private readonly client = new FirstBytes();
  private upstream: EarlyUpstream | undefined;
  /** What the server did before the client could be told from one that begins TLS of the mesh. */
  private heldBack: DetectedBy | undefined;
  private clientBeganMs: number | undefined;
  private timer: Timer | undefined;
  private isOver = false;
  private readonly onEnd = (): void => this.clientEnded();
  private readonly onGone = (): void => this.fail(clientGone());

  constructor(init: RunningInit) {
    this.init = init;
    const { tlsGraceMs } = init.plan;
    if (tlsGraceMs === undefined) this.reach();
    else this.wait(tlsGraceMs, () => this.reach());
  }

  /** Reads what the client says. */
  start(): void {
    const { source } = this.init;
    source.socket.on('end', this.onEnd);
    source.socket.on('error', this.onGone);
    source.socket.on('close', this.onGone);
    source.listen(bytes => this.clientSaid(Buffer.from(bytes)));
    source.socket.resume();
  }

  /** What is known, or turned out without words that say it. */
  concludeBy(by: DetectedBy): void {
    const { declared } = this.init.plan;
    if (declared === 'http1' || declared === 'http2') this.conclude({ protocol: declared }, 'declared');
    else this.conclude({ protocol: 'opaque' }, by);
  }

  cancel(): void {
    if (this.isOver) return;
    this.leave();
    this.upstream?.drop();
  }

  private clientSaid(bytes: Buffer): void {
    if (this.isOver) return;
    const { known, host } = this.init;
    const nowMs = host.clock.nowMs();
    this.clientBeganMs ??= nowMs;
    const words = this.client.push(bytes);
    if (words?.protocol === 'tls') this.conclude(words, 'client');
    // Only TLS was in question.
    else if (known !== undefined && (words !== undefined || !this.client.mayBeTls)) this.concludeBy(known);
    else if (words !== undefined) this.conclude(words, 'client');
    // The server began before, and what was waited for was TLS.
    else if (this.heldBack !== undefined && !this.client.mayBeTls) this.concludeBy(this.heldBack);
    else {
      if (!this.client.mayBeTls) this.reach();
      const leftMs = this.clientBeganMs + MAX_UNDECIDED_MS - nowMs;
      this.wait(Math.min(PATIENCE_MS, leftMs), () => this.concludeBy(known ?? 'patience'));
    }
  }

  /** Begins to connect, where that has not begun. Requests choose endpoints for themselves, and so does a server name. */
  private reach(): void {
    const { dial, declared } = this.init.plan;
    if (this.upstream !== undefined || declared === 'http1' || declared === 'http2' || declared === 'tls') return;
    const upstream = new EarlyUpstream(dial, {
      onWords: words => this.serverSaid(words),
      onEnded: () => this.serverDid('server-ended'),
      onFailed: error => this.serverFailed(error),
    });
    this.upstream = upstream;
  }

  /** It may go on listening; one that has said nothing waits for a server that speaks first. */
  private clientEnded(): void {
    if (this.isOver) return;
    const { declared } = this.init.plan;
    if (declared === 'http1' || declared === 'http2' || declared === 'tls') this.fail(clientGone());
    else this.concludeBy(this.init.known ?? 'client-ended');
  }

  private serverSaid(words: Buffer): void {
    if (this.isOver) return;
    const { plan, host, known } = this.init;
    const meaning = classifyServerWords(words);
    if (meaning === 'undecided') {
      this.upstream?.listen();
      this.wait(PATIENCE_MS, () => this.serverDid('server'));
      return;
    }
    // It speaks HTTP/2 and has not waited for the preface, which is on its way or will be: clients do not wait for it either.
    if (meaning === 'http2' && known === undefined) return;
    if (meaning === 'first' && plan.declared === 'detect') host.serverFirst.learn(plan.subject);
    this.serverDid('server');
  }

  /** The server has made clear that it does not wait for a request. */
  private serverDid(by: 'server' | 'server-ended'): void {
    if (this.isOver) return;
    const { plan, known = by } = this.init;
    this.heldBack = known;
    if (!this.client.mayBeTls || plan.tlsGraceMs === undefined) this.concludeBy(known);
  }

  private serverFailed(error: Error): void {
    // Who has begun to speak is heard out: HTTP gets an answer, and a stream may try another endpoint.
    if (this.isOver || !this.client.isEmpty) return;
    const fault =
      error instanceof Fault ? error : new Fault('upstream_connect_failed', `the endpoint cannot be reached: ${error.message}`);
    this.wait(UNREACHABLE_GRACE_MS, () => this.fail(fault));
  }

  private conclude(words: ClientWords, by: DetectedBy): void {
    if (this.isOver) return;
    const { plan, host, handler } = this.init;
    this.leave();
    host.onDetected({ subject: plan.subject, protocol: words.protocol, by });
    const pending = this.client.bytes;
    if (words.protocol === 'http1' || words.protocol === 'http2') {
      this.upstream?.drop();
      handler.onHttp({ protocol: words.protocol, pending });
      return;
    }
    const hello = words.protocol === 'tls' ? words.hello : undefined;
    if (hello === undefined) this.reach();
    const found: FoundStream = { hello, pending, upstream: this.upstream };
    handler.onStream(found);
  }

  private fail(fault: Fault): void {
    if (this.isOver) return;
    this.leave();
    this.upstream?.drop();
    this.init.handler.onFailed(fault);
  }

  /** One reason to go on without further words at a time: the latest. */
  private wait(delayMs: number, action: () => void): void {
    this.timer?.cancel();
    this.timer = this.init.host.clock.after(delayMs, action);
  }

  private leave(): void {
    this.isOver = true;
    this.timer?.cancel();
    const { socket } = this.init.source;
    socket.pause();
    socket.off('end', this.onEnd);
    socket.off('error', this.onGone);
    socket.off('close', this.onGone);
  }
}
