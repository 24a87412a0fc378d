// SPDX-License-Identifier: Apache-2.0
import type { AppProbe, HttpAppProbe } from './app-probe.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is asked stays with the one who asks. */
const SCHEDULE = [
  'initialDelaySeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
  'terminationGracePeriodSeconds',
] as const;

/** Of Kubernetes. */
const DEFAULT_TIMEOUT_SECONDS = 1;
const MAX_TIMEOUT_SECONDS = 600;
const MAX_PORT = 65_535;
const MAX_TEXT = 4_096;
/** Its length is written in two bytes at most. */
const MAX_SERVICE = 256;
const MAX_HEADERS = 64;
/** RFC 9110 §5.6.2 and §5.5. */
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/v;
/** They say how the message goes over one connection, which is ours. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const AGENT = 'kube-probe/weir';

/** Reads one probe, and notes all that is wrong in it. */
export class ProbeReader {
  private readonly where: string;
  private readonly problems: string[];

  constructor(where: string, problems: string[]) {
    this.where = where;
    this.problems = problems;
  }

  /** Undefined where something is wrong. */
  read(value: unknown): AppProbe | undefined {
    const before = this.problems.length;
    const probe = this.probeIn(this.object(value, ''));
    return this.problems.length === before ? probe : undefined;
  }

  private probeIn(fields: Fields): AppProbe | undefined {
    const { httpGet, tcpSocket, grpc, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS, ...others } = fields;
    this.refuseOthers('', others, SCHEDULE);
    const timeoutMs = 1_000 * this.whole('.timeoutSeconds', timeoutSeconds, MAX_TIMEOUT_SECONDS);
    const found = [
      ...(httpGet === undefined ? [] : [this.http(this.object(httpGet, '.httpGet'), timeoutMs)]),
      ...(tcpSocket === undefined ? [] : [this.tcp(this.object(tcpSocket, '.tcpSocket'), timeoutMs)]),
      ...(grpc === undefined ? [] : [this.grpc(this.object(grpc, '.grpc'), timeoutMs)]),
    ];
    if (found.length !== 1) this.refuse('', 'write one of httpGet, tcpSocket and grpc; leave an exec probe as it is');
    return found[0];
  }

  private http(fields: Fields, timeoutMs: number): HttpAppProbe {
    const { port, path = '/', scheme = 'HTTP', host = '', httpHeaders = [], ...others } = fields;
    this.refuseOthers('.httpGet', others, []);
    const name = String(scheme).toUpperCase();
    if (name !== 'HTTP' && name !== 'HTTPS') this.refuse('.httpGet.scheme', 'write HTTP or HTTPS');
    const portNumber = this.port('.httpGet.port', port);
    const headers = this.headers(httpHeaders);
    const ownHost = headers.find(([field]) => field.toLowerCase() === 'host')?.[1] ?? '';
    const hostName = this.text('.httpGet.host', host, MAX_TEXT) || 'localhost';
    if (!FIELD_VALUE.test(hostName)) this.refuse('.httpGet.host', 'has characters that no host has');
    return {
      ...{ kind: 'http', isTls: name === 'HTTPS', port: portNumber, timeoutMs },
      path: requestTarget(this.text('.httpGet.path', path, MAX_TEXT)),
      host: ownHost === '' ? `${hostName}:${portNumber}` : ownHost,
      headers: withDefaults(headers),
    };
  }

  private tcp({ port, host: _host, ...others }: Fields, timeoutMs: number): AppProbe {
    this.refuseOthers('.tcpSocket', others, []);
    return { kind: 'tcp', port: this.port('.tcpSocket.port', port), timeoutMs };
  }

  private grpc({ port, service = '', ...others }: Fields, timeoutMs: number): AppProbe {
    this.refuseOthers('.grpc', others, []);
    // Kubernetes' own objects have null where none is named.
    const name = this.text('.grpc.service', service ?? '', MAX_SERVICE);
    return { kind: 'grpc', port: this.port('.grpc.port', port), service: name, timeoutMs };
  }

  private headers(value: unknown): HttpAppProbe['headers'] {
    const place = '.httpGet.httpHeaders';
    if (!Array.isArray(value) || value.length > MAX_HEADERS) {
      this.refuse(place, `write a list of at most ${MAX_HEADERS}`);
      return [];
    }
    return value.map((one: unknown, index): readonly [string, string] => {
      const { name, value: content = '' } = this.object(one, `${place}[${index}]`);
      const found = [
        this.text(`${place}[${index}].name`, name, MAX_TEXT),
        this.text(`${place}[${index}].value`, content, MAX_TEXT),
      ] as const;
      if (!FIELD_NAME.test(found[0]) || !FIELD_VALUE.test(found[1])) this.refuse(`${place}[${index}]`, 'is no field of HTTP');
      return found;
    });
  }

  private port(place: string, value: unknown): number {
    if (typeof value === 'string') this.refuse(place, `is the name ${JSON.stringify(value)}; write its number`);
    return this.whole(place, value, MAX_PORT);
  }

  private whole(place: string, value: unknown, max: number): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max) return value;
    if (typeof value !== 'string') this.refuse(place, `write a whole number from 1 to ${max}`);
    return 0;
  }

  private text(place: string, value: unknown, max: number): string {
    if (typeof value === 'string' && value.length <= max) return value;
    this.refuse(place, `write a text of at most ${max} characters`);
    return '';
  }

  private object(value: unknown, place: string): Fields {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    this.refuse(place, 'is no object');
    return {};
  }

  private refuseOthers(place: string, others: Fields, known: readonly string[]): void {
    for (const name of Object.keys(others)) if (!known.includes(name)) this.refuse(`${place}.${name}`, 'is no field of a probe');
  }

  private refuse(place: string, message: string): void {
    this.problems.push(`${this.where}${place}: ${message}`);
  }
}

/** As a request's line carries it: from its slash on, without fragment, and with what is no character of URLs escaped. */
function requestTarget(path: string): string {
  const [whole = ''] = path.split('#');
  const escaped = whole.replaceAll(/[^\x21-\x7e]/gv, character =>
    encodeURIComponent(character.isWellFormed() ? character : '\uFFFD'),
  );
  return escaped.startsWith('/') ? escaped : `/${escaped}`;
}

/** Fields that Kubernetes adds where a probe says nothing; an empty Accept means none. */
function withDefaults(headers: HttpAppProbe['headers']): HttpAppProbe['headers'] {
  const own = headers.filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()));
  const has = (name: string): boolean => own.some(([field]) => field.toLowerCase() === name);
  return [
    ...own.filter(([name, value]) => name.toLowerCase() !== 'accept' || value !== ''),
    ...(has('user-agent') ? [] : [['User-Agent', AGENT] as const]),
    ...(has('accept') ? [] : [['Accept', '*/*'] as const]),
  ];
}
