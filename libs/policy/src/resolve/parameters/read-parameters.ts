// SPDX-License-Identifier: Apache-2.0
import { nearestName } from '../../documents/suggestion/nearest-name.ts';
import type { ParameterReader, ReadParameter } from './parameter-readers.ts';

/** Something wrong about one key. */
export interface ParameterFault {
  readonly key: string;
  readonly message: string;
  readonly hint: string;
}

/** Of what is wrong nothing holds, and the caller is to refuse the rest as well. */
export interface ReadParameters<Parameters> {
  readonly parameters: Parameters;
  readonly faults: readonly ParameterFault[];
}

/** How each parameter is read, by its name here. */
export type ParameterReaders<Parameters> = {
  readonly [Name in keyof Required<Parameters>]: ParameterReader<Required<Parameters>[Name]>;
};

/** Reads the data of a ConfigMap, whose keys are the names in kebab-case. `about`: what they are of, such as `a Gateway`. */
export function createParametersReader<Parameters extends object>(
  readers: ParameterReaders<Parameters>,
  about: string,
): (data: Readonly<Record<string, string>>) => ReadParameters<Partial<Parameters>> {
  const names = new Map((Object.keys(readers) as (keyof Parameters & string)[]).map(name => [kebabFrom(name), name]));
  return data => {
    const faults: ParameterFault[] = [];
    let parameters: Partial<Parameters> = {};
    for (const [key, text] of Object.entries(data)) {
      const name = names.get(key);
      const read: ReadParameter<unknown> = name === undefined ? { hint: '' } : readers[name](text.trim());
      if (name === undefined) faults.push(unknownKey(key, [...names.keys()], about));
      else if ('hint' in read) faults.push({ key, message: `has ${key} \`${shorten(text)}\``, hint: `write ${read.hint}` });
      else parameters = { ...parameters, [name]: read.value };
    }
    return { parameters, faults };
  };
}

function unknownKey(key: string, known: readonly string[], about: string): ParameterFault {
  const nearest = nearestName(key, known);
  const hint = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean \`${nearest}\`?`;
  return { key, message: `has key \`${key}\`, which says nothing of ${about}`, hint };
}

/** `drain-delay` of `drainDelayMs`: people write units. */
function kebabFrom(name: string): string {
  return name.replace(/Ms$/, '').replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
}

function shorten(text: string): string {
  const [line = ''] = text.trim().split('\n');
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
