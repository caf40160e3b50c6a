// strings.render_template: a small part of Go's text/template.
import { fail } from './operands.ts';
import type { RegoObject } from '../value.ts';
export function renderTemplate(template: string, values: RegoObject): string {
  void template;
  void values;
  return fail('not built yet');
}
