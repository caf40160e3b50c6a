/** The formats that CRD schemas may name and that are enforced; an unknown one is ignored, as Kubernetes does. */
import { isIPv4, isIPv6 } from 'node:net';

const dateTime = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

const checks: Record<string, (text: string) => boolean> = {
  'date-time': (text) => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  byte: (text) => base64.test(text.replaceAll(/[\r\n]/g, '')),
  uuid: (text) => uuid.test(text),
  uri: (text) => URL.canParse(text),
  ipv4: (text) => isIPv4(text),
  ipv6: (text) => isIPv6(text),
  email: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
  hostname: (text) => /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/i.test(text),
};

/** Whether `text` has the `format`. */
export function hasFormat(text: string, format: string): boolean {
  const check = Object.hasOwn(checks, format) ? checks[format] : undefined;
  return check?.(text) ?? true;
}
