// SPDX-License-Identifier: Apache-2.0

/** A ClientHello with nothing but a server name. */
export function helloFor(name: string): Buffer {
  const vector = (lengthBytes: number, bytes: Buffer): Buffer => {
    const length = Buffer.alloc(lengthBytes);
    length.writeUIntBE(bytes.length, 0, lengthBytes);
    return Buffer.concat([length, bytes]);
  };
  const names = vector(2, Buffer.concat([Buffer.from([0]), vector(2, Buffer.from(name))]));
  const extensions = vector(2, Buffer.concat([Buffer.from([0, 0]), vector(2, names)]));
  const body = Buffer.concat([Buffer.alloc(34), Buffer.from([0, 0, 2, 0, 0, 1, 0]), extensions]);
  return Buffer.concat([Buffer.from([22, 3, 1]), vector(2, Buffer.concat([Buffer.from([1]), vector(3, body)]))]);
}
