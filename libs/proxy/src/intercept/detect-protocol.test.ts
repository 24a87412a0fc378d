// SPDX-License-Identifier: Apache-2.0
import { Fault } from '@weir/base';
import { createManualClock } from '@weir/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DialHandler } from '../tcp/dial-endpoint.ts';
import { beginSplice } from './begin-splice.ts';
import { detectProtocol, MAX_UNDECIDED_MS, PATIENCE_MS, UNREACHABLE_GRACE_MS } from './detect-protocol.ts';
import type { Detected, Detection, DetectionPlan, FoundHttp, FoundStream } from './detection.ts';
import { helloFor } from './scripted-hello.ts';
import { ScriptedSide } from './scripted-side.ts';
import { ServerFirstPorts } from './server-first-ports.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const SETTINGS = '\0\0\0\x04\0\0\0\0\0';
const GREETING = '220 mail.example\r\n';

let clock: ReturnType<typeof createManualClock>;
let serverFirst: ServerFirstPorts;
let client: ScriptedSide;
let server: ScriptedSide;
let detected: Detected[];
let outcome: string[];
let http: FoundHttp | undefined;
let stream: FoundStream | undefined;
let dialled: DialHandler | undefined;
let isCancelled: boolean;
let detection: Detection;

beforeEach(() => {
  clock = createManualClock();
  serverFirst = new ServerFirstPorts(clock);
  client = new ScriptedSide();
  server = new ScriptedSide();
  detected = [];
  outcome = [];
  http = undefined;
  stream = undefined;
  dialled = undefined;
  isCancelled = false;
});

/** Begins a detection; what was dialled is connected by `connected()`. */
function detect(plan: Partial<DetectionPlan> = {}): void {
  detection = detectProtocol(
    client.asSource(),
    {
      ...{ declared: 'detect', port: 8080, subject: 'shop/cart:8080', tlsGraceMs: undefined },
      dial: handler => {
        dialled = handler;
        return { cancel: () => (isCancelled = true) };
      },
      ...plan,
    },
    {
      host: { clock, serverFirst, onDetected: each => void detected.push(each) },
      handler: {
        onHttp: found => {
          http = found;
          outcome.push(found.protocol);
        },
        onStream: found => {
          stream = found;
          outcome.push(found.hello === undefined ? 'opaque' : `tls ${found.hello.serverName}`);
        },
        onFailed: fault => void outcome.push(fault.code),
      },
    },
  );
}

function connected(): void {
  if (dialled === undefined) throw new Error('nothing was dialled');
  dialled.onConnected(server.asSource());
}

/** Carries the stream that was found, as the engine would. */
function splice(): void {
  if (stream?.upstream === undefined) throw new Error('no stream with an endpoint was found');
  const { pending, upstream } = stream;
  const held = { side: client.asSource(), words: pending };
  upstream.take({
    onConnected: endpoint => void beginSplice(held, endpoint),
    onFailed: error => void outcome.push(`take: ${error.message}`),
  });
}

const understood = (): readonly string[] => detected.map(({ protocol, by }) => `${protocol} by ${by}`);

