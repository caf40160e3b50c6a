import { expect, test } from 'vitest';
import { decodeProtobuf } from './envelope.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** As kubectl 1.33 writes `create job j7 --image=busybox:1 -- echo hi`. */
const job = hex(`
  6b387300 0a0f0a0862617463682f763112034a6f62 128601
  0a12 0a026a37 1200 1a00 2200 2a00 3200 3800 4200
  1266 3264 0a10 0a00 1200 1a00 2200 2a00 3200 3800 4200
  1250 122d 0a026a37 120962757379626f783a31 1a046563686f 1a026869 2a00 4200 6a00 7200 800100 880100 900100 a20100
  1a054e65766572 3200 4200 4a00 5200 5800 6000 6800 820100 8a0100 9a0100 c20100
  1a08 2000 2800 3000 3a00 1a00 2200`);

const secret = hex(`
  6b387300 0a0c0a0276311206536563726574 121e
  0a12 0a027339 1200 1a00 2200 2a00 3200 3800 4200 1206 0a0161 120162 1a00 1a00 2200`);

test('a job', () => {
  expect(decodeProtobuf(job)).toEqual({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j7' },
    spec: {
      template: {
        metadata: {},
        spec: {
          containers: [{ name: 'j7', image: 'busybox:1', command: ['echo', 'hi'], resources: {} }],
          restartPolicy: 'Never',
        },
      },
    },
    status: {},
  });
});

test('a secret: bytes become base64', () => {
  expect(decodeProtobuf(secret)).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's9' },
    data: { a: 'Yg==' },
  });
});

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
const part = (number: number, ...bytes: number[]): number[] => [
  ...varint(number * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
];
const number = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
const text = (field: number, value: string): number[] => part(field, ...Buffer.from(value));
const envelope = (apiVersion: string, kind: string, ...raw: number[]): Buffer =>
  Buffer.from([
    ...Buffer.from('k8s\0'),
    ...part(1, ...text(1, apiVersion), ...text(2, kind)),
    ...part(2, ...raw),
  ]);

test.each<[string, Buffer, object]>([
  // backoffLimit is a pointer in Go: zero was meant
  [
    'a zero that counts',
    envelope('batch/v1', 'Job', ...part(2, ...number(7, 0))),
    { spec: { backoffLimit: 0 } },
  ],
  [
    'a volume’s source stands inline',
    envelope('v1', 'Pod', ...part(2, ...part(1, ...text(1, 'v'), ...part(2, ...part(2))))),
    { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
  ],
  [
    'quantities',
    envelope(
      'v1',
      'Pod',
      ...part(
        2,
        ...part(
          2,
          ...text(1, 'a'),
          ...part(8, ...part(1, ...text(1, 'cpu'), ...part(2, ...text(1, '250m')))),
        ),
      ),
    ),
    { spec: { containers: [{ name: 'a', resources: { limits: { cpu: '250m' } } }] } },
  ],
  [
    'ints or strings',
    envelope(
      'v1',
      'Pod',
      ...part(
        2,
        ...part(
          2,
          ...text(1, 'a'),
          ...part(10, ...part(1, ...part(2, ...part(2, ...number(1, 0), ...number(2, 80))))),
        ),
      ),
    ),
    { spec: { containers: [{ name: 'a', livenessProbe: { httpGet: { port: 80 } } }] } },
  ],
  [
    'times',
    envelope('v1', 'Event', ...part(6, ...number(1, 1_767_225_600))),
    { firstTimestamp: '2026-01-01T00:00:00Z' },
  ],
  [
    'delete options',
    envelope('v1', 'DeleteOptions', ...number(1, 0), ...text(4, 'Foreground')),
    { gracePeriodSeconds: 0, propagationPolicy: 'Foreground' },
  ],
])('%s', (_what, body, wanted) => {
  const { apiVersion: _version, kind: _kind, ...rest } = decodeProtobuf(body);
  expect(rest).toEqual(wanted);
});

test.each([
  ['no prefix', Buffer.from('nope')],
  ['cut short', job.subarray(0, 60)],
  ['a type we do not know', envelope('apps/v1', 'Deployment')],
])('refused: %s', (_what, body) => {
  expect(() => decodeProtobuf(body)).toThrowError(expect.objectContaining({ code: 400 }));
});
