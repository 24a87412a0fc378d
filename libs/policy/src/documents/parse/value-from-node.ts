// SPDX-License-Identifier: Apache-2.0
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Alias, Node, Pair, YAMLMap } from 'yaml';
import { SyntaxRefusal } from './syntax-refusal.ts';

/** Objects of the Gateway API are about a dozen levels deep. */
const MAX_DEPTH = 64;
/** How many values aliases may stand for in one document: nested aliases multiply ("billion laughs"). */
const MAX_ALIASED_VALUES = 10_000;

/**
 * The plain value of a YAML node.
 *
 * The library's own conversion is not used: it turns keys that are mappings into text, and each alias searches the whole document.
 *
 * @throws {SyntaxRefusal} for what has no plain value: an alias without its anchor, a key that is no text, too deep or too many.
 */
export function valueFromNode(root: Node | null): unknown {
  return new Conversion().convert(root, 0);
}

class Conversion {
  private readonly anchors = new Map<string, { readonly value: unknown; readonly valueCount: number }>();
  private valueCount = 0;
  private aliasedCount = 0;

  convert(node: unknown, depth: number): unknown {
    if (isAlias(node)) return this.follow(node);
    const before = this.valueCount++;
    const value = this.convertContent(node, depth);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) this.anchors.set(anchor, { value, valueCount: this.valueCount - before });
    return value;
  }

  private convertContent(node: unknown, depth: number): unknown {
    if (isScalar(node)) return node.value;
    if (!isMap(node) && !isSeq(node)) return null;
    if (depth >= MAX_DEPTH) {
      throw new SyntaxRefusal('nested-too-deep', `values are nested more than ${MAX_DEPTH} levels deep`, {
        offset: offsetOf(node),
        hint: 'no kind of document is that deep; look for a bracket that is not closed',
      });
    }
    if (isSeq(node)) return node.items.map(item => this.convert(item, depth + 1));
    return this.convertMap(node, depth);
  }

  private convertMap(map: YAMLMap, depth: number): unknown {
    return Object.fromEntries(map.items.map(pair => [keyOf(pair, map), this.convert(pair.value, depth + 1)]));
  }

  private follow(alias: Alias): unknown {
    const found = this.anchors.get(alias.source);
    if (found === undefined) {
      throw new SyntaxRefusal(
        'yaml-alias',
        'a value that begins with `*` refers to an anchor, and there is none of that name before it',
        {
          offset: offsetOf(alias),
          hint: 'put text that begins with `*` in quotes, such as "*.shop.example"',
        },
      );
    }
    this.valueCount += found.valueCount;
    this.aliasedCount += found.valueCount;
    if (this.aliasedCount > MAX_ALIASED_VALUES) {
      throw new SyntaxRefusal('yaml-alias', `aliases stand for more than ${MAX_ALIASED_VALUES} values`, {
        offset: offsetOf(alias),
        hint: 'write the values out, or fewer of them',
      });
    }
    return found.value;
  }
}

/** Keys such as `80` and `true` are taken as the text that they are: labels and data may have them. */
function keyOf({ key }: Pair, map: YAMLMap): string {
  if (isScalar(key)) return key.source ?? String(key.value);
  throw new SyntaxRefusal('yaml-key', 'the name of a field is a mapping or a list, as text in braces without quotes is', {
    offset: offsetOf(isMap(key) || isSeq(key) ? key : map),
    hint: 'put text that begins with `{` or `[` in quotes; templates must be filled in before Weir reads them',
  });
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
