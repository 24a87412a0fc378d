// SPDX-License-Identifier: Apache-2.0
import { connectRaw } from '@weir/testing';
import type { ClientOptions, UpstreamScript } from '@weir/testing';

/** Says its name, then repeats all that it hears, and ends when its peer has. */
export function repeating(name: string): UpstreamScript {
  return async connection => {
    await connection.send(`${name}:`);
    for (let bytes = await connection.reader.readSome(); bytes !== undefined; bytes = await connection.reader.readSome()) {
      await connection.send(bytes);
    }
  };
}

/** What a connection gets in all that says `text` and ends. Throws where it is refused or reset. */
export async function converse(at: ClientOptions, text: string): Promise<string> {
  await using client = await connectRaw(at);
  await client.send(text);
  client.endWriting();
  const { bytes, ending } = await client.readUntilClose();
  if (ending === 'reset') throw new Error(`reset after ${JSON.stringify(bytes.toString('latin1'))}`);
  return bytes.toString('latin1');
}
