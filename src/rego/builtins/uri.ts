// URLs taken apart as Go's net/url does.
import { RegoObject } from '../value.ts';
import { BuiltinError } from './context.ts';
export function parseUri(text: string): RegoObject {
  void text;
  throw new BuiltinError('not built yet');
}