describe('where nothing is declared', () => {
  it('an endpoint is dialled before anybody has said a word, and two silent sides stay as they are', () => {
    detect();
    connected();
    clock.advance(86_400_000);
    expect({ outcome, isDropped: server.isDestroyed, timers: clock.pendingTimerCount() }).toStrictEqual({
      ...{ outcome: [], isDropped: false, timers: 0 },
    });
  });

  it('a server that speaks first is heard, and answered', () => {
    detect();
    connected();
    server.says(GREETING);
    splice();
    client.says('EHLO a\r\n').says('QUIT\r\n').ends();
    server.says('221 bye\r\n').ends();
    expect(understood()).toStrictEqual(['opaque by server']);
    expect([client.sent, server.sent]).toStrictEqual([`${GREETING}221 bye\r\n`, 'EHLO a\r\nQUIT\r\n']);
    expect([client.isEnded, server.isEnded]).toStrictEqual([true, true]);
  });

  it('HTTP/1 is handed over with all that was read, and what was dialled is closed', () => {
    detect();
    connected();
    client.says('GET / HTTP/1.1\r\nHost: a\r\n').says('\r\n');
    expect(outcome).toStrictEqual(['http1']);
    expect(http?.pending.toString()).toBe('GET / HTTP/1.1\r\nHost: a\r\n');
    expect(server.isDestroyed).toBe(true);
    const rest: string[] = [];
    const source = client.asSource();
    source.listen(bytes => void rest.push(bytes.toString()));
    source.socket.resume();
    expect(rest).toStrictEqual(['\r\n']);
  });

  it('HTTP ends a dial that is still on its way', () => {
    detect();
    client.says(PREFACE);
    expect({ outcome, isCancelled }).toStrictEqual({ outcome: ['http2'], isCancelled: true });
  });

  it('a server that sends the settings of HTTP/2 at once does not speak first', () => {
    detect();
    connected();
    server.says(SETTINGS);
    expect(outcome).toStrictEqual([]);
    client.says(PREFACE);
    expect(understood()).toStrictEqual(['http2 by client']);
    expect(serverFirst.has('shop/cart:8080')).toBe(false);
  });

  it('settings in pieces are settings', () => {
    detect();
    connected();
    for (const byte of SETTINGS) server.says(byte);
    clock.advance(PATIENCE_MS - 1);
    client.says(PREFACE);
    expect(outcome).toStrictEqual(['http2']);
  });

  it('a server that begins with a byte of settings and stops is listened to in the end', () => {
    detect();
    connected();
    server.says('\0');
    clock.advance(PATIENCE_MS);
    splice();
    expect([outcome, client.sent]).toStrictEqual([['opaque'], '\0']);
  });

  it('a client that speaks something else is carried, however slowly the endpoint connects', () => {
    detect();
    client.says('*1\r\n$4\r\nPING\r\n');
    splice();
    client.says('more');
    connected();
    server.says('+PONG\r\n');
    expect(understood()).toStrictEqual(['opaque by client']);
    expect([server.sent, client.sent]).toStrictEqual(['*1\r\n$4\r\nPING\r\nmore', '+PONG\r\n']);
  });

  it('a word that could become a request and does not is carried after a while', () => {
    detect();
    connected();
    client.says('PING');
    clock.advance(PATIENCE_MS - 1);
    expect(outcome).toStrictEqual([]);
    clock.advance(1);
    splice();
    expect([understood(), server.sent]).toStrictEqual([['opaque by patience'], 'PING']);
  });

  it('a client that goes on byte by byte has some time, and not any', () => {
    detect();
    connected();
    for (let passedMs = 0; passedMs < MAX_UNDECIDED_MS; passedMs += 1000) {
      expect(outcome).toStrictEqual([]);
      client.says('A');
      clock.advance(1000);
    }
    expect(understood()).toStrictEqual(['opaque by patience']);
  });

  it('a half that the client has ended stays ended', () => {
    detect();
    client.ends();
    splice();
    connected();
    server.says('tick').ends();
    expect([outcome, client.sent, server.isEnded, client.isEnded]).toStrictEqual([['opaque'], 'tick', true, true]);
  });

  it('a server that ends at once ends the client', () => {
    detect();
    connected();
    server.ends();
    splice();
    expect([understood(), client.isEnded, server.isEnded]).toStrictEqual([['opaque by server-ended'], true, false]);
    expect(serverFirst.has('shop/cart:8080')).toBe(false);
  });

  it.each(['error', 'close'])('a client that is gone (%s) takes the endpoint with it', event => {
    detect();
    connected();
    client.emit(event, new Error('reset'));
    client.emit('close');
    expect([outcome, server.isDestroyed]).toStrictEqual([['client_closed'], true]);
  });

  it('a cancelled detection says nothing any more', () => {
    detect();
    connected();
    client.says('GE');
    detection.cancel();
    clock.advance(86_400_000);
    client.says('T / HTTP/1.1\r\n').emit('close');
    expect([outcome, server.isDestroyed, client.isDestroyed]).toStrictEqual([[], true, false]);
  });
});

describe('an endpoint that cannot be reached', () => {
  it('fails a client that waits for it', () => {
    detect();
    dialled?.onFailed(new Error('refused'));
    clock.advance(UNREACHABLE_GRACE_MS);
    expect(outcome).toStrictEqual(['upstream_connect_failed']);
  });

  it('does not keep a request from its answer', () => {
    detect();
    dialled?.onFailed(new Error('refused'));
    clock.advance(UNREACHABLE_GRACE_MS - 1);
    client.says('GET / HTTP/1.1\r\n');
    clock.advance(1000);
    expect(outcome).toStrictEqual(['http1']);
  });

  it('is told to who carries the stream, for another one', () => {
    detect();
    dialled?.onFailed(new Error('refused'));
    client.says('\0binary');
    splice();
    expect(outcome).toStrictEqual(['opaque', 'take: refused']);
  });

  it('that breaks off after it was connected is no different', () => {
    detect();
    connected();
    server.emit('error', new Error('reset'));
    server.emit('close');
    clock.advance(UNREACHABLE_GRACE_MS);
    expect(outcome).toStrictEqual(['upstream_connect_failed']);
  });

  it('and cannot even be chosen has the fault of that', () => {
    detect({
      dial: () => {
        throw new Fault('no_endpoints', 'none');
      },
    });
    clock.advance(UNREACHABLE_GRACE_MS);
    expect(outcome).toStrictEqual(['no_endpoints']);
  });
});

