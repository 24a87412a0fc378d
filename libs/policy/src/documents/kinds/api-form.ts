// SPDX-License-Identifier: Apache-2.0

/** A rule that an API server evaluates (`x-kubernetes-validations`). */
export interface ApiRule {
  /** In CEL; `self` is the value that the check looks at. */
  readonly rule: string;
  /** What must hold, as a sentence without a full stop. */
  readonly message: string;
}

/**
 * What an API server does where Weir runs a check: a schema of Kubernetes has no code. `rules`: expressions; `pattern` and `format`:
 * of a text; `list`: its items differ, as a `set` or in these keys; `entries`: how many a map may have; `none`: nothing, the reason
 * says why an API server cannot know, and Weir reports it in the object's status.
 */
export type ApiForm =
  | { readonly kind: 'entries'; readonly max: number }
  | { readonly kind: 'format'; readonly format: 'date-time' }
  | { readonly kind: 'list'; readonly type: 'map' | 'set'; readonly keys: readonly string[] }
  | { readonly kind: 'none'; readonly reason: string }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'rules'; readonly rules: readonly ApiRule[] };

const forms = new WeakMap<object, ApiForm>();

/** Declares, beside a check, what an API server does in its place. */
export function withApiForm<Check extends object>(form: ApiForm, check: Check): Check {
  forms.set(check, form);
  return check;
}

/** Undefined: nobody has said what an API server should do in place of this check. */
export function apiFormOf(check: object): ApiForm | undefined {
  return forms.get(check);
}

/** The form of a check that is expressions. */
export function inCel(...rules: readonly ApiRule[]): ApiForm {
  return { kind: 'rules', rules };
}

/** The form of a check that exactly one of some fields is written. */
export function exactlyOneOf(fields: readonly string[]): ApiForm {
  const written = fields.map(field => `(has(self.${field}) ? 1 : 0)`).join(' + ');
  const message = fields.length === 1 ? `${fields[0]!} must be written` : `exactly one of ${fields.join(', ')} must be written`;
  return inCel({ rule: `${written} == 1`, message });
}

/** The expressions of a form; none of one that is no expressions. */
export function rulesOf(form: ApiForm): readonly ApiRule[] {
  return form.kind === 'rules' ? form.rules : [];
}

/** A text as CEL writes it. */
export function celText(text: string): string {
  return JSON.stringify(text);
}

/** A list of texts as CEL writes it. */
export function celTexts(texts: readonly string[]): string {
  return `[${texts.map(celText).join(', ')}]`;
}
