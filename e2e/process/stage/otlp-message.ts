// SPDX-License-Identifier: Apache-2.0

/** A span as a collector reads it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** '' = it is the first of its trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: 'client' | 'other' | 'server';
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Readonly<Record<string, number | string>>;
  readonly hasFailed: boolean;
  readonly flags: number;
}

/** Values of a protobuf message by the numbers of their fields, in order. */
type Message = ReadonlyMap<number, readonly (Buffer | bigint)[]>;

const KINDS: Readonly<Record<string, ReceivedSpan['kind']>> = { 2: 'server', 3: 'client' };
const ERROR_STATUS = 2n;

/** The spans of an ExportTraceServiceRequest (opentelemetry/proto/trace/v1/trace.proto). */
export function spansFromRequest(body: Buffer): readonly ReceivedSpan[] {
  return messages(readMessage(body), 1).flatMap(resourceSpans => {
    const [resource] = messages(resourceSpans, 1);
    const service = resource === undefined ? '' : String(attributesOf(resource, 1)['service.name']);
    const scopes = messages(resourceSpans, 2);
    return scopes.flatMap(scope => messages(scope, 2).map(span => spanFrom(span, service)));
  });
}

function spanFrom(span: Message, service: string): ReceivedSpan {
  const [status] = messages(span, 15);
  return {
    service,
    traceId: bytes(span, 1).toString('hex'),
    spanId: bytes(span, 2).toString('hex'),
    traceState: bytes(span, 3).toString(),
    parentSpanId: bytes(span, 4).toString('hex'),
    name: bytes(span, 5).toString(),
    kind: KINDS[String(integer(span, 6))] ?? 'other',
    startNs: integer(span, 7),
    endNs: integer(span, 8),
    attributes: attributesOf(span, 9),
    hasFailed: status !== undefined && integer(status, 3) === ERROR_STATUS,
    flags: Number(integer(span, 16)),
  };
}

function attributesOf(message: Message, field: number): ReceivedSpan['attributes'] {
  const pairs = messages(message, field).map(pair => {
    const [value] = messages(pair, 2);
    return [bytes(pair, 1).toString(), valueFrom(value)] as const;
  });
  return Object.fromEntries(pairs);
}

/** Of a text or a whole number; there are no others. */
function valueFrom(value: Message | undefined): number | string {
  if (value === undefined) return '';
  return value.has(1) ? bytes(value, 1).toString() : Number(integer(value, 3));
}

function messages(message: Message, field: number): readonly Message[] {
  return (message.get(field) ?? []).map(value => readMessage(value as Buffer));
}

function bytes(message: Message, field: number): Buffer {
  return (message.get(field)?.[0] ?? Buffer.alloc(0)) as Buffer;
}

function integer(message: Message, field: number): bigint {
  return (message.get(field)?.[0] ?? 0n) as bigint;
}

/** The wire format (protobuf.dev, Encoding): a key of field number and type, and the value behind it. */
function readMessage(data: Buffer): Message {
  const fields = new Map<number, (Buffer | bigint)[]>();
  let offset = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = data.readUInt8(offset++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    offset += length;
    return data.subarray(offset - length, offset);
  };
  const readers: Readonly<Record<number, () => Buffer | bigint>> = {
    0: varint,
    1: () => take(8).readBigUInt64LE(),
    2: () => take(Number(varint())),
    5: () => BigInt(take(4).readUInt32LE()),
  };
  while (offset < data.length) {
    const key = Number(varint());
    const read = readers[key & 7];
    if (read === undefined) throw new Error(`wire type ${key & 7} at byte ${offset}`);
    const values = fields.get(key >> 3) ?? [];
    values.push(read());
    fields.set(key >> 3, values);
  }
  return fields;
}