describe('what is known beforehand', () => {
  it.each([25, 587, 3306, 4444, 5432, 6379, 9300, 11_211])('port %i is carried without a look at it', port => {
    detect({ port });
    client.says('GET / HTTP/1.1\r\n');
    expect(understood()).toStrictEqual(['opaque by port']);
    expect(stream?.pending).toHaveLength(0);
  });

  it('what is declared comes before the number of the port', () => {
    detect({ port: 6379, declared: 'http1' });
    expect([understood(), dialled]).toStrictEqual([['http1 by declared'], undefined]);
  });

  it.each(['http1', 'http2'] as const)('%s needs no endpoint here', declared => {
    detect({ declared });
    expect([outcome, dialled]).toStrictEqual([[declared], undefined]);
  });

  it('tcp is carried at once', () => {
    detect({ declared: 'tcp' });
    expect(understood()).toStrictEqual(['opaque by declared']);
    splice();
    client.says('GET / HTTP/1.1\r\n');
    connected();
    expect(server.sent).toBe('GET / HTTP/1.1\r\n');
  });

  it('tls is read for its server name before anything is dialled', () => {
    detect({ declared: 'tls' });
    for (const byte of helloFor('db.shop')) client.says(Buffer.from([byte]));
    expect([outcome, dialled, stream?.upstream]).toStrictEqual([['tls db.shop'], undefined, undefined]);
    expect(stream?.pending.equals(helloFor('db.shop'))).toBe(true);
  });

  it('a port whose server spoke first is carried at once the next time, and another port is not', () => {
    serverFirst.learn('shop/cart:8080');
    detect();
    expect(understood()).toStrictEqual(['opaque by learned']);
    detect({ subject: 'shop/other:8080' });
    expect(detected).toHaveLength(1);
  });

  it('is learned from servers that speak first, and not from an answer to silence', () => {
    detect();
    connected();
    server.says('HTTP/1.1 408 Request Timeout\r\n\r\n');
    expect([outcome, serverFirst.has('shop/cart:8080')]).toStrictEqual([['opaque'], false]);
    [client, server] = [new ScriptedSide(), new ScriptedSide()];
    detect();
    connected();
    server.says(GREETING);
    expect(serverFirst.has('shop/cart:8080')).toBe(true);
  });
});

describe('where TLS of the mesh may come', () => {
  const tlsGraceMs = 200;

  it('it is told with its server name and protocols, and no endpoint was bothered', () => {
    detect({ tlsGraceMs });
    client.says(helloFor('a'));
    expect([outcome, stream?.hello?.protocols]).toStrictEqual([['tls a'], []]);
    expect([dialled, stream?.upstream]).toStrictEqual([undefined, undefined]);
  });

  it.each(['detect', 'tcp'] as const)(
    'a server that speaks first is dialled when the client is silent for long (%s)',
    declared => {
      detect({ declared, tlsGraceMs });
      clock.advance(tlsGraceMs - 1);
      expect(dialled).toBeUndefined();
      clock.advance(1);
      connected();
      server.says(GREETING);
      splice();
      expect([outcome, client.sent]).toStrictEqual([['opaque'], GREETING]);
    },
  );

  it('TLS that comes late is told all the same, as long as nobody has spoken', () => {
    detect({ tlsGraceMs });
    clock.advance(tlsGraceMs);
    connected();
    client.says(helloFor('a'));
    expect(outcome).toStrictEqual(['tls a']);
  });

  it('no more is read of a server while the client has begun it', () => {
    detect({ tlsGraceMs });
    clock.advance(tlsGraceMs);
    connected();
    client.says(helloFor('a').subarray(0, 3));
    server.says(GREETING).says('and so on');
    expect([server.unreadCount, outcome]).toStrictEqual([1, []]);
    client.says(helloFor('a').subarray(3));
    expect(outcome).toStrictEqual(['tls a']);
  });

  it('a client that says anything else is not made to wait', () => {
    detect({ tlsGraceMs });
    client.says('\0');
    splice();
    connected();
    expect([understood(), server.sent]).toStrictEqual([['opaque by client'], '\0']);
  });

  it('a client that speaks something else is not', () => {
    detect({ declared: 'tcp', tlsGraceMs });
    client.says('GE');
    expect(understood()).toStrictEqual(['opaque by declared']);
  });

  it.each(['http1', 'http2'] as const)('%s that is declared is handed over with the first byte that is not TLS', declared => {
    detect({ declared, tlsGraceMs });
    expect(outcome).toStrictEqual([]);
    client.says('G');
    expect([outcome, http?.pending.toString(), dialled]).toStrictEqual([[declared], 'G', undefined]);
  });

  it('a learned port is still looked at for it', () => {
    serverFirst.learn('shop/cart:8080');
    detect({ tlsGraceMs });
    client.says(helloFor('a'));
    expect(outcome).toStrictEqual(['tls a']);
  });
});
